"""How far every case has come, and the map of it, as this process last saw the log.

Nothing of this is stored: it follows from the entries, whose newest of each case are read once,
when the first entry is appended. After that a process keeps step by what it wrote itself and by
reading what other brokers appended since. What does not come to the root that the newest
checkpoint was signed for is refused, so that nothing is built on entries that were changed.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, func, select

from broker.domain.errors import LedgerVerificationError
from broker.domain.ids import CaseTag
from broker.domain.ledger import Checkpoint
from broker.ledger.case_map import CaseHead, CaseMap
from broker.ledger.tree import leaf_hash
from broker.storage.tables import AnyRow, log_entries

_NEWEST = (
    select(log_entries.c.case_tag, func.max(log_entries.c.case_number).label("newest"))
    .where(log_entries.c.case_tag.is_not(None), log_entries.c.index < bindparam("size"))
    .group_by(log_entries.c.case_tag)
    .subquery()
)
_COLUMNS = (log_entries.c.case_tag, log_entries.c.case_number, log_entries.c.canonical)
_ALL = select(*_COLUMNS).join(
    _NEWEST,
    (log_entries.c.case_tag == _NEWEST.c.case_tag)
    & (log_entries.c.case_number == _NEWEST.c.newest),
)
_SINCE = (
    select(*_COLUMNS)
    .where(
        log_entries.c.case_tag.is_not(None),
        log_entries.c.index >= bindparam("known"),
        log_entries.c.index < bindparam("size"),
    )
    .order_by(log_entries.c.index)
)
_ROWS_AT_A_TIME = 500
_CHANGED = (
    "The newest checkpoint commits to another map of cases than the entries make: run "
    "marac-broker ledger verify, and restore from a backup."
)


class CaseHeads:
    """The cases of the log as of one size. Only one thread writes with it."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._size = 0
        self._heads: dict[CaseTag, CaseHead] = {}
        self._map = CaseMap()

    @property
    def map(self) -> CaseMap:
        """The map of these cases."""
        return self._map

    def head_of(self, tag: CaseTag) -> CaseHead | None:
        """Return how far a case has come; None before its first entry."""
        return self._heads.get(tag)

    def follow(self, connection: Connection, newest: Checkpoint) -> None:
        """Read what was appended since, up to the checkpoint.

        Raises:
            LedgerVerificationError: it commits to another map.

        """
        if newest.size < self._size:
            self._size, self._heads, self._map = 0, {}, CaseMap()
        query, values = (_SINCE, {"known": self._size}) if self._size else (_ALL, {})
        with connection.execute(
            query,
            {**values, "size": newest.size},
            execution_options={"yield_per": _ROWS_AT_A_TIME},
        ) as rows:
            moved = _heads_in(rows)
        made = self._map.put(moved)
        if newest.map_root is not None and newest.map_root != made.root:
            raise LedgerVerificationError(_CHANGED, newest.size - 1)
        self.advance(newest.size, moved, made)

    def advance(self, size: int, moved: Mapping[CaseTag, CaseHead], made: CaseMap) -> None:
        """Take what was committed as known."""
        self._size, self._map = size, made
        self._heads.update(moved)


def _heads_in(rows: Iterable[AnyRow]) -> dict[CaseTag, CaseHead]:
    """Return the last head of each case; rows come in the order of the log."""
    return {
        CaseTag(tag): CaseHead(count=number, newest=leaf_hash(canonical))
        for tag, number, canonical in rows
    }
