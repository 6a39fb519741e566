"""What somebody has to do because something was decided or released, and what came of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from broker.domain.ids import AgencyId, CaseId, CaseTag, DisclosureId, PractitionerId, Role
from broker.domain.request import Requester

TaskId = NewType("TaskId", str)
"""One task: 32 hex digits; the same obligation of the same request is the same task."""


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvocateOf:
    """Whoever is the advocate of the case at the time."""

    case_id: CaseId


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One practitioner."""

    practitioner_id: PractitionerId


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Whoever has the role at the agency; without an agency, whoever has it anywhere."""

    role: Role
    agency_id: AgencyId | None


Assignee = AdvocateOf | Named | Office


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One obligation of a ruling, for one assignee, before it is on file.

    Args:
        code: as the ruling has it, such as `REV:7`.
        what: what to do, in one sentence without anybody's name.
        about: whose request brought it about; in an office they do not see it.
        case_id: None where the assignee need not know which case it is.
        disclosure_id: what was released; None for what follows from the decision alone.

    """

    code: str
    what: str
    assignee: Assignee
    about: PractitionerId
    case_id: CaseId | None
    disclosure_id: DisclosureId | None
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A duty on file.

    Args:
        entry: the log entry that it follows from.
        done_entry: the log entry that met it.
        evidence: what was noted when it was done; None where the entry says it all.

    """

    task_id: TaskId
    duty: Duty
    case_tag: CaseTag
    entry: int
    done_at: datetime | None = None
    done_entry: int | None = None
    evidence: str | None = field(default=None, repr=False)

    def state_at(self, now: datetime) -> TaskState:
        """Return where it stands at `now`."""
        if self.done_at is not None:
            return TaskState.DONE
        return TaskState.OVERDUE if now > self.duty.due_at else TaskState.OPEN


class Tasks(Protocol):
    """What people have to do because of what was decided. Written by Ledger, with its entry."""

    def open_of(self, requester: Requester) -> tuple[Task, ...]:
        """Return what the requester has to do, due first come first.

        Their own, those of their role at their agency, and those of the cases they are the
        advocate of now; but nothing that an office has to do about a request of their own.
        """

    def done_of(self, requester: Requester) -> tuple[Task, ...]:
        """Return what was theirs and is done, newest first."""

    def task_of(self, requester: Requester, task_id: TaskId) -> Task | None:
        """Return one of those, done or not; None for anybody else's."""
