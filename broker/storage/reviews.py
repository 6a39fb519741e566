"""Held records: sealed under the case's key, read by the holder's reviewers (review.Reviews).

DO NOT change what a review's id is made of: asked again, the same request must find its review.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, and_, bindparam, literal, or_, select

from broker.domain.decision import Decision
from broker.domain.ids import AgencyId, CaseTag
from broker.domain.request import Requester, ShareRequest
from broker.domain.review import (
    Cursor,
    DueReview,
    Edits,
    HeldReview,
    Progress,
    PutHeld,
    PutProgress,
    Review,
    ReviewId,
    ReviewState,
    WhyDue,
)
from broker.domain.review_terms import (
    due_at,
    duty_of_held,
    duty_of_late,
    expires_at,
    offices_of,
)
from broker.domain.task import Duty, TaskId
from broker.ledger.tokens import case_tag
from broker.storage import sealing
from broker.storage.blinding import DIRECTORY_KEY, Keyring
from broker.storage.documents import CASE_PAD_BYTES, Documents
from broker.storage.engine import read_rows
from broker.storage.review_rows import ON_HOLD, EndTask, PutStepRow
from broker.storage.sealing import DataKey, Sealing, check_same_row
from broker.storage.tables import (
    AnyRow,
    data_keys,
    disclosures,
    log_entries,
    review_steps,
    reviews,
)
from broker.storage.task_rows import NewRows, Together
from broker.storage.tasks import prepare_tasks, task_id_of

REVIEW_ID_DIGITS = 32
HELD_REVIEW = Documents(HeldReview, CASE_PAD_BYTES)
PROGRESS = Documents(Progress)

_ANY = (
    select(
        *(reviews.c[name] for name in ("ref", "data_key", "claim", "due_at", "sealed", "entry")),
        review_steps.c.sealed.label("progress"),
        review_steps.c.revision,
        data_keys.c.wrapped,
    )
    .outerjoin(review_steps, review_steps.c.ref == reviews.c.ref)
    .outerjoin(data_keys, data_keys.c.ref == reviews.c.data_key)
)
_WAITS = or_(
    review_steps.c.state.is_(None),
    review_steps.c.state.in_([one for one in ReviewState if not one.ended]),
)
_ANY_ONE = _ANY.where(reviews.c.ref == bindparam("ref"))
_ONE = _ANY_ONE.where(_WAITS)
_ORDER = (reviews.c.due_at, reviews.c.ref)
_FIRST = (
    _ANY.where(reviews.c.owner == bindparam("owner"), _WAITS)
    .order_by(*_ORDER)
    .limit(bindparam("most", type_=reviews.c.entry.type))
)
_NEXT = _FIRST.where(
    or_(
        reviews.c.due_at > bindparam("due", type_=reviews.c.due_at.type),
        and_(
            reviews.c.due_at == bindparam("due", type_=reviews.c.due_at.type),
            reviews.c.ref > bindparam("after"),
        ),
    )
)
_ENDED = (
    select(review_steps.c.ref, review_steps.c.data_key, review_steps.c.sealed, data_keys.c.wrapped)
    .outerjoin(data_keys, data_keys.c.ref == review_steps.c.data_key)
    .where(review_steps.c.ref == bindparam("ref"))
)
_ASKED = select(literal(1).label("one")).subquery()
_STATE = (
    select(review_steps.c.state, reviews.c.ref)
    .select_from(_ASKED)
    .outerjoin(review_steps, review_steps.c.ref == bindparam("ref"))
    .outerjoin(reviews, reviews.c.ref == bindparam("ref"))
)
_ERASED = and_(reviews.c.data_key != DIRECTORY_KEY, data_keys.c.ref.is_(None))
_DUE = (
    select(
        reviews.c.ref,
        reviews.c.expires_at,
        review_steps.c.revision,
        disclosures.c.disclosure_id,
        log_entries.c.case_tag,
        review_steps.c.state,
        _ERASED.label("erased"),
        ON_HOLD.label("on_hold"),
    )
    .outerjoin(review_steps, review_steps.c.ref == reviews.c.ref)
    .outerjoin(disclosures, disclosures.c.claim == reviews.c.claim)
    .outerjoin(log_entries, log_entries.c.index == reviews.c.entry)
    .outerjoin(data_keys, data_keys.c.ref == reviews.c.data_key)
    .where(
        or_(
            _ERASED,
            and_(
                ~ON_HOLD,
                or_(
                    reviews.c.expires_at <= bindparam("now"),
                    disclosures.c.disclosure_id.is_not(None),
                    ~_WAITS,
                ),
            ),
            and_(
                reviews.c.due_at <= bindparam("now"),
                or_(review_steps.c.state.is_(None), review_steps.c.state == ReviewState.WAITING),
            ),
        )
    )
    .order_by(*_ORDER)
    .limit(bindparam("most", type_=reviews.c.entry.type))
)


def review_id_of(keyring: Keyring, requester: Requester, request: ShareRequest) -> ReviewId:
    """Return how the review of a request is called: it says nothing of the request."""
    claim = keyring.ref("claim", requester.practitioner_id, request.request_id)
    return ReviewId(keyring.ref("review", claim)[:REVIEW_ID_DIGITS])


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReviews:
    """Reads what is committed, every time."""

    sealing: Sealing
    readers: Engine

    def waiting(self, holder: AgencyId, after: Cursor | None, limit: int) -> tuple[Review, ...]:
        """Return what waits for the holder's reviewers; what cannot be opened waits for nobody."""
        owner = _owner(self.sealing.keyring, holder)
        if after is None:
            rows = read_rows(self.readers, _FIRST, owner=owner, most=limit)
        else:
            due, last = after
            rows = read_rows(self.readers, _NEXT, owner=owner, most=limit, due=due, after=last)
        return tuple(self._review(row) for row in rows if _key_is_there(row))

    def review(self, review_id: ReviewId) -> Review | None:
        """Return one that waits."""
        rows = read_rows(self.readers, _ONE, ref=review_id)
        return next((self._review(row) for row in rows if _key_is_there(row)), None)

    def ended(self, review_id: ReviewId) -> Progress | None:
        """Return how one ended."""
        for row in read_rows(self.readers, _ENDED, ref=review_id):
            if _key_is_there(row):
                step = self.sealing.open(_key_of(self.sealing, row), PROGRESS, row.sealed)
                check_same_row(row.ref, step.review_id)
                return step if step.state.ended else None
        return None

    def state_of(self, requester: Requester, request: ShareRequest) -> ReviewState | None:
        """Return where the review of a request stands."""
        ref = review_id_of(self.sealing.keyring, requester, request)
        ((state, there),) = read_rows(self.readers, _STATE, ref=ref)
        if state is not None:
            return ReviewState(state)
        return None if there is None else ReviewState.WAITING

    def due(self, now: datetime, limit: int) -> tuple[DueReview, ...]:
        """Return those for which the time has come."""
        rows = read_rows(self.readers, _DUE, now=now, most=limit)
        return tuple(
            DueReview(
                review_id=ReviewId(row.ref),
                case_tag=None if row.case_tag is None else CaseTag(row.case_tag),
                revision=row.revision or 0,
                why=_why(row, now),
            )
            for row in rows
        )

    def _review(self, row: AnyRow) -> Review:
        key = _key_of(self.sealing, row)
        held = self.sealing.open(key, HELD_REVIEW, row.sealed)
        check_same_row(row.ref, held.review_id)
        return Review(held=held, progress=_progress(self.sealing, key, row), entry=row.entry)


