"""Recomputing everything stored, in one pass over the log and one over the state.

Each stored byte that an entry, a node, a checkpoint or a committed row is made of is compared
with what it follows from, and the fault names the entry that wrote it. Leases, attempts and
the times of next attempts are nobody's promise and are not covered.
"""

from collections.abc import Iterator
from contextlib import ExitStack

from sqlalchemy import Connection, select

from broker.domain.ledger import Checkpoint
from broker.domain.words import EventKind
from broker.ledger.checkpoint import Check, LogKey
from broker.ledger.entry import parse_entry
from broker.ledger.verify import Run, fault
from broker.storage.appending import packed_nodes, split_frontier
from broker.storage.registers import Registers
from broker.storage.sealing import (
    COMMITTED,
    Values,
    digest_of_disclosure,
    done_digest,
    mark_digest,
    publication_mark_digest,
    row_digest,
    written_by,
)
from broker.storage.tables import (
    AnyRow,
    AnySelect,
    disclosures,
    log_checkpoints,
    log_entries,
    metadata,
    policy_publications,
    tasks,
)

ROWS_AT_A_TIME = 500
"""Rows are streamed, so that a long log does not fill the memory."""
_MARKS = ("delivered", "acknowledged", "stopped", "dropped")
_LASTING = {
    EventKind.DISCLOSURE: "disclosures",
    EventKind.POLICY_DRAFTED: "policy_files",
    EventKind.POLICY_PUBLISHED: "policy_publications",
    EventKind.POLICY_ROLLED_BACK: "policy_publications",
    EventKind.CASE_ERASED: "erasures",
    EventKind.PERIOD_ERASED: "erasures",
    EventKind.LOG_KEY_ROTATED: "log_keys",
}
"""Kinds of entry whose row stays, and its table: a publication that is gone would put the version
before it in force again. A disclosure's goes with its case, when the log says that that is gone."""


def verify_all(connection: Connection, key: LogKey, check: Check) -> Checkpoint:
    """Return the newest checkpoint, once everything before it holds.

    Raises:
        LedgerVerificationError: names the first entry at fault.

    """
    with ExitStack() as results:
        stream = _Streams(connection, results)
        log = _Log(stream, key, check)
        newest = log.verify()
        faults = [*_row_faults(stream), *_mark_faults(stream), *_task_faults(stream)]
        faults += [*_publication_mark_faults(stream), *log.lost(stream)]
        faults += log.registers.lost(stream.read)
    if faults:
        first = min(*faults, newest.size - 1)
        raise fault(first, "what it wrote has been changed or removed since")
    return newest


class _Streams:
    """Rows as they come; every cursor is closed at the end, or at the first fault."""

    def __init__(self, connection: Connection, results: ExitStack) -> None:
        self._connection, self._results = connection, results

    def read(self, query: AnySelect) -> Iterator[AnyRow]:
        """Start reading."""
        options = {"yield_per": ROWS_AT_A_TIME}
        result = self._connection.execute(query, execution_options=options)
        return iter(self._results.enter_context(result))


class _Log:
    """Entries, nodes and checkpoints, read side by side."""

    def __init__(self, stream: _Streams, key: LogKey, check: Check) -> None:
        self._key, self._check = key, check
        self._run = Run()
        self._entries = stream.read(_ENTRIES)
        order = log_checkpoints.c.size
        self._checkpoints = stream.read(select(log_checkpoints).order_by(order))
        self._lasting: dict[str, dict[int, str | None]] = {one: {} for one in _LASTING.values()}
        self._erased: set[str] = set()
        self.registers = Registers()

    def verify(self) -> Checkpoint:
        """Go through the whole log once."""
        due, newest = next(self._checkpoints, None), None
        for row in self._entries:
            self._entry(row)
            if due is not None and due.size == self._run.frontier.size:
                newest = self._checkpoint(due)
                due = next(self._checkpoints, None)
        size = self._run.frontier.size
        if newest is None or newest.size != size:
            raise fault(0 if newest is None else newest.size, "no signed checkpoint covers it")
        if due is not None:
            raise fault(size, "it is missing: a checkpoint of it is there")
        return newest

    def lost(self, stream: _Streams) -> Iterator[int]:
        """Yield the entries whose row, which nobody ever replaces, is no longer there."""
        for name, made in self._lasting.items():
            table = metadata.tables[name]
            there = {entry for (entry,) in stream.read(select(table.c.entry))}
            gone = ((entry, tag) for entry, tag in made.items() if entry not in there)
            yield from (entry for entry, tag in gone if tag not in self._erased)

    def _entry(self, row: AnyRow) -> None:
        index = self._run.frontier.size
        stored_index, nodes, canonical, case_tag, case_number = row
        if stored_index != index:
            raise fault(index, "it is missing")
        entry, completed = self._run.feed(canonical)
        if nodes != packed_nodes(completed):
            raise fault(index, "it does not match the tree that was stored with it")
        if (case_tag, case_number) != (entry.case_tag, entry.case_number):
            raise fault(index, "it was filed under another case")
        self.registers.note(entry)
        if entry.kind is EventKind.CASE_ERASED and entry.case_tag is not None:
            self._erased.add(entry.case_tag)
        if entry.kind in _LASTING:
            tag = entry.case_tag if entry.kind is EventKind.DISCLOSURE else None
            self._lasting[_LASTING[entry.kind]][index] = tag

    def _checkpoint(self, row: AnyRow) -> Checkpoint:
        checkpoint = self._run.check_checkpoint(self._key, self._check, row.note)
        if split_frontier(row.size, row.frontier) != self._run.frontier:
            raise fault(row.size - 1, "the right edge of the tree stored after it was changed")
        return checkpoint


