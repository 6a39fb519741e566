"""Since when somebody is not at their agency any more: the door of its IG lead."""

from datetime import date

import anyio
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from broker.api.door import Authenticated, TheDesk, neutral
from broker.api.examples import shown_as
from broker.api.problems import (
    AUTHENTICATION,
    INVALID,
    MALFORMED,
    NEUTRAL,
    TOO_LARGE,
    UNAVAILABLE,
    documented,
)
from broker.api.schemas import Body, Identifier
from broker.api.strictly import StrictRoute
from broker.domain.ids import PractitionerId
from broker.service.leaver import record_leaver

router = APIRouter(tags=["keys"], route_class=StrictRoute)
_EXAMPLE = {"practitioner_id": "housing-1", "left_on": "2026-11-09"}


class LeaverBody(Body):
    """The first day on which they are not there."""

    model_config = shown_as({"left_on": "2026-11-09"}, {"left_on": None})

    left_on: date | None = Field(description="In UTC; null: they are back.")


class LeaverOut(BaseModel):
    """What is on file now."""

    model_config = shown_as(_EXAMPLE)

    practitioner_id: str
    left_on: date | None


@router.post(
    "/v1/practitioners/{practitioner_id}/departure",
    status_code=201,
    response_model=LeaverOut,
    responses=documented(AUTHENTICATION, NEUTRAL, TOO_LARGE, MALFORMED, INVALID, UNAVAILABLE),
)
async def leave(
    practitioner_id: Identifier,
    body: LeaverBody,
    http: Request,
    requester: Authenticated,
    desk: TheDesk,
) -> JSONResponse:
    """Record since when a colleague is not there: nothing is answered or sent to them then."""
    found = await anyio.to_thread.run_sync(
        record_leaver, desk, requester, PractitionerId(practitioner_id), body.left_on
    )
    if found is None:
        return await neutral(http)
    shown = LeaverOut(practitioner_id=found.practitioner_id, left_on=found.left_on)
    return JSONResponse(shown.model_dump(mode="json"), 201)
