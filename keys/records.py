"""Personal data at rest, under one data key per case.

    sealed = version 0x01 || 12 nonce || AES-256-GCM(data key, plain, aad = 0x01 || name)

Destroying the wrapped data key erases the case, wherever copies of what it sealed may lie.

    wrapped = custody.wrap(data key, context)
            | "data-key/2|YYYY-MM|" || custody.wrap(12 nonce || AES-256-GCM(term key of the month,
                                                    data key, aad = context), context)

The second form needs both, so that a copy of the database no longer opens once the month's key is
destroyed (see term_keys). `context` is "data-key/1|" with the name.
Do not reorder these parts under these versions: rows in the database are read by them.
"""

import os
import re
from collections import OrderedDict
from collections.abc import Collection
from hashlib import sha256
from io import BytesIO
from threading import Lock
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.domain.erasure import Period
from broker.domain.errors import CustodyError
from broker.domain.ports import Custody
from keys.passphrase import NONCE_BYTES
from keys.term_keys import FileTermKeys

VERSION: Final = b"\x01"
DATA_KEY_BYTES: Final = 32
TAG_BYTES: Final = 16
"""NIST SP 800-38D section 5.2.1.2."""
KEYS_IN_MEMORY: Final = 1024
"""Unwrapped data keys kept, least used first out: a county's open cases, about 100 KB."""
LASTING: Final = frozenset(("directory", "decoy"))
"""Names of keys that are never let go of: a broker that runs for months was given their wrapped
form when it began, which by then no longer opens."""
_CONTEXT: Final = b"data-key/1|"
_UNDER_TERM: Final = re.compile(rb"data-key/2\|([0-9]{4}-[0-9]{2})\|", re.DOTALL)


class CaseVault:
    """Implements ports.RecordVault over custody."""

    __slots__ = ("_custody", "_lock", "_terms", "_unwrapped")

    def __init__(self, custody: Custody, terms: FileTermKeys | None = None) -> None:
        """Start with no key in memory; without term keys, copies of the database open for ever."""
        self._custody = custody
        self._terms = terms
        self._lock = Lock()
        self._unwrapped: OrderedDict[tuple[bytes, str], AESGCM] = OrderedDict()

    def new_key(self, name: str) -> bytes:
        """Return a fresh wrapped data key, bound to `name`."""
        return self._wrap(os.urandom(DATA_KEY_BYTES), name)

    def rewrapped(self, wrapped_key: bytes, name: str) -> bytes:
        """Return the same data key as a new one would be wrapped now; itself where it is so."""
        if self._is_as_new(wrapped_key, self._newest()):
            return wrapped_key
        return self._wrap(self._unwrap(wrapped_key, name), name)

    def forget(self, key_ids: Collection[str]) -> None:
        """Drop keys from memory; each named by the SHA-256 hex of its wrapped form.

        Earlier forms go too: one of them may be of a key that was destroyed in its newest form.
        """
        newest = self._newest()
        with self._lock:
            for place in [one for one in self._unwrapped if one[1] not in LASTING]:
                if key_id(place[0]) in key_ids or not self._is_as_new(place[0], newest):
                    del self._unwrapped[place]

    def seal(self, wrapped_key: bytes, name: str, plain: bytes) -> bytes:
        """Encrypt under the data key, bound to `name`."""
        nonce, key = os.urandom(NONCE_BYTES), self._key(wrapped_key, name)
        start = len(VERSION) + NONCE_BYTES
        # Into its place at once: joining the parts afterwards would copy a document whole.
        made = BytesIO(bytes(start + len(plain) + TAG_BYTES))
        with made.getbuffer() as whole:
            whole[:start] = VERSION + nonce
            key.encrypt_into(nonce, plain, _bound(name), whole[start:])
        return made.getvalue()

    def open(self, wrapped_key: bytes, name: str, sealed: bytes) -> bytes:
        """Undo `seal`; CustodyError for another name, key or a changed byte."""
        start = len(VERSION) + NONCE_BYTES
        if sealed[: len(VERSION)] != VERSION or len(sealed) <= start:
            raise CustodyError("A stored record is of a version this program does not read.")
        try:
            key = self._key(wrapped_key, name)
            nonce, rest = sealed[len(VERSION) : start], memoryview(sealed)[start:]
            return key.decrypt(nonce, rest, _bound(name))
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
        key = AESGCM(self._unwrap(wrapped_key, name))
        with self._lock:
            self._unwrapped[place] = key
            while len(self._unwrapped) > KEYS_IN_MEMORY:
                self._let_one_go()
        return key

    def _let_one_go(self) -> None:
        """Drop the key that was used least lately, but for the lasting ones."""
        oldest = next(one for one in self._unwrapped if one[1] not in LASTING)
        del self._unwrapped[oldest]

    def _is_as_new(self, wrapped_key: bytes, newest: Period | None) -> bool:
        """Whether a key is wrapped as a new one would be: by term key and by custody."""
        found = _UNDER_TERM.match(wrapped_key)
        by_custody = wrapped_key if found is None else wrapped_key[found.end() :]
        in_term = newest is None or (found is not None and found[1].decode("ascii") >= newest)
        return in_term and self._custody.is_current(by_custody)

    def _newest(self) -> Period | None:
        kept = () if self._terms is None else self._terms.kept()
        return kept[-1] if kept else None

    def _wrap(self, data_key: bytes, name: str) -> bytes:
        context, newest = _CONTEXT + name.encode("utf-8"), self._newest()
        if self._terms is None or newest is None:
            return self._custody.wrap(data_key, context)
        nonce = os.urandom(NONCE_BYTES)
        inner = nonce + self._terms.of(newest).encrypt(nonce, data_key, context)
        return b"data-key/2|%s|" % newest.encode("ascii") + self._custody.wrap(inner, context)

    def _unwrap(self, wrapped_key: bytes, name: str) -> bytes:
        context, found = _CONTEXT + name.encode("utf-8"), _UNDER_TERM.match(wrapped_key)
        if found is None:
            return self._custody.unwrap(wrapped_key, context)
        if self._terms is None:
            raise CustodyError("This data key needs the folder of term keys: set MARAC_KEYS.")
        term = self._terms.of(Period(found[1].decode("ascii")))
        inner = self._custody.unwrap(wrapped_key[found.end() :], context)
        try:
            return term.decrypt(inner[:NONCE_BYTES], inner[NONCE_BYTES:], context)
        except InvalidTag as error:
            raise CustodyError(
                "A data key does not open: check that database and term keys belong together."
            ) from error


def key_id(wrapped_key: bytes) -> str:
    """Return how certificates and the log name a data key; says nothing about whose it is."""
    return sha256(wrapped_key).hexdigest()


def _bound(name: str) -> bytes:
    return VERSION + name.encode("utf-8")
