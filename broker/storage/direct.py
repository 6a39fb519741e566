"""Statements as the driver takes them, for the transaction that everybody waits for.

SQLAlchemy builds and runs them in more time than the database needs for them, and the log's lock
is held meanwhile. They are made here once for each table, and what they write is the same: columns,
types and conflicts are the tables' own (see tables). Transactions stay SQLAlchemy's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, cast

from sqlalchemy import Column, Connection, Integer, String, Table
from sqlalchemy.dialects import postgresql, sqlite

from broker.storage.tables import Moment

if TYPE_CHECKING:
    # Ten megabytes, and only a broker on PostgreSQL needs it.
    import psycopg

STATEMENT_BYTES = 16 * 1024 * 1024
"""After how much a list of rows is sent: a server refuses a value of a gibibyte."""
_Row = tuple[Any, ...]
Pair = tuple[Column[Any], Column[Any]]
"""A column that rows are found by, and the one that is read."""
_DIALECTS = {one.name: one for one in (sqlite.dialect(), postgresql.dialect())}  # type: ignore[no-untyped-call]


class Rows(Protocol):
    """What a statement found, as both drivers have it. Within one turn it is not there yet."""

    def fetchone(self) -> Any:  # noqa: ANN401  as the columns' types are
        """Return the next row, or None."""

    def fetchall(self) -> Sequence[Any]:
        """Return the rows that are left."""


def run(connection: Connection, text: str, values: Sequence[object] = ()) -> Rows:
    """Run a statement in the connection's transaction; its errors are the driver's own."""
    return cast("Rows", _driver(connection).execute(text, values))


def add_rows(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, object]],
    *,
    if_new: bool = False,
) -> None:
    """Add rows of the same columns; `if_new` leaves a row alone that is there already."""
    names = tuple(rows[0])
    text = _insert(table, names, connection.dialect.name, if_new=if_new)
    moments = _moments(table, names)
    lists: Iterable[_Row] = (
        [_values(row, names, moments) for row in rows]
        if moments
        else [tuple([row[name] for name in names]) for row in rows]
    )
    if connection.dialect.name == "sqlite":
        _driver(connection).executemany(text, lists)
    else:
        # One statement with a list for each column: a server is told once, not once a row.
        for some in _pieces(lists):
            run(connection, text, tuple(map(list, zip(*some, strict=True))))


@contextmanager
def in_one_turn(connection: Connection) -> Iterator[None]:
    """Send statements without waiting for the server after each; an error is raised at the end."""
    if connection.dialect.name == "sqlite":
        yield
        return
    with cast("psycopg.Connection", _driver(connection)).pipeline():
        yield


def find(
    connection: Connection, pairs: tuple[Pair, ...], asked: Sequence[Sequence[object]]
) -> Rows:
    """Ask, in one statement, for rows of a pair's number, a key that is there, its other column.

    Args:
        connection: within the transaction.
        pairs: a key's column and another, of text or whole numbers.
        asked: the keys to look for, at least one for each pair.

    """
    dialect = connection.dialect.name
    if dialect == "sqlite":
        # Powers of two, so that the driver knows the statement however many keys there are.
        rooms = tuple([1 << (len(keys) - 1).bit_length() for keys in asked])
        values = tuple(
            value
            for room, keys in zip(rooms, asked, strict=True)
            for value in (*keys, *[keys[-1]] * (room - len(keys)))
        )
    else:
        rooms, values = (), tuple(map(list, asked))
    return run(connection, _find(pairs, rooms, dialect), values)


def typed(pair: Pair, value: object) -> object:
    """Return what `find` found, as the column's type is: all of it comes as text from a server."""
    whole = isinstance(pair[1].type, Integer) and isinstance(value, str)
    return int(cast("str", value)) if whole else value


def _driver(connection: Connection) -> Any:  # noqa: ANN401  no type that both drivers share
    return connection.connection.driver_connection


def _pieces(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    """Yield rows in lists that a statement can carry, however large the packages among them."""
    some, size = list[_Row](), 0
    for row in rows:
        some.append(row)
        size += sum([len(one) for one in row if type(one) is bytes])
        if size > STATEMENT_BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def _values(row: Mapping[str, object], names: tuple[str, ...], moments: _Row) -> _Row:
    return tuple(
        [
            row[name] if moment is None else moment(row[name], None)
            for name, moment in zip(names, moments, strict=True)
        ]
    )


@cache
def _moments(table: Table, names: tuple[str, ...]) -> _Row:
    """Return what turns each column's values to the database's, if any of them needs it."""
    types = [table.c[name].type for name in names]
    made = [one.process_bind_param if isinstance(one, Moment) else None for one in types]
    return tuple(made) if any(made) else ()


@cache
def _insert(table: Table, names: tuple[str, ...], dialect: str, *, if_new: bool) -> str:
    written = _DIALECTS[dialect].identifier_preparer
    columns = [table.c[name] for name in names]
    if dialect == "sqlite":
        rows = f"VALUES ({', '.join('?' for _ in names)})"
    else:
        rows = f"SELECT * FROM unnest({', '.join(_list_of(one, dialect) for one in columns)})"  # noqa: S608
    into = ", ".join(map(written.format_column, columns))
    tail = " ON CONFLICT DO NOTHING" if if_new else ""
    return f"INSERT INTO {written.format_table(table)} ({into}) {rows}{tail}"


@cache
def _find(pairs: tuple[Pair, ...], rooms: tuple[int, ...], dialect: str) -> str:
    written, parts = _DIALECTS[dialect].identifier_preparer, list[str]()
    for number, (key, column) in enumerate(pairs):
        name, other = written.format_column(key), written.format_column(column)
        if dialect == "sqlite":
            which = f"IN ({', '.join('?' * rooms[number])})"
        else:
            which, other = f"= ANY({_list_of(key, dialect)})", f"{other}::TEXT"
        table = written.format_table(key.table)
        parts.append(f"SELECT {number}, {name}, {other} FROM {table} WHERE {name} {which}")  # noqa: S608
    return " UNION ALL ".join(parts)


def _list_of(column: Column[Any], dialect: str) -> str:
    """Return where a list goes; text without its length, which a cast would cut it to unseen."""
    kind = (
        "TEXT"
        if isinstance(column.type, String)
        else column.type.compile(dialect=_DIALECTS[dialect])
    )
    return f"%s::{kind}[]"
