"""Asking: the main door."""

from typing import Annotated

import anyio
from fastapi import APIRouter, Header, Request
from starlette.responses import JSONResponse

from broker.api.door import Authenticated, TheDesk, check_once, neutral
from broker.api.problems import (
    AUTHENTICATION,
    CONFLICT,
    HELD_BACK,
    INVALID,
    MALFORMED,
    NEUTRAL,
    NO_KEY,
    SOURCE,
    TOO_LARGE,
    UNAVAILABLE,
    documented,
    kind_of,
    respond,
)
from broker.api.schemas import AnswerOut, CategoryOut, ReceiptOut, ShareRequestBody
from broker.api.strictly import StrictRoute
from broker.domain.decision import Referral, Refusal
from broker.domain.ids import (
    AgencyId,
    CaseId,
    Category,
    MeetingId,
    PractitionerId,
    Purpose,
    RequestId,
    SubjectId,
)
from broker.domain.ledger import Receipt
from broker.domain.record import HeldRecord
from broker.domain.request import ShareRequest
from broker.domain.words import Outcome
from broker.service.answer import FAILURES, NotReleased, answer
from broker.service.desk import Desk
from broker.service.share import Answer

router = APIRouter(tags=["share"], route_class=StrictRoute)

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9_-]{8,64}$",
        description="Yours, new for each request; sending it again cannot release twice.",
    ),
]


@router.post(
    "/v1/share-requests",
    status_code=201,
    response_model=AnswerOut,
    responses={
        202: {"model": AnswerOut, "description": "A person has to act first."},
        **documented(
            *(AUTHENTICATION, NEUTRAL, CONFLICT, NO_KEY, TOO_LARGE, MALFORMED, INVALID),
            *(SOURCE, HELD_BACK, UNAVAILABLE),
        ),
    },
)
async def ask(
    body: ShareRequestBody,
    http: Request,
    requester: Authenticated,
    desk: TheDesk,
    key: IdempotencyKey,
) -> JSONResponse:
    """Ask for information about one person, for one purpose, for one recipient."""
    check_once(http, "Idempotency-Key")
    request = _request(body, RequestId(key), desk)
    try:
        given = await anyio.to_thread.run_sync(answer, desk, requester, request)
    except FAILURES as failure:
        return respond(kind_of(failure))  # It is on the case's own record.
    if isinstance(given, Refusal | NotReleased):
        return await neutral(http)
    status = 201 if isinstance(given, Receipt) else 202
    return JSONResponse(_shown(given).model_dump(mode="json"), status)


def _request(body: ShareRequestBody, key: RequestId, desk: Desk) -> ShareRequest:
    return ShareRequest(
        request_id=key,
        case_id=CaseId(body.case_id),
        subject_id=SubjectId(body.subject_id),
        purpose=Purpose(body.purpose),
        categories=tuple(Category(one) for one in body.categories),
        holder=AgencyId(body.holder),
        recipient=PractitionerId(body.recipient),
        meeting_id=MeetingId(body.meeting_id) if body.meeting_id else None,
        since=body.since,
        reasons=body.reasons,
        made_at=desk.clock.now(),
    )


def _shown(given: Answer) -> AnswerOut:
    if isinstance(given, Receipt):
        return AnswerOut(
            status="released",
            disclosure_id=given.disclosure_id,
            receipt=ReceiptOut.of(given),
            next_step="Collect the package from your agency's mailbox and acknowledge it.",
        )
    if isinstance(given, HeldRecord):
        return AnswerOut(
            status="held",
            next_step="The holder's reviewer looks at the redacted record before it leaves.",
        )
    return AnswerOut(status="referred", categories=_categories(given), next_step=_step(given))


def _categories(given: Referral | Refusal) -> tuple[CategoryOut, ...]:
    return tuple(
        CategoryOut(category=one.category, outcome=one.outcome, sentence=one.sentence)
        for one in given.rulings
        if one.outcome is not Outcome.DENY
    )


def _step(given: Referral | Refusal) -> str:
    if given.outcome is Outcome.PERMIT_VERBAL_ONLY:
        return "The holder says it at the meeting; nothing leaves in writing."
    if any(one.unmet for one in given.rulings):
        return "Record your reasons and have a second person approve, then ask again."
    return "The holder's decision-maker has to decide; telephone them if the meeting is near."
