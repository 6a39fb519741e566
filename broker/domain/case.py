"""The case as the partnership holds it, and the meeting that lists it."""

from dataclasses import dataclass, field
from datetime import date, datetime

from broker.domain.consent import Consent
from broker.domain.ids import AgencyId, CaseId, MeetingId, PractitionerId, Purpose, SubjectId
from broker.domain.people import Person
from broker.domain.risk import RiskAssessment
from broker.domain.words import ApprovalKind, SubjectRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A second person's yes, for one purpose. `kind` says in which office it was given."""

    kind: ApprovalKind
    purpose: Purpose
    approved_by: PractitionerId
    approved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One MARAC case.

    Args:
        version: counts the changes; what was found in a text is cached under it.
        salt: 32 random bytes; the log's tokens of this case mean nothing without them, so
            destroying them makes the case unlinkable.
        shielded: an employee or conflict case; only `handlers` may learn that it exists.
        cross_allegations: each party accuses the other, so nobody is safely "the perpetrator".
        override_reasons: why sharing goes ahead against refused consent, per purpose.
        investigators: who investigates the case as a crime; evidence has its own door (rule R65).
        employee_case: somebody in the case works for a member agency (rule C02).
        referrals: when the case was referred to a MARAC, in any order.

    """

    case_id: CaseId
    version: int
    salt: bytes = field(repr=False)
    people: tuple[Person, ...] = field(repr=False)
    advocate: PractitionerId
    consents: tuple[Consent, ...] = ()
    risk: RiskAssessment | None = None
    approvals: tuple[Approval, ...] = ()
    override_reasons: tuple[tuple[Purpose, str], ...] = field(default=(), repr=False)
    child_at_risk: bool | None = None
    cross_allegations: bool = False
    shielded: bool = False
    handlers: tuple[PractitionerId, ...] = ()
    repeat_of: CaseId | None = None
    investigators: tuple[PractitionerId, ...] = ()
    employee_case: bool = False
    referrals: tuple[date, ...] = ()

    def person(self, subject_id: SubjectId) -> Person | None:
        """Return the person of that id, if they are in this case."""
        return next((p for p in self.people if p.subject_id == subject_id), None)

    def people_in(self, *roles: SubjectRole) -> tuple[Person, ...]:
        """Return the people who have one of the roles, in the order of the record."""
        return tuple(p for p in self.people if p.role in roles)

    def referred_by(self, day: date) -> tuple[date, ...]:
        """Return the days up to `day` on which the case was referred, each once, oldest first."""
        return tuple(sorted({one for one in self.referrals if one <= day}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One case on one meeting's list, and who may research it."""

    case_id: CaseId
    agencies: tuple[AgencyId, ...]
    emergency: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One MARAC meeting. Research is open from `opens_at` until `closes_at`."""

    meeting_id: MeetingId
    area: str
    held_at: datetime
    opens_at: datetime
    closes_at: datetime
    listings: tuple[Listing, ...]

    def listing(self, case_id: CaseId) -> Listing | None:
        """Return the listing of a case, if the meeting has it."""
        return next((one for one in self.listings if one.case_id == case_id), None)
