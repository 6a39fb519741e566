"""Rows that hold a sealed document, and the digest by which the log commits to a row.

DO NOT change what a digest covers: entries hold the old results. A new column is a new table
version with its own digest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from broker.domain.case import Case, Meeting
from broker.domain.erasure import Period
from broker.domain.errors import LedgerVerificationError
from broker.domain.ids import (
    AgencyId,
    CaseTag,
    Category,
    DisclosureId,
    PractitionerId,
    RequestId,
)
from broker.domain.ledger import JsonValue, LedgerEntry
from broker.domain.package import RecipientKey
from broker.domain.people import Agency, AgencySystem, Practitioner
from broker.domain.policy import PolicyRecord, SignedPublication
from broker.domain.ports import RecordVault
from broker.domain.request import ShareRequest
from broker.domain.retention import Hold
from broker.domain.task import Duty, TaskId
from broker.ledger.entry import canonical_bytes, time_text
from broker.storage.blinding import DIRECTORY_KEY, Keyring
from broker.storage.documents import CASE_PAD_BYTES, Documents
from broker.storage.tables import AnyRow

T = TypeVar("T")

Values = Mapping[str, str | int | bytes | datetime | None]

COMMITTED: Mapping[str, tuple[str, ...]] = {
    "agencies": ("ref", "sealed"),
    "practitioners": ("ref", "sealed"),
    "systems": ("ref", "sealed"),
    "recipient_keys": ("ref", "owner", "sealed"),
    "cases": ("ref", "advocate", "version", "sealed"),
    "meetings": ("ref", "held_at", "sealed"),
    "data_keys": ("ref", "wrapped"),
    "claims": ("ref", "fingerprint", "data_key", "sealed"),
    "disclosures": ("disclosure_id", "claim", "data_key", "sealed", "content"),
    "tasks": ("ref", "data_key", "owner", "code", "disclosure_id", "due_at", "sealed"),
    "reviews": ("ref", "data_key", "claim", "owner", "due_at", "expires_at", "sealed"),
    "review_steps": ("ref", "data_key", "revision", "state", "sealed"),
    "emergencies": ("ref", "practitioner", "at"),
    "policy_versions": ("ref", "revision", "step", "sealed"),
    "policy_files": ("ref", "content"),
    "policy_publications": ("number", "version", "effective_at", "sealed"),
    "policy_alarms": ("ref",),
    "log_keys": ("ref",),
    "holds": ("ref", "data_key", "revision", "step", "sealed"),
    "periods": ("ref", "data_key", "sealed"),
    "erasures": ("ref", "case_tag"),
    "alerts": (
        *("ref", "rule", "watch", "counted", "tell", "case_tag", "agency_kind", "trigger"),
        "raised_at",
    ),
    "alerts_seen": ("ref", "at"),
    "opened_receipts": ("ref", "data_key", "state", "sealed"),
    "challenges": ("ref", "data_key", "owner", "due_at", "revision", "step", "sealed"),
}
"""Per table, the columns that the entry which wrote the row vouches for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDocument:
    """Who used which request id, and for what; None where the caller gave the digest only."""

    practitioner_id: PractitionerId
    request_id: RequestId
    request: ShareRequest | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureDocument:
    """Whose disclosure it is and where it goes.

    Args:
        consents: what was known of consent when each category was decided; None in what was
            written before this was kept.

    """

    disclosure_id: DisclosureId
    request_id: RequestId
    requester: PractitionerId
    recipient: PractitionerId
    recipient_agency: AgencyId
    mailbox_url: str
    consents: tuple[tuple[Category, str], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDocument:
    """What has to be done, and for which case."""

    task_id: TaskId
    duty: Duty
    case_tag: CaseTag


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceDocument:
    """What was noted when a task was done."""

    task_id: TaskId
    note: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodDocument:
    """The salt of what belongs to no case on file, for one month."""

    period: Period
    salt: bytes = field(repr=False)


AGENCY = Documents(Agency)
PRACTITIONER = Documents(Practitioner)
SYSTEM = Documents(AgencySystem)
RECIPIENT_KEY = Documents(RecipientKey)
CASE = Documents(Case, CASE_PAD_BYTES)
MEETING = Documents(Meeting)
CLAIM = Documents(ClaimDocument)
DISCLOSURE = Documents(DisclosureDocument)
TASK = Documents(TaskDocument)
EVIDENCE = Documents(EvidenceDocument)
POLICY_RECORD = Documents(PolicyRecord)
PUBLICATION = Documents(SignedPublication)
HOLD = Documents(Hold)
PERIOD = Documents(PeriodDocument)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """A wrapped data key and its name: a case's reference, or the directory's."""

    name: str
    wrapped: bytes = field(repr=False)


def key_id(wrapped: bytes) -> str:
    """Return how certificates and the log name a data key; says nothing about whose it is."""
    return sha256(wrapped).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """Seals and opens documents."""

    vault: RecordVault = field(repr=False)
    keyring: Keyring

    @property
    def directory_key(self) -> DataKey:
        """The key for what belongs to no case."""
        return DataKey(name=DIRECTORY_KEY, wrapped=self.keyring.directory_key)

    def make_ready(self) -> None:
        """Have the shared key in memory: its wrapped form of today will not open for ever."""
        shared = self.directory_key
        self.vault.seal(shared.wrapped, shared.name, b"")

    def new_key(self, name: str) -> DataKey:
        """Return a fresh key of that name."""
        return DataKey(name=name, wrapped=self.vault.new_key(name))

    def seal(self, key: DataKey, documents: Documents[T], value: T) -> bytes:
        """Return the sealed document."""
        return self.vault.seal(key.wrapped, key.name, documents.dump(value))

    def open(self, key: DataKey, documents: Documents[T], sealed: bytes) -> T:
        """Undo `seal`; raises like RecordVault.open and Documents.load."""
        return documents.load(self.vault.open(key.wrapped, key.name, sealed))

    def open_shared(self, documents: Documents[T], sealed: bytes) -> T:
        """Open a document of the directory."""
        return self.open(self.directory_key, documents, sealed)


def row_digest(table: str, values: Values) -> str:
    """Return SHA-256 hex over what the entry vouches for; nothing can be guessed from it.

    Every row holds ciphertext made with a fresh nonce, which no guess can reproduce.
    """
    covered = {name: _text(values[name]) for name in COMMITTED[table]}
    return sha256(canonical_bytes({"table": table, **covered})).hexdigest()


def mark_digest(mark: str, disclosure_id: str, at: datetime) -> str:
    """Return SHA-256 hex over a mark that a disclosure got later: delivered, acknowledged."""
    members = {"mark": mark, "disclosure_id": disclosure_id, "at": time_text(at)}
    return sha256(canonical_bytes(members)).hexdigest()


def done_digest(task_id: str, at: datetime, evidence: bytes) -> str:
    """Return SHA-256 hex over the mark that a task is done, with its sealed note."""
    noted = sha256(evidence).hexdigest()
    members = {"mark": "done", "task": task_id, "at": time_text(at), "evidence": noted}
    return sha256(canonical_bytes(members)).hexdigest()


def publication_mark_digest(mark: str, number: int, at: datetime) -> str:
    """Return SHA-256 hex over a mark that a publication got later: in_force, refused."""
    members: dict[str, JsonValue] = {"mark": mark, "publication": number, "at": time_text(at)}
    return sha256(canonical_bytes(members)).hexdigest()


def digest_of_disclosure(row: AnyRow, entry: LedgerEntry) -> str:
    """Return the digest of a disclosure's row, with the package as its entry has it."""
    values = {name: getattr(row, name) for name in COMMITTED["disclosures"] if name != "content"}
    return row_digest("disclosures", {**values, "content": str(entry.detail["package_digest"])})


def written_by(entry: LedgerEntry) -> tuple[str, ...]:
    """Return the digests of the rows that an entry wrote."""
    digests = entry.detail.get("changes")
    return tuple(str(one) for one in digests) if isinstance(digests, tuple) else ()


def _text(value: str | int | bytes | datetime | None) -> str | int | None:
    if isinstance(value, bytes):
        return sha256(value).hexdigest()
    return time_text(value) if isinstance(value, datetime) else value


def check_same_row(expected: str, found: str) -> None:
    """Check that a document is in the row where it was put.

    Raises:
        LedgerVerificationError: somebody moved it.

    """
    if expected != found:
        raise LedgerVerificationError(
            "A stored document is not in its own row: run marac-broker ledger verify."
        )
