"""When a case was closed and when its term is over. Looks at the case and its log; changes nothing.

A case is closed when its last meeting's list is closed, its file is no longer flagged, and nothing
was recorded or released since: whichever is last. What cannot be known is taken as not yet closed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from broker.domain.case import Case, Meeting
from broker.domain.ids import Purpose
from broker.domain.ledger import LedgerEntry
from broker.domain.ports import LedgerReader
from broker.domain.retention import Schedule, Term
from broker.domain.thresholds import Thresholds
from broker.domain.words import EventKind, Outcome
from broker.ledger.tokens import case_tag

_WORK = (EventKind.CASE_RECORDED, EventKind.CONSENT_CHANGED, EventKind.DISCLOSURE)
"""Entries that say somebody worked on the case. A refused attempt prolongs nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTerm:
    """One case, since when it is closed, and by which term it ends.

    Args:
        over_at: when the term is over; None: a person decides.

    """

    case: Case
    closed_at: datetime
    term: Term
    over_at: datetime | None

    def is_over(self, now: datetime) -> bool:
        """Whether the case is to be destroyed, were it not for holds."""
        return self.over_at is not None and self.over_at <= now


def term_of_case(
    case: Case,
    meetings: Sequence[Meeting],
    log: LedgerReader,
    schedule: Schedule,
    thresholds: Thresholds,
) -> CaseTerm:
    """Return when the case was closed and by which term it ends."""
    entries = log.entries_of_case(case_tag(case.salt, case.case_id))
    known = case_known_until(case, meetings, thresholds)
    closed_at = max((known, *(one.at for one in entries if one.kind in _WORK)))
    term = schedule.of_case(_purposes(entries))
    over_at = None if term.length is None else closed_at + term.length
    return CaseTerm(case=case, closed_at=closed_at, term=term, over_at=over_at)


def case_known_until(case: Case, meetings: Sequence[Meeting], thresholds: Thresholds) -> datetime:
    """Return the latest moment at which the case's own file says it was open.

    Cheap: no entry is read. Of most cases it says already that no term can be over.
    """
    moments = [datetime.min.replace(tzinfo=UTC)]
    closing = timedelta(days=thresholds.meeting_close_days)
    for one in meetings:
        if one.listing(case.case_id) is not None:
            moments += [one.closes_at, one.held_at + closing]
    flagged = timedelta(days=thresholds.flag_days)
    moments += [datetime.combine(one, time(), UTC) + flagged for one in case.referrals]
    moments += [one.taken_at for one in case.consents]
    if case.risk is not None:
        moments.append(datetime.combine(case.risk.assessed_on, time(), UTC))
    return max(moments)


def _purposes(entries: Iterable[LedgerEntry]) -> set[Purpose]:
    """Return for what something was allowed, or went to a person."""
    return {
        Purpose(str(one.detail.get("purpose")))
        for one in entries
        if one.kind is EventKind.DECISION and one.detail.get("outcome") != Outcome.DENY
    }
