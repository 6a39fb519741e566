"""What the review of a held record says in the log: words and numbers, never what was flagged.

Every entry but the reading of a list stands in the chain of the case, and names the review, which
is a blind token. No reason that a reviewer wrote is in an entry, and no digest of a text.
DO NOT rename a member of a detail or change its meaning: add a member instead.
"""

from datetime import datetime

from broker.domain.ids import CaseTag
from broker.domain.ledger import EntryDraft, JsonValue
from broker.domain.record import HeldRecord
from broker.domain.request import Requester
from broker.domain.review import DueReview, Edits, Review, ReviewId, kinds_of
from broker.domain.words import EventKind
from broker.ledger import events
from broker.ledger.entry import time_text
from broker.ledger.tokens import token

_Detail = dict[str, JsonValue]


def held(record: HeldRecord, review: ReviewId, until: datetime, at: datetime) -> EntryDraft:
    """A record that waits for a person, `until` when it is destroyed."""
    plain = events.held(record, at)
    named: _Detail = {"review": review, "until": time_text(until)}
    return EntryDraft(
        kind=plain.kind, at=at, case_tag=plain.case_tag, detail={**plain.detail, **named}
    )


def listed(reader: Requester, found: int, salt: bytes, at: datetime) -> EntryDraft:
    """A reviewer read what waits: how much it was; `salt` is the broker's, here and below."""
    detail: _Detail = {"reviewer": _person(reader, salt), "reviews": found}
    return EntryDraft(kind=EventKind.REVIEWS_READ, at=at, case_tag=None, detail=detail)


def looked(review: Review, reader: Requester, salt: bytes, at: datetime) -> EntryDraft:
    """A reviewer looked at the redacted text."""
    return _of(EventKind.REVIEW_READ, review, reader, salt, at, {})


def edited(
    review: Review, edits: Edits, editor: Requester, salt: bytes, at: datetime
) -> EntryDraft:
    """A reviewer took something out, or explained something: how often, not what."""
    counts: _Detail = {
        "taken_out": len(edits.taken_out),
        "explained": len(edits.explained),
        "left_out": len(edits.left_out),
    }
    return _of(EventKind.REVIEW_EDITED, review, editor, salt, at, counts)


def approved(
    review: Review, reviewer: Requester, needed: int, salt: bytes, at: datetime
) -> EntryDraft:
    """The first of two people says that it may leave."""
    return _of(EventKind.REVIEW_APPROVED, review, reviewer, salt, at, {"needed": needed})


def released(
    review: Review, reviewer: Requester, needed: int, salt: bytes, at: datetime
) -> EntryDraft:
    """As many people as it needs say that it may leave; the disclosure's own entry follows."""
    edits = review.progress.edits
    counts: _Detail = {
        "needed": needed,
        "taken_out": len(edits.taken_out),
        "explained": len(edits.explained),
        "left_out": len(edits.left_out),
    }
    return _of(EventKind.REVIEW_RELEASED, review, reviewer, salt, at, counts)


def refused(review: Review, reviewer: Requester, salt: bytes, at: datetime) -> EntryDraft:
    """A reviewer says that it does not leave; the record is destroyed."""
    return _of(EventKind.REVIEW_REFUSED, review, reviewer, salt, at, {})


def overdue(due: DueReview, at: datetime) -> EntryDraft:
    """Nobody has looked in time; a lead of the holder is told."""
    return _unseen(EventKind.REVIEW_OVERDUE, due.review_id, due.case_tag, at, {})


def expired(due: DueReview, at: datetime) -> EntryDraft:
    """What was held is destroyed: its term is over, or nothing waits for it any more."""
    why: _Detail = {"reason": due.why.value}
    return _unseen(EventKind.REVIEW_EXPIRED, due.review_id, due.case_tag, at, why)


def _of(  # the six parts of any entry of a reviewer's
    kind: EventKind, review: Review, by: Requester, salt: bytes, at: datetime, more: _Detail
) -> EntryDraft:
    detail: _Detail = {
        "review": review.held.review_id,
        "entry": review.entry,
        "kinds": kinds_of(review.held.flags),
        "reviewer": _person(by, salt),
        **more,
    }
    return EntryDraft(kind=kind, at=at, case_tag=review.held.case_tag, detail=detail)


def _unseen(
    kind: EventKind, review: ReviewId, tag: CaseTag | None, at: datetime, more: _Detail
) -> EntryDraft:
    return EntryDraft(kind=kind, at=at, case_tag=tag, detail={"review": review, **more})


def _person(one: Requester, salt: bytes) -> _Detail:
    return {
        "practitioner": token(salt, "practitioner", one.practitioner_id),
        "role": one.role,
        "agency": token(salt, "agency", one.agency_id),
        "agency_kind": one.agency_kind,
    }
