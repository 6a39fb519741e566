"""Proof of possession (RFC 9449): every call is signed with the key its token is bound to.

A proof is for one method, one URL, one token and one minute, and is accepted once.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

from broker.domain.ids import Thumbprint
from connectors.tokens import PublicKey, SigningKey, UnprovedError, public_key, read_token

PROOF_KIND = "dpop+jwt"
PROOF_WINDOW = timedelta(seconds=60)
"""How far the signer's clock may be from ours, either way (RFC 9449 section 11.1)."""
MAX_PROOF_ID_CHARACTERS = 256
_NONCE_BYTES = 16
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof that holds, as far as it can be seen without knowing which were used.

    Args:
        thumbprint: of the key that signed it.
        proof_id: what to claim in SeenProofs; no two signers share one.
        expires_at: from then on it would be refused for its age.

    """

    thumbprint: Thumbprint
    proof_id: str
    expires_at: datetime


def prove(
    key: SigningKey, method: str, url: str, *, at: datetime, access_token: str | None = None
) -> str:
    """Return a fresh `DPoP` header; to a token endpoint it carries no access token."""
    claims: dict[str, object] = {
        "jti": secrets.token_urlsafe(_NONCE_BYTES),
        "htm": method,
        "htu": _without_query(url),
        "iat": int(at.timestamp()),
    }
    if access_token is not None:
        claims["ath"] = token_hash(access_token)
    return key.sign({"typ": PROOF_KIND, "jwk": key.public_jwk()}, claims)


def read_proof(
    text: str, method: str, url: str, *, now: datetime, access_token: str | None = None
) -> Proof:
    """Check a proof against the call it came with, in the order of RFC 9449 section 4.3.

    Raises:
        UnprovedError: it proves something else, or nothing.

    """
    proof = read_token(text, _own_key, kinds=(PROOF_KIND,))
    if proof.text("htm") != method or _comparable(proof.text("htu")) != _comparable(url):
        raise UnprovedError("another call")
    made_at = datetime.fromtimestamp(_plausible(proof.moment("iat")), UTC)
    if abs(now - made_at) > PROOF_WINDOW:
        raise UnprovedError("another time")
    expected = None if access_token is None else token_hash(access_token)
    if proof.claims.get("ath") != expected:
        raise UnprovedError("another token")
    thumbprint = _own_key(proof.header).thumbprint()
    return Proof(
        thumbprint=Thumbprint(thumbprint),
        proof_id=_proof_id(thumbprint, proof.text("jti")),
        expires_at=made_at + PROOF_WINDOW + timedelta(seconds=1),
    )


def token_hash(access_token: str) -> str:
    """Return `ath`: base64url of the SHA-256 of the token as sent."""
    return _b64u(hashlib.sha256(access_token.encode("ascii")).digest())


def certificate_hash(der: bytes) -> str:
    """Return `x5t#S256` of a certificate (RFC 8705 section 3.1)."""
    return _b64u(hashlib.sha256(der).digest())


def _own_key(header: Mapping[str, object]) -> PublicKey:
    return public_key(header.get("jwk"))


def _proof_id(thumbprint: str, nonce: str) -> str:
    if len(nonce) > MAX_PROOF_ID_CHARACTERS:
        raise UnprovedError("jti")
    return hashlib.sha256(f"{thumbprint}|{nonce}".encode()).hexdigest()


def _plausible(seconds: int) -> int:
    """Refuse times that no calendar has, before `datetime` trips over them."""
    if not 0 <= seconds < 2**33:
        raise UnprovedError("iat")
    return seconds


def _without_query(url: str) -> str:
    return url.split("#", 1)[0].split("?", 1)[0]


def _comparable(url: str) -> tuple[str, str, int | None, str]:
    """Return what must be equal in two URLs: everything but query and fragment (section 4.3)."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError as error:
        raise UnprovedError("htu") from error
    host = (parts.hostname or "").lower()
    return parts.scheme, host, port, quote(parts.path or "/", safe=_PATH_SAFE)


def _b64u(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode("ascii")
