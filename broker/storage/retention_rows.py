"""Destroying as rows: each change checks what it may do before it touches anything.

One transaction destroys a data key, everything that it sealed, and every blind index that was made
of the case's id, and adds the entry that says so. If we crash before its commit nothing was done;
after it everything was.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Table, delete, func, insert, or_, select, update

from broker.domain.errors import InvalidRequestError
from broker.domain.ids import CaseTag, DisclosureId
from broker.domain.retention import HoldStep
from broker.storage.policy_rows import DoneAlreadyError
from broker.storage.sealing import Values, mark_digest, row_digest
from broker.storage.tables import (
    cases,
    data_keys,
    disclosures,
    emergencies,
    erasures,
    holds,
    metadata,
    tasks,
)
from broker.storage.writes import check_disclosure, put

_GONE = "This was destroyed by another broker."
_CHANGED = "The case was changed meanwhile: it is looked at again with the next run."
_HELD = "The case is held: nothing of it is destroyed before two people have lifted the hold."
_ON_ITS_WAY = "A package of the case is on its way: it is looked at again with the next run."


HELD_KEYS = select(holds.c.data_key).where(holds.c.step != HoldStep.LIFTED)
"""Data keys of cases of which nothing may be destroyed."""


def sealed_tables() -> tuple[Table, ...]:
    """Return every table whose rows are sealed under a data key, those that point at others first.

    A new table with a `data_key` is among them by itself.
    """
    return tuple(one for one in reversed(metadata.sorted_tables) if "data_key" in one.c)


def rows_under(connection: Connection, name: str) -> tuple[tuple[str, int], ...]:
    """Return how many rows of each table go with a data key."""
    found = [
        (one.name, connection.scalar(select(func.count()).where(one.c.data_key == name)) or 0)
        for one in sealed_tables()
    ]
    if connection.scalar(select(cases.c.ref).where(cases.c.ref == name)) is not None:
        found.append((cases.name, 1))
    return tuple(sorted((table, count) for table, count in found if count))


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseKey:
    """The end of a data key and of everything under it.

    Args:
        name: of the key: a case's blind reference, or a period's.
        version: of the case; None for a period.

    """

    name: str
    key_id: str
    tag: CaseTag | None
    version: int | None

    @property
    def digests(self) -> tuple[str, ...]:
        """The memory's of it: that of what is destroyed would be a digest to try guesses on."""
        return (row_digest("erasures", {"ref": self.key_id, "case_tag": self.tag}),)

    def apply(self, connection: Connection, entry: int) -> None:
        """Destroy it; see erasure.EraseCase for what is refused."""
        self._check(connection)
        released = select(disclosures.c.disclosure_id).where(disclosures.c.data_key == self.name)
        connection.execute(delete(emergencies).where(emergencies.c.ref.in_(released)))
        for table in sealed_tables():
            connection.execute(delete(table).where(table.c.data_key == self.name))
        connection.execute(delete(tasks).where(tasks.c.owner == self.name))
        connection.execute(delete(cases).where(cases.c.ref == self.name))
        connection.execute(delete(data_keys).where(data_keys.c.ref == self.name))
        row = {"ref": self.key_id, "case_tag": self.tag, "entry": entry}
        connection.execute(insert(erasures), row)

    def _check(self, connection: Connection) -> None:
        wrapped = connection.scalar(select(data_keys.c.wrapped).where(data_keys.c.ref == self.name))
        if wrapped is None:
            raise DoneAlreadyError(_GONE)
        stored = connection.scalar(select(cases.c.version).where(cases.c.ref == self.name))
        if hashlib.sha256(wrapped).hexdigest() != self.key_id or stored != self.version:
            raise InvalidRequestError(_CHANGED)
        held = HELD_KEYS.where(holds.c.data_key == self.name)
        if connection.execute(held.limit(1)).first() is not None:
            raise InvalidRequestError(_HELD)
        waits = or_(
            disclosures.c.next_attempt_at.is_not(None), disclosures.c.leased_until.is_not(None)
        )
        on_its_way = select(disclosures.c.entry).where(disclosures.c.data_key == self.name, waits)
        if connection.execute(on_its_way.limit(1)).first() is not None:
            raise InvalidRequestError(_ON_ITS_WAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceRow:
    """A row without the id of a case that is being destroyed, while it is as it was read."""

    table: Table
    values: Values = field(repr=False)
    read: bytes = field(repr=False)

    @property
    def digests(self) -> tuple[str, ...]:
        """The row's."""
        return (row_digest(self.table.name, self.values),)

    def apply(self, connection: Connection, entry: int) -> None:
        """Replace it; InvalidRequestError when somebody changed it meanwhile."""
        ref = self.table.c.ref == self.values["ref"]
        if connection.scalar(select(self.table.c.sealed).where(ref)) != self.read:
            raise InvalidRequestError(_CHANGED)
        put(connection, self.table, {**self.values, "entry": entry})


@dataclass(frozen=True, slots=True, kw_only=True)
class PutHoldRow:
    """A hold, or its next revision, on a case that is there."""

    values: Values = field(repr=False)

    @property
    def digests(self) -> tuple[str, ...]:
        """The row's."""
        return (row_digest("holds", self.values),)

    def apply(self, connection: Connection, entry: int) -> None:
        """Write it; InvalidRequestError when somebody else was first, or the case is gone."""
        check_key(connection, str(self.values["data_key"]))
        query = select(holds.c.revision).where(holds.c.ref == self.values["ref"])
        if int(str(self.values["revision"])) != (connection.scalar(query) or 0) + 1:
            raise InvalidRequestError("The hold was changed meanwhile: read the holds again.")
        put(connection, holds, {**self.values, "entry": entry})


def check_key(connection: Connection, name: str) -> None:
    """Check that a data key is still there: nothing is added to what was destroyed.

    Raises:
        InvalidRequestError: it was destroyed since the caller read it.

    """
    found = select(data_keys.c.ref).where(data_keys.c.ref == name)
    if connection.scalar(found) is None:
        raise InvalidRequestError("There is nothing to add this to any more: read it again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginPeriodRows:
    """The key and the salt of a month, once for all brokers."""

    key: Values = field(repr=False)
    period: Values = field(repr=False)

    @property
    def digests(self) -> tuple[str, ...]:
        """The key's and the period's."""
        return (row_digest("data_keys", self.key), row_digest("periods", self.period))

    def apply(self, connection: Connection, entry: int) -> None:
        """Add them; DoneAlreadyError when another broker did."""
        there = select(data_keys.c.ref).where(data_keys.c.ref == self.key["ref"])
        if connection.scalar(there) is not None:
            raise DoneAlreadyError("This month was begun by another broker.")
        connection.execute(insert(data_keys), {**self.key, "entry": entry})
        connection.execute(insert(metadata.tables["periods"]), {**self.period, "entry": entry})


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """The end of a package's bytes; what still waited is never delivered."""

    disclosure_id: DisclosureId
    at: datetime

    @property
    def digests(self) -> tuple[str, ...]:
        """The mark's."""
        return (mark_digest("dropped", self.disclosure_id, self.at),)

    def apply(self, connection: Connection, entry: int) -> None:
        """Drop them; DoneAlreadyError when they are gone, held, or being delivered."""
        check_disclosure(connection, self.disclosure_id)
        free = or_(disclosures.c.leased_until.is_(None), disclosures.c.leased_until <= self.at)
        dropped = connection.execute(
            update(disclosures)
            .where(
                disclosures.c.disclosure_id == self.disclosure_id,
                disclosures.c.dropped_entry.is_(None),
                disclosures.c.data_key.not_in(HELD_KEYS),
                free,
            )
            .values(
                content=b"",
                dropped_at=self.at,
                dropped_entry=entry,
                next_attempt_at=None,
                leased_until=None,
            )
        )
        if dropped.rowcount != 1:
            raise DoneAlreadyError("This package is gone, on its way at this moment, or held.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RewrapRow:
    """One data key, wrapped anew; one that was destroyed or changed meanwhile stays so."""

    name: str
    old: bytes = field(repr=False)
    new: bytes = field(repr=False)

    @property
    def digests(self) -> tuple[str, ...]:
        """The row's. A key that stayed as it was leaves the entry with a digest of no row."""
        return (row_digest("data_keys", {"ref": self.name, "wrapped": self.new}),)

    def apply(self, connection: Connection, entry: int) -> None:
        """Replace what was read and nothing else."""
        same = (data_keys.c.ref == self.name) & (data_keys.c.wrapped == self.old)
        values = {"wrapped": self.new, "entry": entry}
        connection.execute(update(data_keys).where(same).values(values))


RetentionWrite = EraseKey | ReplaceRow | PutHoldRow | BeginPeriodRows | Drop | RewrapRow
