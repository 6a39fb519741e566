"""Finding entries by what they say (search.LogSearch).

The index follows the log in transactions of its own, so that no disclosure waits for it. It holds
nothing that is not in the log: if it is lost it is made anew, and no proof rests on it.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    bindparam,
    exists,
    func,
    insert,
    select,
    tuple_,
    update,
)

from broker.domain.ledger import InclusionProof, LedgerEntry
from broker.domain.search import Found, Position, Search
from broker.ledger.entry import parse_entry
from broker.storage.engine import reading
from broker.storage.nodes import read_inclusions
from broker.storage.sequencer import Sequencer
from broker.storage.tables import (
    AnyRow,
    AnySelect,
    Moment,
    log_entries,
    log_followers,
    log_terms,
)
from broker.storage.terms import matches, terms_asked, terms_of

AT_ONCE = 200
"""Entries indexed in one transaction; on SQLite whoever appends waits for it, about 10 ms."""
MAX_LOOKED_AT = 2_000
"""Entries that one page looks at, where several things are asked for and few entries have all."""
_COUNTED = 500
"""Up to here the entries of a term are counted, to begin with the term that has the fewest."""
NAME = "search"
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)

_NEXT = select(log_followers.c.next).where(log_followers.c.name == NAME)
_UNSEEN = (
    select(log_entries.c.canonical)
    .where(log_entries.c.index.between(bindparam("start"), bindparam("last")))
    .order_by(log_entries.c.index)
)
_THESE = (
    select(log_entries.c.canonical)
    .where(log_entries.c.index.in_(bindparam("indexes", expanding=True)))
    .order_by(log_entries.c.index)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSearch:
    """Keeps the index and reads it. Thread-safe; several brokers may follow one log at once."""

    sequencer: Sequencer
    readers: Engine

    def follow(self) -> int:
        """Index up to AT_ONCE entries; return how many."""
        return self.sequencer.aside(_index_some) if self._behind() else 0

    def find(self, search: Search, limit: int) -> Found:
        """Return one page of what is indexed."""
        with reading(self.readers) as connection:
            searched = int(connection.scalar(_NEXT) or 0)
            terms = _fewest_first(connection, terms_asked(search), search)
            places, end = _places(connection, terms, search, limit)
            entries = _read(connection, places)
        by_index = {one.index: one for one in entries}
        found = (by_index[one] for one in places)
        shown = tuple(one for one in found if matches(one, search))
        return Found(entries=shown, next=end, searched=searched)

    def proofs(self, indexes: Sequence[int], size: int) -> tuple[InclusionProof, ...]:
        """Return the audit path of each entry in the tree of `size`."""
        with reading(self.readers) as connection:
            return read_inclusions(connection, indexes, size)

    def _behind(self) -> bool:
        newest = select(func.max(log_entries.c.index))
        with reading(self.readers) as connection:
            size = connection.scalar(newest)
            return size is not None and size >= (connection.scalar(_NEXT) or 0)


def advance(connection: Connection, name: str, start: int, end: int) -> bool:
    """Note that a follower has come from `start` to `end`; False when another broker did it first.

    Whoever gets False has written nothing and leaves the work to that broker.
    """
    if start == 0:
        there = select(log_followers.c.next).where(log_followers.c.name == name)
        if connection.scalar(there) is None:
            connection.execute(_insert_once(connection), {"name": name, "next": 0})
    moved = connection.execute(
        update(log_followers)
        .where(log_followers.c.name == name, log_followers.c.next == start)
        .values(next=end)
    )
    return moved.rowcount == 1


def _insert_once(connection: Connection) -> Any:  # noqa: ANN401  one statement, of either dialect
    from sqlalchemy.dialects import postgresql, sqlite  # noqa: PLC0415  seldom needed

    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(log_followers).on_conflict_do_nothing()


def _index_some(connection: Connection) -> int:
    start = int(connection.scalar(_NEXT) or 0)
    values = {"start": start, "last": start + AT_ONCE - 1}
    entries = [parse_entry(one) for (one,) in connection.execute(_UNSEEN, values)]
    # If we crash here nothing of it is stored, and the next look begins at the same entry.
    if not entries or not advance(connection, NAME, start, start + len(entries)):
        return 0
    rows = [
        {"term": term, "at": one.at, "index": one.index}
        for one in entries
        for term in sorted(terms_of(one))
    ]
    connection.execute(insert(log_terms), rows)
    return len(entries)


def _read(connection: Connection, indexes: Collection[int]) -> tuple[LedgerEntry, ...]:
    if not indexes:
        return ()
    rows = connection.execute(_THESE, {"indexes": list(indexes)})
    return tuple(parse_entry(one) for (one,) in rows)


def _range(search: Search) -> dict[str, object]:
    """Return where to look: from `since` up to, and without, `until` or the last entry shown."""
    at, index = (search.until or _LATEST), -1
    if search.after is not None and search.after < (at, index):
        at, index = search.after
    return {"since": search.since or _EARLIEST, "at": at, "index": index}


def _within(columns: Any) -> tuple[ColumnElement[bool], ...]:  # noqa: ANN401  a table or its alias
    end = tuple_(bindparam("at", type_=Moment()), bindparam("index"))
    return (
        columns.at >= bindparam("since", type_=Moment()),
        tuple_(columns.at, columns.index) < end,
    )


_FEW = select(func.count()).select_from(
    select(log_terms.c.term)
    .where(log_terms.c.term == bindparam("term"), *_within(log_terms.c))
    .limit(_COUNTED)
    .subquery()
)


def _fewest_first(connection: Connection, terms: Sequence[int], search: Search) -> tuple[int, ...]:
    """Return the terms, first the one that the fewest entries have."""
    if len(terms) == 1:
        return tuple(terms)
    values = _range(search)
    counts = {one: connection.scalar(_FEW, {**values, "term": one}) or 0 for one in terms}
    return tuple(sorted(terms, key=lambda one: (counts[one], one)))


def _places(
    connection: Connection, terms: Sequence[int], search: Search, limit: int
) -> tuple[tuple[int, ...], Position | None]:
    """Return the entries of a page, and where the next page begins."""
    values = {**_range(search), **{f"term{n}": one for n, one in enumerate(terms)}}
    rows = connection.execute(_page(len(terms)), {**values, "most": limit}).all()
    places = tuple(index for _, index in rows)
    if len(rows) == limit:
        return places, _position(rows[-1])
    if len(terms) == 1:
        return places, None
    return places, _position(connection.execute(_end_of_look(), values).one_or_none())


def _position(row: AnyRow | None) -> Position | None:
    if row is None:
        return None
    at, index = row
    return at, index


@lru_cache(maxsize=16)
def _page(terms: int) -> AnySelect:
    """Return what finds a page of entries that have so many terms."""
    order = (log_terms.c.at.desc(), log_terms.c.index.desc())
    first = (
        select(log_terms.c.at, log_terms.c.index)
        .where(log_terms.c.term == bindparam("term0"), *_within(log_terms.c))
        .order_by(*order)
    )
    most = bindparam("most", type_=log_terms.c.index.type)
    if terms == 1:
        return first.limit(most)
    near = first.limit(MAX_LOOKED_AT).subquery("near")
    return (
        select(near.c.at, near.c.index)
        .where(*_others(near, terms))
        .order_by(near.c.at.desc(), near.c.index.desc())
        .limit(most)
    )


def _others(near: Any, terms: int) -> Iterator[ColumnElement[bool]]:  # noqa: ANN401  a subquery
    for number in range(1, terms):
        other = log_terms.alias(f"other{number}")
        yield exists().where(
            other.c.term == bindparam(f"term{number}"),
            other.c.at == near.c.at,
            other.c.index == near.c.index,
        )


@lru_cache(maxsize=1)
def _end_of_look() -> AnySelect:
    """Return what finds the last entry that a page looked at; none where it saw them all."""
    return (
        select(log_terms.c.at, log_terms.c.index)
        .where(log_terms.c.term == bindparam("term0"), *_within(log_terms.c))
        .order_by(log_terms.c.at.desc(), log_terms.c.index.desc())
        .limit(1)
        .offset(MAX_LOOKED_AT - 1)
    )
