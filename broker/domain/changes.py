"""State changes. None is written without the ledger entry that goes with it (see ports.Ledger)."""

from dataclasses import dataclass, field
from datetime import datetime

from broker.domain.alert import AlertChange
from broker.domain.broker_keys import PutLogKey
from broker.domain.case import Case, Meeting
from broker.domain.challenge import PutChallenge
from broker.domain.erasure import RetentionChange
from broker.domain.ids import DisclosureId, PractitionerId, RequestId, Thumbprint
from broker.domain.opened import OpenedChange
from broker.domain.package import RecipientKey, SealedPackage
from broker.domain.people import Agency, AgencySystem, Practitioner
from broker.domain.policy import PolicyChange
from broker.domain.review import ReviewChange
from broker.domain.task import TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAgency:
    """Add or replace an agency."""

    agency: Agency


@dataclass(frozen=True, slots=True, kw_only=True)
class PutPractitioner:
    """Add or replace a practitioner."""

    practitioner: Practitioner


@dataclass(frozen=True, slots=True, kw_only=True)
class PutSystem:
    """Add or replace an agency's system."""

    system: AgencySystem


@dataclass(frozen=True, slots=True, kw_only=True)
class PutCase:
    """Add or replace a case; `case.version` must be exactly one more than what is stored."""

    case: Case


@dataclass(frozen=True, slots=True, kw_only=True)
class PutMeeting:
    """Add or replace a meeting and its list."""

    meeting: Meeting


@dataclass(frozen=True, slots=True, kw_only=True)
class PutRecipientKey:
    """Add a recipient's public key; a thumbprint is never reused."""

    key: RecipientKey


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeRecipientKey:
    """From `at` on nothing is sealed to the key."""

    thumbprint: Thumbprint
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRequest:
    """Tie a request id to what was asked, for ever.

    The same practitioner using the same id for something else is an IdempotencyConflictError and
    nothing of the call is written.

    Args:
        fingerprint: SHA-256 hex over the canonical request.

    """

    practitioner_id: PractitionerId
    request_id: RequestId
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutPackage:
    """Queue a package for delivery and tie it to its request, at most one per request."""

    package: SealedPackage


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkDelivered:
    """The mailbox has it.

    Here and in the two below, `leased_until` is the delivery's (outbox.DueDelivery): when somebody
    else has the package by now, it is a LeaseLostError and nothing of the call is written.
    """

    disclosure_id: DisclosureId
    leased_until: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PostponeDelivery:
    """The mailbox did not take it; try again at `next_attempt_at`."""

    disclosure_id: DisclosureId
    leased_until: datetime
    next_attempt_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StopDelivery:
    """It must not be delivered any more, and never will be."""

    disclosure_id: DisclosureId
    leased_until: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkAcknowledged:
    """The recipient says it has arrived and is opened."""

    disclosure_id: DisclosureId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishTask:
    """Somebody did what they had to, and noted how; `evidence` is kept sealed."""

    task_id: TaskId
    at: datetime
    evidence: str = field(repr=False)


RecordChange = (
    PutAgency
    | PutPractitioner
    | PutSystem
    | PutCase
    | PutMeeting
    | PutRecipientKey
    | RevokeRecipientKey
    | ClaimRequest
    | PutPackage
    | MarkDelivered
    | PostponeDelivery
    | StopDelivery
    | MarkAcknowledged
    | FinishTask
)

Change = (
    RecordChange
    | PolicyChange
    | ReviewChange
    | RetentionChange
    | PutLogKey
    | PutChallenge
    | AlertChange
    | OpenedChange
)
