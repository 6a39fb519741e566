"""An honest system, its issuer and the broker's door, for the attacks on who asks."""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from broker.domain.errors import AuthenticationError
from broker.domain.ids import AgencyId, Thumbprint
from broker.domain.people import AgencySystem
from broker.domain.request import Credentials
from connectors.dpop import prove, token_hash
from connectors.identity import REFUSAL, TokenAuthenticator
from connectors.tokens import PublicKey, SigningKey, UnprovedError, public_key
from tests.builders import NOW
from tests.unit.keys.world import ListedDirectory, Watch

ISSUER = "https://sign-in.ashmere.example"
BROKER = "https://broker.ashmere.example"
URL = f"{BROKER}/shares"
CERTIFICATE = b"a certificate, in DER"
ISSUER_KEY = SigningKey.generate()
SYSTEM = SigningKey.generate()
OTHER_SYSTEM = SigningKey.generate()
UNREGISTERED = SigningKey.generate()


@dataclass
class IssuerKeys:
    """The issuer's keys without HTTP."""

    asked: int = 0

    def key(self, kid: str) -> PublicKey:
        """Return the one key there is."""
        self.asked += 1
        if kid != ISSUER_KEY.thumbprint:
            raise UnprovedError("kid")
        return public_key(ISSUER_KEY.public_jwk())


@dataclass
class Proofs:
    """Implements ports.SeenProofs."""

    seen: dict[str, datetime] = field(default_factory=dict)

    def claim(self, proof_id: str, expires_at: datetime) -> bool:
        """Return True the first time."""
        return self.seen.setdefault(proof_id, expires_at) is expires_at


def registered(key: SigningKey, kind: str) -> AgencySystem:
    """A system on file."""
    return AgencySystem(
        thumbprint=Thumbprint(key.thumbprint),
        agency_id=AgencyId(f"ashmere-{kind}"),
        name="case system",
    )


def door(**changes: Any) -> TokenAuthenticator:  # noqa: ANN401  # pass-through of a test
    """The broker's door, on a county with two systems."""
    directory = ListedDirectory(
        systems=(registered(SYSTEM, "housing-la"), registered(OTHER_SYSTEM, "police"))
    )
    parts: dict[str, Any] = {
        "issuer": ISSUER,
        "audience": BROKER,
        "jwks": IssuerKeys(),
        "directory": directory,
        "proofs": Proofs(),
        "clock": Watch(),
        "base_url": BROKER,
    }
    return TokenAuthenticator(**(parts | changes))


def claims(**changes: object) -> dict[str, object]:
    """What a good token claims; None leaves a claim out."""
    issued = int(NOW.timestamp())
    made = {
        "iss": ISSUER,
        "sub": "housing-1",
        "aud": BROKER,
        "iat": issued,
        "exp": issued + 600,
        "agency": "ashmere-housing-la",
        "role": "agency-spoc",
        "cnf": {"jkt": SYSTEM.thumbprint},
    } | changes
    return {name: value for name, value in made.items() if value is not None}


def token(
    key: SigningKey = ISSUER_KEY, header: dict[str, object] | None = None, **changes: object
) -> str:
    """A token, good unless told otherwise."""
    named = {"typ": "at+jwt", "kid": ISSUER_KEY.thumbprint} | (header or {})
    return key.sign(named, claims(**changes))


def call(access_token: str, key: SigningKey = SYSTEM, **changes: object) -> Credentials:
    """The call an honest system makes with that token; `changes` are of the headers."""
    made = Credentials(
        authorization=f"DPoP {access_token}",
        proof=prove(key, "POST", URL, at=NOW, access_token=access_token),
        method="POST",
        url=URL,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # keyword pass-through of a test


def proof_claims(access_token: str, seconds: int = 0) -> dict[str, object]:
    """What a good proof claims, made `seconds` after NOW."""
    return {
        "jti": "1",
        "htm": "POST",
        "htu": URL,
        "iat": int(NOW.timestamp()) + seconds,
        "ath": token_hash(access_token),
    }


def check_refused(credentials: Credentials, at: TokenAuthenticator | None = None) -> None:
    """Refused in the one sentence, without the cause."""
    with pytest.raises(AuthenticationError) as caught:
        (at or door()).authenticate(credentials)
    assert str(caught.value) == REFUSAL
    assert caught.value.__suppress_context__


def raw(header: dict[str, object], payload: object, signature: bytes = b"") -> str:
    """A compact JWS put together by hand."""
    parts = (json.dumps(header).encode(), json.dumps(payload).encode(), signature)
    return ".".join(urlsafe_b64encode(one).rstrip(b"=").decode() for one in parts)
