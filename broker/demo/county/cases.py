"""The thirty cases and the meeting that lists them."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from broker.demo.county.people import Known, Register, subject_id
from broker.demo.county.sheets import (
    AgencySheet,
    CaseSheet,
    ConsentSheet,
    PlacesSheet,
    RiskSheet,
)
from broker.domain.case import Approval, Case, Listing, Meeting
from broker.domain.consent import Consent
from broker.domain.ids import (
    AgencyId,
    AgencyKind,
    CaseId,
    Category,
    MeetingId,
    PractitionerId,
    Purpose,
)
from broker.domain.risk import RiskAssessment

RESEARCH_WINDOW = timedelta(days=7)
"""How long the list is open for research: five working days (domain brief 1.1)."""


def people_of_cases(
    sheets: tuple[CaseSheet, ...], places: PlacesSheet, now: datetime
) -> dict[str, tuple[Known, ...]]:
    """Return who is in each case; a repeat case has the people of the earlier one, and its own."""
    register = Register(now.date(), places)
    everybody: dict[str, tuple[Known, ...]] = {}
    for sheet in sheets:
        shared = everybody[sheet.people_of] if sheet.people_of else ()
        own = register.people(sheet)
        again = tuple(one for one in shared if one.person.role in _CARRIED_OVER)
        everybody[sheet.id] = (*_renumbered(sheet.id, again), *own)
    return everybody


_CARRIED_OVER = ("victim", "perpetrator", "child")


def _renumbered(case_id: str, people: tuple[Known, ...]) -> tuple[Known, ...]:
    """Give the same people the subject ids of another case: an id means nothing outside its own."""
    made: list[Known] = []
    for one in people:
        before = sum(other.person.role is one.person.role for other in made)
        new_id = subject_id(case_id, one.person.role, before)
        made.append(replace(one, person=replace(one.person, subject_id=new_id)))
    return tuple(made)


def case(sheet: CaseSheet, people: tuple[Known, ...], now: datetime) -> Case:
    """Return the case of a sheet."""
    return Case(
        case_id=CaseId(sheet.id),
        version=1,
        # A real case's salt comes from the operating system; this one must be the same each time.
        salt=sha256(b"ashmere salt of " + sheet.id.encode()).digest(),
        people=tuple(one.person for one in people),
        advocate=PractitionerId(sheet.advocate),
        consents=tuple(_consent(one, sheet.advocate, now) for one in sheet.consents),
        risk=None if sheet.risk is None else _risk(sheet.risk, sheet.advocate, now),
        approvals=tuple(
            Approval(
                kind=one.kind,
                purpose=Purpose(one.purpose),
                approved_by=PractitionerId(one.by),
                approved_at=now - timedelta(days=one.days),
            )
            for one in sheet.approvals
        ),
        override_reasons=tuple((Purpose(to), why) for to, why in sheet.override_reasons),
        child_at_risk=sheet.child_at_risk,
        cross_allegations=sheet.cross_allegations,
        shielded=sheet.shielded,
        handlers=tuple(PractitionerId(one) for one in sheet.handlers),
        referrals=tuple(sorted(now.date() - timedelta(days=one) for one in sheet.referred_days)),
        repeat_of=None if sheet.repeat_of is None else CaseId(sheet.repeat_of),
    )


def _consent(sheet: ConsentSheet, taken_by: str, now: datetime) -> Consent:
    taken_at = now - timedelta(days=sheet.days)
    lasts = sheet.expires_days
    return Consent(
        status=sheet.status,
        taken_at=taken_at,
        taken_by=PractitionerId(taken_by),
        method=sheet.method,
        expires_at=None if lasts is None else taken_at + timedelta(days=lasts),
        excluded_agencies=tuple(AgencyKind(one) for one in sheet.not_agencies),
        excluded_categories=tuple(Category(one) for one in sheet.not_categories),
        interpreter_used=sheet.interpreter,
        perpetrator_present=sheet.perpetrator_present,
    )


def _risk(sheet: RiskSheet, assessor: str, now: datetime) -> RiskAssessment:
    today, since = now.date(), sheet.incident_days
    return RiskAssessment(
        level=sheet.level,
        tool="safelives-dash-24",
        score=sheet.score,
        trigger=sheet.trigger,
        assessed_on=today - timedelta(days=sheet.days),
        assessor=PractitionerId(assessor),
        last_incident_on=None if since is None else today - timedelta(days=since),
    )


def meeting(
    sheets: tuple[CaseSheet, ...], agencies: tuple[AgencySheet, ...], now: datetime
) -> Meeting:
    """Return the meeting of this month: research is open now, and the cases stand on its list."""
    opened = now - timedelta(days=1)
    return Meeting(
        meeting_id=MeetingId(f"ashmere-{now:%Y-%m}"),
        area="ashmere",
        held_at=opened + RESEARCH_WINDOW + timedelta(days=1),
        opens_at=opened,
        closes_at=opened + RESEARCH_WINDOW,
        listings=tuple(_listing(one, agencies) for one in sheets if one.listed),
    )


def _listing(sheet: CaseSheet, agencies: tuple[AgencySheet, ...]) -> Listing:
    return Listing(
        case_id=CaseId(sheet.id),
        agencies=tuple(
            AgencyId(one.id)
            for one in agencies
            if one.kind not in (*sheet.not_for, *_no_part(sheet))
        ),
        emergency=sheet.emergency,
    )


def _no_part(sheet: CaseSheet) -> tuple[str, ...]:
    """Return who has no part in it: schools without a child, a refuge without a placement."""
    childless = not (sheet.people_of or any(row.role == "child" for row in sheet.people))
    off = ("education", "childrens-social-care") if childless else ()
    return off if "refuge" in sheet.themes else (*off, "refuge")
