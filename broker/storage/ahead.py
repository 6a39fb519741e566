"""What the writes of one transaction ask and add, for all of them at once.

A transaction serves everybody who waits. Asked and added one by one, each of them would cost some
turns to the database while all the others wait, and the log's lock is held. So the look-ups that
writes announce are made together when the transaction begins, and their rows are added together
when it ends. A write that announces nothing runs by itself, on everything that was added before it,
and what it may have changed is asked for again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Table

from broker.storage.direct import Pair, Rows, add_rows, find, typed
from broker.storage.tables import metadata

_KNOWN = "ahead"
"""Where a connection keeps what belongs to its transaction."""
_ORDER = {table.name: number for number, table in enumerate(metadata.sorted_tables)}
"""Tables, those that others refer to first."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One column of one row, found by its key; made once, and told from others by identity."""

    key_column: Column[Any]
    column: Column[Any]


Ask = tuple[Question, object]
"""A question, and the key of the row."""


def asks_of(write: object) -> tuple[Ask, ...] | None:
    """Return what a write announces; None for one that runs by itself.

    A write that has `asks` asks nothing else and adds rows through Ahead only; where they are None
    it has a part that announces nothing.
    """
    asks: tuple[Ask, ...] | None = getattr(write, "asks", None)
    return asks


class Ahead:
    """The look-ups and rows of one transaction. Only its writer uses it."""

    def __init__(self, connection: Connection) -> None:
        """Know nothing yet, and add rows at once."""
        self._connection = connection
        self._known: dict[Ask, Any] = {}
        self._rows: defaultdict[tuple[str, bool], list[Mapping[str, object]]] = defaultdict(list)
        self._asked: defaultdict[str, set[Question]] = defaultdict(set)
        self._heard: tuple[tuple[Question, ...], Rows] | None = None
        self._waiting = False

    def look_up(self, asks: Iterable[Ask]) -> None:
        """Ask all of it, in one statement, which `hear` reads; rows wait from now on."""
        self._waiting = True
        keys: dict[Question, dict[object, None]] = {}
        for question, key in asks:
            keys.setdefault(question, {})[key] = None
        if keys:
            self._ask({question: list(these) for question, these in keys.items()})

    def hear(self) -> None:
        """Read what was found of what was asked, before anything is written."""
        if self._heard is None:
            return
        (questions, found), self._heard = self._heard, None
        pairs = [_pair(one) for one in questions]
        for number, key, value in found.fetchall():
            self._known[questions[number], key] = typed(pairs[number], value)

    def value(self, ask: Ask) -> Any:  # noqa: ANN401  as the column's type is
        """Return what the row has, with the rows that wait; None where there is no row."""
        if ask not in self._known:
            self._write_rows()  # One of them may be the answer.
            self._ask({ask[0]: [ask[1]]})
            self.hear()
        return self._known[ask]

    def _ask(self, asked: Mapping[Question, Sequence[object]]) -> None:
        for question, keys in asked.items():
            self._asked[question.key_column.table.name].add(question)
            self._known.update(dict.fromkeys([(question, key) for key in keys]))
        questions = tuple(asked)
        found = find(self._connection, tuple(map(_pair, questions)), tuple(asked.values()))
        self._heard = questions, found

    def add(self, table: Table, row: Mapping[str, object], *, if_new: bool = False) -> None:
        """Add a row with the others; `if_new` leaves a row alone that is there already."""
        for question in self._asked[table.name]:
            ask = question, row.get(question.key_column.name)
            if not if_new or self._known.get(ask) is None:
                self._known[ask] = row.get(question.column.name)
        self._rows[table.name, if_new].append(row)
        if not self._waiting:
            self._write_rows()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let a write see everything that was added, and ask again for what it may have changed."""
        waiting, self._waiting = self._waiting, False
        self._write_rows()
        try:
            yield
        finally:
            self._known.clear()
            self._waiting = waiting

    def finish(self) -> None:
        """Add the rows that wait."""
        self._write_rows()

    def _write_rows(self) -> None:
        rows, self._rows = self._rows, defaultdict(list)
        for name, if_new in sorted(rows, key=lambda one: _ORDER[one[0]]):
            table = metadata.tables[name]
            add_rows(self._connection, table, rows[name, if_new], if_new=if_new)


def _pair(question: Question) -> Pair:
    return question.key_column, question.column


def ahead_of(connection: Connection) -> Ahead:
    """Return what belongs to the connection's transaction."""
    transaction = connection.get_transaction()
    of, known = connection.info.get(_KNOWN, (None, None))
    if transaction is None or of is not transaction or not isinstance(known, Ahead):
        known = Ahead(connection)
        connection.info[_KNOWN] = (transaction, known)
    return known
