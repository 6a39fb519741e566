"""Records that wait for a person of the agency that holds them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import anyio
from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse

from broker.api.door import Authenticated, TheDesk, neutral
from broker.api.problems import (
    AUTHENTICATION,
    HELD_BACK,
    INVALID,
    MALFORMED,
    NEUTRAL,
    NO_KEY,
    TOO_LARGE,
    UNAVAILABLE,
    documented,
    kind_of,
    respond,
)
from broker.api.review_schemas import (
    EditsBody,
    FlaggedOut,
    QueueOut,
    RefuseBody,
    ReleaseBody,
    RemovedOut,
    ReviewOut,
    SaidOut,
    TextOut,
    WaitingOut,
)
from broker.api.schemas import Identifier
from broker.api.strictly import StrictRoute
from broker.domain.errors import EnvelopeError, RedactionError
from broker.domain.record import RedactedRecord
from broker.domain.review import (
    Cursor,
    Edits,
    Explain,
    LeaveOut,
    Place,
    Review,
    ReviewId,
    RevisedPiece,
    TakeOut,
    kinds_of,
)
from broker.service.review import Looked, Queue, edit, look, refuse, waiting_for
from broker.service.review_release import Released, release

router = APIRouter(tags=["reviews"], route_class=StrictRoute)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CURSOR = re.compile(r"(\d{1,17})-([0-9a-f]{32})")

After = Annotated[
    str | None,
    Query(pattern=r"^\d{1,17}-[0-9a-f]{32}$", description="`next` of the page before."),
]


@router.get(
    "/v1/reviews",
    response_model=QueueOut,
    responses=documented(AUTHENTICATION, NEUTRAL, MALFORMED, UNAVAILABLE),
)
async def read_reviews(
    http: Request, requester: Authenticated, desk: TheDesk, after: After = None
) -> JSONResponse:
    """Read what waits for a person of your agency, due first come first."""
    found = await anyio.to_thread.run_sync(waiting_for, desk, requester, _cursor(after))
    if found is None:
        return await neutral(http)
    return JSONResponse(_page(found).model_dump(mode="json"))


@router.get(
    "/v1/reviews/{review_id}",
    response_model=ReviewOut,
    responses=documented(AUTHENTICATION, NEUTRAL, MALFORMED, HELD_BACK, UNAVAILABLE),
)
async def read_review(
    review_id: Identifier, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Look at a held record: the redacted text, what holds it, and what was removed."""
    found = await anyio.to_thread.run_sync(look, desk, requester, ReviewId(review_id))
    return await neutral(http) if found is None else _shown(found)


