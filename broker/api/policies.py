"""Putting a policy in force: the doors of IG leads. To anybody else there is nothing here."""

from collections.abc import Callable

import anyio
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from broker.api.door import Authenticated, TheDesk, neutral
from broker.api.policy_schemas import (
    DraftBody,
    FilesOut,
    PoliciesOut,
    PolicyOut,
    PublishBody,
    RollbackBody,
    Version,
)
from broker.api.problems import (
    AUTHENTICATION,
    INVALID,
    MALFORMED,
    NEUTRAL,
    TOO_LARGE,
    UNAVAILABLE,
    documented,
)
from broker.api.strictly import StrictRoute
from broker.domain.ids import PolicyVersion
from broker.service.policy_change import (
    approve_policy,
    draft_policy,
    publish_policy,
    rollback_policy,
    submit_policy,
)
from broker.service.policy_view import PolicySeen, overview, policy_files, policy_seen

router = APIRouter(tags=["policies"], route_class=StrictRoute)

_READING = documented(AUTHENTICATION, NEUTRAL, MALFORMED, UNAVAILABLE)
_CHANGING = documented(AUTHENTICATION, NEUTRAL, TOO_LARGE, MALFORMED, INVALID, UNAVAILABLE)


@router.get("/v1/policies", response_model=PoliciesOut, responses=_READING)
async def read_policies(http: Request, requester: Authenticated, desk: TheDesk) -> JSONResponse:
    """Read every version, who had a hand in it and when, and what has to be looked at."""
    found = await anyio.to_thread.run_sync(overview, desk, requester)
    if found is None:
        return await neutral(http)
    return JSONResponse(PoliciesOut.of(found).model_dump(mode="json"))


@router.get("/v1/policies/{version}", response_model=PolicyOut, responses=_READING)
async def read_policy(
    version: Version, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Read where one version stands."""
    return await _answer(http, lambda: policy_seen(desk, requester, PolicyVersion(version)))


@router.get("/v1/policies/{version}/files", response_model=FilesOut, responses=_READING)
async def read_policy_files(
    version: Version, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Read the files of one version, byte for byte as they were drafted."""
    found = await anyio.to_thread.run_sync(policy_files, desk, requester, PolicyVersion(version))
    if found is None:
        return await neutral(http)
    return JSONResponse(FilesOut.of(version, found).model_dump(mode="json"))


@router.post("/v1/policies", status_code=201, response_model=PolicyOut, responses=_CHANGING)
async def draft(
    body: DraftBody, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Put a pack on file as a draft; nothing is decided by it yet."""
    return await _answer(http, lambda: draft_policy(desk, requester, body.by_name()), 201)


@router.post("/v1/policies/{version}/submit", response_model=PolicyOut, responses=_CHANGING)
async def submit(
    version: Version, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Say that a draft is ready; refused with everything that is wrong with it."""
    return await _answer(http, lambda: submit_policy(desk, requester, PolicyVersion(version)))


@router.post("/v1/policies/{version}/approve", response_model=PolicyOut, responses=_CHANGING)
async def approve(
    version: Version, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Approve what other people wrote and submitted."""
    return await _answer(http, lambda: approve_policy(desk, requester, PolicyVersion(version)))


@router.post("/v1/policies/{version}/publish", response_model=PolicyOut, responses=_CHANGING)
async def publish(
    version: Version, body: PublishBody, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Sign that an approved version counts from a moment on, on every broker."""
    return await _answer(
        http,
        lambda: publish_policy(desk, requester, PolicyVersion(version), body.effective_at),
    )


@router.post("/v1/policies/{version}/rollback", response_model=PolicyOut, responses=_CHANGING)
async def rollback(
    version: Version, body: RollbackBody, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Put an earlier version in force again at once: the second person to ask does it."""
    return await _answer(
        http,
        lambda: rollback_policy(
            desk, requester, PolicyVersion(version), body.reason, emergency=body.emergency
        ),
    )


async def _answer(
    http: Request, work: Callable[[], PolicySeen | None], status: int = 200
) -> JSONResponse:
    """Do it in a thread, because checking a pack takes seconds, and show the version."""
    found = await anyio.to_thread.run_sync(work)
    if found is None:
        return await neutral(http)
    return JSONResponse(PolicyOut.of(found).model_dump(mode="json"), status)
