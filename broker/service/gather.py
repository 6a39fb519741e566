"""Gathers what policy may look at. From here on an absent fact is `unknown`, never a guess."""

from dataclasses import replace
from datetime import datetime, timedelta

from broker.domain.case import Case
from broker.domain.context import CaseContext, Facts
from broker.domain.duties import EMERGENCY
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import Category, DisclosureId
from broker.domain.people import Person
from broker.domain.request import Requester, ShareRequest
from broker.domain.thresholds import Thresholds
from broker.domain.words import CaseListing
from broker.service.desk import Desk
from broker.service.facts import (
    Known,
    consent_for,
    facts_inside,
    facts_outside,
    listing_of,
)
from broker.service.history import earlier_disclosures, window_of


def gather(desk: Desk, requester: Requester, request: ShareRequest) -> CaseContext:
    """Return the context of one request.

    A case that does not exist, is not on a list of the requester's agency, or is shielded from
    the requester gives the same context but for the salt of its log entries, so that an advocate
    still sees who tried.

    Raises:
        InvalidRequestError: the requester stands on neither side of what is asked.

    """
    known = _look_up(desk, requester, request)
    _check_own_side(known)
    case = known.case if known.case and _may_know(known, known.case) else None
    subject = case.person(request.subject_id) if case else None
    facts = _facts(known, case, subject)
    window = window_of(request, case, known.now.date(), known.thresholds)
    return CaseContext(
        facts=facts,
        salt=known.case.salt if known.case else desk.cases.passing_salt(),
        case=case,
        subject=subject,
        meeting=known.meeting,
        holder=known.holder,
        recipient=known.recipient,
        recipient_agency=known.recipient_agency,
        since=window.since,
        since_of=window.since_of,
        earlier=_earlier(desk, known, case, facts),
        gathered_at=known.now,
    )


def _facts(
    known: Known, case: Case | None, subject: Person | None
) -> tuple[tuple[Category, Facts], ...]:
    """Return the facts of each asked category; most of them are the same for all."""
    categories = known.request.categories
    if case is None:
        outside = facts_outside(known)
        return tuple((one, replace(outside, category=one)) for one in categories)
    inside = facts_inside(known, case, subject)
    return tuple(
        (one, replace(inside, category=one, consent=_consent(known, case, one)))
        for one in categories
    )


def _consent(known: Known, case: Case, category: Category) -> str:
    return consent_for(case, known.recipient_agency, category, known.now)


def _earlier(
    desk: Desk, known: Known, case: Case | None, facts: tuple[tuple[Category, Facts], ...]
) -> tuple[DisclosureId, ...]:
    """Return what the recipient had before; only a repeat case has a before (rule R30)."""
    repeats = any(one.referral_history == "repeat" for _, one in facts)
    return earlier_disclosures(desk.log, case, known.request) if case and repeats else ()


def _look_up(desk: Desk, requester: Requester, request: ShareRequest) -> Known:
    now, thresholds = desk.clock.now(), desk.policy.thresholds
    recipient = desk.directory.practitioner(request.recipient)
    if recipient is not None and recipient.has_left(now):
        recipient = None  # To the rules there is nobody of that name any more.
    return Known(
        now=now,
        requester=requester,
        request=request,
        asker=desk.directory.practitioner(requester.practitioner_id),
        recipient=recipient,
        asker_agency=desk.directory.agency(requester.agency_id),
        recipient_agency=desk.directory.agency(recipient.agency_id) if recipient else None,
        holder=desk.directory.agency(request.holder),
        meeting=desk.cases.meeting(request.meeting_id) if request.meeting_id else None,
        case=desk.cases.case(request.case_id),
        thresholds=thresholds,
        emergencies=_emergencies(desk, requester, request, now, thresholds),
    )


def _emergencies(
    desk: Desk, requester: Requester, request: ShareRequest, now: datetime, thresholds: Thresholds
) -> int | None:
    """Count the requester's other emergency releases, only where this may be one more (E03)."""
    if request.purpose != EMERGENCY:
        return None
    since = now - timedelta(days=thresholds.emergency_window_days)
    return desk.log.emergencies(requester.practitioner_id, since, request.request_id)


def _check_own_side(known: Known) -> None:
    own = known.requester.agency_id
    receives = known.recipient is not None and known.recipient.agency_id == own
    if not receives and known.request.holder != own:
        raise InvalidRequestError(
            "Ask for your own agency as the recipient, or send what your own agency holds."
        )


def _may_know(known: Known, case: Case) -> bool:
    """Whether the requester may learn that the case exists."""
    asker = known.requester.practitioner_id
    if case.shielded:
        return asker in case.handlers
    if asker == case.advocate or listing_of(known) is not CaseListing.NOT_LISTED:
        return True
    # An agency that knows the person may send what it holds: a referral comes before any list.
    own = known.requester.agency_id
    subject = case.person(known.request.subject_id)
    return (
        known.request.holder == own
        and subject is not None
        and subject.reference_at(own) is not None
    )
