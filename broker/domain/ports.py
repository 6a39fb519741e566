"""What the verbs need of the world, as contracts. Adapters implement them; bootstrap chooses.

Every port may be called from several threads at once unless its contract says otherwise.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from broker.domain.alert import AlertRule
from broker.domain.case import Case, Meeting
from broker.domain.changes import Change
from broker.domain.context import CaseContext, Facts
from broker.domain.decision import Decision, Permit, Ruling
from broker.domain.ids import (
    AgencyId,
    CaseId,
    CaseTag,
    DisclosureId,
    MeetingId,
    PolicyVersion,
    PractitionerId,
    RequestId,
    Thumbprint,
)
from broker.domain.ledger import Checkpoint, EntryDraft, InclusionProof, LedgerEntry, Receipt
from broker.domain.package import RecipientKey, SealedPackage
from broker.domain.people import Agency, AgencySystem, Practitioner
from broker.domain.record import (
    HeldRecord,
    RecordItem,
    RecordQuery,
    RedactedRecord,
    SourceRecord,
)
from broker.domain.request import Credentials, Requester, ShareRequest
from broker.domain.retention import Schedule
from broker.domain.thresholds import Thresholds


class Clock(Protocol):
    """Where `now` comes from."""

    def now(self) -> datetime:
        """Return an aware UTC datetime."""


class Authenticator(Protocol):
    """Proves who asks."""

    def authenticate(self, credentials: Credentials) -> Requester:
        """Return the person and the system, both proved and of one agency.

        Raises:
            AuthenticationError: anything else, without saying which part failed.

        """


class Directory(Protocol):
    """Reads of everything registered. Every read sees what was committed before it began."""

    def agency(self, agency_id: AgencyId) -> Agency | None:
        """Return the agency, or None."""

    def agencies(self) -> tuple[Agency, ...]:
        """Return every agency, by id."""

    def practitioner(self, practitioner_id: PractitionerId) -> Practitioner | None:
        """Return the practitioner, or None."""

    def system(self, thumbprint: Thumbprint) -> AgencySystem | None:
        """Return the system that holds this key, or None."""

    def recipient_keys(self, owner: PractitionerId) -> tuple[RecipientKey, ...]:
        """Return every key ever registered for the owner, oldest first, revoked ones too."""


class Cases(Protocol):
    """Reads of cases and meetings. Takes as long for a case that is not there."""

    def case(self, case_id: CaseId) -> Case | None:
        """Return the case as last committed, or None."""

    def meeting(self, meeting_id: MeetingId) -> Meeting | None:
        """Return the meeting and its list, or None."""

    def meetings(self) -> tuple[Meeting, ...]:
        """Return every meeting, newest first."""

    def caseload(self, advocate: PractitionerId) -> tuple[CaseId, ...]:
        """Return the cases of one advocate, by id."""

    def broker_salt(self) -> bytes:
        """Return 32 random bytes, made once: tokens for what belongs to no case."""

    def passing_salt(self) -> bytes:
        """Return 32 random bytes of this month: tokens for cases that are not on file.

        They are destroyed with their month's key; afterwards nobody can try who was asked about.
        """


class Policy(Protocol):
    """The rules in force. Pure: the same input and version give the same answer."""

    @property
    def version(self) -> PolicyVersion:
        """Hash over every file of the pack in force."""

    @property
    def thresholds(self) -> Thresholds:
        """Where numbers become words, as the pack in force says."""

    @property
    def alerts(self) -> tuple[AlertRule, ...]:
        """Which patterns in the log somebody is told of, as the pack in force says."""

    @property
    def retention(self) -> Schedule:
        """How long what is kept, as the pack in force says."""

    def words(self, fact: str) -> tuple[str, ...]:
        """Return the words that a fact may be; none for a fact that the pack does not know."""

    def rule(self, facts: Facts) -> Ruling:
        """Answer on facts alone, for one category; no case is looked at, so it opens nothing."""

    def decide(self, requester: Requester, request: ShareRequest, context: CaseContext) -> Decision:
        """Answer for every asked category. Never raises for want of a rule: that is a no."""


class Source(Protocol):
    """Fetches from the holder's system."""

    def fetch(self, permit: Permit) -> SourceRecord:
        """Return what the permit grants and nothing else; empty items mean nothing is held.

        What is older than the permit allows, or has no date, is left out.

        Raises:
            SourceUnavailableError: no answer in time.
            SourceMismatchError: another person's record, a category not granted, too long.

        """


class Connector(Protocol):
    """One holder's system. Reads only."""

    @property
    def name(self) -> str:
        """Kind and agency, for people: `fhir ashmere-acute`."""

    def fetch(self, query: RecordQuery) -> Sequence[RecordItem]:
        """Return the items the system has; the router checks them. Raises like Source.fetch."""

    def check(self) -> str:
        """Return one sentence on the connection's state, or raise SourceUnavailableError."""


class Redactor(Protocol):
    """Minimises, detects, applies and verifies."""

    def redact(self, record: SourceRecord) -> RedactedRecord | HeldRecord:
        """Return what may leave, or what a person must see first.

        Raises:
            RedactionError: no worker can be had, or a profile is missing. Nothing leaves.

        """


class SpanStore(Protocol):
    """Keeps what was detected (offsets and labels, never text) so that it is done once."""

    def get(self, key: bytes) -> bytes | None:
        """Return what was kept under the 32-byte key, or None."""

    def put(self, key: bytes, spans: bytes) -> None:
        """Keep; losing it costs time only, so this need not be durable."""