def _progress(sealing_: Sealing, key: DataKey, row: AnyRow) -> Progress:
    if row.progress is None:
        return Progress(review_id=ReviewId(row.ref))
    progress = sealing_.open(key, PROGRESS, row.progress)
    check_same_row(row.ref, progress.review_id)
    return progress


def _key_is_there(row: AnyRow) -> bool:
    return row.data_key == DIRECTORY_KEY or row.wrapped is not None


def _key_of(sealing_: Sealing, row: AnyRow) -> DataKey:
    """Return the data key of the case, or the directory's for one that is not on file."""
    if row.data_key == DIRECTORY_KEY or row.wrapped is None:
        return sealing_.directory_key
    return DataKey(name=row.data_key, wrapped=row.wrapped)


def _why(row: AnyRow, now: datetime) -> WhyDue:
    if row.erased:
        return WhyDue.ERASED
    if row.on_hold:
        return WhyDue.OVERDUE
    if row.disclosure_id is not None:
        return WhyDue.ANSWERED
    if row.state is not None and ReviewState(row.state).ended:
        return WhyDue.ENDED
    return WhyDue.TERM if row.expires_at <= now else WhyDue.OVERDUE


def _owner(keyring: Keyring, holder: AgencyId) -> str:
    return keyring.ref("reviews-of", holder)


