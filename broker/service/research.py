"""The list before the meeting: which cases an agency may research, and who is in them."""

from dataclasses import dataclass

from broker.domain.case import Case, Meeting
from broker.domain.ids import AgencyId, MeetingId
from broker.domain.people import Person
from broker.domain.request import Requester
from broker.domain.words import Conflict, SubjectRole
from broker.ledger import events
from broker.service.conflict import conflict_of
from broker.service.desk import Desk
from broker.service.reject import turn_away

# Matching needs the family and the alleged abuser; nobody else's name is on the list.
_ON_THE_LIST = (SubjectRole.VICTIM, SubjectRole.PERPETRATOR, SubjectRole.CHILD)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResearchList:
    """The cases of one meeting that one practitioner may research."""

    meeting: Meeting
    agency_id: AgencyId
    cases: tuple[Case, ...]

    @staticmethod
    def people_of(case: Case) -> tuple[Person, ...]:
        """Return those whose names the list gives."""
        return case.people_in(*_ON_THE_LIST)


def research_list(desk: Desk, requester: Requester, meeting_id: MeetingId) -> ResearchList | None:
    """Return the requester's list, and log that it was read; None outside the research window.

    A case in which the requester has a conflict, or that is shielded from them, is silently not
    on it.
    """
    meeting = desk.cases.meeting(meeting_id)
    now = desk.clock.now()
    is_open = meeting is not None and meeting.opens_at <= now < meeting.closes_at
    cases = _cases(desk, requester, meeting) if meeting is not None and is_open else ()
    if meeting is None or not cases:
        turn_away(desk, requester, "reading a meeting's list", None)
        return None
    salt = desk.cases.broker_salt()
    desk.ledger.record(events.list_read(meeting, requester, salt, now))
    return ResearchList(meeting=meeting, agency_id=requester.agency_id, cases=cases)


def _cases(desk: Desk, requester: Requester, meeting: Meeting) -> tuple[Case, ...]:
    listed = (one for one in meeting.listings if requester.agency_id in one.agencies)
    found = (desk.cases.case(one.case_id) for one in listed)
    return tuple(case for case in found if case is not None and _may_see(desk, requester, case))


def _may_see(desk: Desk, requester: Requester, case: Case) -> bool:
    if case.shielded and requester.practitioner_id not in case.handlers:
        return False
    asker = desk.directory.practitioner(requester.practitioner_id)
    return asker is not None and conflict_of(asker, case) is Conflict.NONE
