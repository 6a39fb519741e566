"""Held records, as their holder's reviewers see and edit them. Releasing is in review_release.

What a reviewer sees is what redaction made of the record, under a permit of now: where policy or
the client no longer permits it, nothing of it is shown, and it can only be refused.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from broker.domain.context import CaseContext
from broker.domain.decision import Decision, Permit
from broker.domain.errors import InvalidRequestError
from broker.domain.request import Requester
from broker.domain.review import (
    Cursor,
    Edits,
    HeldReview,
    Progress,
    PutProgress,
    Review,
    ReviewId,
    ReviewState,
    Revised,
)
from broker.ledger import review_events
from broker.service.desk import Desk
from broker.service.gather import gather
from broker.service.reject import turn_away
from broker.service.review_access import REVIEWERS, find_review, may_review

PAGE = 50
"""Reviews in one answer."""

PERPETRATOR_FACING = "P-PERP-FACING"
"""The profile that a record gets on its way to the perpetrator's side."""
TWO_PEOPLE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One page of what waits; `next` is where the following page begins, None after the last."""

    reviews: tuple[Review, ...]
    read_at: datetime
    next: Cursor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One held record as it would leave now.

    Args:
        revised: None where it is no longer permitted, or redaction did not get so far.
        needed: how many people must say yes.

    """

    review: Review
    revised: Revised | None
    needed: int
    read_at: datetime


def waiting_for(desk: Desk, reader: Requester, after: Cursor | None) -> Queue | None:
    """Return what waits for the reader, due first come first, and log that it was read.

    None for a role that reviews nothing.
    """
    if reader.role not in REVIEWERS:
        turn_away(desk, reader, "reading reviews", None)
        return None
    found: list[Review] = []
    last, more = after, True
    while more and len(found) <= PAGE:
        batch = desk.reviews.waiting(reader.agency_id, last, PAGE)
        more = bool(batch)
        last = (batch[-1].held.due_at, batch[-1].held.review_id) if batch else last
        found += [one for one in batch if may_review(desk, reader, one)]
    shown, now = tuple(found[:PAGE]), desk.clock.now()
    draft = review_events.listed(reader, len(shown), desk.cases.broker_salt(), now)
    desk.ledger.record(draft)
    end = shown[-1].held if len(found) > PAGE else None
    return Queue(
        reviews=shown, read_at=now, next=None if end is None else (end.due_at, end.review_id)
    )


def look(desk: Desk, reader: Requester, review_id: ReviewId) -> Looked | None:
    """Return one held record, to whoever may review it; looking is logged before it is shown."""
    review = find_review(desk, reader, review_id, "looking at a review")
    if review is None:
        return None
    now, salt = desk.clock.now(), desk.cases.broker_salt()
    desk.ledger.record(review_events.looked(review, reader, salt, now))
    return _looked(desk.for_one_request(), review)


def edit(desk: Desk, reader: Requester, review_id: ReviewId, edits: Edits) -> Looked | None:
    """Put these edits in place of those there are, and return what would leave then.

    Whatever anybody said yes to before was another text, so it counts no more.

    Raises:
        InvalidRequestError: an edit is of no place in the record, or explains what may not be
            explained; or somebody else has seen to the record meanwhile.

    """
    review = find_review(desk, reader, review_id, "editing a review")
    if review is None:
        return None
    changed = replace(review, progress=_edited(review.progress, reader, edits))
    looked = _looked(desk.for_one_request(), changed)
    if looked.revised is None:
        raise InvalidRequestError(NO_LONGER)
    if looked.revised.not_explained:
        raise InvalidRequestError(NOT_A_NUMBER)
    now, salt = desk.clock.now(), desk.cases.broker_salt()
    desk.ledger.record(
        review_events.edited(review, edits, reader, salt, now),
        PutProgress(progress=changed.progress, at=now),
    )
    return looked


def refuse(desk: Desk, reader: Requester, review_id: ReviewId, because: str) -> Progress | None:
    """Say that a record does not leave, and destroy it; saying it again changes nothing.

    The requester learns nothing of it, and the reason stays with the holder.

    Raises:
        InvalidRequestError: no reason was given.

    """
    if not because.strip():
        raise InvalidRequestError("Say in a few words why it does not leave; only you keep it.")
    done = ended_by(desk, reader, review_id, ReviewState.REFUSED)
    review = None if done else find_review(desk, reader, review_id, "refusing a review")
    if done or review is None:
        return done
    now, salt = desk.clock.now(), desk.cases.broker_salt()
    step = replace(
        next_step(review.progress),
        state=ReviewState.REFUSED,
        ended_by=reader.practitioner_id,
        because=because,
    )
    desk.ledger.record(
        review_events.refused(review, reader, salt, now), PutProgress(progress=step, at=now)
    )
    return step


NOT_A_NUMBER = (
    "Explain only a whole number or word that is marked as explainable and is nobody's: take the"
    " rest out."
)
NO_LONGER = (
    "What was decided no longer stands, or nothing could be redacted: refuse it, and the requester"
    " may ask anew."
)


def ended_by(
    desk: Desk, reader: Requester, review_id: ReviewId, state: ReviewState
) -> Progress | None:
    """Return how the reader's own act ended a review: whoever asks again is told again."""
    done = desk.reviews.ended(review_id)
    mine = done is not None and done.ended_by == reader.practitioner_id
    return done if done is not None and mine and done.state is state else None


def next_step(progress: Progress) -> Progress:
    """Return the step after the newest, so far the same."""
    return replace(progress, revision=progress.revision + 1)


def decide_now(desk: Desk, held: HeldReview) -> Decision:
    """Return what policy says of the request now, with the client's consent as it is now.

    Raises:
        InvalidRequestError: whoever asked is no longer who they were.

    """
    return desk.policy.decide(held.requester, held.request, _context(desk, held))


def _context(desk: Desk, held: HeldReview) -> CaseContext:
    asker = desk.directory.practitioner(held.requester.practitioner_id)
    same = (held.requester.agency_id, held.requester.role)
    if asker is None or (asker.agency_id, asker.role) != same:
        raise InvalidRequestError("Whoever asked has another post by now: refuse it.")
    return gather(desk, held.requester, held.request)


def people_needed(decision: Decision) -> int:
    """Return how many must say yes: two where it may reach the perpetrator's side, or might."""
    facing = any(one.facts.recipient_perpetrator_facing != "no" for one in decision.rulings)
    profiles = {word for one in decision.rulings for word in (one.profile or "").split()}
    return TWO_PEOPLE if facing or PERPETRATOR_FACING in profiles else 1


def _looked(desk: Desk, review: Review) -> Looked:
    try:
        decision = decide_now(desk, review.held)
    except InvalidRequestError:
        return Looked(review=review, revised=None, needed=TWO_PEOPLE, read_at=desk.clock.now())
    return Looked(
        review=review,
        revised=_revised(desk, review, decision),
        needed=people_needed(decision),
        read_at=desk.clock.now(),
    )


def _revised(desk: Desk, review: Review, decision: Decision) -> Revised | None:
    draft = review.held.draft
    if draft is None or not isinstance(decision, Permit):
        return None
    return desk.reviser.revise(decision, draft, review.progress.edits)


def _edited(progress: Progress, reader: Requester, edits: Edits) -> Progress:
    return replace(next_step(progress), edits=edits, edited_by=reader.practitioner_id, approvals=())
