"""Signed tokens as they cross the wire: compact JWS with a JSON object in it, and nothing else.

Two algorithms, one key each: a token says how it was signed, and is believed only if that is how
the key it names signs (RFC 8725 sections 3.1 and 3.2).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import JWSRegistry

MAX_TOKEN_CHARACTERS = 8 * 1024
"""More than any honest access token or proof; the API door has the same limit."""
ALGORITHMS = ("ES256", "Ed25519", "EdDSA")
_PUBLIC_MEMBERS = {
    ("EC", "P-256"): ("kty", "crv", "x", "y"),
    ("OKP", "Ed25519"): ("kty", "crv", "x"),
}
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})

PublicKey = ECKey | OKPKey


class UnprovedError(ValueError):
    """Something a token or proof claims was not proved. Never shown to the caller."""


class _Registry(JWSRegistry):
    """Reads `EdDSA`, the name that most issuers still use, as the Ed25519 it stands for."""

    def get_alg(self, name: str) -> JWSAlgModel:
        """Return the algorithm; the older name has no key type that the newer one has not."""
        return super().get_alg("Ed25519" if name == "EdDSA" else name)


_REGISTRY = _Registry(algorithms=ALGORITHMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedToken:
    """A token whose signature was verified. What it claims is still to be judged."""

    header: Mapping[str, object] = field(repr=False)
    claims: Mapping[str, object] = field(repr=False)

    def text(self, name: str) -> str:
        """Return a claim that must be a non-empty string."""
        value = self.claims.get(name)
        if not isinstance(value, str) or not value:
            raise UnprovedError(name)
        return value

    def moment(self, name: str) -> int:
        """Return a claim that must be a time in whole seconds (RFC 7519 section 2)."""
        value = self.claims.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise UnprovedError(name)
        return value


def read_token(
    text: str, key_of: Callable[[Mapping[str, object]], PublicKey], *, kinds: tuple[str, ...]
) -> SignedToken:
    """Verify a compact JWS of one of the `kinds` (header `typ`) with the key its header names.

    Raises:
        UnprovedError: for whatever reason.

    """
    if len(text) > MAX_TOKEN_CHARACTERS:
        raise UnprovedError("size")
    try:
        unverified = jws.extract_compact(text.encode("ascii"), registry=_REGISTRY)
        header: Mapping[str, object] = unverified.headers()
        _check_kind(header, kinds)
        key = key_of(header)
        if not jws.validate_compact(unverified, key, registry=_REGISTRY):
            raise UnprovedError("signature")
        return SignedToken(header=header, claims=_claims(unverified.payload))
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise UnprovedError("token") from error


def public_key(members: object) -> PublicKey:
    """Return the key that a JWK holds.

    Raises:
        UnprovedError: neither P-256 nor Ed25519, or with a private part in it.

    """
    if not isinstance(members, dict) or _PRIVATE_MEMBERS & set(members):
        raise UnprovedError("jwk")
    names = _PUBLIC_MEMBERS.get((str(members.get("kty")), str(members.get("crv"))))
    if names is None:
        raise UnprovedError("jwk")
    try:
        public: dict[str, str | list[str]] = {name: str(members[name]) for name in names}
        return ECKey.import_key(public) if public["kty"] == "EC" else OKPKey.import_key(public)
    except (JoseError, ValueError, KeyError) as error:
        raise UnprovedError("jwk") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key on P-256 that signs tokens (ES256); named by its RFC 7638 thumbprint."""

    key: ECKey = field(repr=False)
    thumbprint: str

    @classmethod
    def generate(cls) -> Self:
        """Make a new key."""
        return cls.of(ECKey.generate_key("P-256"))

    @classmethod
    def read(cls, pem: bytes, passphrase: str | None = None) -> Self:
        """Read a private key from PEM.

        Raises:
            UnprovedError: another kind of key, or another passphrase.

        """
        try:
            key = ECKey.import_key(pem, password=passphrase)
        except (JoseError, ValueError, TypeError) as error:
            raise UnprovedError("key file") from error
        return cls.of(key)

    @classmethod
    def of(cls, key: ECKey) -> Self:
        """Wrap a key and name it."""
        if not key.is_private or key.curve_name != "P-256":
            raise UnprovedError("key")
        return cls(key=key, thumbprint=key.thumbprint())

    def public_jwk(self) -> dict[str, str]:
        """Return the public half, as it is registered and as proofs carry it."""
        members = self.key.as_dict(private=False)
        return {name: str(members[name]) for name in _PUBLIC_MEMBERS["EC", "P-256"]}

    def sign(self, header: Mapping[str, object], claims: Mapping[str, object]) -> str:
        """Return the compact JWS."""
        payload = json.dumps(claims, separators=(",", ":"))
        return jws.serialize_compact(
            {"alg": "ES256", **header}, payload, self.key, registry=_REGISTRY
        )


def _check_kind(header: Mapping[str, object], kinds: tuple[str, ...]) -> None:
    """RFC 8725 section 3.11: a token made for one use is not taken for another."""
    kind = header.get("typ")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in kinds:
        raise UnprovedError("typ")


def _claims(payload: bytes) -> Mapping[str, object]:
    claims = json.loads(payload, object_pairs_hook=_once)
    if not isinstance(claims, dict):
        raise UnprovedError("claims")
    return claims


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise UnprovedError("a claim is given twice")
    return value
