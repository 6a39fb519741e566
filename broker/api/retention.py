"""What is kept and what keeps it: the doors of IG leads. To anybody else there is nothing here."""

import anyio
from fastapi import APIRouter, Request
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
from broker.api.retention_schemas import HoldBody, HoldOut, RetentionOut
from broker.api.schemas import Identifier
from broker.api.strictly import StrictRoute
from broker.domain.ids import CaseId
from broker.service.retention_holds import change_hold, overview

router = APIRouter(tags=["retention"], route_class=StrictRoute)


@router.get(
    "/v1/retention",
    response_model=RetentionOut,
    responses=documented(AUTHENTICATION, NEUTRAL, MALFORMED, UNAVAILABLE),
)
async def read_retention(http: Request, requester: Authenticated, desk: TheDesk) -> JSONResponse:
    """Read which cases are held, whose term is over soon, and what was destroyed; it is logged."""
    found = await anyio.to_thread.run_sync(overview, desk, requester)
    if found is None:
        return await neutral(http)
    return JSONResponse(RetentionOut.of(found).model_dump(mode="json"))


@router.post(
    "/v1/cases/{case_id}/holds",
    status_code=201,
    response_model=HoldOut,
    responses=documented(AUTHENTICATION, NEUTRAL, TOO_LARGE, MALFORMED, INVALID, UNAVAILABLE),
)
async def hold(
    case_id: Identifier, body: HoldBody, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Place or lift a hold: it begins with the first person's word and ends with the second's."""
    done = await anyio.to_thread.run_sync(
        change_hold, desk, requester, CaseId(case_id), body.of, body.said
    )
    if done is None:
        return await neutral(http)
    return JSONResponse(HoldOut.of(done).model_dump(mode="json"), 201)
