"""Takes what is logged to the recipient's mailbox, as often as it takes and never twice."""

import logging
from datetime import timedelta
from threading import Event

from broker.domain.changes import MarkDelivered, PostponeDelivery, StopDelivery
from broker.domain.errors import (
    DeliveryError,
    EnvelopeError,
    LeaseLostError,
    LedgerError,
    LedgerVerificationError,
)
from broker.domain.outbox import DueDelivery
from broker.ledger import events
from broker.service.desk import Desk
from broker.service.recheck import reason_to_stop

BATCH = 32
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=15)
PAUSE_SECONDS = 0.2
"""Between two looks into an empty outbox."""

_log = logging.getLogger(__name__)


def deliver_due(desk: Desk) -> int:
    """Deliver up to BATCH packages whose turn it is; return how many were taken."""
    return sum(_deliver(desk, due) for due in desk.outbox.due(desk.clock.now(), BATCH))


def _deliver(desk: Desk, due: DueDelivery) -> bool:
    """Put one package, unless it may not leave any more; whoever has it by now ends it instead."""
    try:
        return _put(desk, due) if _is_final(desk, due) and _may_leave(desk, due) else False
    except LeaseLostError:
        return False
    except (LedgerVerificationError, EnvelopeError) as error:
        # One package that cannot be looked at keeps no other from leaving.
        _log.error(
            "Disclosure %s is not delivered, because what it rests on cannot be read: %s",
            due.receipt.disclosure_id,
            error,
        )
        return False


def _may_leave(desk: Desk, due: DueDelivery) -> bool:
    """Look once more, and withdraw what may not. A crash before the write looks again."""
    reason = reason_to_stop(desk, due)
    if reason is None:
        return True
    now, stopped = desk.clock.now(), due.receipt.disclosure_id
    withdrawn = StopDelivery(disclosure_id=stopped, leased_until=due.leased_until, at=now)
    desk.ledger.record(events.delivery_stopped(due.receipt, reason, now), withdrawn)
    return False


def _is_final(desk: Desk, due: DueDelivery) -> bool:
    """Whether witnesses let it go; if not yet, its lease lapses and it is looked at again."""
    finality = desk.finality
    if finality is None or not finality.required or finality.final(due.receipt) is not None:
        return True
    finality.gather()
    return finality.final(due.receipt) is not None


def _put(desk: Desk, due: DueDelivery) -> bool:
    """Put one package. A crash between the two writes puts it again, which changes nothing."""
    disclosure_id, leased_until = due.receipt.disclosure_id, due.leased_until
    try:
        desk.mailbox.deliver(due.mailbox_url, disclosure_id, due.content)
    except DeliveryError:
        now = desk.clock.now()
        pause = min(FIRST_RETRY * 2 ** min(due.attempts, 16), LONGEST_RETRY)
        desk.ledger.record(
            events.delivery_failed(due.receipt, due.attempts + 1, now),
            PostponeDelivery(
                disclosure_id=disclosure_id,
                leased_until=leased_until,
                next_attempt_at=now + pause,
            ),
        )
        return False
    now = desk.clock.now()
    desk.ledger.record(
        events.delivered(due.receipt, now),
        MarkDelivered(disclosure_id=disclosure_id, leased_until=leased_until, at=now),
    )
    return True


def deliver_until(desk: Desk, stopped: Event) -> None:
    """Keep delivering until told to stop; what cannot be logged now is tried again later."""
    while not stopped.is_set():
        try:
            delivered = deliver_due(desk)
        except LedgerError:
            delivered = 0  # The packages stay in the outbox, and their leases lapse.
        if not delivered:
            stopped.wait(PAUSE_SECONDS)