_ENTRIES = select(
    log_entries.c.index,
    log_entries.c.nodes,
    log_entries.c.canonical,
    log_entries.c.case_tag,
    log_entries.c.case_number,
).order_by(log_entries.c.index)


def _row_faults(stream: _Streams) -> Iterator[int]:
    """Yield the entries of rows that are not as their entry says."""
    for name, columns in COMMITTED.items():
        table = metadata.tables[name]
        query = select(table, log_entries.c.canonical).outerjoin(
            log_entries, log_entries.c.index == table.c.entry
        )
        for row in stream.read(query):
            values = {column: row._mapping[column] for column in columns}  # noqa: SLF001  SQLAlchemy's API
            if _digest(name, values, row) not in _written(row.canonical):
                yield row.entry


def _digest(name: str, values: Values, row: AnyRow) -> str:
    """Return the digest of a row; that of a package that was dropped, as its entry has it."""
    if name == disclosures.name and row.dropped_entry is not None and row.canonical is not None:
        return digest_of_disclosure(row, parse_entry(row.canonical))
    return row_digest(name, values)


def _mark_faults(stream: _Streams) -> Iterator[int]:
    """Yield the entries of marks (delivered, acknowledged, stopped) that no entry made."""
    for mark in _MARKS:
        at, entry = disclosures.c[f"{mark}_at"], disclosures.c[f"{mark}_entry"]
        query = (
            select(
                disclosures.c.disclosure_id, disclosures.c.entry, at, entry, log_entries.c.canonical
            )
            .outerjoin(log_entries, log_entries.c.index == entry)
            .where(at.is_not(None) | entry.is_not(None))
        )
        for disclosure_id, disclosed, moment, marked, canonical in stream.read(query):
            digest = None if moment is None else mark_digest(mark, disclosure_id, moment)
            if digest not in _written(canonical):
                yield disclosed if marked is None else marked


def _task_faults(stream: _Streams) -> Iterator[int]:
    """Yield the tasks that are marked as done by no entry."""
    entry = tasks.c.done_entry
    query = (
        select(
            *(tasks.c[name] for name in ("ref", "entry", "done_at", "done_entry", "evidence")),
            log_entries.c.canonical,
        )
        .outerjoin(log_entries, log_entries.c.index == entry)
        .where(tasks.c.done_at.is_not(None) | entry.is_not(None) | tasks.c.evidence.is_not(None))
    )
    for ref, made, moment, marked, evidence, canonical in stream.read(query):
        whole = moment is not None and evidence is not None
        if not whole or done_digest(ref, moment, evidence) not in _written(canonical):
            yield made if marked is None else marked


def _publication_mark_faults(stream: _Streams) -> Iterator[int]:
    """Yield the publications with a mark (in force, refused) that no entry made."""
    table = policy_publications.c
    for mark in ("in_force", "refused"):
        at, entry = table[f"{mark}_at"], table[f"{mark}_entry"]
        query = (
            select(table.number, table.entry, at, entry, log_entries.c.canonical)
            .outerjoin(log_entries, log_entries.c.index == entry)
            .where(at.is_not(None) | entry.is_not(None))
        )
        for number, published, moment, marked, canonical in stream.read(query):
            digest = None if moment is None else publication_mark_digest(mark, number, moment)
            if digest not in _written(canonical):
                yield published if marked is None else marked


def _written(canonical: bytes | None) -> tuple[str, ...]:
    return () if canonical is None else written_by(parse_entry(canonical))
