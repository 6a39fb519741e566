"""Sharing, with a failure half-way on the case's record."""

from broker.domain.errors import EnvelopeError, PolicyChangedError, RedactionError, SourceError
from broker.domain.ids import CaseId
from broker.domain.request import Requester, ShareRequest
from broker.ledger import events
from broker.service.desk import Desk
from broker.service.share import Answer, share

FAILURES = (SourceError, RedactionError, EnvelopeError)
"""What can go wrong after a permit; the log holds the decision by then, and must say it failed."""


def answer(desk: Desk, requester: Requester, request: ShareRequest) -> Answer:
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


def _share(desk: Desk, requester: Requester, request: ShareRequest) -> Answer:
    """Share by one policy from beginning to end; if another came into force, once more by that."""
    try:
        return share(desk.for_one_request(), requester, request)
    except PolicyChangedError:
        desk.rules.refresh()
        return share(desk.for_one_request(), requester, request)


def _salt_of(desk: Desk, case_id: CaseId) -> bytes:
    """Return the case's salt, or the broker's for a case that is not there or cannot be opened."""
    try:
        case = desk.cases.case(case_id)
    except EnvelopeError:
        case = None  # This may be the very failure, and it must be logged all the same.
    return case.salt if case else desk.cases.broker_salt()
