"""A policy pack on its way into force: who wrote it, who approved it, from when it counts.

A version is the hash over its files, so nobody can change one after it was approved. What is in
force follows from the publications and the clock, never from a flag that somebody sets.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from broker.domain.errors import InvalidRequestError
from broker.domain.ids import PolicyVersion, PractitionerId

PolicyFiles = Mapping[str, bytes]
"""The files of a pack by their name below its folder, such as `purposes/marac-research.csv`."""


class PolicyStep(StrEnum):
    """How far a version has come. Stored: add, never rename."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PUBLISHED = "published"


class PolicyVerb(StrEnum):
    """What a person does with a version."""

    SUBMIT = "submit"
    APPROVE = "approve"
    PUBLISH = "publish"
    ROLL_BACK = "rollback"


TRANSITIONS: Mapping[PolicyVerb, tuple[PolicyStep, PolicyStep]] = {
    PolicyVerb.SUBMIT: (PolicyStep.DRAFT, PolicyStep.SUBMITTED),
    PolicyVerb.APPROVE: (PolicyStep.SUBMITTED, PolicyStep.APPROVED),
    PolicyVerb.PUBLISH: (PolicyStep.APPROVED, PolicyStep.PUBLISHED),
    PolicyVerb.ROLL_BACK: (PolicyStep.PUBLISHED, PolicyStep.PUBLISHED),
}
"""Per verb, the step it needs and the step it leads to. There are no others."""

_NEXT: Mapping[PolicyStep, str] = {
    PolicyStep.DRAFT: "submit it first",
    PolicyStep.SUBMITTED: "a second IG lead approves it first",
    PolicyStep.APPROVED: "publish it first",
    PolicyStep.PUBLISHED: "use rollback to put it in force again",
}


def check_transition(verb: PolicyVerb, step: PolicyStep) -> PolicyStep:
    """Return the step that the verb leads to.

    Raises:
        InvalidRequestError: the version is not where the verb needs it; says what to do instead.

    """
    needed, reached = TRANSITIONS[verb]
    if step is not needed:
        raise InvalidRequestError(f"The version is {step}, not {needed}: {_NEXT[step]}.")
    return reached


class PublicationKind(StrEnum):
    """How a version was put in force. Part of the signed statement: add, never rename."""

    PUBLICATION = "publication"
    ROLLBACK = "rollback"
    EMERGENCY_ROLLBACK = "emergency-rollback"


class PolicyStanding(StrEnum):
    """Where a publication stands at a moment."""

    SCHEDULED = "scheduled"
    IN_FORCE = "in-force"
    SUPERSEDED = "superseded"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackAsked:
    """The first of the two people a rollback needs.

    Args:
        over: number of the newest publication when it was asked; a later one makes this void.

    """

    asked_by: PractitionerId
    asked_at: datetime
    over: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRecord:
    """One version and everybody who had a hand in it.

    Args:
        revision: counts the changes of this record, from 1.

    """

    version: PolicyVersion
    step: PolicyStep
    revision: int
    author: PractitionerId
    drafted_at: datetime
    submitter: PractitionerId | None = None
    submitted_at: datetime | None = None
    approver: PractitionerId | None = None
    approved_at: datetime | None = None
    rollback: RollbackAsked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What is signed: this version counts from that moment on, and these people say so.

    Args:
        number: 1, 2, 3...; the newest whose moment has come is in force.
        previous: the version of the publication before; None for the first.
        previous_digest: SHA-256 hex of the statement before; "" for the first.
        second: who asked for a rollback before the publisher did; None in an emergency.
        reason: of a rollback, in the publisher's words.
        files: name and SHA-256 hex of each file, by name.

    """

    number: int
    version: PolicyVersion
    previous: PolicyVersion | None
    previous_digest: str
    kind: PublicationKind
    effective_at: datetime
    published_at: datetime
    author: PractitionerId
    submitter: PractitionerId
    approver: PractitionerId
    publisher: PractitionerId
    second: PractitionerId | None = None
    reason: str | None = field(default=None, repr=False)
    files: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPublication:
    """A statement as bytes (see broker.ledger.publication) and the broker's signature over it."""

    statement: bytes = field(repr=False)
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPublication:
    """A publication's row, to be believed only after its signature and its files were checked.

    Args:
        signed: None where the row cannot be opened any more.
        as_logged: whether the row and its marks are what their log entries vouch for.
        in_force_at: when the first broker put it in force; from then on it counts for all.
        refused_at: when a broker found that it may never come into force.

    """

    number: int
    version: PolicyVersion
    effective_at: datetime
    signed: SignedPublication | None
    as_logged: bool
    in_force_at: datetime | None
    refused_at: datetime | None

    def due_at(self, moment: datetime) -> bool:
        """Whether its moment has come; a broker whose clock is behind believes the first one."""
        return self.in_force_at is not None or self.effective_at <= moment


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPolicy:
    """Put a new version on file with its files; one that is there already is refused."""

    record: PolicyRecord
    files: PolicyFiles = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvancePolicy:
    """Replace a version's record by its next revision."""

    record: PolicyRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPolicy:
    """Add the next publication; refused when another one took its number meanwhile."""

    publication: Publication
    signed: SignedPublication


@dataclass(frozen=True, slots=True, kw_only=True)
class PutPolicyInForce:
    """Mark that a broker has loaded the publication and decides by it; once."""

    number: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusePublication:
    """Mark that the publication may never come into force; not once it was in force."""

    number: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePolicyAlarm:
    """Note that a version's alarms of one day are in the log; once for all brokers."""

    version: PolicyVersion
    day: str


PolicyChange = (
    DraftPolicy
    | AdvancePolicy
    | PublishPolicy
    | PutPolicyInForce
    | RefusePublication
    | NotePolicyAlarm
)


def standing_of(one: StoredPublication, in_force: int | None, moment: datetime) -> PolicyStanding:
    """Return where a publication stands.

    Args:
        one: the publication.
        in_force: number of the one in force; None: no publication is.
        moment: now.

    """
    if one.refused_at is not None:
        return PolicyStanding.REFUSED
    if one.number == in_force:
        return PolicyStanding.IN_FORCE
    if in_force is not None and one.number < in_force:
        return PolicyStanding.SUPERSEDED
    return PolicyStanding.SUPERSEDED if one.due_at(moment) else PolicyStanding.SCHEDULED
