r"""A recipient's key pair that a quantum computer does not open: ML-KEM-768 with X25519 (X-Wing).

Both halves have to fall before a package does. As a JWK, the thumbprint taken over all three:

    {"alg": "MLKEM768-X25519", "kty": "AKP", "pub": base64url(1184 bytes ML-KEM || 32 bytes X25519)}

The private half is one 32-byte seed, which SHAKE256 stretches to 64 bytes for ML-KEM and 32 for
X25519 (draft-connolly-cfrg-xwing-kem section 5.2). On disk, under a passphrase:

    <owner>.key.hybrid = "marac-hybrid-key/1\n" || base64url(passphrase.seal(seed))

DO NOT change any of this under these names: keys on disk and on file are read by it.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

import rfc8785
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from broker.domain.errors import CustodyError, EnvelopeError
from broker.domain.ids import Thumbprint
from keys.encoding import b64u, compact_json, read_b64u
from keys.passphrase import open_sealed, seal

KEY_TYPE: Final = "AKP"
ALGORITHM: Final = "MLKEM768-X25519"
HEADER: Final = b"marac-hybrid-key/1\n"
FILE_ENDING: Final = "key.hybrid"
SEED_BYTES: Final = 32
MLKEM_SEED_BYTES: Final = 64
MLKEM_PUBLIC_BYTES: Final = 1184
"""FIPS 203 table 3."""
X25519_BYTES: Final = 32
SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridPrivateKey:
    """A hybrid private key, and the thumbprint that packages name it by.

    Args:
        private: what the seed is stretched to, once: that takes as long as opening with it.

    """

    seed: bytes = field(repr=False)
    private: MLKEM768X25519PrivateKey = field(repr=False, compare=False)
    public_jwk: str = field(repr=False)
    thumbprint: Thumbprint

    @classmethod
    def generate(cls) -> Self:
        """Make a new key pair."""
        return cls.of(os.urandom(SEED_BYTES))

    @classmethod
    def of(cls, seed: bytes) -> Self:
        """Name the key of a seed."""
        kem, curve = _halves(seed)
        raw = kem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
        members = {"kty": KEY_TYPE, "alg": ALGORITHM, "pub": b64u(raw)}
        thumbprint = hybrid_thumbprint(members)
        public = {**members, "kid": thumbprint, "use": "enc"}
        return cls(
            seed=seed,
            private=MLKEM768X25519PrivateKey(kem, curve),
            public_jwk=compact_json(public).decode(),
            thumbprint=thumbprint,
        )

    def encoded(self, passphrase: str) -> bytes:
        """Return the content of the private key file."""
        return HEADER + b64u(seal(self.seed, passphrase, HEADER)).encode("ascii") + b"\n"

    @classmethod
    def decoded(cls, content: bytes, passphrase: str) -> Self:
        """Read a private key file.

        Raises:
            CustodyError: another passphrase, or not as it was written.

        """
        try:
            sealed = read_b64u(content.removeprefix(HEADER).decode("ascii").removesuffix("\n"))
        except ValueError as error:
            raise _damaged() from error
        seed = open_sealed(sealed, passphrase, HEADER)
        if len(seed) != SEED_BYTES:
            raise _damaged()
        return cls.of(seed)

    def unwrap(self, wrapped: bytes, info: bytes) -> bytes:
        """Undo `wrap`; cryptography's InvalidTag for anything else."""
        return SUITE.decrypt(wrapped, self.private, info=info)


def public_key_of(public_jwk: Mapping[str, object]) -> MLKEM768X25519PublicKey:
    """Return the key to encrypt to; EnvelopeError where there is none in the JWK."""
    raw = hybrid_public_bytes(public_jwk)
    try:
        kem = MLKEM768PublicKey.from_public_bytes(raw[:MLKEM_PUBLIC_BYTES])
        curve = X25519PublicKey.from_public_bytes(raw[MLKEM_PUBLIC_BYTES:])
        return MLKEM768X25519PublicKey(kem, curve)
    except ValueError as error:
        raise _unusable() from error


def wrap(public_jwk: Mapping[str, object], plain: bytes, info: bytes) -> bytes:
    """Do `wrap_to` for a key in JWK form; EnvelopeError where it cannot be encrypted to."""
    return wrap_to(public_key_of(public_jwk), plain, info)


def wrap_to(key: MLKEM768X25519PublicKey, plain: bytes, info: bytes) -> bytes:
    """Encrypt a small secret to a hybrid key (RFC 9180, base mode), bound to `info`.

    Raises:
        EnvelopeError: the key cannot be encrypted to.

    """
    try:
        return SUITE.encrypt(plain, key, info=info)
    except ValueError as error:
        raise _unusable() from error


def hybrid_public_bytes(members: Mapping[str, object]) -> bytes:
    """Return the raw public key of a JWK; EnvelopeError for a private one or another kind."""
    try:
        raw = read_b64u(str(members["pub"]))
    except (ValueError, KeyError) as error:
        raise _unusable() from error
    right_kind = (members.get("kty"), members.get("alg")) == (KEY_TYPE, ALGORITHM)
    if not right_kind or "priv" in members or len(raw) != MLKEM_PUBLIC_BYTES + X25519_BYTES:
        raise _unusable()
    return raw


def hybrid_thumbprint(members: Mapping[str, object]) -> Thumbprint:
    """Return the RFC 7638 thumbprint. Raises like hybrid_public_bytes."""
    raw = hybrid_public_bytes(members)
    named: dict[str, str] = {"alg": ALGORITHM, "kty": KEY_TYPE, "pub": b64u(raw)}
    return Thumbprint(b64u(hashlib.sha256(rfc8785.dumps(named)).digest()))


def _halves(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    stretched = hashlib.shake_256(seed).digest(MLKEM_SEED_BYTES + X25519_BYTES)
    kem = MLKEM768PrivateKey.from_seed_bytes(stretched[:MLKEM_SEED_BYTES])
    return kem, X25519PrivateKey.from_private_bytes(stretched[MLKEM_SEED_BYTES:])


def _damaged() -> CustodyError:
    return CustodyError("The hybrid key file is damaged; restore it from its backup.")


def _unusable() -> EnvelopeError:
    return EnvelopeError(
        "A recipient key is not a hybrid public key in JWK form; register the key again."
    )
