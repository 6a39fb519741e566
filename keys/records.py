"""Personal data at rest, under one data key per case.

    sealed = version 0x01 || 12 nonce || AES-256-GCM(data key, plain, aad = 0x01 || name)

Destroying the wrapped data key erases the case, wherever copies of what it sealed may lie.
Do not reorder these parts under this version: rows in the database are read by it.
"""

import os
from collections import OrderedDict
from threading import Lock
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.domain.errors import CustodyError
from broker.domain.ports import Custody
from keys.passphrase import NONCE_BYTES

VERSION: Final = b"\x01"
DATA_KEY_BYTES: Final = 32
KEYS_IN_MEMORY: Final = 1024
"""Unwrapped data keys kept, least used first out: a county's open cases, about 100 KB."""
_CONTEXT: Final = b"data-key/1|"


class CaseVault:
    """Implements ports.RecordVault over custody."""

    __slots__ = ("_custody", "_lock", "_unwrapped")

    def __init__(self, custody: Custody) -> None:
        """Start with no key in memory."""
        self._custody = custody
        self._lock = Lock()
        self._unwrapped: OrderedDict[tuple[bytes, str], AESGCM] = OrderedDict()

    def new_key(self, name: str) -> bytes:
        """Return a fresh wrapped data key, bound to `name`."""
        return self._custody.wrap(os.urandom(DATA_KEY_BYTES), _CONTEXT + name.encode("utf-8"))

    def seal(self, wrapped_key: bytes, name: str, plain: bytes) -> bytes:
        """Encrypt under the data key, bound to `name`."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._key(wrapped_key, name).encrypt(nonce, plain, _bound(name))
        return VERSION + nonce + sealed

    def open(self, wrapped_key: bytes, name: str, sealed: bytes) -> bytes:
        """Undo `seal`; CustodyError for another name, key or a changed byte."""
        start = len(VERSION) + NONCE_BYTES
        if sealed[: len(VERSION)] != VERSION or len(sealed) <= start:
            raise CustodyError("A stored record is of a version this program does not read.")
        try:
            key = self._key(wrapped_key, name)
            return key.decrypt(sealed[len(VERSION) : start], sealed[start:], _bound(name))
        except InvalidTag as error:
            raise CustodyError(
                "A stored record does not open: it was changed, or belongs to another case."
            ) from error

    def _key(self, wrapped_key: bytes, name: str) -> AESGCM:
        place = (wrapped_key, name)
        with self._lock:
            found = self._unwrapped.get(place)
            if found is not None:
                self._unwrapped.move_to_end(place)
                return found
        # Unwrapping may go to a remote key service, so other cases are not kept waiting for it.
        key = AESGCM(self._custody.unwrap(wrapped_key, _CONTEXT + name.encode("utf-8")))
        with self._lock:
            self._unwrapped[place] = key
            while len(self._unwrapped) > KEYS_IN_MEMORY:
                self._unwrapped.popitem(last=False)
        return key


def _bound(name: str) -> bytes:
    return VERSION + name.encode("utf-8")
