"""Recording what rules look at in a case beyond what the client says and who is in it."""

from dataclasses import dataclass, replace
from datetime import date

from broker.domain.case import Case
from broker.domain.changes import PutCase
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import CaseId, PractitionerId
from broker.domain.ledger import LedgerEntry
from broker.domain.request import Requester
from broker.ledger import events
from broker.service.desk import Desk
from broker.service.reject import tag_of, turn_away

COORDINATOR = ("marac-coordination", "marac-coordinator")
"""Kind of agency and role of whoever keeps the meeting's list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """What is said about a case now; None leaves it as it is.

    Args:
        investigators: everybody who investigates it as a crime, instead of those on file.
        employee_case: whether somebody in it works for a member agency.
        referred_on: one more day on which it was referred.
        police_incidents: reported to the police in the twelve months before the assessment.

    """

    investigators: tuple[PractitionerId, ...] | None = None
    employee_case: bool | None = None
    referred_on: date | None = None
    police_incidents: int | None = None

    def given(self) -> tuple[str, ...]:
        """Return the names of what is said."""
        return tuple(name for name in self.__slots__ if getattr(self, name) is not None)


def record_particulars(
    desk: Desk, requester: Requester, case_id: CaseId, said: Particulars
) -> LedgerEntry | None:
    """Put particulars on the case's file; its advocate may, and the coordinator.

    Anybody else gets None, as for a case that does not exist; so does a coordinator where the case
    is shielded from them.

    Raises:
        InvalidRequestError: it would be kept without effect.

    """
    case = desk.cases.case(case_id)
    if case is None or not _may_record(requester, case):
        turn_away(desk, requester, "recording particulars", tag_of(desk, case_id, case))
        return None
    now = desk.clock.now()
    _check(desk, case, said, now.date())
    changed = _changed(case, said)
    draft = events.case_recorded(changed, now, changed=said.given())
    return desk.ledger.record(draft, PutCase(case=changed))


def _may_record(requester: Requester, case: Case) -> bool:
    if requester.practitioner_id == case.advocate:
        return True
    coordinates = (requester.agency_kind, requester.role) == COORDINATOR
    return coordinates and (not case.shielded or requester.practitioner_id in case.handlers)


def _check(desk: Desk, case: Case, said: Particulars, today: date) -> None:
    """Refuse what no rule would ever see: a misspelt name would leave an officer unknown.

    Raises:
        InvalidRequestError: with what to say instead.

    """
    if not said.given():
        raise InvalidRequestError("Say at least one thing about the case.")
    if any(desk.directory.practitioner(one) is None for one in said.investigators or ()):
        raise InvalidRequestError("Name as investigators only practitioners who are registered.")
    if said.referred_on is not None and said.referred_on > today:
        raise InvalidRequestError("Give a day up to today as referred_on.")
    if said.police_incidents is not None and case.risk is None:
        raise InvalidRequestError("Record an assessment of the risk before its incidents.")


def _changed(case: Case, said: Particulars) -> Case:
    risk, days = case.risk, case.referrals
    if risk is not None and said.police_incidents is not None:
        risk = replace(risk, police_incidents=said.police_incidents)
    if said.referred_on is not None:
        days = tuple(sorted({*days, said.referred_on}))
    officers = case.investigators if said.investigators is None else said.investigators
    employee = case.employee_case if said.employee_case is None else said.employee_case
    return replace(
        case,
        version=case.version + 1,
        risk=risk,
        referrals=days,
        investigators=officers,
        employee_case=employee,
    )
