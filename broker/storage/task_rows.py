"""Rows that go with another change, and the mark that a task is done (see sequencer.Write)."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Table, select, update

from broker.domain.errors import InvalidRequestError
from broker.domain.task import TaskId
from broker.storage.ahead import Ask, ahead_of, asks_of
from broker.storage.sealing import Values, done_digest, row_digest
from broker.storage.sequencer import Write
from broker.storage.tables import tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRows:
    """Rows of one table in one statement; those that are there already stay as they are."""

    table: Table
    rows: tuple[Values, ...] = field(repr=False)

    @property
    def digests(self) -> tuple[str, ...]:
        """Each row's. A row that was there leaves the entry with a digest of no row."""
        return tuple(row_digest(self.table.name, one) for one in self.rows)

    @property
    def asks(self) -> tuple[Ask, ...]:
        """Nothing."""
        return ()

    def apply(self, connection: Connection, entry: int) -> None:
        """Add them; refuses nothing."""
        ahead = ahead_of(connection)
        for one in self.rows:
            ahead.add(self.table, {**one, "entry": entry}, if_new=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """One change that may refuse, and rows that then go with it: no savepoint is needed."""

    first: Write
    then: tuple[NewRows, ...]

    @property
    def digests(self) -> tuple[str, ...]:
        """Everybody's."""
        return (*self.first.digests, *(one for rows in self.then for one in rows.digests))

    @property
    def asks(self) -> tuple[Ask, ...] | None:
        """What the first asks."""
        return asks_of(self.first)

    def apply(self, connection: Connection, entry: int) -> None:
        """Write the first, which raises before anything is touched; then the rest."""
        self.first.apply(connection, entry)
        for rows in self.then:
            rows.apply(connection, entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishTaskRow:
    """Somebody did it and noted how; a task is done once."""

    task_id: TaskId
    at: datetime
    evidence: bytes = field(repr=False)

    @property
    def digests(self) -> tuple[str, ...]:
        """The mark's, with the note."""
        return (done_digest(self.task_id, self.at, self.evidence),)

    def apply(self, connection: Connection, entry: int) -> None:
        """Mark it; InvalidRequestError when it is done already."""
        row = tasks.c.ref == self.task_id
        done = connection.execute(select(tasks.c.done_at).where(row)).one_or_none()
        if done is None or done.done_at is not None:
            raise InvalidRequestError("This task is done already: read your tasks again.")
        marked = {"done_at": self.at, "done_entry": entry, "evidence": self.evidence}
        connection.execute(update(tasks).where(row).values(marked))
