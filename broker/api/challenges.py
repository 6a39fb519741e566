"""Challenging a disclosure: the doors of the client's advocate and of the holder's IG lead."""

import anyio
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from broker.api.challenge_schemas import (
    AnswerBody,
    ChallengeOut,
    ChallengesOut,
    CloseBody,
    OpenBody,
)
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
from broker.api.schemas import Identifier
from broker.api.strictly import StrictRoute
from broker.domain.challenge import Challenge, ChallengeId
from broker.domain.ids import DisclosureId
from broker.service.challenge import (
    Said,
    answer_challenge,
    challenges_of,
    close_challenge,
    open_challenge,
)

router = APIRouter(tags=["challenges"], route_class=StrictRoute)
_CHANGING = documented(AUTHENTICATION, NEUTRAL, TOO_LARGE, MALFORMED, INVALID, UNAVAILABLE)


@router.get(
    "/v1/challenges",
    response_model=ChallengesOut,
    responses=documented(AUTHENTICATION, NEUTRAL, MALFORMED, UNAVAILABLE),
)
async def read_challenges(http: Request, requester: Authenticated, desk: TheDesk) -> JSONResponse:
    """Read your clients' challenges, or those that your agency has to answer."""
    found = await anyio.to_thread.run_sync(challenges_of, desk, requester)
    if found is None:
        return await neutral(http)
    shown = ChallengesOut(challenges=tuple(ChallengeOut.of(one) for one in found))
    return JSONResponse(shown.model_dump(mode="json"))


@router.post("/v1/challenges", status_code=201, response_model=ChallengeOut, responses=_CHANGING)
async def challenge(
    body: OpenBody, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Challenge a disclosure about a client of yours; the holder's lead has to answer."""
    found = await anyio.to_thread.run_sync(
        open_challenge,
        desk,
        requester,
        DisclosureId(body.disclosure_id),
        body.reason,
        body.text,
    )
    return await _shown(http, found)


@router.post(
    "/v1/challenges/{challenge_id}/answer",
    status_code=201,
    response_model=ChallengeOut,
    responses=_CHANGING,
)
async def answer(
    challenge_id: Identifier,
    body: AnswerBody,
    http: Request,
    requester: Authenticated,
    desk: TheDesk,
) -> JSONResponse:
    """Answer a challenge to your agency's disclosure; what follows becomes people's tasks."""
    said = Said(outcome=body.outcome, follows=body.follows, text=body.text)
    found = await anyio.to_thread.run_sync(
        answer_challenge, desk, requester, ChallengeId(challenge_id), said
    )
    return await _shown(http, found)


@router.post(
    "/v1/challenges/{challenge_id}/close",
    status_code=201,
    response_model=ChallengeOut,
    responses=_CHANGING,
)
async def close(
    challenge_id: Identifier,
    body: CloseBody,
    http: Request,
    requester: Authenticated,
    desk: TheDesk,
) -> JSONResponse:
    """Close your challenge: settled, or not, and then the coordinator brings people together."""

    def closed() -> Challenge | None:
        name = ChallengeId(challenge_id)
        return close_challenge(desk, requester, name, body.text, settled=body.settled)

    return await _shown(http, await anyio.to_thread.run_sync(closed))


async def _shown(http: Request, found: Challenge | None) -> JSONResponse:
    if found is None:
        return await neutral(http)
    return JSONResponse(ChallengeOut.of(found).model_dump(mode="json"), 201)
