"""What a practitioner has to do because of what was decided, and noting that it is done."""

from dataclasses import dataclass
from datetime import datetime

from broker.domain.challenge import ANSWER, ANSWERED
from broker.domain.changes import FinishTask
from broker.domain.errors import InvalidRequestError
from broker.domain.request import Requester
from broker.domain.review_terms import HELD, HELD_LATE
from broker.domain.task import Task, TaskId
from broker.ledger import events
from broker.service.desk import Desk
from broker.service.reject import turn_away

ACKNOWLEDGED = "ACK"
_WITHOUT_CASES = ("auditor", "sysadmin-no-content")
"""Roles that may learn of no case, and a task names one (domain brief 2.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskList:
    """The tasks of one practitioner, overdue ones first, as they stand at `read_at`."""

    tasks: tuple[Task, ...]
    read_at: datetime


def tasks_of(desk: Desk, requester: Requester, *, done: bool) -> TaskList | None:
    """Return the requester's tasks, still to do or done, and log that they were read.

    None for a role that may learn of no case.
    """
    if requester.role in _WITHOUT_CASES:
        turn_away(desk, requester, "reading tasks", None)
        return None
    now = desk.clock.now()
    found = desk.tasks.done_of(requester) if done else desk.tasks.open_of(requester)
    salt = desk.cases.broker_salt()
    desk.ledger.record(events.tasks_read(requester, len(found), salt, now))
    return TaskList(tasks=found, read_at=now)


def finish(desk: Desk, requester: Requester, task_id: TaskId, evidence: str) -> Task | None:
    """Note how a task was done, once; its own assignee can and nobody else.

    Anybody else gets None, as for a task that does not exist.

    Raises:
        InvalidRequestError: it is done already, or something else is what does it.

    """
    task = desk.tasks.task_of(requester, task_id)
    if task is None or requester.role in _WITHOUT_CASES:
        turn_away(desk, requester, "finishing a task", task.case_tag if task else None)
        return None
    _check_by_note(task)
    if not evidence.strip():
        raise InvalidRequestError("Say in a few words how it was done, or why it could not be.")
    now, salt = desk.clock.now(), desk.cases.broker_salt()
    desk.ledger.record(
        events.task_done(task, requester, salt, now),
        FinishTask(task_id=task_id, at=now, evidence=evidence),
    )
    return desk.tasks.task_of(requester, task_id)


def _check_by_note(task: Task) -> None:
    """Check that a note is what does a task, and not the act that it asks for."""
    if task.duty.code == ACKNOWLEDGED:
        raise InvalidRequestError("Open the package and acknowledge it: nothing else does this.")
    if task.duty.code in (HELD, HELD_LATE):
        raise InvalidRequestError("Release or refuse what waits: nothing else does this.")
    if task.duty.code in (ANSWER, ANSWERED):
        raise InvalidRequestError("Answer the challenge, or close it: nothing else does this.")
