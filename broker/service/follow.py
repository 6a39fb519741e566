"""Where a disclosure stands, for those it concerns."""

from dataclasses import replace

from broker.domain.ids import DisclosureId
from broker.domain.ports import DisclosureStatus
from broker.domain.request import Requester
from broker.ledger import events
from broker.service.desk import Desk
from broker.service.reject import turn_away


def follow(
    desk: Desk, requester: Requester, disclosure_id: DisclosureId
) -> DisclosureStatus | None:
    """Return where a disclosure stands, to its requester or recipient; reading is logged.

    Anybody else gets None, as for a disclosure that does not exist.
    """
    found = desk.log.disclosure(disclosure_id)
    if found is None or requester.practitioner_id not in (found.requester, found.recipient):
        turn_away(
            desk,
            requester,
            "looking up a disclosure",
            found.receipt.entry.case_tag if found else None,
        )
        return None
    desk.ledger.record(
        events.disclosure_read(found.receipt, requester, desk.cases.broker_salt(), desk.clock.now())
    )
    return as_witnessed(desk, found)


def as_witnessed(desk: Desk, found: DisclosureStatus) -> DisclosureStatus:
    """Return it with the receipt that witnesses cosigned, where there is one by now."""
    if desk.finality is None:
        return found
    final = desk.finality.final(found.receipt)
    if final is None:
        return replace(found, final=False)
    return replace(found, receipt=final, final=True)
