"""What anybody may hold against us: checkpoints and proofs. They hold nothing about anybody."""

import base64
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, PlainTextResponse, Response

from broker.api.door import TheDesk, neutral
from broker.api.problems import INVALID, Problem, respond
from broker.api.schemas import ProofOut
from broker.domain.errors import LedgerError

router = APIRouter(tags=["log"])

Size = Annotated[int, Query(ge=1, le=2**53)]
Index = Annotated[int, Query(ge=0, le=2**53)]


class ConsistencyOut(BaseModel):
    """RFC 6962 consistency proof between two sizes, base64."""

    old_size: int
    new_size: int
    path: tuple[str, ...]


@router.get(
    "/v1/log/checkpoint",
    response_class=PlainTextResponse,
    responses={404: {"model": Problem}},
)
async def checkpoint(http: Request, desk: TheDesk) -> Response:
    """Read the newest signed checkpoint, a C2SP signed note."""
    newest = desk.log.checkpoint()
    return await neutral(http) if newest is None else PlainTextResponse(newest.note)


@router.get("/v1/log/inclusion", response_model=ProofOut, responses={422: {"model": Problem}})
def inclusion(desk: TheDesk, index: Index, size: Size) -> Response:
    """Read the proof that the entry at `index` is in the tree of `size` entries."""
    try:
        proof = desk.log.inclusion(index, size)
    except LedgerError:
        return respond(INVALID, "Ask for an index below the size, and a size the log has reached.")
    return JSONResponse(ProofOut.of(proof).model_dump(mode="json"))


@router.get(
    "/v1/log/consistency", response_model=ConsistencyOut, responses={422: {"model": Problem}}
)
def consistency(desk: TheDesk, old_size: Size, new_size: Size) -> Response:
    """Read the proof that the tree of `new_size` continues the tree of `old_size`."""
    try:
        path = desk.log.consistency(old_size, new_size)
    except LedgerError:
        return respond(INVALID, "Ask for two sizes the log has reached, the older one first.")
    shown = ConsistencyOut(
        old_size=old_size,
        new_size=new_size,
        path=tuple(base64.b64encode(one).decode() for one in path),
    )
    return JSONResponse(shown.model_dump(mode="json"))
