"""Whether who and what was put on file is still there: a row that was taken out leaves no fault.

The log names agencies, people, systems, keys, meetings and cases when it records them, and only
those whose row was written with the entry. Of each name there must be a row, written by that entry
or by a later one of the same name. A case is let go when the log says that it was erased.
"""

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import Table, select

from broker.domain.ledger import JsonValue, LedgerEntry
from broker.domain.words import EventKind
from broker.ledger.entry import parse_entry
from broker.storage.sealing import written_by
from broker.storage.tables import (
    AnyRow,
    AnySelect,
    agencies,
    cases,
    log_entries,
    meetings,
    practitioners,
    recipient_keys,
    systems,
)

_CASE = ""
"""Stands for the entry's own case, where a member of the detail names everything else."""
_REGISTERS: Mapping[EventKind, tuple[Table, str]] = {
    EventKind.AGENCY_REGISTERED: (agencies, "agency"),
    EventKind.PRACTITIONER_REGISTERED: (practitioners, "practitioner"),
    EventKind.SYSTEM_REGISTERED: (systems, "system"),
    EventKind.KEY_REGISTERED: (recipient_keys, "key"),
    EventKind.KEY_REVOKED: (recipient_keys, "key"),
    EventKind.MEETING_LISTED: (meetings, "meeting"),
    EventKind.CASE_RECORDED: (cases, _CASE),
    EventKind.CONSENT_CHANGED: (cases, _CASE),
}


class Registers:
    """What is expected on file as of the entries so far."""

    def __init__(self) -> None:
        """Expect nothing."""
        self._newest: dict[tuple[str, str], int] = {}

    def note(self, entry: LedgerEntry) -> None:
        """Take an entry, in the order of the log."""
        if entry.kind is EventKind.CASE_ERASED:
            self._newest.pop((cases.name, str(entry.case_tag)), None)
        named = _named(entry)
        if named is not None and written_by(entry):
            self._newest[named] = entry.index

    def lost(self, read: Callable[[AnySelect], Iterator[AnyRow]]) -> Iterator[int]:
        """Yield the newest entry of each name that has no row.

        A row that was written with an entry of another kind may be anybody's: so many names are
        not missed.
        """
        for table in {table for table, _ in _REGISTERS.values()}:
            missing = {name: at for (of, name), at in self._newest.items() if of == table.name}
            strangers = 0
            for (canonical,) in read(_writers(table)):
                named = None if canonical is None else _named(parse_entry(canonical))
                strangers += named is None
                if named is not None:
                    missing.pop(named[1], None)
            if len(missing) > strangers:
                yield from missing.values()


def _writers(table: Table) -> AnySelect:
    entries = log_entries.c.index == table.c.entry
    return select(log_entries.c.canonical).select_from(table.outerjoin(log_entries, entries))


def _named(entry: LedgerEntry) -> tuple[str, str] | None:
    """Return the table and the name that the entry has a row for; None if it has none."""
    if entry.kind not in _REGISTERS:
        return None
    table, member = _REGISTERS[entry.kind]
    if member == _CASE:
        return table.name, str(entry.case_tag)
    name: JsonValue = entry.detail.get(member)
    if isinstance(name, Mapping):
        name = name.get(member)
    return table.name, str(name)
