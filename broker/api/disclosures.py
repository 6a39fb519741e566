"""Where a disclosure stands, and its acknowledgement."""

import anyio
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from broker.api.door import Authenticated, TheDesk, neutral
from broker.api.problems import AUTHENTICATION, MALFORMED, NEUTRAL, UNAVAILABLE, documented
from broker.api.schemas import Identifier, ReceiptOut, StatusOut
from broker.domain.ids import DisclosureId
from broker.domain.ports import DisclosureStatus
from broker.service.acknowledge import acknowledge
from broker.service.follow import follow

router = APIRouter(tags=["disclosures"])


@router.get(
    "/v1/disclosures/{disclosure_id}",
    response_model=StatusOut,
    responses=documented(AUTHENTICATION, NEUTRAL, MALFORMED, UNAVAILABLE),
)
async def read_disclosure(
    disclosure_id: Identifier, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Read where a disclosure stands that you asked for or are to receive."""
    found = await anyio.to_thread.run_sync(follow, desk, requester, DisclosureId(disclosure_id))
    return await neutral(http) if found is None else _shown(found)


@router.post(
    "/v1/disclosures/{disclosure_id}/acknowledgement",
    response_model=StatusOut,
    responses=documented(AUTHENTICATION, NEUTRAL, MALFORMED, UNAVAILABLE),
)
async def acknowledge_disclosure(
    disclosure_id: Identifier, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Say that the package arrived and could be opened; saying it again changes nothing."""
    found = await anyio.to_thread.run_sync(
        acknowledge, desk, requester, DisclosureId(disclosure_id)
    )
    return await neutral(http) if found is None else _shown(found)


def _shown(found: DisclosureStatus) -> JSONResponse:
    shown = StatusOut(
        disclosure_id=found.receipt.disclosure_id,
        delivered_at=found.delivered_at,
        acknowledged_at=found.acknowledged_at,
        stopped_at=found.stopped_at,
        final=found.final,
        receipt=ReceiptOut.of(found.receipt),
    )
    return JSONResponse(shown.model_dump(mode="json"))
