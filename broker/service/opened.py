"""What a recipient's software signs about a package: checked, kept and logged."""

from dataclasses import dataclass
from datetime import datetime

from broker.domain.errors import InvalidRequestError
from broker.domain.ids import DisclosureId
from broker.domain.opened import SAID_EARLY, OpenedReceipt, PutOpened
from broker.domain.ports import DisclosureStatus
from broker.domain.request import Requester
from broker.ledger import events, opened_events
from broker.service.desk import Desk
from broker.service.reject import turn_away


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was said of one package, in the order of OpenedState."""

    disclosure_id: DisclosureId
    receipts: tuple[OpenedReceipt, ...]


def keep_receipt(
    desk: Desk, requester: Requester, disclosure_id: DisclosureId, text: str
) -> Heard | None:
    """Keep a receipt that the recipient's agency signed; saying it again changes nothing.

    Anybody of the recipient's agency may send it, so that a deputy can; to others there is no such
    package, and none to a colleague who does not have it.

    Raises:
        InvalidRequestError: it is no receipt, it is about another package, or its times are not.

    """
    found = desk.log.disclosure(disclosure_id)
    if found is None or requester.agency_id != found.recipient_agency:
        _away(desk, requester, found)
        return None
    said = desk.receipts.read(text)
    if not _is_of(desk, said, found):
        if requester.practitioner_id != found.recipient:
            _away(desk, requester, found)
            return None
        raise InvalidRequestError(
            "The receipt is about another package, or is signed by no system of your agency:"
            " sign one for this package."
        )
    now, salt = desk.clock.now(), desk.cases.broker_salt()
    _check_times(said, found, now)
    earlier = desk.opened.of(disclosure_id)
    if any(one.state is said.state for one in earlier):
        desk.ledger.record(events.disclosure_read(found.receipt, requester, salt, now))
        return Heard(disclosure_id=disclosure_id, receipts=earlier)
    entry = opened_events.opened_receipt(found, said, requester, salt, now)
    # If we crash before this, nothing was heard and the software says it again.
    desk.ledger.record(entry, PutOpened(receipt=said, at=now))
    return Heard(disclosure_id=disclosure_id, receipts=desk.opened.of(disclosure_id))


def receipts_of(desk: Desk, requester: Requester, disclosure_id: DisclosureId) -> Heard | None:
    """Return what was said of a package, to its requester and recipient; reading is logged."""
    found = desk.log.disclosure(disclosure_id)
    if found is None or requester.practitioner_id not in (found.requester, found.recipient):
        _away(desk, requester, found)
        return None
    salt, now = desk.cases.broker_salt(), desk.clock.now()
    desk.ledger.record(events.disclosure_read(found.receipt, requester, salt, now))
    return Heard(disclosure_id=disclosure_id, receipts=desk.opened.of(disclosure_id))


def _is_of(desk: Desk, said: OpenedReceipt, found: DisclosureStatus) -> bool:
    """Whether it is about this package, by a system that is registered for the recipient's."""
    system = desk.directory.system(said.signed_by)
    if system is None or system.agency_id != found.recipient_agency:
        return False
    ours = (found.receipt.disclosure_id, found.receipt.entry.detail["package_digest"])
    return (said.disclosure_id, said.package_digest) == ours


def _check_times(said: OpenedReceipt, found: DisclosureStatus, now: datetime) -> None:
    detail = found.receipt.entry.detail
    sealed, expires = (
        datetime.fromisoformat(str(detail[one])) for one in ("sealed_at", "expires_at")
    )
    if not sealed <= said.at <= now + SAID_EARLY:
        raise InvalidRequestError("The receipt's time is not one at which it can have been done.")
    if said.until is not None and not said.at < said.until <= expires:
        raise InvalidRequestError(
            "It may not be stored for so long: the package says until when it may be kept."
        )


def _away(desk: Desk, requester: Requester, found: DisclosureStatus | None) -> None:
    tag = found.receipt.entry.case_tag if found else None
    turn_away(desk, requester, "an opened-receipt", tag)
