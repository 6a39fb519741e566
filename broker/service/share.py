"""The whole system in one function: read this first.

Each stage's output is the only key to the next stage, so that a stage cannot be forgotten, and
each line may be the process's last: what is on record then is always at least what has left.
"""

from broker.domain.decision import Permit, Referral, Refusal
from broker.domain.ledger import Receipt
from broker.domain.record import HeldRecord
from broker.domain.request import Requester, ShareRequest
from broker.service.desk import Desk
from broker.service.gather import gather

Answer = Receipt | Refusal | Referral | HeldRecord


def share(desk: Desk, requester: Requester, request: ShareRequest) -> Answer:
    """Answer one request for one person's information.

    Returns:
        the receipt of a logged disclosure, which the outbox delivers; or a refusal, a referral to
        a person, or a record held for a person, each logged too.

    Raises:
        BrokerError: nothing was released; the caller logs the failure.

    """
    earlier = desk.ledger.earlier_receipt(requester, request)
    if earlier is not None:
        return earlier
    context = gather(desk, requester, request)
    decision = desk.policy.decide(requester, request, context)
    desk.ledger.record_decision(decision)  # Refusals too, before any content is touched.
    if not isinstance(decision, Permit):
        return decision
    record = desk.source.fetch(decision)  # Only the granted categories.
    redacted = desk.redactor.redact(record)  # Minimise, detect, apply, verify.
    if isinstance(redacted, HeldRecord):
        desk.ledger.record_held(redacted)
        return redacted
    package = desk.sealer.seal(redacted)  # To the recipient named in the permit.
    return desk.ledger.record_disclosure(package)  # Durable entry and outbox row together.
