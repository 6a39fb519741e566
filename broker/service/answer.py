"""Sharing, with a failure half-way on the case's record."""

from broker.domain.errors import EnvelopeError, RedactionError, SourceError
from broker.domain.request import Requester, ShareRequest
from broker.ledger import events
from broker.service.desk import Desk
from broker.service.share import Answer, share

FAILURES = (SourceError, RedactionError, EnvelopeError)
"""What can go wrong after a permit; the log holds the decision by then, and must say it failed."""


def answer(desk: Desk, requester: Requester, request: ShareRequest) -> Answer:
    """Answer one request like `share`; one of FAILURES is logged with the case and raised again."""
    try:
        return share(desk, requester, request)
    except FAILURES as failure:
        case = desk.cases.case(request.case_id)
        salt = case.salt if case else desk.cases.broker_salt()
        failed = events.source_failed(
            salt, requester, request, type(failure).__name__, desk.clock.now()
        )
        desk.ledger.record(failed)
        raise
