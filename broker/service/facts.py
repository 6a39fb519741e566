"""Turns what was looked up into words. Numbers and dates end here; policy sees words only."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from broker.domain.case import Case, Meeting
from broker.domain.consent import current, status_now
from broker.domain.context import Facts
from broker.domain.ids import Category, Purpose, Role
from broker.domain.people import Agency, Person, Practitioner
from broker.domain.request import Requester, ShareRequest
from broker.domain.thresholds import Thresholds
from broker.domain.words import (
    UNKNOWN,
    ApprovalKind,
    CaseListing,
    ConsentStatus,
    SubjectRole,
)
from broker.service.conflict import conflict_between
from broker.service.history import referral_history

OFFICER = Role("officer-in-case")
FLAG = Purpose("marac-flag")

_FACING_WITH_PERPETRATOR_AS_CLIENT = ("substance-misuse", "mental-health")
_DISPUTED = (SubjectRole.VICTIM, SubjectRole.PERPETRATOR)
_APPROVALS_BY_WEIGHT = (ApprovalKind.CALDICOTT, ApprovalKind.IG_LEAD, ApprovalKind.MANAGER)
_CHILD_AT_RISK = {True: "yes", False: "no", None: UNKNOWN}
# Whoever has no part in handling cases does not get one by investigating (rule S03).
_ROLES_THAT_STAY = (UNKNOWN, "auditor", "sysadmin-no-content", "dpo", "professional-standards")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was looked up for one request. `asker` is the requester as registered.

    Args:
        emergencies: other emergency releases of the requester that still count; None: not asked.

    """

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
    thresholds: Thresholds
    emergencies: int | None


def listing_of(known: Known) -> CaseListing:
    """Return how the case stands on the meeting's list, for the asking and the receiving side."""
    meeting, case = known.meeting, known.case
    listing = meeting.listing(known.request.case_id) if meeting and case else None
    sides = (known.asker_agency, known.recipient_agency)
    if meeting is None or case is None or listing is None or _flag_lapsed(known, case):
        return CaseListing.NOT_LISTED
    if any(side is None or side.agency_id not in listing.agencies for side in sides):
        return CaseListing.NOT_LISTED
    if known.now >= _closes_at(meeting, known.thresholds):
        return CaseListing.CLOSED
    if not listing.emergency and known.now < meeting.opens_at:
        return CaseListing.NOT_LISTED
    if case.employee_case:
        return CaseListing.LISTED_RESTRICTED
    return CaseListing.EMERGENCY if listing.emergency else CaseListing.LISTED


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
        record_age=_record_age(known),
        emergency_use=_emergency_use(known),
    )


def facts_inside(known: Known, case: Case, subject: Person | None) -> Facts:
    """Return everything but category and consent, for a case the requester may know of."""
    reasons_on_file = dict(case.override_reasons).get(known.request.purpose, "").strip()
    outside, today = facts_outside(known), known.now.date()
    return replace(
        outside,
        requester_role=_role(known, case),
        recipient_perpetrator_facing=_perpetrator_facing(known.recipient_agency, case),
        subject_role=_subject_role(case, subject),
        risk=case.risk.level_under(known.thresholds) if case.risk else UNKNOWN,
        risk_age=case.risk.age_at(known.now, known.thresholds) if case.risk else UNKNOWN,
        case_listing=listing_of(known),
        conflict=conflict_between(
            case, (known.asker, known.asker_agency), (known.recipient, known.recipient_agency)
        ),
        reasons="recorded" if reasons_on_file else outside.reasons,
        approval=_approval(case, known),
        child_at_risk=_CHILD_AT_RISK[case.child_at_risk],
        referral_history=referral_history(case, known.request.purpose, today, known.thresholds),
    )


def consent_for(case: Case, recipient: Agency | None, category: Category, now: datetime) -> str:
    """Consent as it stands for the recipient and category: outside its scope it is a no."""
    status = status_now(case.consents, now)
    statement = current(case.consents, now)
    if status is ConsentStatus.GIVEN_LIMITED and statement is not None:
        excluded = recipient is None or recipient.kind in statement.excluded_agencies
        if excluded or category in statement.excluded_categories:
            return ConsentStatus.REFUSED
    return status


def _flag_lapsed(known: Known, case: Case) -> bool:
    """Whether a file must no longer be flagged: too long after the last referral, or none known."""
    if known.request.purpose != FLAG:
        return False
    today = known.now.date()
    last = max(case.referred_by(today), default=date.min)
    return today - last > timedelta(days=known.thresholds.flag_days)


def _closes_at(meeting: Meeting, thresholds: Thresholds) -> datetime:
    """Return when the list closes: a slip of the hand in its last day keeps no list open."""
    latest = meeting.held_at + timedelta(days=thresholds.meeting_close_days)
    return min(meeting.closes_at, latest)


def _role(known: Known, case: Case) -> Role:
    """Whoever investigates the case counts as that, on either end of what is asked (rule R65)."""
    role, ends = known.requester.role, (known.requester.practitioner_id, known.request.recipient)
    investigates = any(one in case.investigators for one in ends)
    return OFFICER if investigates and role not in _ROLES_THAT_STAY else role


def _agreement(known: Known) -> str:
    """All three sides must have a sharing agreement in force; none on file is `unknown`."""
    sides = (known.asker_agency, known.recipient_agency, known.holder)
    until = [side.agreement_until if side else None for side in sides]
    if any(day is not None and day < known.now.date() for day in until):
        return "lapsed"
    return UNKNOWN if None in until else "signed"


def _record_age(known: Known) -> str:
    since = known.request.since
    if since is None:
        return "within-window"
    days = (known.now.date() - since).days
    if days > known.thresholds.unbounded_request_days:
        return "unbounded"
    return "older" if days > known.thresholds.relevance_window_days else "within-window"


def _emergency_use(known: Known) -> str:
    if known.emergencies is None:
        return UNKNOWN
    this = known.emergencies + 1
    return "third-in-30-days" if this >= known.thresholds.emergency_limit else "first-or-second"


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


def _approval(case: Case, known: Known) -> str:
    """The weightiest approval on file by somebody other than those who ask and receive."""
    involved = (known.requester.practitioner_id, known.request.recipient)
    given = {
        one.kind
        for one in case.approvals
        if one.purpose == known.request.purpose and one.approved_by not in involved
    }
    return next((kind for kind in _APPROVALS_BY_WEIGHT if kind in given), ApprovalKind.NONE)
