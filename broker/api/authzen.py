"""The rules, asked over OpenID's AuthZEN Authorization API 1.0.

It answers about facts: no case is looked at and nothing is released, so a yes here opens no door.
What cannot be read is 400, as the specification has it; in a list it is a no with an error.
"""

import re
from collections.abc import Awaitable, Callable, Mapping

import anyio
from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse, Response

from broker.api.authzen_schemas import (
    ABOUT_RECORD,
    ABOUT_SUBJECT,
    DECISIONS,
    SAID_ELSEWHERE,
    Configuration,
    DecisionContext,
    DecisionOut,
    DecisionsOut,
    Evaluation,
    EvaluationBody,
    EvaluationsBody,
    Fault,
)
from broker.api.door import Authenticated, TheDesk, refuse
from broker.api.problems import AUTHENTICATION, BAD_REQUEST, TOO_LARGE, UNAVAILABLE, documented
from broker.api.strictly import StrictRoute, places_of
from broker.domain.errors import InvalidRequestError
from broker.domain.request import Requester
from broker.service.ask_policy import Said, Unread, Words, ask_once, ask_policy
from broker.service.desk import Desk

_REQUEST_ID = "X-Request-ID"
_HONEST_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")
"""Visible ASCII, as a header's value is; a longer one is not given back."""
_INCOMPLETE = "Give subject, action and resource, beside the list or in it."
_MISPLACED = "The context holds a fact that belongs to subject, action or resource; move it there."


class _AuthZenRoute(StrictRoute):
    """Answers what it cannot read with 400, and gives back the request's own name."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Return the handler with both."""
        handle = super().get_route_handler()

        async def answered(http: Request) -> Response:
            try:
                answer = await handle(http)
            except RequestValidationError as error:
                says = f"{BAD_REQUEST.detail} At fault: {places_of(error.errors())}."
                answer = await refuse(http, BAD_REQUEST, says)
            except InvalidRequestError as error:
                answer = await refuse(http, BAD_REQUEST, str(error))
            named = http.headers.getlist(_REQUEST_ID)
            if len(named) == 1 and _HONEST_REQUEST_ID.fullmatch(named[0]):
                answer.headers[_REQUEST_ID] = named[0]
            return answer

        return answered


router = APIRouter(tags=["authzen"], route_class=_AuthZenRoute)
_PROBLEMS = documented(BAD_REQUEST, AUTHENTICATION, TOO_LARGE, UNAVAILABLE)


@router.post("/access/v1/evaluation", response_model=DecisionOut, responses=_PROBLEMS)
async def evaluation(body: EvaluationBody, requester: Authenticated, desk: TheDesk) -> JSONResponse:
    """Ask what the rules say to one set of facts; a yes releases nothing."""
    return await _single(desk, requester, _read(body, body))


@router.post(
    "/access/v1/evaluations",
    response_model=DecisionsOut | DecisionOut,
    responses={200: {"content": {"application/json": {"example": DECISIONS}}}, **_PROBLEMS},
)
async def evaluations(
    body: EvaluationsBody, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Ask what the rules say to several sets of facts; without a list it is one."""
    if not body.evaluations:
        return await _single(desk, requester, _read(body, body))
    asked = [_read(one, body) for one in body.evaluations]
    enough = _ENOUGH[body.options.evaluations_semantic]
    answers = await anyio.to_thread.run_sync(
        lambda: ask_policy(desk, requester, asked, enough=enough)
    )
    shown = DecisionsOut(
        evaluations=tuple(_shown(one, answers.policy_version) for one in answers.said)
    )
    return JSONResponse(shown.model_dump(mode="json", exclude_none=True))


@router.get("/.well-known/authzen-configuration", responses=documented(UNAVAILABLE))
async def configuration(http: Request) -> Configuration:
    """Read where these questions are asked."""
    base_url = http.app.state.base_url
    return Configuration(
        policy_decision_point=base_url,
        access_evaluation_endpoint=f"{base_url}/access/v1/evaluation",
        access_evaluations_endpoint=f"{base_url}/access/v1/evaluations",
    )


def _read(one: Evaluation, beside: Evaluation) -> Words | Unread:
    """Return the facts that a question names, or why it cannot be read.

    A fact may stand in its own place only: in two, or in the wrong one, it might be overlooked.
    """
    subject, action = one.subject or beside.subject, one.action or beside.action
    resource, context = one.resource or beside.resource, one.context or beside.context
    if subject is None or action is None or resource is None:
        return Unread(says=_INCOMPLETE)
    elsewhere = {} if context is None else context.root
    if not SAID_ELSEWHERE.isdisjoint(elsewhere):
        return Unread(says=_MISPLACED)
    for place, named, valid in (
        ("subject", subject.properties, ABOUT_SUBJECT),
        ("resource", resource.properties, ABOUT_RECORD),
    ):
        if not named.keys() <= set(valid):
            return Unread(says=f"The properties of the {place} may be: {', '.join(valid)}.")
    said = {"purpose": action.name, "category": resource.id}
    return {**said, **subject.properties, **resource.properties, **elsewhere}


async def _single(desk: Desk, requester: Requester, asked: Words | Unread) -> JSONResponse:
    if isinstance(asked, Unread):
        raise InvalidRequestError(asked.says)
    ruling, version = await anyio.to_thread.run_sync(ask_once, desk, requester, asked)
    return JSONResponse(DecisionOut.of(ruling, version).model_dump(mode="json", exclude_none=True))


def _shown(said: Said, version: str) -> DecisionOut:
    if not isinstance(said, Unread):
        return DecisionOut.of(said, version)
    error = Fault(status=int(BAD_REQUEST.status), message=said.says)
    return DecisionOut(decision=False, context=DecisionContext(policy_version=version, error=error))


def _released(said: Said) -> bool:
    return not isinstance(said, Unread) and said.outcome.releases


_ENOUGH: Mapping[str, Callable[[Said], bool]] = {
    "execute_all": lambda _: False,
    "deny_on_first_deny": lambda said: not _released(said),
    "permit_on_first_permit": _released,
}
