"""Copying the whole database into one sealed file, in one view of it, and back into an empty one.

It is the same file from SQLite and from PostgreSQL, and goes into either. What is copied is what
one transaction sees: the broker goes on meanwhile, and what it writes then is in the next copy.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO

from sqlalchemy import (
    BigInteger,
    Connection,
    LargeBinary,
    Table,
    func,
    insert,
    select,
    type_coerce,
)
from sqlalchemy.exc import SQLAlchemyError

from broker.domain.errors import (
    CustodyError,
    InvalidRequestError,
    LedgerUnavailableError,
    LedgerVerificationError,
)
from broker.domain.ledger import Checkpoint, EntryDraft
from broker.domain.ports import Custody, RecordVault
from broker.storage.appending import Appender, read_head
from broker.storage.case_heads import CaseHeads
from broker.storage.copy_file import CopyHead, read_copy_head, read_pages, write_pieces
from broker.storage.engine import open_engine, reading, take_log_lock
from broker.storage.log_keys import LogKeys
from broker.storage.nodes import read_consistency
from broker.storage.schema import upgrade
from broker.storage.store import Store
from broker.storage.tables import SCHEMA_REVISION, Moment, kept_spans, metadata
from broker.storage.verifying import verify_all

PAGE_BYTES = 1_048_576
"""Of rows as JSON, before they are sealed as one piece."""
ROWS_AT_A_TIME = 200
_NOT_COPIED = {kept_spans.name}
"""What can be found again; it goes with its case, which a copy would only make slower."""
_MOMENT = Moment()
PathFrom = Callable[[int], tuple[bytes, ...]]
"""Consistency proof from an older size to the restored one; empty from 0 and from itself."""
Compare = Callable[[Checkpoint, PathFrom], None]
"""Whoever knows what was signed outside; raises where a restored log would not go on from it."""


def copy_database(store: Store, file: BinaryIO, at: datetime) -> tuple[CopyHead, int]:
    """Write everything that is committed now; return what stands on the copy, and its rows.

    Raises:
        LedgerUnavailableError: the database does not answer.

    """
    log = store.log
    with reading(log.readers) as connection:
        newest = read_head(connection)
        head = CopyHead(
            origin=log.key.origin,
            revision=SCHEMA_REVISION,
            size=0 if newest is None else newest.frontier.size,
            at=at,
        )
        return head, write_pieces(file, log.sealing.vault, head, _pages(connection))


def _pages(connection: Connection) -> Iterator[dict[str, Any]]:
    for table in _tables():
        columns = [_plain(one) for one in table.c]
        page: list[list[object]] = []
        size = 0
        options = {"yield_per": ROWS_AT_A_TIME}
        with connection.execute(select(*columns), execution_options=options) as found:
            for row in found:
                page.append([_written(one) for one in row])
                size += len(json.dumps(page[-1]))
                if size >= PAGE_BYTES:
                    yield _page(table, page)
                    page, size = [], 0
        if page:
            yield _page(table, page)


def _page(table: Table, rows: list[list[object]]) -> dict[str, Any]:
    return {"table": table.name, "columns": [one.name for one in table.c], "rows": rows}


def _tables() -> Sequence[Table]:
    """Return the tables, those that others refer to first."""
    return [one for one in metadata.sorted_tables if one.name not in _NOT_COPIED]


def _plain(column: Any) -> Any:  # noqa: ANN401  as SQLAlchemy's own are
    return type_coerce(column, BigInteger) if isinstance(column.type, Moment) else column


def _written(value: object) -> object:
    return b64encode(value).decode() if isinstance(value, bytes) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoring:
    """What filling a database from a copy needs.

    Args:
        origin: the name of the log, as this broker was told it.
        custody: our own keys.
        vault: what the copy was sealed with.
        compare: raises where the log would not go on from what was signed outside.
        restored: makes the entry that says so.

    """

    origin: str
    custody: Custody
    vault: RecordVault
    compare: Compare
    restored: Callable[[CopyHead], EntryDraft]

    def fill(self, url: str, file: BinaryIO) -> Checkpoint:
        """Fill an empty database, all of it or nothing; return the copy's newest checkpoint.

        Everything is verified, compared with what is known outside, and logged in the transaction
        that fills it: a crash, a refusal or a lie leaves the database empty.

        Args:
            url: of the database, which may have no tables yet.
            file: the copy.

        Raises:
            InvalidRequestError: no copy, of another log or version, or the database is not empty.
            CustodyError: it does not open: changed, another broker's, or at the end of its term.
            LedgerVerificationError: its log does not verify, or would fork.
            LedgerUnavailableError: the database does not answer, or has no room.

        """
        head, line = read_copy_head(file)
        _check_fits(head, self.origin)
        upgrade(url)
        engine = open_engine(url, writes=True)
        try:
            with engine.begin() as connection:
                take_log_lock(connection)
                _check_empty(connection)
                for page in read_pages(file, self.vault, line):
                    _fill(connection, page)
                return self._begin_again(connection, head)
        except SQLAlchemyError as error:
            raise LedgerUnavailableError(
                "Nothing was restored: check that the database runs and has room, then try again."
            ) from error
        finally:
            engine.dispose()

    def _begin_again(self, connection: Connection, head: CopyHead) -> Checkpoint:
        """Verify and compare what is there, and have the log say that it was restored."""
        keys = LogKeys(self.origin, self.custody)
        keys.look_again(connection)
        newest = verify_all(connection, keys.now, keys.check)
        if newest.size != head.size:
            raise LedgerVerificationError("The copy has not the log that stands on it: not used.")
        self.compare(newest, partial(_path, connection, newest.size))
        appender = Appender(connection, keys, read_head(connection), None, CaseHeads())
        appender.keep(appender.place(self.restored(head)))
        appender.finish()
        return newest


def _path(connection: Connection, new: int, old: int) -> tuple[bytes, ...]:
    return read_consistency(connection, old, new) if 0 < old < new else ()


def _check_fits(head: CopyHead, origin: str) -> None:
    if head.origin != origin:
        raise InvalidRequestError(
            f"The copy is of the log {head.origin}; this broker's is {origin}: check MARAC_ORIGIN."
        )
    if head.revision != SCHEMA_REVISION:
        raise InvalidRequestError(
            f"The copy is of schema {head.revision}, this program is of {SCHEMA_REVISION}: restore"
            " it with the version that made it, then run marac-broker database upgrade."
        )


def _check_empty(connection: Connection) -> None:
    for table in _tables():
        if connection.scalar(select(func.count()).select_from(table)):
            raise InvalidRequestError(
                "The database is not empty, and nothing in it was touched: restore into a new one."
            )


def _fill(connection: Connection, page: dict[str, Any]) -> None:
    table = metadata.tables.get(page["table"])
    if table is None or page["columns"] != [one.name for one in table.c]:
        raise CustodyError("The copy has tables that its version does not have: take another one.")
    readers = [_reader(connection, one) for one in table.c]
    rows = [
        {
            one.name: None if value is None else read(value)
            for one, read, value in zip(table.c, readers, row, strict=True)
        }
        for row in page["rows"]
    ]
    connection.execute(insert(table), rows)


def _reader(connection: Connection, column: Any) -> Callable[[Any], object]:  # noqa: ANN401  as above
    """Return what makes the database's value of the copy's."""
    if isinstance(column.type, Moment):
        return lambda value: _MOMENT.process_result_value(value, connection.dialect)
    return b64decode if isinstance(column.type, LargeBinary) else lambda value: value