class Sealer(Protocol):
    """Encrypts for the recipient named in the permit and signs as the broker."""

    def seal(self, redacted: RedactedRecord) -> SealedPackage:
        """Return the package.

        Raises:
            NoRecipientKeyError: no key of the recipient is usable now.

        """


class Custody(Protocol):
    """Our own private keys. Key names: `log` (checkpoints) and `package` (JWS), both Ed25519.

    Every call may be a KeyServiceError: the keys cannot be reached now, and may be again.
    """

    def sign(self, key: str, message: bytes, public_key: bytes | None = None) -> bytes:
        """Return a 64-byte Ed25519 signature (RFC 8032).

        It is the newest key's, or the one's with this public half; CustodyError if that is not
        ours.
        """

    def public_key(self, key: str) -> bytes:
        """Return the newest 32-byte Ed25519 public key."""

    def public_keys(self, key: str) -> tuple[bytes, ...]:
        """Return every public key of that name there ever was, oldest first."""

    def holds(self, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the signature is that key's over the message. Asks no remote service."""

    def wrap(self, plain: bytes, context: bytes) -> bytes:
        """Encrypt a data key under the key-encryption key, bound to `context`."""

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Undo `wrap`; CustodyError for another context or a changed byte."""

    def is_current(self, wrapped: bytes) -> bool:
        """Whether a data key was wrapped by the newest key-encryption key."""


class RecordVault(Protocol):
    """Personal data at rest: AES-256-GCM under one data key per case, wrapped by custody."""

    def new_key(self, name: str) -> bytes:
        """Return a fresh wrapped data key, bound to `name`."""

    def seal(self, wrapped_key: bytes, name: str, plain: bytes) -> bytes:
        """Encrypt under the data key, bound to `name`."""

    def open(self, wrapped_key: bytes, name: str, sealed: bytes) -> bytes:
        """Undo `seal`; CustodyError for another name, key or a changed byte."""

    def rewrapped(self, wrapped_key: bytes, name: str) -> bytes:
        """Return the same data key as a new one would be wrapped now; itself where it is so."""

    def forget(self, key_ids: Collection[str]) -> None:
        """Drop keys from memory; each named by the SHA-256 hex of its wrapped form."""


class Ledger(Protocol):
    """The disclosure log, written. The only door to state: changes go with their entry.

    On return of any method the entry and its changes are durable (fsync), in one transaction, and
    a signed checkpoint covers them. On an exception nothing of the call is stored, with one
    exception: after LedgerUnavailableError the caller cannot know, and must not release.
    """

    def record(self, draft: EntryDraft, *changes: Change) -> LedgerEntry:
        """Append one event together with its changes.

        Raises:
            LedgerUnavailableError: it could not be made durable.
            IdempotencyConflictError: a ClaimRequest contradicts an earlier one.

        """

    def record_decision(self, decision: Decision) -> LedgerEntry:
        """Append the decision, refusals too, and claim its request id. Raises like record."""

    def record_held(self, held: HeldRecord) -> LedgerEntry:
        """Append that a record waits for a person, and keep it for them. Raises like record."""

    def record_disclosure(self, package: SealedPackage, *changes: Change) -> Receipt:
        """Append the disclosure and queue the package, or return the receipt there already is.

        A request has at most one disclosure: when two calls race, both get the first one's receipt,
        and only the first one's changes are made.
        """

    def earlier_receipt(self, requester: Requester, request: ShareRequest) -> Receipt | None:
        """Return the receipt of this same request, if it was already answered with a disclosure.

        Raises:
            IdempotencyConflictError: the id was used for something else.

        """


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureStatus:
    """Where one disclosure stands.

    Args:
        final: whether enough witnesses cosigned what the receipt rests on; None where none was
            named.

    """

    receipt: Receipt
    request_id: RequestId
    requester: PractitionerId
    recipient: PractitionerId
    recipient_agency: AgencyId
    delivered_at: datetime | None
    acknowledged_at: datetime | None
    stopped_at: datetime | None
    final: bool | None = None


class LedgerReader(Protocol):
    """The disclosure log, read."""

    def checkpoint(self) -> Checkpoint | None:
        """Return the newest signed checkpoint; None before the first entry."""

    def entry(self, index: int) -> LedgerEntry | None:
        """Return the entry at the position, as stored, unverified."""

    def entries(self, start: int, limit: int) -> tuple[LedgerEntry, ...]:
        """Return up to `limit` entries from position `start` on."""

    def entries_of_case(
        self, tag: CaseTag, after: int = 0, limit: int | None = None
    ) -> tuple[LedgerEntry, ...]:
        """Return the case's entries in its order, from number `after` + 1 on; all, or `limit`."""

    def inclusion(self, index: int, size: int) -> InclusionProof:
        """Return the audit path; LedgerError if `index >= size` or the tree is smaller."""

    def consistency(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        """Return the RFC 6962 consistency proof; LedgerError for sizes the tree never had."""

    def disclosure(self, disclosure_id: DisclosureId) -> DisclosureStatus | None:
        """Return where a disclosure stands, or None."""

    def emergencies(self, by: PractitionerId, since: datetime, but: RequestId) -> int:
        """Return how many other requests of theirs were emergency releases since then."""

    def verify(self) -> Checkpoint:
        """Recompute everything stored: leaves, tree, case chains, checkpoint signatures.

        Raises:
            LedgerVerificationError: names the first entry at fault.

        """


class SeenProofs(Protocol):
    """Proofs of possession that were used, on every replica (RFC 9449 section 11.1)."""

    def claim(self, proof_id: str, expires_at: datetime) -> bool:
        """Return True the first time, False for a replay. Forgets after `expires_at`."""
