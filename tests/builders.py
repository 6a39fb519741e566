"""Values for tests: every argument has the common case as its default. All people are invented."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from broker.domain.case import Case, Listing, Meeting
from broker.domain.consent import Consent
from broker.domain.context import CaseContext, Facts
from broker.domain.decision import Permit, Ruling
from broker.domain.ids import (
    AgencyId,
    AgencyKind,
    CaseId,
    Category,
    MeetingId,
    PolicyVersion,
    PractitionerId,
    Purpose,
    RequestId,
    Role,
    RuleId,
    SubjectId,
    Thumbprint,
)
from broker.domain.people import (
    Address,
    Agency,
    AgencyReference,
    Identifier,
    Person,
    Practitioner,
)
from broker.domain.record import RecordItem, SourceRecord
from broker.domain.request import Requester, ShareRequest
from broker.domain.risk import RiskAssessment
from broker.domain.words import ConsentStatus, Outcome, RiskLevel, SubjectRole

NOW = datetime(2026, 11, 9, 10, 0, tzinfo=UTC)
IDVA = PractitionerId("idva-1")
SALT = bytes(range(32))


def person(
    role: SubjectRole = SubjectRole.VICTIM,
    name: str = "Mara Ellwood",
    *,
    subject_id: str | None = None,
    **changes: object,
) -> Person:
    """A person whose subject id is their role, unless told otherwise."""
    made = Person(subject_id=SubjectId(subject_id or role.value), role=role, names=(name,))
    return replace(made, **changes)  # type: ignore[arg-type]  # keyword pass-through of a test


def victim() -> Person:
    """Mara Ellwood, known to police and health, living at a safe address."""
    return person(
        names=("Mara Ellwood", "Maz"),
        date_of_birth=date(1991, 4, 17),
        addresses=(
            Address(text="14 Tanners Yard, Keighley", postcode="BD21 4QX"),
            Address(text="Flat 3, 8 Larch Court, Hexley", postcode="HX1 9ZZ", safe=True),
        ),
        identifiers=(
            Identifier(kind="nhs-number", value="9990000123"),
            Identifier(kind="phone", value="07700 900461"),
            Identifier(kind="email", value="mara.ellwood@example.org"),
        ),
        references=(
            AgencyReference(agency_id=AgencyId("ashmere-police"), value="NOM-1001"),
            AgencyReference(agency_id=AgencyId("ashmere-acute"), value="9990000123"),
        ),
    )


def perpetrator() -> Person:
    """Devan Ellwood, known to police."""
    return person(
        SubjectRole.PERPETRATOR,
        "Devan Ellwood",
        date_of_birth=date(1988, 1, 30),
        addresses=(Address(text="14 Tanners Yard, Keighley", postcode="BD21 4QX"),),
        identifiers=(Identifier(kind="phone", value="07700 900123"),),
        references=(AgencyReference(agency_id=AgencyId("ashmere-police"), value="NOM-1002"),),
    )


def consent(status: ConsentStatus = ConsentStatus.GIVEN_EXPLICIT, **changes: object) -> Consent:
    """A statement taken by the advocate a week ago."""
    made = Consent(
        status=status, taken_at=NOW - timedelta(days=7), taken_by=IDVA, method="in person"
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # keyword pass-through of a test


def risk(level: RiskLevel = RiskLevel.HIGH, **changes: object) -> RiskAssessment:
    """A current assessment with 16 ticks."""
    made = RiskAssessment(
        level=level,
        tool="safelives-dash-24",
        score=16,
        trigger="visible-high",
        assessed_on=NOW.date() - timedelta(days=6),
        assessor=IDVA,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # keyword pass-through of a test


def case(case_id: str = "MR-0417", **changes: object) -> Case:
    """A listed high-risk case with a victim, a perpetrator and a child."""
    made = Case(
        case_id=CaseId(case_id),
        version=1,
        salt=SALT,
        people=(
            victim(),
            perpetrator(),
            person(SubjectRole.CHILD, "Rowan Ellwood", date_of_birth=date(2017, 9, 2)),
        ),
        advocate=IDVA,
        consents=(consent(),),
        risk=risk(),
        child_at_risk=True,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # keyword pass-through of a test


def agency(kind: str = "police", **changes: object) -> Agency:
    """An agency of Ashmere named after its kind, with an agreement in force."""
    made = Agency(
        agency_id=AgencyId(f"ashmere-{kind}"),
        kind=AgencyKind(kind),
        name=f"Ashmere {kind}",
        masked_name="A partner agency",
        perpetrator_facing=kind in ("probation", "prison", "perpetrator-service"),
        agreement_until=NOW.date() + timedelta(days=200),
        mailbox_url=f"http://127.0.0.1:9/{kind}",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # keyword pass-through of a test


def practitioner(
    practitioner_id: str = "housing-1", kind: str = "housing-la", **changes: object
) -> Practitioner:
    """A single point of contact of an Ashmere agency."""
    made = Practitioner(
        practitioner_id=PractitionerId(practitioner_id),
        agency_id=AgencyId(f"ashmere-{kind}"),
        role=Role("agency-spoc"),
        name="Perpetua Quill",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # keyword pass-through of a test


def meeting(
    *case_ids: str, agencies: tuple[str, ...] = ("housing-la", "police"), **changes: object
) -> Meeting:
    """A meeting in a week, research open now."""
    made = Meeting(
        meeting_id=MeetingId("ashmere-2026-11"),
        area="ashmere",
        held_at=NOW + timedelta(days=7),
        opens_at=NOW - timedelta(days=1),
        closes_at=NOW + timedelta(days=6),
        listings=tuple(
            Listing(
                case_id=CaseId(one),
                agencies=tuple(AgencyId(f"ashmere-{kind}") for kind in agencies),
            )
            for one in case_ids or ("MR-0417",)
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # keyword pass-through of a test


def requester(practitioner_id: str = "housing-1", kind: str = "housing-la") -> Requester:
    """The same single point of contact, authenticated."""
    return Requester(
        practitioner_id=PractitionerId(practitioner_id),
        agency_id=AgencyId(f"ashmere-{kind}"),
        agency_kind=AgencyKind(kind),
        role=Role("agency-spoc"),
        system=Thumbprint("system-of-" + kind),
        authenticated_at=NOW,
    )


def share_request(request_id: str = "request-0001", **changes: object) -> ShareRequest:
    """Housing asks police about the victim, for research, two categories."""
    made = ShareRequest(
        request_id=RequestId(request_id),
        case_id=CaseId("MR-0417"),
        subject_id=SubjectId("victim"),
        purpose=Purpose("marac-research"),
        categories=(Category("incident-summary"), Category("risk-assessment")),
        holder=AgencyId("ashmere-police"),
        recipient=PractitionerId("housing-1"),
        meeting_id=MeetingId("ashmere-2026-11"),
        made_at=NOW,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # keyword pass-through of a test


def facts(**changes: str) -> Facts:
    """The facts of that request, for its first category."""
    made = Facts(
        purpose="marac-research",
        requester_agency="housing-la",
        requester_role="agency-spoc",
        holder_agency="police",
        recipient_agency="housing-la",
        recipient_perpetrator_facing="no",
        subject_role="victim",
        category="incident-summary",
        consent="given-explicit",
        risk="high",
        risk_age="current",
        case_listing="listed",
        agreement="signed",
        conflict="none",
        reasons="absent",
        approval="none",
        child_at_risk="yes",
        record_age="within-window",
        emergency_use="first-or-second",
        referral_history="first",
    )
    return replace(made, **changes)


def context(request: ShareRequest | None = None, **changes: object) -> CaseContext:
    """What gathering finds for that request."""
    asked = request or share_request()
    made = CaseContext(
        facts=tuple((one, facts(category=str(one))) for one in asked.categories),
        salt=SALT,
        case=case(),
        subject=victim(),
        meeting=meeting(),
        holder=agency("police"),
        recipient=practitioner(),
        recipient_agency=agency("housing-la"),
        since=NOW.date() - timedelta(days=5 * 365),
        gathered_at=NOW,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # keyword pass-through of a test


def ruling(category: str = "incident-summary", **changes: object) -> Ruling:
    """A redacted yes."""
    made = Ruling(
        category=Category(category),
        outcome=Outcome.PERMIT_REDACTED,
        facts=facts(category=category),
        rules=(RuleId("R07"),),
        deciding_rules=(RuleId("R07"),),
        obligations=("MIN", "WM", "NOX", "ACK"),
        unmet=(),
        profile="P-VICTIM-SAFE",
        basis=("a6-1e-public-task", "cda98-s115"),
        sentence="Listed high-risk case: what the meeting needs may be shared, redacted.",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # keyword pass-through of a test


def permit(request: ShareRequest | None = None, *rulings: Ruling, **changes: object) -> Permit:
    """Policy's yes to that request. Outside tests only `policies` may construct one."""
    asked = request or share_request()
    made = Permit(
        requester=requester(),
        request=asked,
        context=context(asked),
        rulings=rulings or tuple(ruling(str(one)) for one in asked.categories),
        policy_version=PolicyVersion("0" * 64),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # keyword pass-through of a test


def item(text: str | None = "Mara was seen on Monday.", **changes: object) -> RecordItem:
    """One police incident."""
    made = RecordItem(
        item_id="INC-1",
        subject_ref="NOM-1001",
        category=Category("incident-summary"),
        title="Incident",
        recorded_on=date(2026, 10, 1),
        fields=(("outcome", "no further action"),),
        text=text,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # keyword pass-through of a test


def source_record(*items: RecordItem, **changes: object) -> SourceRecord:
    """What police answered."""
    made = SourceRecord(permit=permit(), items=items or (item(),), fetched_at=NOW)
    return replace(made, **changes)  # type: ignore[arg-type]  # keyword pass-through of a test
