"""What anybody may hold against us: checkpoints and proofs. They hold nothing about anybody."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import anyio
from fastapi import APIRouter, Query, Request
from starlette.responses import PlainTextResponse, Response

from broker.api.door import TheDesk, neutral
from broker.api.examples import CHECKPOINT
from broker.api.problems import INVALID, MALFORMED, NEUTRAL, UNAVAILABLE, documented
from broker.api.schemas import ConsistencyOut, ProofOut
from broker.domain.errors import (
    InvalidRequestError,
    LedgerError,
    LedgerUnavailableError,
    LedgerVerificationError,
)

router = APIRouter(tags=["log"])

Size = Annotated[int, Query(ge=1, le=2**53)]
Index = Annotated[int, Query(ge=0, le=2**53)]


@router.get(
    "/v1/log/checkpoint",
    response_class=PlainTextResponse,
    responses={
        200: {"content": {"text/plain": {"example": CHECKPOINT}}},
        **documented(NEUTRAL, UNAVAILABLE),
    },
)
async def checkpoint(http: Request, desk: TheDesk) -> Response:
    """Read the newest signed checkpoint, a C2SP signed note."""
    newest = await anyio.to_thread.run_sync(desk.log.checkpoint)
    return await neutral(http) if newest is None else PlainTextResponse(newest.note)


@router.get("/v1/log/inclusion", responses=documented(MALFORMED, INVALID, UNAVAILABLE))
def inclusion(desk: TheDesk, index: Index, size: Size) -> ProofOut:
    """Read the proof that the entry at `index` is in the tree of `size` entries."""
    with _sizes("Ask for an index below the size, and a size the log has reached."):
        return ProofOut.of(desk.log.inclusion(index, size))


@router.get("/v1/log/consistency", responses=documented(MALFORMED, INVALID, UNAVAILABLE))
def consistency(desk: TheDesk, old_size: Size, new_size: Size) -> ConsistencyOut:
    """Read the proof that the tree of `new_size` continues the tree of `old_size`."""
    with _sizes("Ask for two sizes the log has reached, the older one first."):
        path = desk.log.consistency(old_size, new_size)
    return ConsistencyOut(
        old_size=old_size,
        new_size=new_size,
        path=tuple(base64.b64encode(one).decode() for one in path),
    )


@contextmanager
def _sizes(advice: str) -> Iterator[None]:
    """Tell a size that the tree never had from a log that cannot be read."""
    try:
        yield
    except (LedgerUnavailableError, LedgerVerificationError):
        raise
    except LedgerError:
        raise InvalidRequestError(advice) from None
