"""A client's timeline over the wire. Stable: add fields, never rename or drop one within /v1."""

from datetime import datetime

from pydantic import BaseModel, Field

from broker.api import examples
from broker.api.examples import shown_as
from broker.api.schemas import CheckpointOut, EntryOut, ProofOut
from broker.service.telling import Withheld
from broker.service.timeline import Timeline, TimelineEvent


class WithheldOut(BaseModel):
    """One category that was asked for and not given in writing, and why."""

    category: str
    outcome: str = Field(description="deny, refer-human or permit-verbal-only.")
    rules: tuple[str, ...] = Field(description="The rules that decided it.")
    sentence: str

    @classmethod
    def of(cls, one: Withheld) -> "WithheldOut":
        """Show it."""
        return cls(
            category=one.category, outcome=one.outcome, rules=one.rules, sentence=one.sentence
        )


class TimelineEventOut(BaseModel):
    """One thing that happened to a client's information, in plain English."""

    case_number: int
    at: datetime
    kind: str
    sentence: str
    attention: str | None = Field(
        default=None, description="emergency, override, perpetrator-side or unlisted."
    )
    withheld: tuple[WithheldOut, ...] = ()
    removed: dict[str, int] = Field(
        default={}, description="How many details were taken out, by reason."
    )
    entry: EntryOut
    proof: ProofOut

    @classmethod
    def of(cls, one: TimelineEvent) -> "TimelineEventOut":
        """Show an event."""
        return cls(
            case_number=one.entry.case_number,
            at=one.entry.at,
            kind=one.entry.kind,
            sentence=one.told.sentence,
            attention=one.told.attention,
            withheld=tuple(WithheldOut.of(each) for each in one.told.withheld),
            removed=dict(one.told.removed),
            entry=EntryOut.of(one.entry),
            proof=ProofOut.of(one.proof),
        )


class TimelineOut(BaseModel):
    """Everything in the log about one case, with what is needed to check it."""

    model_config = shown_as(examples.TIMELINE)

    case_id: str
    case_tag: str
    first: tuple[int, ...] = Field(
        default=(),
        description="`case_number` of what to read first among these, most urgent first.",
    )
    events: tuple[TimelineEventOut, ...]
    checkpoint: CheckpointOut
    next: int | None = Field(
        default=None, description="`after` of the next page; null after the last entry."
    )

    @classmethod
    def of(cls, found: Timeline) -> "TimelineOut":
        """Show a timeline."""
        return cls(
            case_id=found.case_id,
            case_tag=found.case_tag,
            first=tuple(one.entry.case_number for one in found.first),
            events=tuple(TimelineEventOut.of(one) for one in found.events),
            checkpoint=CheckpointOut.of(found.checkpoint),
            next=found.next,
        )
