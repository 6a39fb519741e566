"""Ed25519 as others see it: verify a signature, and write a public key as a JWK (RFC 8037)."""

import hashlib
from functools import lru_cache

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from broker.domain.errors import PackageRefusedError
from broker.domain.ids import Thumbprint
from keys.encoding import b64u, compact_json, read_b64u, read_object

KEYS_NAMED = 256
"""Thumbprints kept: of every broker that a recipient trusts."""
PUBLIC_KEY_BYTES = 32
"""RFC 8032 section 5.1.5."""


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is the key's over `message`; anything malformed is a no."""
    try:
        _parsed(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=KEYS_NAMED)
def _parsed(public_key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public_key)


@lru_cache(maxsize=KEYS_NAMED)
def key_id(public_key: bytes) -> Thumbprint:
    """Return the RFC 7638 thumbprint of a raw Ed25519 public key."""
    members: dict[str, str] = {"crv": "Ed25519", "kty": "OKP", "x": b64u(public_key)}
    return Thumbprint(b64u(hashlib.sha256(rfc8785.dumps(members)).digest()))


def write_public_jwk(public_key: bytes) -> str:
    """Return the key as one line of JSON: what recipients are given to check packages with."""
    members = {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": b64u(public_key),
        "kid": key_id(public_key),
        "alg": "Ed25519",
        "use": "sig",
    }
    return compact_json(members).decode("ascii")


def read_public_jwk(text: str) -> bytes:
    """Return the raw key from a JWK.

    Raises:
        PackageRefusedError: it is not an Ed25519 public key.

    """
    try:
        members = read_object(text.encode("utf-8"))
        raw = read_b64u(str(members["x"]))
    except (ValueError, KeyError) as error:
        raise _not_a_key() from error
    right_kind = members.get("kty") == "OKP" and members.get("crv") == "Ed25519"
    if not right_kind or "d" in members or len(raw) != PUBLIC_KEY_BYTES:
        raise _not_a_key()
    return raw


def _not_a_key() -> PackageRefusedError:
    return PackageRefusedError(
        "The broker's key file is not an Ed25519 public key in JWK form; fetch it again."
    )
