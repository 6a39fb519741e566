"""Ed25519 keys in this process's memory: what files and cloud key services have for signing.

    members = {"log": [base64url(32-byte seed), ...], "package": [...]}, oldest first

Do not reorder or rename anything here: stored keys are read by it.
"""

import hmac
from collections.abc import Mapping
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keys.custody.refusals import SIGNING_KEYS, check_signing, no_such_key
from keys.encoding import b64u, read_b64u

Pair = tuple[bytes, Ed25519PrivateKey]
SEED_BYTES: Final = 32
"""RFC 8032 section 5.1.5."""


class SigningKeys:
    """Every key of every name, oldest first. Immutable, so that threads may share it."""

    __slots__ = ("_pairs",)

    def __init__(self, keys: Mapping[str, tuple[Ed25519PrivateKey, ...]]) -> None:
        """Hold the keys in memory; nothing of them is ever shown by `repr`."""
        self._pairs: dict[str, tuple[Pair, ...]] = {
            name: tuple((key.public_key().public_bytes_raw(), key) for key in keys[name])
            for name in SIGNING_KEYS
        }

    @classmethod
    def generate(cls) -> Self:
        """Make one key of each name."""
        return cls({name: (Ed25519PrivateKey.generate(),) for name in SIGNING_KEYS})

    @classmethod
    def of(cls, members: Mapping[str, object]) -> Self:
        """Read what `members` wrote; ValueError or KeyError for anything else."""
        return cls({name: _keys(members[name]) for name in SIGNING_KEYS})

    def members(self) -> dict[str, object]:
        """Return the seeds, for an encrypted place only."""
        return {
            name: [b64u(key.private_bytes_raw()) for _, key in self._pairs[name]]
            for name in SIGNING_KEYS
        }

    def with_new(self, name: str) -> Self:
        """Return these and one more key of that name, which is the newest from now on."""
        check_signing(name)
        kept = {each: tuple(key for _, key in self._pairs[each]) for each in SIGNING_KEYS}
        return type(self)({**kept, name: (*kept[name], Ed25519PrivateKey.generate())})

    def public_keys(self, name: str) -> tuple[bytes, ...]:
        """Return the public halves, oldest first."""
        check_signing(name)
        return tuple(public for public, _ in self._pairs[name])

    def holds(self, name: str, public_key: bytes | None) -> bool:
        """Whether the private half is here; of no key in particular: yes."""
        return public_key is None or public_key in self.public_keys(name)

    def made(self, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the signature is that key's: signing again tells, and faster than verifying.

        Ed25519 is deterministic (RFC 8032 section 5.1.6).
        """
        keys = [
            key
            for name in SIGNING_KEYS
            for public, key in self._pairs[name]
            if public == public_key
        ]
        return bool(keys) and hmac.compare_digest(keys[0].sign(message), signature)

    def sign(self, name: str, message: bytes, public_key: bytes | None) -> bytes:
        """Return the signature of the newest key, or of the named one."""
        check_signing(name)
        for public, key in reversed(self._pairs[name]):
            if public_key is None or public == public_key:
                return key.sign(message)
        raise no_such_key()


def _keys(value: object) -> tuple[Ed25519PrivateKey, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("no keys")
    seeds = [read_b64u(str(one)) for one in value]
    return tuple(Ed25519PrivateKey.from_private_bytes(seed) for seed in seeds)
