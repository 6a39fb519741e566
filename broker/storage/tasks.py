"""Tasks: written with the entry they follow from, read by whoever has to do them (task.Tasks)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, bindparam, case, func, or_, select

from broker.domain.changes import FinishTask
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import CaseTag
from broker.domain.request import Requester
from broker.domain.task import AdvocateOf, Assignee, Duty, Named, Office, Task, TaskId
from broker.storage import sealing
from broker.storage.blinding import DIRECTORY_KEY
from broker.storage.engine import read_rows
from broker.storage.sealing import DataKey, Sealing, TaskDocument, Values, check_same_row
from broker.storage.tables import AnyRow, AnySelect, cases, data_keys, disclosures, tasks
from broker.storage.task_rows import FinishTaskRow, NewRows

TASK_ID_DIGITS = 32
MAX_TASKS = 500
"""In one answer; the ones due first come first, so that the rest is never the urgent part."""
ACKNOWLEDGED = "ACK"
"""The one code that is met by something the log has anyway: the recipient's acknowledgement."""

_BY_RECIPIENT = case((tasks.c.code == ACKNOWLEDGED, disclosures.c.acknowledged_at))
_BY_ENTRY = case((tasks.c.code == ACKNOWLEDGED, disclosures.c.acknowledged_entry))
_DONE_AT = func.coalesce(tasks.c.done_at, _BY_RECIPIENT, type_=tasks.c.done_at.type)
_TASKS = (
    select(
        *(tasks.c[name] for name in ("ref", "data_key", "owner", "sealed", "entry", "evidence")),
        _DONE_AT.label("done_at"),
        func.coalesce(tasks.c.done_entry, _BY_ENTRY).label("done_entry"),
        data_keys.c.wrapped,
    )
    .outerjoin(disclosures, disclosures.c.disclosure_id == tasks.c.disclosure_id)
    .outerjoin(data_keys, data_keys.c.ref == tasks.c.data_key)
)
_MINE = _TASKS.where(
    or_(
        tasks.c.owner.in_(bindparam("owners", expanding=True)),
        tasks.c.owner.in_(select(cases.c.ref).where(cases.c.advocate == bindparam("advocate"))),
    )
)
_OPEN = _MINE.where(_DONE_AT.is_(None)).order_by(tasks.c.due_at, tasks.c.ref).limit(MAX_TASKS)
_DONE = _MINE.where(_DONE_AT.is_not(None)).order_by(_DONE_AT.desc(), tasks.c.ref).limit(MAX_TASKS)
_ONE = _MINE.where(tasks.c.ref == bindparam("ref"))
_KEY = (
    select(tasks.c.data_key, data_keys.c.wrapped)
    .outerjoin(data_keys, data_keys.c.ref == tasks.c.data_key)
    .where(tasks.c.ref == bindparam("ref"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTasks:
    """Reads what is committed, every time."""

    sealing: Sealing
    readers: Engine

    def open_of(self, requester: Requester) -> tuple[Task, ...]:
        """Return what the requester has to do, due first come first."""
        return self._read(_OPEN, requester)

    def done_of(self, requester: Requester) -> tuple[Task, ...]:
        """Return what was theirs and is done, newest first."""
        return self._read(_DONE, requester)

    def task_of(self, requester: Requester, task_id: TaskId) -> Task | None:
        """Return one of their tasks, done or not; None for anybody else's."""
        found = self._read(_ONE, requester, ref=task_id)
        return found[0] if found else None

    def _read(self, query: AnySelect, requester: Requester, **more: str) -> tuple[Task, ...]:
        ref = self.sealing.keyring.ref
        me = ref("practitioner", requester.practitioner_id)
        owners = [
            me,
            ref("office", requester.role, requester.agency_id),
            ref("office", requester.role, ""),
        ]
        rows = read_rows(self.readers, query, owners=owners, advocate=me, **more)
        found = (self._task(row) for row in rows)
        return tuple(one for one in found if _may_see(requester, one))

    def _task(self, row: AnyRow) -> Task:
        key = key_of(self.sealing, row)
        document = self.sealing.open(key, sealing.TASK, row.sealed)
        check_same_row(row.ref, document.task_id)
        evidence = row.evidence
        return Task(
            task_id=document.task_id,
            duty=document.duty,
            case_tag=document.case_tag,
            entry=row.entry,
            done_at=row.done_at,
            done_entry=row.done_entry,
            evidence=None
            if evidence is None
            else self.sealing.open(key, sealing.EVIDENCE, evidence).note,
        )


def _may_see(requester: Requester, task: Task) -> bool:
    """Whether it is not about the reader: nobody reviews what they asked for themselves."""
    return not (
        isinstance(task.duty.assignee, Office) and task.duty.about == requester.practitioner_id
    )


def key_of(sealing_: Sealing, row: AnyRow) -> DataKey:
    """Return the data key that a task is sealed under: its case's, or the directory's."""
    if row.data_key == DIRECTORY_KEY:
        return sealing_.directory_key
    return DataKey(name=row.data_key, wrapped=row.wrapped or b"")


def prepare_tasks(
    sealing_: Sealing, duties: Sequence[Duty], *, claim: str, tag: CaseTag, key: DataKey
) -> tuple[NewRows, ...]:
    """Return the rows of new tasks; none where nothing has to be done.

    Args:
        sealing_: seals each of them.
        duties: what follows from one decision or one release.
        claim: where the request is claimed; asked again, it makes the same tasks and no others.
        tag: the case, as the log names it.
        key: what the decision's own row is sealed under.

    """
    rows = tuple(_row(sealing_, one, claim, tag, key) for one in duties)
    return (NewRows(table=tasks, rows=rows),) if rows else ()


def _row(sealing_: Sealing, duty: Duty, claim: str, tag: CaseTag, key: DataKey) -> Values:
    owner = _owner(sealing_, duty.assignee)
    released = duty.disclosure_id or ""
    task_id = task_id_of(sealing_, duty.code, duty.assignee, claim=claim, released=released)
    document = TaskDocument(task_id=task_id, duty=duty, case_tag=tag)
    return {
        "ref": task_id,
        "data_key": key.name,
        "owner": owner,
        "code": duty.code,
        "disclosure_id": duty.disclosure_id,
        "due_at": duty.due_at,
        "sealed": sealing_.seal(key, sealing.TASK, document),
    }


def task_id_of(
    sealing_: Sealing, code: str, assignee: Assignee, *, claim: str, released: str = ""
) -> TaskId:
    """Return which task this obligation of that request is; `released`: of which disclosure."""
    owner = _owner(sealing_, assignee)
    return TaskId(sealing_.keyring.ref("task", claim, code, owner, released)[:TASK_ID_DIGITS])


def _owner(sealing_: Sealing, assignee: Assignee) -> str:
    """Return under what a task is found; an advocate's goes with the case when it is handed on."""
    ref = sealing_.keyring.ref
    match assignee:
        case AdvocateOf(case_id=case_id):
            return ref("case", case_id)
        case Named(practitioner_id=practitioner_id):
            return ref("practitioner", practitioner_id)
        case Office(role=role, agency_id=agency_id):
            return ref("office", role, agency_id or "")


def prepare_finish(sealing_: Sealing, readers: Engine, change: FinishTask) -> FinishTaskRow:
    """Return the write that finishes a task, its note sealed as the task is.

    Raises:
        InvalidRequestError: there is no such task.

    """
    rows: Iterable[AnyRow] = read_rows(readers, _KEY, ref=change.task_id)
    for row in rows:
        note = sealing.EvidenceDocument(task_id=change.task_id, note=change.evidence)
        sealed = sealing_.seal(key_of(sealing_, row), sealing.EVIDENCE, note)
        return FinishTaskRow(task_id=change.task_id, at=change.at, evidence=sealed)
    raise InvalidRequestError("No such task: read your tasks again.")
