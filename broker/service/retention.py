"""Destroys what has reached its term, in steps that can each be the process's last.

Whoever runs it, as often as they like and on as many replicas: what is done stays done, what is
held stays, and what could not be done now is found again by the next run.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from broker.domain.erasure import DropPackage, EraseCase, KeptPackage, KeyToDestroy, Period
from broker.domain.errors import InvalidRequestError
from broker.domain.ledger import LedgerEntry
from broker.domain.ports import LedgerReader
from broker.domain.retention import DataKind, Term
from broker.ledger import retention_events
from broker.service.keeping import Keeping
from broker.service.retention_months import (
    begin_month,
    copies_open_until,
    destroy_term_keys,
    erase_periods,
    old_term_keys,
)
from broker.service.retention_terms import CaseTerm, case_known_until, term_of_case

PACKAGES_AT_ONCE: Final = 200
"""In one entry: each is 70 bytes of it, and an entry may have 65,536."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What one run did, or would do.

    Args:
        erased: entries of what was destroyed; none where nothing was to be done in earnest.
        due: cases whose term is over, held ones too.
        held: of those, the ones that a hold keeps.
        waiting: of those, the ones that could not be destroyed now.
        undecided: cases about which a person has to decide, with whatever term.
        scrubbed: whether nothing of deleted rows is left in the database's files.

    """

    erased: tuple[LedgerEntry, ...]
    due: tuple[KeyToDestroy, ...]
    held: int
    waiting: int
    undecided: int
    packages: int
    spans: int
    term_keys: tuple[Period, ...]
    scrubbed: bool


def run(keeping: Keeping, at: datetime) -> Ran:
    """Destroy everything whose term is over at a moment that is not to come.

    Raises:
        InvalidRequestError: the moment is to come; only `preview` looks ahead.

    """
    if at > keeping.clock.now():
        raise InvalidRequestError("Nothing is destroyed before its time: use --dry-run to look.")
    begin_month(keeping)
    packages = _drop_packages(keeping, at)
    erased: list[tuple[LedgerEntry, KeyToDestroy]] = []
    while True:
        # A case that named another is changed when that goes, so what is due is looked at again.
        due, undecided = _due(keeping, at)
        done = [one for term in due if (one := _erase(keeping, term)) is not None]
        erased += done
        if not done:
            break
    held = sum(_is_held(keeping, one) for one in due)
    months = erase_periods(keeping, at)
    spans = _forget_spans(keeping, at)
    # Every key that was destroyed is out of this process's memory before anybody is told.
    entries = (*(entry for entry, _ in erased), *(entry for entry, _ in months))
    keeping.archive.forget_keys({key.key_id for _, key in (*erased, *months)})
    destroyed = tuple(destroy_term_keys(keeping, at))
    return Ran(
        erased=entries,
        due=tuple(key for _, key in erased),
        held=held,
        waiting=len(due) - held,
        undecided=undecided,
        packages=packages,
        spans=spans,
        term_keys=destroyed,
        scrubbed=keeping.archive.scrub(),
    )


def preview(keeping: Keeping, at: datetime) -> Ran:
    """Return what a run at that moment would destroy; nothing is changed."""
    due, undecided = _due(keeping, at)
    free = [one for one in due if not _is_held(keeping, one)]
    found = (keeping.archive.key_of_case(one.case) for one in free)
    keys = tuple(one for one in found if one is not None)
    return Ran(
        erased=(),
        due=keys,
        held=len(due) - len(free),
        waiting=0,
        undecided=undecided,
        packages=len(_packages(keeping, at)),
        spans=0,
        term_keys=tuple(old_term_keys(keeping, at)),
        scrubbed=False,
    )


def _due(keeping: Keeping, at: datetime) -> tuple[list[CaseTerm], int]:
    """Return the cases whose term is over, and how many wait for a person."""
    schedule, meetings = keeping.schedule, keeping.cases.meetings()
    thresholds, shortest = keeping.rules.current.thresholds, keeping.schedule.shortest
    due: list[CaseTerm] = []
    undecided = 0
    for case in keeping.archive.cases():
        known = case_known_until(case, meetings, thresholds)
        if shortest is None or known + shortest > at:
            continue
        found = term_of_case(case, meetings, keeping.log, schedule, thresholds)
        if found.is_over(at):
            due.append(found)
        undecided += found.over_at is None
    return due, undecided


def _erase(keeping: Keeping, term: CaseTerm) -> tuple[LedgerEntry, KeyToDestroy] | None:
    """Destroy one case; None where it is held, has changed, or another broker was first."""
    key = keeping.archive.key_of_case(term.case)
    if key is None or _is_held(keeping, term):
        return None
    now = keeping.clock.now()
    draft = retention_events.case_erased(
        key,
        term.term,
        closed_at=term.closed_at,
        version=keeping.rules.current.version,
        copies_open_until=copies_open_until(keeping, now),
        at=now,
    )
    case = term.case
    change = EraseCase(case_id=case.case_id, version=case.version, key=key)
    try:
        return keeping.ledger.record(draft, change), key
    except InvalidRequestError as reason:
        _log.warning("A case was not destroyed: %s", reason)
        return None


def _is_held(keeping: Keeping, term: CaseTerm) -> bool:
    return any(one.step.stops for one in keeping.archive.holds_of(term.case.case_id))


def _drop_packages(keeping: Keeping, at: datetime) -> int:
    """Drop the bytes of packages that are older than their term, page by page."""
    term = keeping.schedule.line_of(DataKind.PACKAGE)
    if term is None:
        return 0
    dropped = 0
    while found := _packages(keeping, at):
        settled = [one for one in found if not one.waits]
        done = _drop_settled(keeping, settled, term) if settled else 0
        done += sum(_drop_waiting(keeping, one, term) for one in found if one.waits)
        dropped += done
        if not done or len(found) < PACKAGES_AT_ONCE:
            break  # What is left is on its way at this moment, or another broker's: the next run.
    return dropped


def _drop_settled(keeping: Keeping, found: list[KeptPackage], term: Term) -> int:
    """Drop what was delivered or stopped, under one entry that names nobody's case."""
    now = keeping.clock.now()
    changes = (DropPackage(disclosure_id=one.disclosure_id, at=now) for one in found)
    try:
        keeping.ledger.record(retention_events.packages_dropped(len(found), term, now), *changes)
    except InvalidRequestError:
        return 0
    return len(found)