def prepare_held(sealing_: Sealing, put: PutHeld, key: DataKey, at: datetime) -> Together:
    """Return the rows of a held record and of the task that it makes.

    Args:
        sealing_: seals it.
        put: what is held, and why.
        key: the case's.
        at: when it was held.

    """
    permit, keyring = put.held.permit, sealing_.keyring
    claim = keyring.ref("claim", permit.requester.practitioner_id, permit.request.request_id)
    review = HeldReview(
        review_id=review_id_of(keyring, permit.requester, permit.request),
        requester=permit.requester,
        request=permit.request,
        flags=put.held.flags,
        draft=put.held.draft,
        case_tag=_tag(permit),
        held_at=at,
        due_at=due_at(put.held, at),
        expires_at=expires_at(put.held, at),
    )
    row: sealing.Values = {
        "ref": review.review_id,
        "data_key": key.name,
        "claim": claim,
        "owner": _owner(keyring, permit.request.holder),
        "due_at": review.due_at,
        "expires_at": review.expires_at,
        "sealed": sealing_.seal(key, HELD_REVIEW, review),
    }
    made = _tasks(sealing_, duty_of_held(put.held, at), claim, review.case_tag, key)
    return Together(first=NewRows(table=reviews, rows=(row,)), then=made)


def _tag(decided: Decision) -> CaseTag:
    return case_tag(decided.context.salt, decided.request.case_id)


def _tasks(
    sealing_: Sealing, duty: Duty, claim: str, tag: CaseTag, key: DataKey
) -> tuple[NewRows, ...]:
    return prepare_tasks(sealing_, (duty,), claim=claim, tag=tag, key=key)


def prepare_progress(sealing_: Sealing, readers: Engine, change: PutProgress) -> PutStepRow:
    """Return the write of a review's next step; one that ends it keeps none of the edits."""
    rows: Sequence[AnyRow] = read_rows(readers, _ANY_ONE, ref=change.progress.review_id)
    row = rows[0] if rows else None
    key = sealing_.directory_key if row is None else _key_of(sealing_, row)
    step, ends = change.progress, change.progress.state.ended
    if ends:
        step = _ended(step)
    values: sealing.Values = {
        "ref": step.review_id,
        "data_key": key.name,
        "revision": step.revision,
        "state": step.state.value,
        "sealed": sealing_.seal(key, PROGRESS, step),
    }
    if row is None or not _key_is_there(row):
        return PutStepRow(values=values, ends=ends)
    held = sealing_.open(key, HELD_REVIEW, row.sealed)
    if step.state is ReviewState.OVERDUE:
        late = duty_of_late(held.requester, held.request, change.at)
        then = _tasks(sealing_, late, row.claim, held.case_tag, key)
        return PutStepRow(values=values, ends=False, then=then)
    over = _over(sealing_, held, row, key, change) if ends else ()
    return PutStepRow(values=values, ends=ends, over=over)


def _ended(step: Progress) -> Progress:
    return Progress(
        review_id=step.review_id,
        revision=step.revision,
        state=step.state,
        edits=Edits(),
        approvals=step.approvals,
        ended_by=step.ended_by,
        because=step.because,
        disclosure_id=step.disclosure_id,
    )


def _over(
    sealing_: Sealing, held: HeldReview, row: AnyRow, key: DataKey, change: PutProgress
) -> tuple[EndTask, ...]:
    """Return the marks on both tasks: what they asked for has happened."""
    ids = [
        task_id_of(sealing_, code, office, claim=row.claim)
        for code, office in offices_of(held.request)
    ]
    return tuple(_end(sealing_, one, key, change) for one in ids)


def _end(sealing_: Sealing, task_id: TaskId, key: DataKey, change: PutProgress) -> EndTask:
    note = f"The record was {change.progress.state.value}."
    document = sealing.EvidenceDocument(task_id=task_id, note=note)
    sealed = sealing_.seal(key, sealing.EVIDENCE, document)
    return EndTask(task_id=task_id, at=change.at, evidence=sealed)
