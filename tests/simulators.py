"""Small implementations of the ports that other rooms own: real cryptography, keys in memory."""

import os
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.domain.errors import CustodyError
from broker.storage import Store, open_store
from tests.builders import NOW

NONCE_BYTES = 12


def _encrypt(key: bytes, plain: bytes, context: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def _decrypt(key: bytes, sealed: bytes, context: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except (InvalidTag, ValueError) as error:
        raise CustodyError("Not sealed under this key and name.") from error


SPARE = "log-2"
"""What a log can go over to that rests on this custody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryCustody:
    """Custody whose keys are derived from a seed, so that a second process has the same."""

    seed: bytes = field(default=bytes(range(32)), repr=False)

    def sign(self, key: str, message: bytes, public_key: bytes | None = None) -> bytes:
        """Sign with the named key; there is one of each name, and a spare one of the log."""
        for name in (key, SPARE):
            if public_key in {None, self.public_key(name)}:
                return self._key(name).sign(message)
        raise CustodyError("There is no such key.")

    def public_key(self, key: str) -> bytes:
        """Return the named key's public half."""
        return self._key(key).public_key().public_bytes_raw()

    def public_keys(self, key: str) -> tuple[bytes, ...]:
        """Return the one there is."""
        return (self.public_key(key),)

    def holds(self, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """Sign again with the key of that public half, if it is ours."""
        ours = {self.public_key(name): name for name in ("log", "package", SPARE)}
        return public_key in ours and self.sign(ours[public_key], message) == signature

    def is_current(self, wrapped: bytes) -> bool:
        """Whatever it is: there is one key."""
        del wrapped
        return True

    def wrap(self, plain: bytes, context: bytes) -> bytes:
        """Encrypt under the key-encryption key."""
        return _encrypt(self.seed, plain, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Undo `wrap`."""
        return _decrypt(self.seed, wrapped, context)

    def _key(self, key: str) -> Ed25519PrivateKey:
        number = {"log": 1, "package": 2, SPARE: 3}[key]
        return Ed25519PrivateKey.from_private_bytes(bytes([number]) + self.seed[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryVault:
    """A vault over a custody."""

    custody: MemoryCustody = field(default_factory=MemoryCustody)

    def new_key(self, name: str) -> bytes:
        """Return a fresh wrapped data key."""
        return self.custody.wrap(os.urandom(32), name.encode())

    def seal(self, wrapped_key: bytes, name: str, plain: bytes) -> bytes:
        """Encrypt under the data key."""
        return _encrypt(self.custody.unwrap(wrapped_key, name.encode()), plain, name.encode())

    def open(self, wrapped_key: bytes, name: str, sealed: bytes) -> bytes:
        """Undo `seal`."""
        return _decrypt(self.custody.unwrap(wrapped_key, name.encode()), sealed, name.encode())

    def rewrapped(self, wrapped_key: bytes, name: str) -> bytes:
        """Return the key as it is: this vault knows no months."""
        del name
        return wrapped_key

    def forget(self, key_ids: Collection[str]) -> None:
        """Keep nothing in memory anyway."""


@dataclass(slots=True, kw_only=True)
class SetClock:
    """A clock that a test moves."""

    moment: datetime = NOW

    def now(self) -> datetime:
        """Return the moment that was set."""
        return self.moment

    def advance(self, by: timedelta) -> None:
        """Move on."""
        self.moment += by


ORIGIN = "broker.example/marac"
"""The tests' log."""


def open_test_store(url: str, clock: SetClock | None = None) -> Store:
    """Open a store on a database with our schema."""
    return open_store(
        url,
        custody=MemoryCustody(),
        vault=MemoryVault(),
        clock=clock or SetClock(),
        origin=ORIGIN,
    )
