"""Sharing, with a failure half-way on the case's record."""

from dataclasses import dataclass

from broker.domain.errors import EnvelopeError, PolicyChangedError, RedactionError, SourceError
from broker.domain.ids import CaseId
from broker.domain.request import Requester, ShareRequest
from broker.domain.review import ReviewState
from broker.ledger import events
from broker.service.desk import Desk
from broker.service.reject import tag_of, turn_away
from broker.service.share import Answer, share

FAILURES = (SourceError, RedactionError, EnvelopeError)
"""What can go wrong after a permit; the log holds the decision by then, and must say it failed."""
_FOR_GOOD = (ReviewState.REFUSED, ReviewState.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReleased:
    """A reviewer refused what was held, or its term is over: to the requester there is nothing."""


def answer(desk: Desk, requester: Requester, request: ShareRequest) -> Answer | NotReleased:
    """Answer one request like `share`; one of FAILURES is logged with the case and raised again."""
    try:
        return _share(desk, requester, request)
    except FAILURES as failure:
        failed = events.source_failed(
            _salt_of(desk, request.case_id),
            requester,
            request,
            type(failure).__name__,
            desk.clock.now(),
        )
        desk.ledger.record(failed)
        raise


def _share(desk: Desk, requester: Requester, request: ShareRequest) -> Answer | NotReleased:
    """Share by one policy from beginning to end; if another came into force, once more by that."""
    if desk.reviews.state_of(requester, request) in _FOR_GOOD:
        return _not_released(desk, requester, request)
    try:
        return share(desk.for_one_request(), requester, request)
    except PolicyChangedError:
        desk.rules.refresh()
        return share(desk.for_one_request(), requester, request)


def _not_released(desk: Desk, requester: Requester, request: ShareRequest) -> NotReleased:
    """Say no, once the id is seen to be used for the same; what a person said is not asked anew.

    Raises:
        IdempotencyConflictError: the id was used for something else.

    """
    desk.ledger.earlier_receipt(requester, request)
    case = desk.cases.case(request.case_id)
    turn_away(desk, requester, "asking again", tag_of(desk, request.case_id, case))
    return NotReleased()


def _salt_of(desk: Desk, case_id: CaseId) -> bytes:
    """Return the case's salt, or this month's for a case that is not there or cannot be opened."""
    try:
        case = desk.cases.case(case_id)
    except EnvelopeError:
        case = None  # This may be the very failure, and it must be logged all the same.
    return case.salt if case else desk.cases.passing_salt()
