"""The keys of the log's checkpoints, each for its time.

The database says since which entry a key counts, and custody that it is ours. The old key signs
the checkpoint that covers the entry of the change, the new one every checkpoint after it.
"""

from sqlalchemy import Connection, func, select

from broker.domain.broker_keys import PutLogKey
from broker.domain.errors import CustodyError, LedgerVerificationError
from broker.domain.ports import Custody
from broker.ledger.checkpoint import LogKey
from broker.storage.tables import AnyRow, log_checkpoints, log_keys
from broker.storage.writes import PutNewRow

CUSTODY_LOG_KEY = "log"
"""Name of the signing key of checkpoints (ports.Custody)."""
_COVERED_BY = (
    select(func.min(log_checkpoints.c.size))
    .where(log_checkpoints.c.size > log_keys.c.entry)
    .scalar_subquery()
)
_KEYS = select(log_keys, _COVERED_BY.label("covered_by")).order_by(log_keys.c.entry)


class LogKeys:
    """What signs and checks checkpoints. `now` is replaced as a whole, so threads may share it."""

    __slots__ = ("_custody", "_first", "now")

    def __init__(self, origin: str, custody: Custody) -> None:
        """Begin with the log's first key; `look_again` finds the others."""
        self._custody = custody
        self._first = custody.public_keys(CUSTODY_LOG_KEY)[0]
        self.now = LogKey(origin=origin, public_key=self._first)

    def look_again(self, connection: Connection) -> bool:
        """Read which keys there are; return whether there is another one now.

        Raises:
            LedgerVerificationError: one of them is none of ours.

        """
        public_key, earlier = self._first, []
        for row in connection.execute(_KEYS):
            if row.covered_by is None:
                raise LedgerVerificationError(_NOT_OURS, row.entry)
            earlier.append((int(row.covered_by), public_key))
            public_key = self._ours(row)
        found = LogKey(origin=self.now.origin, public_key=public_key, earlier=tuple(earlier))
        if found == self.now:
            return False
        self.now = found
        return True

    def sign(self, message: bytes) -> bytes:
        """Sign with the key in force."""
        return self._custody.sign(CUSTODY_LOG_KEY, message, self.now.public_key)

    def check(self, message: bytes, signature: bytes) -> bool:
        """Whether the key of its time signed a checkpoint, whose second line is its size."""
        key = self.now.at(int(message.split(b"\n", 2)[1]))
        return self._custody.holds(key.public_key, message, signature)

    def _ours(self, row: AnyRow) -> bytes:
        """Return a row's key; custody has its private half, and may have to look for a new one."""
        try:
            public_key = bytes.fromhex(row.ref)
            if public_key not in self._custody.public_keys(CUSTODY_LOG_KEY):
                self._custody.sign(CUSTODY_LOG_KEY, b"", public_key)
        except (CustodyError, ValueError) as error:
            raise LedgerVerificationError(_NOT_OURS, row.entry) from error
        return public_key


_NOT_OURS = (
    "The database names a key of the log that is none of ours: check that database and keys belong "
    "together, and run marac-broker ledger verify."
)


def prepare(change: PutLogKey) -> PutNewRow:
    """Return the row of a key that the log did not have yet."""
    refusal = "The log has had this key already: make a new one, and rotate to that."
    values = {"ref": change.public_key.hex()}
    return PutNewRow(table=log_keys, values=values, refusal=refusal)
