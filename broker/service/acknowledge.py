"""The recipient says that a package arrived and opens."""

from broker.domain.changes import MarkAcknowledged
from broker.domain.ids import DisclosureId
from broker.domain.ports import DisclosureStatus
from broker.domain.request import Requester
from broker.ledger import events
from broker.service.desk import Desk
from broker.service.follow import as_witnessed
from broker.service.reject import turn_away


def acknowledge(
    desk: Desk, requester: Requester, disclosure_id: DisclosureId
) -> DisclosureStatus | None:
    """Record the acknowledgement once and return where the disclosure stands now.

    Only the recipient can; anybody else gets None, as for a disclosure that does not exist.
    """
    found = desk.log.disclosure(disclosure_id)
    if found is None or requester.practitioner_id != found.recipient:
        turn_away(desk, requester, "acknowledging", found.receipt.entry.case_tag if found else None)
        return None
    now = desk.clock.now()
    if found.acknowledged_at is not None:
        salt = desk.cases.broker_salt()
        desk.ledger.record(events.disclosure_read(found.receipt, requester, salt, now))
        return as_witnessed(desk, found)
    desk.ledger.record(
        events.acknowledged(found.receipt, now),
        MarkAcknowledged(disclosure_id=disclosure_id, at=now),
    )
    done = desk.log.disclosure(disclosure_id)
    return None if done is None else as_witnessed(desk, done)