def _drop_waiting(keeping: Keeping, one: KeptPackage, term: Term) -> bool:
    """Drop what was never delivered; its case's advocate reads that it never will be."""
    now = keeping.clock.now()
    draft = retention_events.package_dropped(one.disclosure_id, term, one.tag, now)
    try:
        keeping.ledger.record(draft, DropPackage(disclosure_id=one.disclosure_id, at=now))
    except InvalidRequestError:
        return False
    return True


def _packages(keeping: Keeping, at: datetime) -> tuple[KeptPackage, ...]:
    length = keeping.schedule.of(DataKind.PACKAGE)
    if length is None:
        return ()
    first = _first_entry_at(keeping.log, at - length)
    return keeping.archive.packages_before(first, PACKAGES_AT_ONCE)


def _first_entry_at(log: LedgerReader, moment: datetime) -> int:
    """Return the index of the first entry that is not before a moment; entries are in order."""
    checkpoint = log.checkpoint()
    low, high = 0, 0 if checkpoint is None else checkpoint.size
    while low < high:
        middle = (low + high) // 2
        entry = log.entry(middle)
        if entry is not None and entry.at < moment:
            low = middle + 1
        else:
            high = middle
    return low


def _forget_spans(keeping: Keeping, at: datetime) -> int:
    length = keeping.schedule.of(DataKind.SPANS)
    return 0 if length is None else keeping.archive.forget_spans(at - length)
