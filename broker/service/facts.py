"""Turns what was looked up into words. Numbers and dates end here; policy sees words only."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from broker.domain.case import Case, Meeting
from broker.domain.consent import current, status_now
from broker.domain.context import Facts
from broker.domain.ids import Category
from broker.domain.people import Agency, Person, Practitioner
from broker.domain.request import Requester, ShareRequest
from broker.domain.words import (
    UNKNOWN,
    ApprovalKind,
    CaseListing,
    Conflict,
    ConsentStatus,
    SubjectRole,
)
from broker.service.conflict import conflict_of

RELEVANCE_WINDOW = timedelta(days=5 * 365)
"""Records older than this are asked for only with reasons (domain brief R27, proposed default)."""

_FACING_WITH_PERPETRATOR_AS_CLIENT = ("substance-misuse", "mental-health")
_DISPUTED = (SubjectRole.VICTIM, SubjectRole.PERPETRATOR)
_APPROVALS_BY_WEIGHT = (ApprovalKind.CALDICOTT, ApprovalKind.IG_LEAD, ApprovalKind.MANAGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was looked up for one request. `asker` is the requester as registered."""

    now: datetime
    requester: Requester
    request: ShareRequest
    asker: Practitioner | None
    recipient: Practitioner | None
    asker_agency: Agency | None
    recipient_agency: Agency | None
    holder: Agency | None
    meeting: Meeting | None
    case: Case | None


def listing_of(known: Known) -> CaseListing:
    """Return how the case stands on the meeting's list, for the asking and the receiving side."""
    meeting, request = known.meeting, known.request
    listing = meeting.listing(request.case_id) if meeting and known.case else None
    sides = (known.asker_agency, known.recipient_agency)
    if meeting is None or listing is None:
        return CaseListing.NOT_LISTED
    if any(side is None or side.agency_id not in listing.agencies for side in sides):
        return CaseListing.NOT_LISTED
    if known.now >= meeting.closes_at:
        return CaseListing.CLOSED
    if listing.emergency:
        return CaseListing.EMERGENCY
    return CaseListing.LISTED if known.now >= meeting.opens_at else CaseListing.NOT_LISTED


def facts_outside(known: Known) -> Facts:
    """Return what can be said without looking into any case, for no category yet."""
    return Facts(
        purpose=known.request.purpose,
        requester_agency=known.requester.agency_kind,
        requester_role=known.requester.role,
        holder_agency=known.holder.kind if known.holder else UNKNOWN,
        recipient_agency=known.recipient_agency.kind if known.recipient_agency else UNKNOWN,
        case_listing=CaseListing.NOT_LISTED,
        agreement=_agreement(known),
        reasons="recorded" if (known.request.reasons or "").strip() else "absent",
        record_age=_record_age(known.now.date(), known.request.since),
    )


def facts_inside(known: Known, case: Case, subject: Person | None) -> Facts:
    """Return everything but category and consent, for a case the requester may know of."""
    reasons_on_file = dict(case.override_reasons).get(known.request.purpose, "").strip()
    outside = facts_outside(known)
    return replace(
        outside,
        recipient_perpetrator_facing=_perpetrator_facing(known.recipient_agency, case),
        subject_role=_subject_role(case, subject),
        risk=case.risk.level if case.risk else UNKNOWN,
        risk_age=case.risk.age_at(known.now) if case.risk else UNKNOWN,
        case_listing=listing_of(known),
        conflict=_conflict(known, case),
        reasons="recorded" if reasons_on_file else outside.reasons,
        approval=_approval(case, known),
        child_at_risk=UNKNOWN
        if case.child_at_risk is None
        else ("yes" if case.child_at_risk else "no"),
    )


def consent_for(known: Known, case: Case, category: Category) -> str:
    """Consent as it stands for the recipient and category: outside its scope it is a no."""
    status = status_now(case.consents, known.now)
    statement = current(case.consents, known.now)
    if status is ConsentStatus.GIVEN_LIMITED and statement is not None:
        agency = known.recipient_agency
        excluded = agency is None or agency.kind in statement.excluded_agencies
        if excluded or category in statement.excluded_categories:
            return ConsentStatus.REFUSED
    return status


def _agreement(known: Known) -> str:
    """All three sides must have a sharing agreement in force; none on file is `unknown`."""
    sides = (known.asker_agency, known.recipient_agency, known.holder)
    until = [side.agreement_until if side else None for side in sides]
    if any(day is not None and day < known.now.date() for day in until):
        return "lapsed"
    return UNKNOWN if None in until else "signed"


def _record_age(today: date, since: date | None) -> str:
    oldest = today - RELEVANCE_WINDOW
    return "within-window" if since is None or since >= oldest else "older"


def _subject_role(case: Case, subject: Person | None) -> str:
    """Whose data it is; with cross-allegations nobody is safely victim or perpetrator (C04)."""
    if subject is None:
        return UNKNOWN
    disputed = case.cross_allegations and subject.role in _DISPUTED
    return UNKNOWN if disputed else subject.role


def _perpetrator_facing(agency: Agency | None, case: Case) -> str:
    if agency is None:
        return UNKNOWN
    if agency.perpetrator_facing or case.cross_allegations:
        # With cross-allegations nobody is safely "not the perpetrator's side" (rule C04).
        return "yes"
    if agency.kind in _FACING_WITH_PERPETRATOR_AS_CLIENT:
        clients = case.people_in(SubjectRole.PERPETRATOR)
        if any(one.reference_at(agency.agency_id) for one in clients):
            return "yes"
    return "no"


def _conflict(known: Known, case: Case) -> str:
    """The worst of requester and recipient; somebody who is not registered cannot be cleared."""
    if known.asker is None or known.recipient is None:
        return Conflict.UNKNOWN
    found = {conflict_of(known.asker, case), conflict_of(known.recipient, case)}
    return next(c for c in (Conflict.CONFIRMED, Conflict.SUSPECTED, Conflict.NONE) if c in found)


def _approval(case: Case, known: Known) -> str:
    """The weightiest approval on file by somebody other than those who ask and receive."""
    involved = (known.requester.practitioner_id, known.request.recipient)
    given = {
        one.kind
        for one in case.approvals
        if one.purpose == known.request.purpose and one.approved_by not in involved
    }
    return next((kind for kind in _APPROVALS_BY_WEIGHT if kind in given), ApprovalKind.NONE)