@router.put(
    "/v1/reviews/{review_id}/edits",
    response_model=ReviewOut,
    responses=documented(
        AUTHENTICATION, NEUTRAL, TOO_LARGE, MALFORMED, INVALID, HELD_BACK, UNAVAILABLE
    ),
)
async def edit_review(
    review_id: Identifier, body: EditsBody, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Take out, explain a number or a word, or leave a text out, in place of earlier edits."""
    edits = _edits(body)
    found = await anyio.to_thread.run_sync(edit, desk, requester, ReviewId(review_id), edits)
    return await neutral(http) if found is None else _shown(found)


@router.post(
    "/v1/reviews/{review_id}/release",
    status_code=201,
    response_model=SaidOut,
    responses=documented(
        *(AUTHENTICATION, NEUTRAL, NO_KEY, TOO_LARGE, MALFORMED, INVALID, HELD_BACK, UNAVAILABLE)
    ),
)
async def release_review(
    review_id: Identifier, body: ReleaseBody, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Say yes to what you saw; with the last yes it leaves, and saying it again changes nothing."""
    try:
        found = await anyio.to_thread.run_sync(
            release, desk, requester, ReviewId(review_id), body.digest
        )
    except (RedactionError, EnvelopeError) as failure:
        return respond(kind_of(failure))  # It is on the case's own record.
    return await neutral(http) if found is None else _said(found)


@router.post(
    "/v1/reviews/{review_id}/refuse",
    status_code=201,
    response_model=SaidOut,
    responses=documented(AUTHENTICATION, NEUTRAL, TOO_LARGE, MALFORMED, INVALID, UNAVAILABLE),
)
async def refuse_review(
    review_id: Identifier, body: RefuseBody, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Say that it does not leave, and destroy it; the requester is told what anybody is told."""
    found = await anyio.to_thread.run_sync(
        refuse, desk, requester, ReviewId(review_id), body.because
    )
    if found is None:
        return await neutral(http)
    said = SaidOut(
        review_id=review_id, status="refused", people_needed=0, approvals=0, disclosure_id=None
    )
    return JSONResponse(said.model_dump(mode="json"), 201)


def _cursor(after: str | None) -> Cursor | None:
    found = _CURSOR.fullmatch(after or "")
    if found is None:
        return None
    return _EPOCH + int(found[1]) * _MICROSECOND, ReviewId(found[2])


def _page(found: Queue) -> QueueOut:
    following = None
    if found.next is not None:
        due, last = found.next
        following = f"{(due - _EPOCH) // _MICROSECOND}-{last}"
    return QueueOut(reviews=tuple(map(_waiting, found.reviews)), next=following)


def _waiting(review: Review) -> WaitingOut:
    held, progress = review.held, review.progress
    return WaitingOut(
        review_id=held.review_id,
        case_id=held.request.case_id,
        purpose=held.request.purpose,
        categories=tuple(held.request.categories),
        requester_agency=held.requester.agency_kind,
        held_at=held.held_at,
        due_at=held.due_at,
        expires_at=held.expires_at,
        state=progress.state,
        flags=kinds_of(held.flags),
        approvals=len(progress.approvals),
        edited=progress.edited_by is not None,
    )


def _shown(found: Looked) -> JSONResponse:
    revised = found.revised
    shown = ReviewOut(
        **_waiting(found.review).model_dump(),
        permitted=revised is not None,
        people_needed=found.needed,
        digest=None if revised is None else revised.digest,
        releasable=revised is not None and isinstance(revised.outcome, RedactedRecord),
        texts=() if revised is None else tuple(map(_text, revised.pieces)),
        edits=_edits_body(found.review.progress.edits),
    )
    return JSONResponse(shown.model_dump(mode="json"))


def _text(one: RevisedPiece) -> TextOut:
    return TextOut(
        item=one.item,
        order=one.order,
        name=one.field_name,
        category=one.category,
        text=one.text,
        leaves=one.leaves,
        flagged=tuple(
            FlaggedOut(
                kind=flag.kind,
                start=flag.start,
                end=flag.end,
                explainable=flag.explainable,
                open=flag.open,
            )
            for flag in one.flagged
        ),
        removed=tuple(
            RemovedOut(
                label=line.label,
                party_role=line.party_role,
                reason=line.reason,
                rule=line.rule,
                recogniser=line.recogniser,
            )
            for line in one.removals
        ),
    )


def _edits(body: EditsBody) -> Edits:
    return Edits(
        taken_out=tuple(
            TakeOut(
                place=Place(item=one.item, order=one.order, start=one.start, end=one.end),
                reason=one.reason,
            )
            for one in body.taken_out
        ),
        explained=tuple(
            Explain(
                place=Place(item=one.item, order=one.order, start=one.start, end=one.end),
                because=one.because,
            )
            for one in body.explained
        ),
        left_out=tuple(LeaveOut(item=one.item, order=one.order) for one in body.left_out),
    )


def _edits_body(edits: Edits) -> EditsBody:
    def place(one: Place) -> dict[str, int]:
        return {"item": one.item, "order": one.order, "start": one.start, "end": one.end}

    return EditsBody.model_validate(
        {
            "taken_out": [{**place(one.place), "reason": one.reason} for one in edits.taken_out],
            "explained": [{**place(one.place), "because": one.because} for one in edits.explained],
            "left_out": [{"item": one.item, "order": one.order} for one in edits.left_out],
        }
    )


def _said(found: Released) -> JSONResponse:
    said = SaidOut(
        review_id=found.review_id,
        status="second-person" if found.disclosure_id is None else "released",
        people_needed=found.needed,
        approvals=found.given,
        disclosure_id=found.disclosure_id,
    )
    return JSONResponse(said.model_dump(mode="json"), 201)
