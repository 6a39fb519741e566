"""Opened-receipts: what a recipient's own system signs about a package that it was sent."""

import anyio
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from broker.api.door import Authenticated, TheDesk, neutral
from broker.api.opened_schemas import OpenedReceiptsOut, ReceiptBody
from broker.api.problems import (
    AUTHENTICATION,
    INVALID,
    MALFORMED,
    NEUTRAL,
    TOO_LARGE,
    UNAVAILABLE,
    documented,
)
from broker.api.schemas import Identifier
from broker.api.strictly import StrictRoute
from broker.domain.ids import DisclosureId
from broker.service.opened import Heard, keep_receipt, receipts_of

router = APIRouter(tags=["disclosures"], route_class=StrictRoute)
_PATH = "/v1/disclosures/{disclosure_id}/receipts"


@router.get(
    _PATH,
    response_model=OpenedReceiptsOut,
    responses=documented(AUTHENTICATION, NEUTRAL, MALFORMED, UNAVAILABLE),
)
async def read_receipts(
    disclosure_id: Identifier, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Read what was said of a package that you asked for or received."""
    found = await anyio.to_thread.run_sync(
        receipts_of, desk, requester, DisclosureId(disclosure_id)
    )
    return await neutral(http) if found is None else _shown(found, 200)


@router.post(
    _PATH,
    status_code=201,
    response_model=OpenedReceiptsOut,
    responses=documented(AUTHENTICATION, NEUTRAL, TOO_LARGE, MALFORMED, INVALID, UNAVAILABLE),
)
async def send_receipt(
    disclosure_id: Identifier,
    body: ReceiptBody,
    http: Request,
    requester: Authenticated,
    desk: TheDesk,
) -> JSONResponse:
    """Say that a package was opened, is stored or was deleted; again, it changes nothing."""
    found = await anyio.to_thread.run_sync(
        keep_receipt, desk, requester, DisclosureId(disclosure_id), body.receipt
    )
    return await neutral(http) if found is None else _shown(found, 201)


def _shown(found: Heard, status: int) -> JSONResponse:
    return JSONResponse(OpenedReceiptsOut.of(found).model_dump(mode="json"), status)
