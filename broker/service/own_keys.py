"""Rotating the broker's own keys, and wrapping data keys anew. An operator's work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from broker.domain.broker_keys import PutLogKey
from broker.domain.erasure import RewrapKeys, Rewrapping
from broker.domain.errors import InvalidRequestError
from broker.domain.key_ports import KeyCustody
from broker.domain.ledger import LedgerEntry
from broker.domain.ports import Clock, Ledger
from broker.ledger import custody_events
from broker.ledger.checkpoint import LogKey

LOG, PACKAGE, WRAPPING = "log", "package", "wrapping"
KEYS_AT_ONCE = 500
"""Data keys in one entry, whose digests it names: 33 kB of the 64 that an entry may have."""


class WrappedKeys(Protocol):
    """The data keys that are stored, wrapped."""

    def keys_to_rewrap(self, limit: int) -> tuple[Rewrapping, ...]:
        """Return data keys that are not wrapped as new ones are, wrapped anew; none: all are."""

    def rewrap_shared_key(self) -> None:
        """Do the same for the key of what belongs to no case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKeys:
    """The broker's own keys, and the log that says what became of them.

    Args:
        in_force: the log's key, as the log has it now.

    """

    custody: KeyCustody
    ledger: Ledger
    in_force: Callable[[], LogKey]
    clock: Clock

    def rotate(self, key: str) -> LedgerEntry:
        """Make a new key and use it from now on; what the old ones signed or wrapped stays good.

        Raises:
            InvalidRequestError: there is no key of that name.
            CustodyError: custody refuses.
            KeyServiceError: custody cannot be asked.

        """
        if key == LOG:
            return self._rotate_log()
        if key not in {PACKAGE, WRAPPING}:
            raise InvalidRequestError(f"Name one of the keys {LOG}, {PACKAGE} and {WRAPPING}.")
        # If we crash before the entry, the new key is in use and the next entry names it too.
        self.custody.rotate(key)
        public = self.custody.public_keys(key) if key == PACKAGE else ()
        return self.ledger.record(custody_events.broker_key_rotated(key, public, self.clock.now()))

    def _rotate_log(self) -> LedgerEntry:
        old = self.in_force()
        if self.custody.public_key(LOG) == old.public_key:
            # If we crash after this, the key waits in custody and the next call takes it.
            self.custody.rotate(LOG)
        new = LogKey(origin=old.origin, public_key=self.custody.public_key(LOG))
        texts = old.verifier_text(), new.verifier_text()
        draft = custody_events.log_key_rotated(*texts, self.clock.now())
        return self.ledger.record(draft, PutLogKey(public_key=new.public_key))

    def rewrap(self, wrapped: WrappedKeys) -> int:
        """Wrap anew what an older key wrapped; return how many data keys it was.

        Raises like `rotate`. A call that ended in the middle is simply made again.
        """
        wrapped.rewrap_shared_key()
        done = 0
        while found := wrapped.keys_to_rewrap(KEYS_AT_ONCE):
            draft = custody_events.keys_rewrapped(len(found), self.clock.now())
            self.ledger.record(draft, RewrapKeys(keys=found))
            done += len(found)
        return done
