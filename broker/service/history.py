"""What went before: earlier referrals of a case, and what its recipient was given already."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from broker.domain.case import Case
from broker.domain.ids import Category, DisclosureId, Purpose
from broker.domain.ledger import JsonValue, LedgerEntry
from broker.domain.ports import LedgerReader
from broker.domain.request import ShareRequest
from broker.domain.thresholds import Thresholds
from broker.domain.words import UNKNOWN, EventKind
from broker.ledger.tokens import case_tag, token

RESEARCH = Purpose("marac-research")
REFERRAL = Purpose("marac-referral")
STILL_CURRENT = (Category("risk-assessment"),)
"""In a repeat case these go back as far as in any other: old risk may be present risk (R30)."""
MAX_EARLIER = 64
"""Disclosures that an entry links; more than one recipient gets about one person in a year."""
MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The earliest record dates of a request: `since`, and those of some categories."""

    since: date
    since_of: tuple[tuple[Category, date], ...] = ()


def referral_history(case: Case, purpose: Purpose, today: date, thresholds: Thresholds) -> str:
    """Return `repeat`, `first`, or `unknown` where a case was listed and no referral is on file."""
    if case.repeat_of is not None or previous_referral(case, purpose, today, thresholds):
        return "repeat"
    on_file = case.referred_by(today) or purpose == REFERRAL
    return "first" if on_file else UNKNOWN


def previous_referral(
    case: Case, purpose: Purpose, today: date, thresholds: Thresholds
) -> date | None:
    """Return the last referral before this one, if a repeat is counted from it.

    A referral that is being made is this one; for every other purpose it is the newest on file.
    """
    days = case.referred_by(today)
    this = today if purpose == REFERRAL else max(days, default=today)
    before = [day for day in days if day < this]
    if not before or before[-1] < months_before(this, thresholds.repeat_months):
        return None
    return before[-1]


def months_before(day: date, months: int) -> date:
    """Return the same day so many months earlier, or that month's last where it is shorter."""
    year, month = divmod(day.year * MONTHS + day.month - 1 - months, MONTHS)
    next_month = date(year + (month + 1) // MONTHS, (month + 1) % MONTHS + 1, 1)
    last = (next_month - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def window_of(
    request: ShareRequest, case: Case | None, today: date, thresholds: Thresholds
) -> Window:
    """Return from when on records may be fetched: as asked, or what is relevant, or what is new."""
    if request.since is not None:
        return Window(since=request.since)
    relevant = today - timedelta(days=thresholds.relevance_window_days)
    if case is None or request.purpose != RESEARCH:
        return Window(since=relevant)
    new = previous_referral(case, request.purpose, today, thresholds)
    if new is None or new <= relevant:
        return Window(since=relevant)
    current = tuple((one, relevant) for one in request.categories if one in STILL_CURRENT)
    return Window(since=new, since_of=current)


def earlier_disclosures(
    log: LedgerReader, case: Case, request: ShareRequest
) -> tuple[DisclosureId, ...]:
    """Return what the same recipient was given about the same person, oldest first."""
    entries = log.entries_of_case(case_tag(case.salt, case.case_id))
    subject = token(case.salt, "subject", request.subject_id)
    recipient = token(case.salt, "practitioner", request.recipient)
    asked = {
        one.detail["request"]
        for one in entries
        if one.kind is EventKind.DECISION and one.detail.get("subject") == subject
    }
    given = [
        DisclosureId(str(one.detail["disclosure"]))
        for one in entries
        if one.kind is EventKind.DISCLOSURE
        and one.detail["request"] in asked
        and _recipient_of(one) == recipient
    ]
    return tuple(given[-MAX_EARLIER:])


def _recipient_of(entry: LedgerEntry) -> JsonValue:
    named = entry.detail.get("recipient")
    return named.get("practitioner") if isinstance(named, Mapping) else None
