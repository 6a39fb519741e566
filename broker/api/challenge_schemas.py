"""What goes over the wire about challenges. Stable: add fields, never rename or drop one."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field
from pydantic import StringConstraints as Text

from broker.api.examples import DISCLOSURE, shown_as
from broker.api.schemas import Body, Identifier, Truth
from broker.domain.challenge import Challenge, ChallengeOutcome, ChallengeReason, Follow

MAX_TEXT_CHARACTERS = 2_000
_NO_CONTROLS = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*$"
_EXAMPLE = {
    "challenge_id": "3b9d0c8e7f6a5b4c3d2e1f0a9b8c7d6e",
    "disclosure_id": DISCLOSURE,
    "case_id": "MR-0401",
    "step": "answered",
    "reason": "too-much",
    "text": "Her landlord does not need the whole history.",
    "opened_at": "2026-11-09T10:00:00Z",
    "due_at": "2026-11-16T17:00:00Z",
    "outcome": "partly",
    "follows": ["delete"],
    "answer": "The history before 2025 should not have gone.",
    "answered_at": "2026-11-11T10:00:00Z",
    "settled": None,
    "closing": None,
    "closed_at": None,
}
Said = Annotated[str, Text(min_length=1, max_length=MAX_TEXT_CHARACTERS, pattern=_NO_CONTROLS)]


class OpenBody(Body):
    """What is said to be wrong with a disclosure."""

    model_config = shown_as(
        {
            "disclosure_id": DISCLOSURE,
            "reason": "too-much",
            "text": "Her landlord does not need the whole history.",
        }
    )

    disclosure_id: Identifier
    reason: ChallengeReason
    text: Said = Field(description="In your client's words or yours; kept sealed, never logged.")


class AnswerBody(Body):
    """What the holder's lead found, and what follows."""

    model_config = shown_as(
        {"outcome": "partly", "follows": ["delete"], "text": "Part of it should not have gone."}
    )

    outcome: ChallengeOutcome
    follows: tuple[Follow, ...] = Field(
        default=(), max_length=len(Follow), description="Each becomes somebody's task."
    )
    text: Said = Field(description="For the advocate; kept sealed with the case, never logged.")


class CloseBody(Body):
    """Whether the client accepts the answer."""

    model_config = shown_as({"settled": True, "text": "Talked through with my client."})

    settled: Truth = Field(description="Where not, the MARAC coordinator has a task.")
    text: Said = Field(description="Kept sealed with the case, never logged.")


class ChallengeOut(BaseModel):
    """One challenge."""

    model_config = shown_as(_EXAMPLE)

    challenge_id: str
    disclosure_id: str
    case_id: str
    step: str = Field(description="opened, answered or closed.")
    reason: str
    text: str
    opened_at: datetime
    due_at: datetime = Field(description="By when the holder answers.")
    outcome: str | None
    follows: tuple[str, ...]
    answer: str | None
    answered_at: datetime | None
    settled: bool | None
    closing: str | None
    closed_at: datetime | None

    @classmethod
    def of(cls, one: Challenge) -> "ChallengeOut":
        """Show a challenge."""
        return cls(
            challenge_id=one.challenge_id,
            disclosure_id=one.disclosure_id,
            case_id=one.case_id,
            step=one.step,
            reason=one.reason,
            text=one.text,
            opened_at=one.opened_at,
            due_at=one.due_at,
            outcome=one.outcome,
            follows=one.follows,
            answer=one.answer,
            answered_at=one.answered_at,
            settled=one.settled,
            closing=one.closing,
            closed_at=one.closed_at,
        )


class ChallengesOut(BaseModel):
    """Challenges that are yours to see, due first come first."""

    model_config = shown_as({"challenges": [_EXAMPLE]})

    challenges: tuple[ChallengeOut, ...]
