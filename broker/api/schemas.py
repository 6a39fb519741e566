"""What goes over the wire. Stable: add fields, never rename or drop one within /v1."""

import base64
from datetime import date, datetime
from typing import Annotated

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    field_validator,
)
from pydantic import StringConstraints as Text

from broker.api import examples
from broker.api.examples import shown_as
from broker.domain.ledger import Checkpoint, InclusionProof, LedgerEntry, Receipt

RECEIPT_VERSION = 1
"""Of a receipt's form (broker/ledger/FORMAT.md)."""
MAX_CATEGORIES = 16
MAX_EXCLUSIONS = 64
"""More than the vocabulary has kinds of agency or categories."""
MAX_REASONS_CHARACTERS = 2_000
MAX_METHOD_CHARACTERS = 200
MAX_INVESTIGATORS = 64
"""More than any investigation of one case has officers."""
MAX_INCIDENTS = 999
"""In twelve months; more is a slip of the hand."""
MAX_EVIDENCE_CHARACTERS = 500
"""A short note: the case file of the agency is the place for more."""
_NO_CONTROLS = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*$"
"""Text with line breaks and tabs, but nothing that rewrites a terminal or ends a C string."""


def _written(value: object) -> object:
    """Let a date be text only: a number may mean seconds or milliseconds."""
    if not isinstance(value, str) or not value[:4].isdigit() or "-" not in value:
        raise ValueError("a date is written as text, year first")  # as pydantic asks
    return value


Identifier = Annotated[str, Text(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$")]
Word = Annotated[str, Text(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Reasons = Annotated[str, Text(max_length=MAX_REASONS_CHARACTERS, pattern=_NO_CONTROLS)]
Method = Annotated[str, Text(min_length=1, max_length=MAX_METHOD_CHARACTERS, pattern=_NO_CONTROLS)]
Day = Annotated[date, BeforeValidator(_written)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
Truth = Annotated[bool, Strict()]
Exclusions = Annotated[tuple[Word, ...], Field(max_length=MAX_EXCLUSIONS)]


class Body(BaseModel):
    """A body: no unknown members, no guessing of types."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ShareRequestBody(Body):
    """Ask what one holder has about one person, for one purpose."""

    model_config = shown_as(examples.SHARE_REQUEST)

    case_id: Identifier
    subject_id: Identifier = Field(description="The person the information is about.")
    purpose: Word
    categories: Annotated[tuple[Word, ...], Field(min_length=1, max_length=MAX_CATEGORIES)]
    holder: Identifier = Field(description="The agency that has the information.")
    recipient: Identifier = Field(description="The practitioner who is to open the package.")
    meeting_id: Identifier | None = None
    since: Day | None = Field(default=None, description="Earliest record date asked for.")
    reasons: Reasons | None = Field(
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

    model_config = shown_as(examples.ENTRY)

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

    model_config = shown_as(examples.PROOF)

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

    model_config = shown_as(examples.RECEIPT)

    version: int = RECEIPT_VERSION
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

    model_config = shown_as(examples.RELEASED, examples.REFERRED)

    status: str
    disclosure_id: str | None = None
    receipt: ReceiptOut | None = None
    categories: tuple[CategoryOut, ...] = ()
    next_step: str


class StatusOut(BaseModel):
    """Where one disclosure stands."""

    model_config = shown_as(examples.STATUS)

    disclosure_id: str
    delivered_at: datetime | None
    acknowledged_at: datetime | None
    stopped_at: datetime | None = Field(
        default=None, description="From then on it will not be delivered; ask anew."
    )
    final: bool | None = Field(
        default=None,
        description="Enough witnesses cosigned the receipt's checkpoint; null: none was named.",
    )
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

    model_config = shown_as(examples.LIST)

    meeting_id: str
    closes_at: datetime
    cases: tuple[ListedCaseOut, ...]


class ConsentBody(Body):
    """A statement of consent, taken now."""

    model_config = shown_as(examples.CONSENT)

    status: Word
    method: Method
    expires_at: Moment | None = Field(
        default=None, description="From then on it says nothing; with its time zone, and to come."
    )
    excluded_agencies: Exclusions = Field(
        default=(), description="Kinds of agency that must not receive; with `given-limited`."
    )
    excluded_categories: Exclusions = Field(
        default=(), description="Categories that must not be shared; with `given-limited`."
    )
    interpreter_used: Truth = False
    perpetrator_present: Truth | None = None


class TaskOut(BaseModel):
    """One thing that somebody has to do because of what was decided."""

    model_config = shown_as(examples.TASK)

    task_id: str
    obligation: str = Field(description="The rule's code for it, such as `NTF`.")
    what: str
    case_id: str | None = Field(description="Absent where you need not know which case it is.")
    disclosure_id: str | None
    due_at: datetime
    state: str = Field(description="`open`, `overdue` or `done`.")
    entry: int = Field(description="The log entry that it follows from.")
    done_at: datetime | None
    done_entry: int | None = Field(description="The log entry that met it.")
    evidence: str | None


class TasksOut(BaseModel):
    """Your tasks; overdue ones first, or what was done, newest first."""

    model_config = shown_as({"tasks": [examples.TASK]})

    tasks: tuple[TaskOut, ...]


class DoneBody(Body):
    """How a task was done, or why it could not be."""

    model_config = shown_as(examples.DONE)

    evidence: Annotated[
        str, Text(min_length=1, max_length=MAX_EVIDENCE_CHARACTERS, pattern=_NO_CONTROLS)
    ] = Field(description="A short note. Kept sealed with the case, never logged.")


class ParticularsBody(Body):
    """What rules look at in a case; what is left out stays as it is on file."""

    model_config = shown_as(examples.PARTICULARS)

    investigators: Annotated[tuple[Identifier, ...], Field(max_length=MAX_INVESTIGATORS)] | None = (
        Field(
            default=None,
            description="Everybody who investigates the case as a crime, instead of those on file.",
        )
    )
    employee_case: Truth | None = Field(
        default=None, description="Whether somebody in the case works for a member agency."
    )
    referred_on: Day | None = Field(
        default=None, description="One more day on which the case was referred; up to today."
    )
    police_incidents: Annotated[int, Strict(), Field(ge=0, le=MAX_INCIDENTS)] | None = Field(
        default=None,
        description="Incidents reported to the police in the twelve months before the assessment.",
    )


class ConsistencyOut(BaseModel):
    """RFC 6962 consistency proof between two sizes, base64."""

    model_config = shown_as(examples.CONSISTENCY)

    old_size: int
    new_size: int
    path: tuple[str, ...]
