"""What is logged and on its way to a mailbox, as contracts (see ports)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from broker.domain.ids import AgencyId, CaseId, Category, DisclosureId, PractitionerId
from broker.domain.ledger import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDelivery:
    """One package whose turn it is. Its receipt says that it is logged.

    Args:
        leased_until: until when it is the caller's; its end says so too (changes.MarkDelivered).
        consents: what was known of consent when each category was decided; None: not kept.

    """

    receipt: Receipt
    content: bytes = field(repr=False)
    mailbox_url: str
    attempts: int
    leased_until: datetime
    case_id: CaseId
    recipient: PractitionerId
    recipient_agency: AgencyId
    consents: tuple[tuple[Category, str], ...] | None


class Outbox(Protocol):
    """What is logged and has not been taken by its mailbox yet."""

    def due(self, now: datetime, limit: int) -> tuple[DueDelivery, ...]:
        """Return packages whose turn it is, leased for one minute so that no two workers get one.

        A lease that is not resolved by MarkDelivered, PostponeDelivery or StopDelivery (a crash)
        lapses.
        """


class Mailbox(Protocol):
    """A recipient agency's mailbox."""

    def deliver(self, url: str, disclosure_id: DisclosureId, content: bytes) -> None:
        """Put the package. On return the mailbox has it durably, exactly once.

        Putting the same disclosure id again is a success and changes nothing.

        Raises:
            DeliveryError: it did not take it.

        """
