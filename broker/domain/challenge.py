"""A client, through her advocate, says that a disclosure was wrong; the holder has to answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from broker.domain.duties import WEEK
from broker.domain.ids import (
    AgencyId,
    AgencyKind,
    CaseId,
    CaseTag,
    DisclosureId,
    PractitionerId,
    Role,
)
from broker.domain.task import AdvocateOf, Assignee, Duty, Named, Office
from broker.domain.working_time import end_of_working_day

ChallengeId = NewType("ChallengeId", str)
"""32 hex digits; the same reason about the same disclosure is the same challenge."""

ANSWER, ANSWERED, DISPUTED = "CHAL", "CHAL:answered", "CHAL:disputed"
"""Codes of the tasks of the holder's lead, of the advocate, and of the coordinator."""
FOLLOW_DAYS = 1
"""Working days to do what an upheld challenge asks for: it was wrong, so it is mended at once."""


class ChallengeReason(StrEnum):
    """What is said to be wrong."""

    NOT_AGREED = "not-agreed"
    TOO_MUCH = "too-much"
    WRONG_RECIPIENT = "wrong-recipient"
    WRONG_FACTS = "wrong-facts"
    UNSAFE = "unsafe"
    OTHER = "other"


class ChallengeStep(StrEnum):
    """How far it has come."""

    OPENED = "opened"
    ANSWERED = "answered"
    CLOSED = "closed"


class ChallengeOutcome(StrEnum):
    """What the holder's lead found."""

    UPHELD = "upheld"
    PARTLY = "partly"
    REJECTED = "rejected"


class Follow(StrEnum):
    """What has to be done because it was upheld."""

    DELETE = "delete"
    CORRECT = "correct"
    RULES = "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One challenge. Texts and people are kept sealed under the case's key, and go with it.

    Args:
        hidden: whether no task of an office may name the case.
        settled: what the advocate said of the answer; None before it was closed.

    """

    challenge_id: ChallengeId
    revision: int
    step: ChallengeStep
    case_id: CaseId
    case_tag: CaseTag
    hidden: bool
    disclosure_id: DisclosureId
    entry: int
    reason: ChallengeReason
    text: str = field(repr=False)
    holder: AgencyId
    holder_kind: AgencyKind
    requester: PractitionerId
    recipient: PractitionerId
    opened_by: PractitionerId
    opened_at: datetime
    due_at: datetime
    outcome: ChallengeOutcome | None = None
    follows: tuple[Follow, ...] = ()
    answer: str | None = field(default=None, repr=False)
    answered_by: PractitionerId | None = None
    answered_at: datetime | None = None
    settled: bool | None = None
    closing: str | None = field(default=None, repr=False)
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PutChallenge:
    """A challenge's next step; `revision` must be one more than what is stored."""

    challenge: Challenge
    at: datetime


class Challenges(Protocol):
    """Reads of challenges. Written by Ledger, with their entries."""

    def id_of(self, disclosure_id: DisclosureId, reason: ChallengeReason) -> ChallengeId:
        """Return how a challenge is called."""

    def challenge(self, challenge_id: ChallengeId) -> Challenge | None:
        """Return one, or None."""

    def of_holder(self, holder: AgencyId) -> tuple[Challenge, ...]:
        """Return what the holder has to answer or has answered, due first come first."""

    def of_cases(self, cases: tuple[CaseId, ...]) -> tuple[Challenge, ...]:
        """Return those about any of the cases, due first come first."""


def answer_by(at: datetime) -> datetime:
    """Return by when the holder answers."""
    return end_of_working_day(at, WEEK)


def lead_of(challenge: Challenge) -> Office:
    """Return whose task the answer is."""
    return Office(role=Role("ig-lead"), agency_id=challenge.holder)


def duties_of(challenge: Challenge, at: datetime) -> tuple[Duty, ...]:
    """Return what somebody has to do because of the step that a challenge has just taken."""
    if challenge.step is ChallengeStep.OPENED:
        say = "Answer a challenge to a disclosure of your agency."
        return (_duty(challenge, ANSWER, say, lead_of(challenge), challenge.due_at),)
    if challenge.step is ChallengeStep.ANSWERED:
        say = "Read the answer to your challenge, talk it through, and close it."
        read = _duty(challenge, ANSWERED, say, AdvocateOf(case_id=challenge.case_id), answer_by(at))
        soon = end_of_working_day(at, FOLLOW_DAYS)
        then = (
            _duty(challenge, f"CHAL:{one}", _SAY[one], _who(challenge, one), soon)
            for one in challenge.follows
        )
        return (read, *then)
    if challenge.settled:
        return ()
    say = "A client does not accept the answer to a challenge: bring the two agencies together."
    office = Office(role=Role("marac-coordinator"), agency_id=None)
    return (_duty(challenge, DISPUTED, say, office, answer_by(at)),)


_SAY: Mapping[Follow, str] = {
    Follow.DELETE: "Delete what you received: a challenge to it was upheld. Note that it is gone.",
    Follow.CORRECT: "Correct the record that a challenge found wrong, and tell who received it.",
    Follow.RULES: "Look at the rules by which something was shared wrongly, and mend them.",
}


def _who(challenge: Challenge, follow: Follow) -> Assignee:
    if follow is Follow.DELETE:
        return Named(practitioner_id=challenge.recipient)
    role = Role("agency-spoc") if follow is Follow.CORRECT else Role("ig-lead")
    return Office(role=role, agency_id=challenge.holder)


def _duty(challenge: Challenge, code: str, say: str, who: Assignee, due: datetime) -> Duty:
    unseen = challenge.hidden and isinstance(who, Office)
    return Duty(
        code=code,
        what=say,
        assignee=who,
        about=challenge.requester,
        case_id=None if unseen else challenge.case_id,
        disclosure_id=challenge.disclosure_id,
        due_at=due,
    )
