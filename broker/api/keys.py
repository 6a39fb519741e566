"""Recipients' keys: everybody's own, and any for an IG lead. To anybody else there is nothing."""

from typing import Annotated

import anyio
from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse

from broker.api.door import Authenticated, TheDesk, neutral
from broker.api.key_schemas import (
    ChallengeBody,
    ChallengeOut,
    KeyBody,
    KeyName,
    KeyOut,
    KeysOut,
    RevocationBody,
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
from broker.api.schemas import Identifier
from broker.api.strictly import StrictRoute
from broker.domain.ids import PractitionerId, Thumbprint
from broker.service.recipient_keys import (
    NewKey,
    challenge_key,
    keys_of,
    register_key,
    revoke_key,
)

router = APIRouter(tags=["keys"], route_class=StrictRoute)

_CHANGING = documented(AUTHENTICATION, NEUTRAL, TOO_LARGE, MALFORMED, INVALID, UNAVAILABLE)
Whose = Annotated[
    Identifier | None, Query(description="Somebody else's, for an IG lead; left out: yours.")
]


@router.get(
    "/v1/keys",
    response_model=KeysOut,
    responses=documented(AUTHENTICATION, NEUTRAL, MALFORMED, UNAVAILABLE),
)
async def read_keys(
    http: Request, requester: Authenticated, desk: TheDesk, owner: Whose = None
) -> JSONResponse:
    """Read every key that packages for you are or were sealed to."""
    whose = None if owner is None else PractitionerId(owner)
    found = await anyio.to_thread.run_sync(keys_of, desk, requester, whose)
    if found is None:
        return await neutral(http)
    shown = KeysOut(keys=tuple(KeyOut.of(one) for one in found))
    return JSONResponse(shown.model_dump(mode="json"))


@router.post(
    "/v1/keys/challenges", status_code=201, response_model=ChallengeOut, responses=_CHANGING
)
async def challenge(
    body: ChallengeBody, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Ask for a challenge that only the holder of the private key can answer."""
    made = await anyio.to_thread.run_sync(challenge_key, desk, requester, body.public_jwk)
    if made is None:
        return await neutral(http)
    return JSONResponse(ChallengeOut.of(made).model_dump(mode="json"), 201)


@router.post("/v1/keys", status_code=201, response_model=KeyOut, responses=_CHANGING)
async def register(
    body: KeyBody, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Register a key of yours beside those there are; packages are sealed to all of them."""
    new = NewKey(
        public_jwk=body.public_jwk,
        held_by=body.held_by,
        days=body.days,
        ticket=body.ticket,
        answer=body.answer,
    )
    key = await anyio.to_thread.run_sync(register_key, desk, requester, new)
    if key is None:
        return await neutral(http)
    return JSONResponse(KeyOut.of(key).model_dump(mode="json"), 201)


@router.post(
    "/v1/keys/{thumbprint}/revocation",
    status_code=201,
    response_model=KeyOut,
    responses=_CHANGING,
)
async def revoke(
    thumbprint: KeyName,
    body: RevocationBody,
    http: Request,
    requester: Authenticated,
    desk: TheDesk,
) -> JSONResponse:
    """Revoke a key: from this moment on nothing is sealed to it, on any replica."""
    owner = None if body.owner is None else PractitionerId(body.owner)
    key = await anyio.to_thread.run_sync(revoke_key, desk, requester, Thumbprint(thumbprint), owner)
    if key is None:
        return await neutral(http)
    return JSONResponse(KeyOut.of(key).model_dump(mode="json"), 201)
