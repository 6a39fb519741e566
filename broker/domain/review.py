"""A record that waits for a person, what that person may do with it, and what came of it.

Nobody can let an identifier of the case's people through: the verifier reads every edited draft
again, and only what EXPLAINABLE names may stay, with a reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from broker.domain.decision import Permit
from broker.domain.ids import AgencyId, CaseTag, DisclosureId, PractitionerId
from broker.domain.record import Draft, HeldRecord, RedactedRecord, Redaction
from broker.domain.request import Requester, ShareRequest

ReviewId = NewType("ReviewId", str)
"""One held record: 32 hex digits; the same request held again is the same review."""

EXPLAINABLE = frozenset({"long-number", "perhaps-initials", "perhaps-name"})
"""Kinds of flag that a reviewer may explain: a number or a word that is no party's and that nothing
named. Any other kind, and any kind that is not known here, has to be taken out."""


class ReviewState(StrEnum):
    """Where a review stands."""

    WAITING = "waiting"
    OVERDUE = "overdue"
    RELEASED = "released"
    REFUSED = "refused"
    EXPIRED = "expired"

    @property
    def ended(self) -> bool:
        """Whether the record is destroyed and nothing more can be done."""
        return self not in (ReviewState.WAITING, ReviewState.OVERDUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A range of one text of the draft; offsets in code points, `end` exclusive."""

    item: int
    order: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOut:
    """Something more that has to go; `reason` is a redact-reason of domain brief 2.8."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain:
    """Why a flagged number or word is nobody's. `because` is kept sealed, never logged.

    A word that is explained once is explained wherever it stands in the record.
    """

    place: Place
    because: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOut:
    """A whole text that does not leave; order 0, the title, leaves out the whole entry."""

    item: int
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """Everything a reviewer did to the draft, always the whole of it."""

    taken_out: tuple[TakeOut, ...] = ()
    explained: tuple[Explain, ...] = field(default=(), repr=False)
    left_out: tuple[LeaveOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """A place in the draft at which the verifier would not let it go.

    Args:
        kind: such as `party-name`; a word, never the text.
        start: where the place could not be told, it is the whole text.
        open: nothing that was edited has met it yet.

    """

    kind: str
    start: int
    end: int
    explainable: bool
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedPiece:
    """One text of the draft, and what would leave of it; None: nothing.

    Offsets of edits and of `flagged` count in `text`.
    """

    category: str
    item: int
    order: int
    field_name: str | None
    text: str = field(repr=False)
    leaves: str | None = field(repr=False)
    removals: tuple[Redaction, ...]
    flagged: tuple[Flagged, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """A draft after minimising, reading, editing and verifying it again.

    Args:
        outcome: what may be sealed, or again what a person must see first.
        digest: SHA-256 hex over what would leave; who releases says what they saw.
        not_explained: explanations that count for nothing: of nothing that is flagged and may be
            explained, or of what is somebody's.

    """

    pieces: tuple[RevisedPiece, ...]
    outcome: RedactedRecord | HeldRecord
    digest: str
    not_explained: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One reviewer's yes to exactly what they saw."""

    by: PractitionerId
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldReview:
    """A held record on file: whose request, why it is held, until when it waits."""

    review_id: ReviewId
    requester: Requester
    request: ShareRequest
    flags: tuple[str, ...]
    draft: Draft | None = field(repr=False)
    case_tag: CaseTag
    held_at: datetime
    due_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What was done about it so far; each step replaces the one before.

    Args:
        revision: counts the steps; two reviewers at once cannot both take the next one.
        because: why it was refused; stays with the holder.
        disclosure_id: what it was released as.

    """

    review_id: ReviewId
    revision: int = 0
    state: ReviewState = ReviewState.WAITING
    edits: Edits = field(default_factory=Edits, repr=False)
    edited_by: PractitionerId | None = None
    approvals: tuple[Approval, ...] = ()
    ended_by: PractitionerId | None = None
    because: str = field(default="", repr=False)
    disclosure_id: DisclosureId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A held record and what was done about it; `entry` is the log entry that held it."""

    held: HeldReview
    progress: Progress
    entry: int


class WhyDue(StrEnum):
    """For what the time has come. Part of the log's format: add, never rename."""

    OVERDUE = "overdue"
    TERM = "term"
    ANSWERED = "answered"
    """The request has its disclosure, however it came by it: there is nothing to wait for."""
    ENDED = "ended"
    """It ended while the case was on hold, and the hold is lifted."""
    ERASED = "erased"
    """The case's data key is destroyed, and with it what was held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueReview:
    """A review for which the time has come; it need not be opened to see that.

    Args:
        case_tag: as the log names the case.

    """

    review_id: ReviewId
    case_tag: CaseTag | None
    revision: int
    why: WhyDue


@dataclass(frozen=True, slots=True, kw_only=True)
class PutHeld:
    """Keep a held record for its holder's reviewers; held again, the first one stays."""

    held: HeldRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class PutProgress:
    """The next step of a review; one that ends it destroys the record and the edits.

    When somebody else has taken a step meanwhile, it is an InvalidRequestError and nothing of the
    call is written.
    """

    progress: Progress
    at: datetime


ReviewChange = PutHeld | PutProgress


Cursor = tuple[datetime, ReviewId]
"""Where a page of the queue ended: when that review is due, and which it is."""


class Reviews(Protocol):
    """Held records, read. Written by Ledger, with their entries."""

    def waiting(self, holder: AgencyId, after: Cursor | None, limit: int) -> tuple[Review, ...]:
        """Return what waits for the holder's reviewers, due first come first, from there on."""

    def review(self, review_id: ReviewId) -> Review | None:
        """Return one that waits; None for one that has ended or never was."""

    def ended(self, review_id: ReviewId) -> Progress | None:
        """Return how one ended; None for one that waits or never was."""

    def state_of(self, requester: Requester, request: ShareRequest) -> ReviewState | None:
        """Return where the review of a request stands; None where it was never held."""

    def due(self, now: datetime, limit: int) -> tuple[DueReview, ...]:
        """Return those that are newly overdue, past their term, or answered some other way."""


class Reviser(Protocol):
    """Makes a draft into what may leave, under a permit of now."""

    def revise(self, permit: Permit, draft: Draft, edits: Edits) -> Revised:
        """Minimise to the permit, read again what has changed, edit, and verify.

        Raises:
            InvalidRequestError: an edit is about no place of the draft.
            RedactionError: as for Redactor.redact.

        """


def kinds_of(flags: Sequence[str]) -> tuple[str, ...]:
    """Return the kinds among the flags, each once, sorted: words and nothing else."""
    return tuple(sorted({one.partition(" ")[0] for one in flags}))
