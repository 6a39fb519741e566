"""What a recipient's own software signs about a package: opened, stored until, deleted.

The broker cannot see what happens at a recipient's. It can ask for the recipient's word, keep it
as it was signed, and say where it is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from broker.domain.duties import WEEK
from broker.domain.ids import (
    AgencyId,
    CaseTag,
    DisclosureId,
    PractitionerId,
    Role,
    Thumbprint,
)
from broker.domain.task import Assignee, Duty, Named, Office
from broker.domain.working_time import end_of_working_day

DELETE_WITHIN_DAYS = 1
"""Working days after the end of a package's term in which its deletion is to be reported."""
MAX_RECEIPT_CHARACTERS = 2_048
"""Three times what a receipt needs; the door has the same limit."""
SAID_EARLY = timedelta(minutes=1)
"""How far a recipient's clock may be ahead of ours (RFC 7519 section 4.1.4 allows some)."""


class OpenedState(StrEnum):
    """What was done with the package. Part of the format: add, never rename or reuse."""

    OPENED = "opened"
    STORED = "stored"
    DELETED = "deleted"


class Missing(StrEnum):
    """What was not heard in time."""

    OPENED = "not-opened"
    DELETED = "not-deleted"

    @property
    def code(self) -> str:
        """The code of the task."""
        return f"LATE:{self}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedReceipt:
    """What was signed, once its signature holds. Whose key it was is still to be judged.

    Args:
        package_digest: SHA-256 hex of the package as delivered: whoever knows it has the package.
        at: when it was done, by the recipient's clock; whole seconds.
        until: until when it is kept; given where the state is `stored`.
        signed_by: thumbprint of the key that signed.
        text: as it was sent, a compact JWS.

    """

    disclosure_id: DisclosureId
    package_digest: str
    state: OpenedState
    at: datetime
    until: datetime | None
    signed_by: Thumbprint
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOpened:
    """Keep a receipt, the first of its state; it does the tasks that it answers."""

    receipt: OpenedReceipt
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LateReceipt:
    """A package of which something was not heard in time."""

    disclosure_id: DisclosureId
    entry: int
    case_tag: CaseTag
    requester: PractitionerId
    recipient: PractitionerId
    recipient_agency: AgencyId
    missing: Missing
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PutLate:
    """Say once that something is missing; its recipient and their lead have a task."""

    late: LateReceipt
    at: datetime


OpenedChange = PutOpened | PutLate


class ReceiptReader(Protocol):
    """Reads what recipients' software signs."""

    def read(self, text: str) -> OpenedReceipt:
        """Check the form and the signature, by the key that the receipt itself holds.

        Raises:
            InvalidRequestError: anything else than what the format says.

        """


class OpenedReceipts(Protocol):
    """Reads of what recipients said. Written by Ledger, with its entries."""

    def of(self, disclosure_id: DisclosureId) -> tuple[OpenedReceipt, ...]:
        """Return what was said of a package, in the order of OpenedState."""

    def unheard(self, missing: Missing, after: int, limit: int) -> tuple["Unheard", ...]:
        """Return delivered packages of which it was neither heard nor said to be missing.

        In the order of their entries, from the first after the one given.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard:
    """A delivered package.

    Args:
        expires_at: until when it may be kept, as the log has it.
        until: until when its recipient said that it is kept, if they did.

    """

    disclosure_id: DisclosureId
    entry: int
    delivered_at: datetime
    expires_at: datetime
    until: datetime | None


def due_at(unheard: Unheard, missing: Missing) -> datetime:
    """Return by when it is to be heard."""
    if missing is Missing.OPENED:
        return min(end_of_working_day(unheard.delivered_at, WEEK), unheard.expires_at)
    return end_of_working_day(unheard.until or unheard.expires_at, DELETE_WITHIN_DAYS)


def late_assignees(recipient: PractitionerId, agency_id: AgencyId) -> tuple[Assignee, ...]:
    """Return who has to see to what is missing: the recipient, and their agency's lead."""
    office = Office(role=Role("ig-lead"), agency_id=agency_id)
    return (Named(practitioner_id=recipient), office)


def late_duties(late: LateReceipt) -> tuple[Duty, ...]:
    """Return the tasks of a package of which something is missing; no case is named in them."""
    return tuple(
        Duty(
            code=late.missing.code,
            what=_SAY[late.missing],
            assignee=one,
            about=late.requester,
            case_id=None,
            disclosure_id=late.disclosure_id,
            due_at=late.due_at,
        )
        for one in late_assignees(late.recipient, late.recipient_agency)
    )


_SAY: Mapping[Missing, str] = {
    Missing.OPENED: "A package was never opened, as far as was heard: open it, or say why not.",
    Missing.DELETED: "The time of a package is over: delete it and report that, or say why not.",
}
ANSWERS: Mapping[OpenedState, tuple[Missing, ...]] = {
    OpenedState.OPENED: (Missing.OPENED,),
    OpenedState.STORED: (Missing.OPENED,),
    OpenedState.DELETED: (Missing.OPENED, Missing.DELETED),
}
"""Which of what is missing a receipt makes up for."""
