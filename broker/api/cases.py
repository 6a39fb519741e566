"""An advocate's own clients: what happened to their information, and what they want."""

from typing import Annotated

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
from broker.api.schemas import (
    ConsentBody,
    EntryOut,
    Identifier,
    ParticularsBody,
)
from broker.api.strictly import StrictRoute
from broker.api.timeline_schemas import TimelineOut
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import AgencyKind, CaseId, Category, PractitionerId
from broker.domain.words import ConsentStatus
from broker.ledger.entry import MAX_WHOLE
from broker.service.consent import Statement, change_consent
from broker.service.particulars import Particulars, record_particulars
from broker.service.timeline import MAX_PAGE, MIN_PAGE, Page, timeline

router = APIRouter(tags=["cases"], route_class=StrictRoute)
After = Annotated[
    int, Query(ge=0, le=MAX_WHOLE, description="Begin after this `case_number`: see `next`.")
]
Limit = Annotated[
    int | None,
    Query(ge=MIN_PAGE, le=MAX_PAGE, description="Entries on a page; without it, all of them."),
]


@router.get(
    "/v1/cases/{case_id}/timeline",
    response_model=TimelineOut,
    responses=documented(AUTHENTICATION, NEUTRAL, MALFORMED, UNAVAILABLE),
)
async def read_timeline(
    case_id: Identifier,
    http: Request,
    requester: Authenticated,
    desk: TheDesk,
    after: After = 0,
    limit: Limit = None,
) -> JSONResponse:
    """Read everything the log holds about one of your own clients' cases; reading is logged."""
    page = None if limit is None and not after else Page(after=after, limit=limit or MAX_PAGE)
    found = await anyio.to_thread.run_sync(timeline, desk, requester, CaseId(case_id), page)
    if found is None:
        return await neutral(http)
    return JSONResponse(TimelineOut.of(found).model_dump(mode="json"))


@router.post(
    "/v1/cases/{case_id}/consents",
    status_code=201,
    response_model=EntryOut,
    responses=documented(AUTHENTICATION, NEUTRAL, TOO_LARGE, MALFORMED, INVALID, UNAVAILABLE),
)
async def record_consent(
    case_id: Identifier,
    body: ConsentBody,
    http: Request,
    requester: Authenticated,
    desk: TheDesk,
) -> JSONResponse:
    """Record what your client says now; it counts from the next decision on."""
    entry = await anyio.to_thread.run_sync(
        change_consent, desk, requester, CaseId(case_id), _statement(body)
    )
    if entry is None:
        return await neutral(http)
    return JSONResponse(EntryOut.of(entry).model_dump(mode="json"), 201)


@router.post(
    "/v1/cases/{case_id}/particulars",
    status_code=201,
    response_model=EntryOut,
    responses=documented(AUTHENTICATION, NEUTRAL, TOO_LARGE, MALFORMED, INVALID, UNAVAILABLE),
)
async def record(
    case_id: Identifier,
    body: ParticularsBody,
    http: Request,
    requester: Authenticated,
    desk: TheDesk,
) -> JSONResponse:
    """Record who investigates a case, when it was referred, and what else rules look at."""
    entry = await anyio.to_thread.run_sync(
        record_particulars, desk, requester, CaseId(case_id), _particulars(body)
    )
    if entry is None:
        return await neutral(http)
    return JSONResponse(EntryOut.of(entry).model_dump(mode="json"), 201)


def _particulars(body: ParticularsBody) -> Particulars:
    officers = body.investigators
    return Particulars(
        investigators=None if officers is None else tuple(PractitionerId(one) for one in officers),
        employee_case=body.employee_case,
        referred_on=body.referred_on,
        police_incidents=body.police_incidents,
    )


def _statement(body: ConsentBody) -> Statement:
    if body.status not in tuple(ConsentStatus):
        words = ", ".join(ConsentStatus)
        raise InvalidRequestError(f"Use one of these words for the status: {words}.")
    return Statement(
        status=ConsentStatus(body.status),
        method=body.method,
        expires_at=body.expires_at,
        excluded_agencies=tuple(AgencyKind(one) for one in body.excluded_agencies),
        excluded_categories=tuple(Category(one) for one in body.excluded_categories),
        interpreter_used=body.interpreter_used,
        perpetrator_present=body.perpetrator_present,
    )
