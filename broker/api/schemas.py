"""What goes over the wire. Stable: add fields, never rename or drop one within /v1."""

import base64
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from broker.domain.ledger import Checkpoint, InclusionProof, LedgerEntry, Receipt

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$")]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
MAX_CATEGORIES = 16
MAX_REASONS_CHARACTERS = 2_000


class Strict(BaseModel):
    """A body: no unknown members, no guessing of types."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ShareRequestBody(Strict):
    """Ask what one holder has about one person, for one purpose."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case_id": "MR-0401",
                    "subject_id": "MR-0401-victim",
                    "purpose": "marac-research",
                    "categories": ["incident-summary", "risk-assessment"],
                    "holder": "ashmere-police",
                    "recipient": "housing-1",
                    "meeting_id": "ashmere-2026-11",
                }
            ]
        }
    )

    case_id: Identifier
    subject_id: Identifier = Field(description="The person the information is about.")
    purpose: Word
    categories: Annotated[tuple[Word, ...], Field(min_length=1, max_length=MAX_CATEGORIES)]
    holder: Identifier = Field(description="The agency that has the information.")
    recipient: Identifier = Field(description="The practitioner who is to open the package.")
    meeting_id: Identifier | None = None
    since: date | None = Field(default=None, description="Earliest record date asked for.")
    reasons: Annotated[str, StringConstraints(max_length=MAX_REASONS_CHARACTERS)] | None = Field(
        default=None, description="Why, where consent is absent. Kept with the case, never logged."
    )

    @field_validator("categories")
    @classmethod
    def _none_twice(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("a category is asked for twice")
        return value


class EntryOut(BaseModel):
    """One entry of the disclosure log; content-free, personal tokens salted."""

    index: int
    kind: str
    at: datetime
    case_number: int
    leaf_hash: str = Field(description="RFC 6962 leaf hash, hex.")
    canonical: str = Field(description="The exact bytes the leaf hash is taken over, as text.")

    @classmethod
    def of(cls, entry: LedgerEntry) -> "EntryOut":
        """Show an entry."""
        return cls(
            index=entry.index,
            kind=entry.kind,
            at=entry.at,
            case_number=entry.case_number,
            leaf_hash=entry.leaf_hash.hex(),
            canonical=entry.canonical.decode(),
        )


class ProofOut(BaseModel):
    """RFC 6962 audit path, base64, leaf to root."""

    index: int
    size: int
    path: tuple[str, ...]

    @classmethod
    def of(cls, proof: InclusionProof) -> "ProofOut":
        """Show a proof."""
        path = tuple(base64.b64encode(one).decode() for one in proof.path)
        return cls(index=proof.index, size=proof.size, path=path)


class CheckpointOut(BaseModel):
    """A C2SP signed note: origin, size, root, signatures."""

    note: str

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> "CheckpointOut":
        """Show a checkpoint."""
        return cls(note=checkpoint.note)


class ReceiptOut(BaseModel):
    """Proof that the disclosure was written down before it left."""

    entry: EntryOut
    checkpoint: CheckpointOut
    proof: ProofOut

    @classmethod
    def of(cls, receipt: Receipt) -> "ReceiptOut":
        """Show a receipt."""
        return cls(
            entry=EntryOut.of(receipt.entry),
            checkpoint=CheckpointOut.of(receipt.checkpoint),
            proof=ProofOut.of(receipt.proof),
        )


class CategoryOut(BaseModel):
    """The answer for one category."""

    category: str
    outcome: str
    sentence: str


class AnswerOut(BaseModel):
    """The answer to a share request.

    `released`: a sealed package is on its way to the recipient's mailbox. `referred`: a person has
    to act first. `held`: a person looks at the redacted record before it leaves.
    """

    status: str
    disclosure_id: str | None = None
    receipt: ReceiptOut | None = None
    categories: tuple[CategoryOut, ...] = ()
    next_step: str


class StatusOut(BaseModel):
    """Where one disclosure stands."""

    disclosure_id: str
    delivered_at: datetime | None
    acknowledged_at: datetime | None
    receipt: ReceiptOut


class PersonOut(BaseModel):
    """A person on the list, with what is needed to match them in an agency's own system."""

    subject_id: str
    role: str
    names: tuple[str, ...]
    date_of_birth: date | None
    own_reference: str | None = Field(description="How your own system names them, if it does.")


class ListedCaseOut(BaseModel):
    """One case of the meeting's list."""

    case_id: str
    people: tuple[PersonOut, ...]


class ListOut(BaseModel):
    """The cases of one meeting that your agency may research."""

    meeting_id: str
    closes_at: datetime
    cases: tuple[ListedCaseOut, ...]


class TimelineEventOut(BaseModel):
    """One thing that happened to a client's information, in plain English."""

    case_number: int
    at: datetime
    kind: str
    sentence: str
    entry: EntryOut
    proof: ProofOut


class TimelineOut(BaseModel):
    """Everything in the log about one case, with what is needed to check it."""

    case_id: str
    case_tag: str
    events: tuple[TimelineEventOut, ...]
    checkpoint: CheckpointOut


class ConsentBody(Strict):
    """A statement of consent, taken now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"status": "withdrawn", "method": "telephone, safe number"}]
        }
    )

    status: Word
    method: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    expires_at: datetime | None = None
    excluded_agencies: tuple[Word, ...] = ()
    excluded_categories: tuple[Word, ...] = ()
    interpreter_used: bool = False
    perpetrator_present: bool | None = None
