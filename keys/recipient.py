"""A recipient's key pair. The private half is made on the recipient's machine and stays there."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Self

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from broker.domain.errors import CustodyError, EnvelopeError
from broker.domain.ids import PractitionerId, Thumbprint
from keys.encoding import b64u, compact_json, read_b64u, read_object
from keys.files import read_whole, write_new
from keys.hybrid import (
    FILE_ENDING,
    KEY_TYPE,
    HybridPrivateKey,
    hybrid_thumbprint,
    public_key_of,
)
from keys.hybrid import HEADER as HYBRID_HEADER
from keys.pkcs8 import read_private_key, write_private_key

COORDINATE_BYTES = 32
"""P-256, RFC 7518 section 6.2.1.2."""
PARSED_KEYS = 4096
"""Public keys kept parsed: three for every practitioner of a large area."""

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,127}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientPrivateKey:
    """A private key on P-256, and the thumbprint that packages name it by."""

    key: EllipticCurvePrivateKey = field(repr=False)
    public_jwk: str = field(repr=False)
    thumbprint: Thumbprint

    @classmethod
    def generate(cls) -> Self:
        """Make a new key pair."""
        return cls.of(generate_private_key(SECP256R1()))

    @classmethod
    def read(cls, path: Path, passphrase: str) -> Self:
        """Read the private key file. Raises CustodyError like pkcs8.read_private_key."""
        return cls.of(read_private_key(read_whole(path), passphrase))

    @classmethod
    def of(cls, key: EllipticCurvePrivateKey) -> Self:
        """Wrap a key on P-256 and name it."""
        numbers = key.public_key().public_numbers()
        members = {
            "kty": "EC",
            "crv": "P-256",
            "x": b64u(numbers.x.to_bytes(COORDINATE_BYTES, "big")),
            "y": b64u(numbers.y.to_bytes(COORDINATE_BYTES, "big")),
        }
        thumbprint = _thumbprint(members)
        public = members | {"kid": thumbprint, "use": "enc", "alg": "ECDH-ES+A256KW"}
        return cls(key=key, public_jwk=compact_json(public).decode(), thumbprint=thumbprint)

    def write(self, folder: Path, owner: PractitionerId, passphrase: str) -> tuple[Path, Path]:
        """Write `<owner>.key.pem` under the passphrase and `<owner>.public.jwk`; return both.

        Raises:
            CustodyError: a file is there already, the id cannot be a file name, or the passphrase
                is too short.

        """
        content = write_private_key(self.key, passphrase)
        return write_pair(folder, owner, ("key.pem", content), self.public_jwk)


def read_key(path: Path, passphrase: str) -> "RecipientPrivateKey | HybridPrivateKey":
    """Read a private key file of either kind. Raises CustodyError like pkcs8.read_private_key."""
    content = read_whole(path)
    if content.startswith(HYBRID_HEADER):
        return HybridPrivateKey.decoded(content, passphrase)
    return RecipientPrivateKey.of(read_private_key(content, passphrase))


def write_hybrid_pair(
    key: HybridPrivateKey, folder: Path, owner: PractitionerId, passphrase: str
) -> tuple[Path, Path]:
    """Write a hybrid pair's two files; return both. Raises like write_pair."""
    return write_pair(folder, owner, (FILE_ENDING, key.encoded(passphrase)), key.public_jwk)


def write_pair(
    folder: Path, owner: PractitionerId, private: tuple[str, bytes], public_jwk: str
) -> tuple[Path, Path]:
    """Write the two files of a key pair, `private` being its ending and content; return both.

    Raises:
        CustodyError: a file is there already, or the id cannot be a file name.

    """
    if _FILE_NAME.fullmatch(owner) is None:
        raise CustodyError("The owner's id cannot be a file name; use letters, digits, - and _.")
    ending, content = private
    secret, public = folder / f"{owner}.{ending}", folder / f"{owner}.public.jwk"
    if public.exists():
        raise CustodyError(f"{public.name} is there already; choose another folder.")
    write_new(secret, content)
    write_new(public, public_jwk.encode("ascii") + b"\n")
    return secret, public


@lru_cache(maxsize=PARSED_KEYS)
def thumbprint_of(public_jwk: str) -> Thumbprint:
    """Return the RFC 7638 thumbprint of a recipient's public key.

    Raises:
        EnvelopeError: not a public key on P-256 or a hybrid one, or a private one.

    """
    if is_hybrid(public_jwk):
        return hybrid_thumbprint(read_object(public_jwk.encode("utf-8")))
    return _thumbprint(_public_members(public_jwk))


@lru_cache(maxsize=PARSED_KEYS)
def is_hybrid(public_jwk: str) -> bool:
    """Whether a public key asks for the hybrid suite; anything unreadable does not."""
    try:
        return read_object(public_jwk.encode("utf-8")).get("kty") == KEY_TYPE
    except ValueError:
        return False


@lru_cache(maxsize=PARSED_KEYS)
def agreement_key(public_jwk: str) -> EllipticCurvePublicKey:
    """Return the key to agree with. Raises EnvelopeError like thumbprint_of."""
    members = _public_members(public_jwk)
    point = b"\x04" + read_b64u(str(members["x"])) + read_b64u(str(members["y"]))
    try:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError as error:
        raise _unusable() from error


@lru_cache(maxsize=PARSED_KEYS)
def encapsulation_key(public_jwk: str) -> MLKEM768X25519PublicKey:
    """Return the hybrid key to encrypt to. Raises EnvelopeError like thumbprint_of."""
    return public_key_of(read_object(public_jwk.encode("utf-8")))


@lru_cache(maxsize=PARSED_KEYS)
def sealing_key(public_jwk: str) -> ECKey:
    """Return the key to seal to. Raises EnvelopeError like thumbprint_of."""
    try:
        return ECKey.import_key(_public_members(public_jwk))
    except (JoseError, ValueError) as error:
        raise _unusable() from error


def _public_members(public_jwk: str) -> dict[str, str | list[str]]:
    """Return what the thumbprint is taken over; every other member is ignored, a `d` refused."""
    try:
        members = read_object(public_jwk.encode("utf-8"))
        x, y = str(members["x"]), str(members["y"])
        sizes = {len(read_b64u(x)), len(read_b64u(y))}
    except (ValueError, KeyError) as error:
        raise _unusable() from error
    if (members.get("kty"), members.get("crv")) != ("EC", "P-256") or "d" in members:
        raise _unusable()
    if sizes != {COORDINATE_BYTES}:
        raise _unusable()
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _thumbprint(members: Mapping[str, str | list[str]]) -> Thumbprint:
    return Thumbprint(b64u(hashlib.sha256(rfc8785.dumps(members)).digest()))


def _unusable() -> EnvelopeError:
    return EnvelopeError(
        "A recipient key is not a public key on P-256 in JWK form; register the key again."
    )
