"""Reads an agency's own database, through a mapping, with an account that cannot write.

Every new connection must prove that it cannot write before the first row is read: a broker that
could change a police record would make every record in it worthless as evidence.
"""

import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from broker.domain.errors import SettingsError, SourceMismatchError, SourceUnavailableError
from broker.domain.ids import Category
from broker.domain.record import MAX_TEXT_CHARACTERS, RecordItem, RecordQuery
from connectors.references import can_be_reference
from connectors.router import MAX_ITEMS
from connectors.sql_account import connect_sqlite, engine_options, refuse_writers


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailTable:
    """Further fields of an item, one row each: the item's key, a position, a label, a value."""

    table: str
    item_id: str
    position: str
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMapping:
    """Where one category stands in the agency's database.

    Args:
        subject: the column with the agency's reference to the person.
        recorded_on: a date, a timestamp, or text that begins with an ISO 8601 date.
        fields: field name and column, in the order in which they are shown.
        where: column and text that a row of this category has, if the table holds several.

    """

    category: Category
    table: str
    item_id: str
    subject: str
    title: str
    recorded_on: str
    text: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    details: DetailTable | None = None
    where: tuple[tuple[str, str], ...] = ()


class SqlConnector:
    """Implements `ports.Connector` over SQLite or PostgreSQL."""

    def __init__(self, *, agency: str, url: str, tables: tuple[TableMapping, ...]) -> None:
        """Take the mapping; the first connection is made by the first call."""
        if not tables:
            raise SettingsError(f"The SQL connector of {agency} maps no table: name at least one.")
        self._name = f"sql {agency}"
        self._tables = tables
        self._engine = _read_only_engine(self._name, url)
        weakref.finalize(self, self._engine.dispose)

    def __repr__(self) -> str:
        """Name the system only: the address holds a password."""
        return f"SqlConnector({self._name!r})"

    @property
    def name(self) -> str:
        """Kind and agency."""
        return self._name

    def fetch(self, query: RecordQuery) -> Sequence[RecordItem]:
        """Return the person's dated rows of the asked categories, oldest first in each."""
        asked = [one for one in self._tables if one.category in query.categories]
        if not asked or not can_be_reference(query.subject_ref):
            return ()
        with self._reading() as connection:
            return [item for one in asked for item in _items(connection, one, query)]

    def check(self) -> str:
        """Read every mapped column once, of nobody."""
        nobody = partial(RecordQuery, subject_ref="", since=date.max)
        with self._reading() as connection:
            for one in self._tables:
                _items(connection, one, nobody(categories=(one.category,)))
        return f"{self._name} reads {len(self._tables)} tables and cannot write."

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            # The original names the statement's values, and with them the person.
            raise SourceUnavailableError(
                f"{self._name} could not be read ({type(error).__name__}): "
                "check the database, the account and the mapping."
            ) from None


def _read_only_engine(name: str, url: str) -> Engine:
    try:
        parsed = make_url(url)
    except (SQLAlchemyError, ValueError):
        raise SettingsError(f"The address of {name} is not a database URL: correct it.") from None
    engine = _engine_for(name, parsed)
    sa.event.listen(engine, "connect", lambda raw, _: refuse_writers(name, parsed, raw))
    return engine


def _engine_for(name: str, url: URL) -> Engine:
    if url.drivername == "sqlite" and url.database:
        return sa.create_engine(
            "sqlite://",
            creator=partial(connect_sqlite, Path(url.database)),
            poolclass=sa.pool.QueuePool,
        )
    if url.drivername in {"postgresql", "postgresql+psycopg"}:
        return sa.create_engine(url.set(drivername="postgresql+psycopg"), **engine_options())
    raise SettingsError(f"{name} can read sqlite:/// files and postgresql:// databases: use one.")


def _items(connection: Connection, mapping: TableMapping, query: RecordQuery) -> list[RecordItem]:
    rows = connection.execute(_statement(mapping, query)).all()
    details = _details(connection, mapping, [str(row[0]) for row in rows])
    named = [field_name for field_name, _ in mapping.fields]
    return [
        RecordItem(
            item_id=str(item_id),
            subject_ref=str(subject),
            category=mapping.category,
            title=str(title),
            recorded_on=_as_date(recorded_on),
            text=None if text is None else str(text),
            fields=(*_present(named, columns), *details.get(str(item_id), ())),
        )
        for item_id, subject, title, recorded_on, text, *columns in rows
    ]


def _statement(mapping: TableMapping, query: RecordQuery) -> sa.Select[*tuple[Any, ...]]:
    """Ask for one character and one row more than may be used, so that too much is noticed."""
    names = (mapping.item_id, mapping.subject, mapping.title, mapping.recorded_on)
    columns: list[sa.ColumnElement[Any]] = [sa.column(one) for one in names]
    text = sa.func.substr(sa.column(mapping.text or ""), 1, MAX_TEXT_CHARACTERS + 1)
    recorded_on: sa.ColumnClause[Any] = sa.column(mapping.recorded_on)
    return (
        sa.select(
            *columns,
            text if mapping.text else sa.null(),
            *(sa.column(column) for _, column in mapping.fields),
        )
        .select_from(_table(mapping.table))
        .where(
            sa.column(mapping.subject) == query.subject_ref,
            recorded_on >= sa.bindparam("since", query.since, sa.Date()),
            *(sa.column(column) == value for column, value in mapping.where),
        )
        .order_by(recorded_on, sa.column(mapping.item_id))
        .limit(MAX_ITEMS + 1)
    )


def _details(
    connection: Connection, mapping: TableMapping, item_ids: list[str]
) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return label and value of each item's further fields, in their order."""
    if mapping.details is None or not item_ids:
        return {}
    one = mapping.details
    columns: list[sa.ColumnElement[Any]] = [
        sa.column(name) for name in (one.item_id, one.label, one.value)
    ]
    rows = connection.execute(
        sa.select(*columns)
        .select_from(_table(one.table))
        .where(sa.column(one.item_id).in_(item_ids))
        .order_by(sa.column(one.item_id), sa.column(one.position))
        .limit(_MAX_DETAILS + 1)
    ).all()
    if len(rows) > _MAX_DETAILS:
        raise SourceMismatchError(
            f"The details of {mapping.table} are too many for one answer: narrow the dates."
        )
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for item_id, label, value in rows:
        found[str(item_id)] = (*found.get(str(item_id), ()), *_present([label], [value]))
    return found


_MAX_DETAILS: Final = MAX_ITEMS * 20
"""Detail rows of one category of one person."""


def _table(name: str) -> sa.TableClause:
    schema, _, bare = name.rpartition(".")
    return sa.table(bare, schema=schema or None)


def _present(names: Sequence[object], values: Sequence[object]) -> tuple[tuple[str, str], ...]:
    """Return the fields that have a value, as text."""
    return tuple(
        (str(name), _as_text(value))
        for name, value in zip(names, values, strict=True)
        if value is not None
    )


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def _as_date(value: object) -> date | None:
    """Return the day; None where the column holds something else, which counts as too old."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
