"""By when a held record must be looked at, how long it is kept, and whose task that is."""

from datetime import datetime, timedelta

from broker.domain.duties import EMERGENCY
from broker.domain.ids import Role
from broker.domain.record import HeldRecord
from broker.domain.request import Requester, ShareRequest
from broker.domain.task import Duty, Office
from broker.domain.working_time import end_of_working_day, soon

EMERGENCY_MINUTES = 60
"""In office hours; somebody may be on his way (proposed default)."""
WORKING_DAYS = 1
"""After the day on which it was held: research is open for about a week (proposed default)."""
AFTER_MEETING = timedelta(days=14)
"""As long as what was not delivered is kept (domain brief 5.1)."""
WITHOUT_MEETING = timedelta(days=28)
"""Of what no meeting needs (proposed default)."""

HELD = "HELD"
"""Code of the task of the holder's single point of contact; releasing or refusing does it."""
HELD_LATE = "HELD:late"
"""Code of the lead's task, once nobody has looked in time."""
_LOOK = "Look at a record that waits for you before it may leave, and release or refuse it."
_LATE = "A record that was held back waits too long: see to it that somebody looks at it."


def due_at(held: HeldRecord, at: datetime) -> datetime:
    """Return by when somebody should have looked: before the meeting that needs it, if there is."""
    if held.permit.request.purpose == EMERGENCY:
        return soon(at, EMERGENCY_MINUTES)
    due, meeting = end_of_working_day(at, WORKING_DAYS), held.permit.context.meeting
    return due if meeting is None or meeting.held_at <= at else min(due, meeting.held_at)


def expires_at(held: HeldRecord, at: datetime) -> datetime:
    """Return when it is destroyed, looked at or not; never before it is due."""
    meeting = held.permit.context.meeting
    ends = at + WITHOUT_MEETING if meeting is None else meeting.held_at + AFTER_MEETING
    return max(ends, due_at(held, at))


def duty_of_held(held: HeldRecord, at: datetime) -> Duty:
    """Return the task of the holder's single point of contact."""
    case = held.permit.context.case
    hidden = case is None or case.shielded or case.employee_case
    return Duty(
        code=HELD,
        what=_LOOK,
        assignee=_spoc(held.permit.request),
        about=held.permit.requester.practitioner_id,
        case_id=None if hidden else held.permit.request.case_id,
        disclosure_id=None,
        due_at=due_at(held, at),
    )


def duty_of_late(requester: Requester, request: ShareRequest, at: datetime) -> Duty:
    """Return the task of the holder's lead; which case it is the review says."""
    return Duty(
        code=HELD_LATE,
        what=_LATE,
        assignee=_lead(request),
        about=requester.practitioner_id,
        case_id=None,
        disclosure_id=None,
        due_at=end_of_working_day(at, WORKING_DAYS),
    )


def offices_of(request: ShareRequest) -> tuple[tuple[str, Office], ...]:
    """Return the code of each task that a held record may have made, and whose it is."""
    return (HELD, _spoc(request)), (HELD_LATE, _lead(request))


def _spoc(request: ShareRequest) -> Office:
    return Office(role=Role("agency-spoc"), agency_id=request.holder)


def _lead(request: ShareRequest) -> Office:
    return Office(role=Role("ig-lead"), agency_id=request.holder)
