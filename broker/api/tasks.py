"""What you have to do because of what was decided."""

from datetime import datetime
from typing import Annotated, Literal

import anyio
from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse

from broker.api.door import Authenticated, TheDesk, neutral
from broker.api.problems import (
    AUTHENTICATION,
    INVALID,
    MALFORMED,
    NEUTRAL,
    TOO_LARGE,
    UNAVAILABLE,
    documented,
)
from broker.api.schemas import DoneBody, Identifier, TaskOut, TasksOut
from broker.api.strictly import StrictRoute
from broker.domain.task import Task, TaskId
from broker.service.tasks import finish, tasks_of

router = APIRouter(tags=["tasks"], route_class=StrictRoute)

Wanted = Annotated[
    Literal["open", "done"],
    Query(description="`open`: what you have to do, overdue first; `done`: what was done."),
]


@router.get(
    "/v1/tasks",
    response_model=TasksOut,
    responses=documented(AUTHENTICATION, NEUTRAL, MALFORMED, UNAVAILABLE),
)
async def read_tasks(
    http: Request, requester: Authenticated, desk: TheDesk, state: Wanted = "open"
) -> JSONResponse:
    """Read your own tasks, those of your role at your agency, and those of your own clients."""
    found = await anyio.to_thread.run_sync(lambda: tasks_of(desk, requester, done=state == "done"))
    if found is None:
        return await neutral(http)
    shown = TasksOut(tasks=tuple(_shown(one, found.read_at) for one in found.tasks))
    return JSONResponse(shown.model_dump(mode="json"))


@router.post(
    "/v1/tasks/{task_id}/done",
    status_code=201,
    response_model=TaskOut,
    responses=documented(AUTHENTICATION, NEUTRAL, TOO_LARGE, MALFORMED, INVALID, UNAVAILABLE),
)
async def finish_task(
    task_id: Identifier, body: DoneBody, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Say how a task of yours was done; what you write is kept sealed with the case."""
    found = await anyio.to_thread.run_sync(finish, desk, requester, TaskId(task_id), body.evidence)
    if found is None:
        return await neutral(http)
    return JSONResponse(_shown(found, desk.clock.now()).model_dump(mode="json"), 201)


def _shown(task: Task, now: datetime) -> TaskOut:
    duty = task.duty
    return TaskOut(
        task_id=task.task_id,
        obligation=duty.code,
        what=duty.what,
        case_id=duty.case_id,
        disclosure_id=duty.disclosure_id,
        due_at=duty.due_at,
        state=task.state_at(now),
        entry=task.entry,
        done_at=task.done_at,
        done_entry=task.done_entry,
        evidence=task.evidence,
    )
