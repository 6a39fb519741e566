"""Letting a held record go: read like `share`, with a person where the redactor was.

Decided anew, revised, verified, sealed, logged, delivered: the types are those of `share`, so that
no reviewer gets past a stage. Each line may be the process's last: what people said is on record
before anything is queued, the disclosure and the end of the review are one transaction, and asking
again finds whichever there is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from broker.domain.decision import Permit
from broker.domain.errors import (
    EnvelopeError,
    InvalidRequestError,
    PolicyChangedError,
    RedactionError,
)
from broker.domain.ids import DisclosureId
from broker.domain.ledger import EntryDraft
from broker.domain.package import SealedPackage
from broker.domain.record import HeldRecord
from broker.domain.request import Requester
from broker.domain.review import (
    Approval,
    Progress,
    PutProgress,
    Review,
    ReviewId,
    ReviewState,
)
from broker.ledger import events, review_events
from broker.service.desk import Desk
from broker.service.review import (
    NO_LONGER,
    decide_now,
    ended_by,
    next_step,
    people_needed,
)
from broker.service.review_access import find_review

_Event = Callable[[Review, Requester, int, bytes, datetime], EntryDraft]


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What came of a yes: without a disclosure it waits for `needed - given` more people."""

    review_id: ReviewId
    needed: int
    given: int
    disclosure_id: DisclosureId | None


def release(desk: Desk, reader: Requester, review_id: ReviewId, digest: str) -> Released | None:
    """Say yes to what was seen under this digest; with the last yes it leaves.

    Saying it again changes nothing. None for whoever may not review it.

    Raises:
        InvalidRequestError: what would leave is something else by now, or something flagged is
            still in it, or it is no longer permitted.
        BrokerError: nothing was released.

    """
    done = ended_by(desk, reader, review_id, ReviewState.RELEASED)
    if done is not None:
        return _again(done)
    review = find_review(desk, reader, review_id, "releasing a review")
    if review is None:
        return None
    try:
        return _release(desk.for_one_request(), reader, review, digest)
    except PolicyChangedError:
        desk.rules.refresh()
        return _release(desk.for_one_request(), reader, review, digest)
    except (RedactionError, EnvelopeError) as failure:
        _note_failure(desk, review, failure)
        raise


def _release(desk: Desk, reader: Requester, review: Review, digest: str) -> Released:
    held = review.held
    earlier = desk.ledger.earlier_receipt(held.requester, held.request)
    if earlier is not None:  # The requester asked again, and then nothing held it.
        return _shown(review, 1, 1, earlier.disclosure_id)
    decision = decide_now(desk, held)
    desk.ledger.record_decision(decision)  # As in share: before any content is touched.
    if not isinstance(decision, Permit) or held.draft is None:
        raise InvalidRequestError(NO_LONGER)
    revised = desk.reviser.revise(decision, held.draft, review.progress.edits)
    if revised.digest != digest:
        raise InvalidRequestError("It is no longer what you saw: look at it again.")
    if isinstance(revised.outcome, HeldRecord):
        raise InvalidRequestError("Something flagged is still in it: take it out, or refuse it.")
    needed, yes = people_needed(decision), _with_yes(review.progress, reader, digest)
    given = len(yes)
    if given < needed:
        _say(desk, reader, review, review_events.approved, yes, needed)
        return _shown(review, needed, given, None)
    package = desk.sealer.seal(revised.outcome)  # To the recipient named in the permit of now.
    said = _say(desk, reader, review, review_events.released, yes, needed)
    return _let_go(desk, reader, said, package, needed)


def _with_yes(progress: Progress, reader: Requester, digest: str) -> tuple[Approval, ...]:
    """Return who has said yes to exactly this, each person once, the reader among them."""
    before = tuple(one for one in progress.approvals if one.digest == digest)
    if any(one.by == reader.practitioner_id for one in before):
        return before
    return (*before, Approval(by=reader.practitioner_id, digest=digest))


def _say(  # what is said, by whom, about what
    desk: Desk,
    reader: Requester,
    review: Review,
    event: _Event,
    yes: tuple[Approval, ...],
    needed: int,
) -> Review:
    """Put the reader's yes on record, once. A crash here leaves the yes and nothing queued."""
    if yes == review.progress.approvals:
        return review
    now, salt = desk.clock.now(), desk.cases.broker_salt()
    said = replace(review, progress=replace(next_step(review.progress), approvals=yes))
    desk.ledger.record(
        event(review, reader, needed, salt, now), PutProgress(progress=said.progress, at=now)
    )
    return said


def _let_go(
    desk: Desk, reader: Requester, review: Review, package: SealedPackage, needed: int
) -> Released:
    """Queue the package and end the review, in one transaction with the disclosure's entry."""
    step = replace(
        next_step(review.progress),
        state=ReviewState.RELEASED,
        ended_by=reader.practitioner_id,
        disclosure_id=package.disclosure_id,
    )
    end = PutProgress(progress=step, at=desk.clock.now())
    receipt = desk.ledger.record_disclosure(package, end)
    given = len(review.progress.approvals)
    return _shown(review, needed, given, receipt.disclosure_id)


def _shown(review: Review, needed: int, given: int, disclosure_id: DisclosureId | None) -> Released:
    return Released(
        review_id=review.held.review_id, needed=needed, given=given, disclosure_id=disclosure_id
    )


def _again(done: Progress) -> Released:
    given = len(done.approvals)
    return Released(
        review_id=done.review_id, needed=given, given=given, disclosure_id=done.disclosure_id
    )


def _note_failure(desk: Desk, review: Review, failure: Exception) -> None:
    """Log with the case that a release came to nothing, as `answer` does."""
    held = review.held
    case = desk.cases.case(held.request.case_id)
    salt = desk.cases.passing_salt() if case is None else case.salt
    name, now = type(failure).__name__, desk.clock.now()
    desk.ledger.record(events.source_failed(salt, held.requester, held.request, name, now))
