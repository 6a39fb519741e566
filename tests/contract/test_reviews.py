import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from broker.domain.erasure import PutHold
from broker.domain.errors import InvalidRequestError, LedgerVerificationError
from broker.domain.ids import AgencyId, CaseId, PractitionerId, Role
from broker.domain.record import Draft, DraftItem, DraftPiece, HeldRecord
from broker.domain.retention import Hold, HoldKind, HoldStep
from broker.domain.review import (
    DueReview,
    Edits,
    LeaveOut,
    Progress,
    PutProgress,
    Review,
    ReviewState,
    WhyDue,
)
from broker.domain.words import EventKind
from broker.ledger import review_events
from broker.storage import Store
from broker.storage.tables import metadata
from tests import builders
from tests.builders import NOW
from tests.contract.county import draft, package, settle
from tests.simulators import open_test_store

POLICE = AgencyId("ashmere-police")
SPOC = builders.requester("police-1", "police")
LEAD = replace(builders.requester("police-9", "police"), role=Role("ig-lead"))
WORDS = "She was seen by the fountain at noon."
REVIEWS, STEPS = metadata.tables["reviews"], metadata.tables["review_steps"]


def held(request_id: str = "request-0001", **changes: object) -> HeldRecord:
    """A record that the verifier held, with one text."""
    permit = builders.permit(builders.share_request(request_id, **changes))
    piece = DraftPiece(item=0, order=2, field_name=None, text=WORDS, kept=(), removals=())
    item = DraftItem(
        category=permit.request.categories[0],
        recorded_on=None,
        profile="P-VICTIM-SAFE",
        pieces=(piece,),
    )
    draft = Draft(items=(item,), case_version=1, engine_version="engine", salt=bytes(32))
    return HeldRecord(permit=permit, flags=("party-name item 0 text",), draft=draft)


def hold(store: Store, request_id: str = "request-0001") -> Review:
    """Decide, hold, and return what waits."""
    record = held(request_id)
    store.ledger.record_decision(record.permit)
    entry = store.ledger.record_held(record)
    found = {one.entry: one for one in store.reviews.waiting(POLICE, None, 100)}
    return found[entry.index]


def step(store: Store, review: Review, **changes: object) -> Progress:
    """Take the next step."""
    taken = replace(review.progress, revision=review.progress.revision + 1, **changes)  # type: ignore[arg-type]  # pass-through
    edits, salt = Edits(), store.cases.broker_salt()
    store.ledger.record(
        review_events.edited(review, edits, SPOC, salt, NOW), PutProgress(progress=taken, at=NOW)
    )
    return taken


def test_a_held_record_waits_with_its_entry(store: Store) -> None:
    """It is on file as it was held, for its holder and nobody else, under its entry."""
    settle(store)
    review = hold(store)

    assert review.held.draft == held().draft
    assert review.held.flags == ("party-name item 0 text",)
    assert review.held.request == held().permit.request
    assert review.progress == Progress(review_id=review.held.review_id)
    entry = store.log.entry(review.entry)
    assert entry is not None
    assert (entry.kind, entry.case_tag) == (EventKind.HELD_FOR_PERSON, review.held.case_tag)
    assert entry.detail["review"] == review.held.review_id
    assert store.reviews.waiting(AgencyId("ashmere-housing-la"), None, 10) == ()
    assert store.reviews.review(review.held.review_id) == review
    assert store.log.verify().size == review.entry + 1


def test_it_is_due_before_the_meeting_that_needs_it(store: Store) -> None:
    """By the end of the next working day, and gone two weeks after the meeting."""
    settle(store)
    review = hold(store).held

    assert review.held_at < review.due_at <= NOW + timedelta(days=2)
    assert review.expires_at == builders.meeting().held_at + timedelta(days=14)


def test_held_again_it_is_the_same_review(store: Store) -> None:
    """The requester who asks again under the same key makes no second one, and undoes no edit."""
    settle(store)
    review = hold(store)
    taken = step(store, review, edits=Edits(left_out=(LeaveOut(item=0, order=2),)))
    store.ledger.record_held(held())

    (found,) = store.reviews.waiting(POLICE, None, 10)
    assert found.progress == taken
    assert found.entry == review.entry
    store.log.verify()


def test_the_queue_is_read_page_by_page(store: Store) -> None:
    """What is due first comes first, and no page repeats or leaves out anything."""
    settle(store)
    for number in range(7):
        hold(store, f"request-{number:04d}")
    whole = store.reviews.waiting(POLICE, None, 100)
    assert [one.held.due_at for one in whole] == sorted(one.held.due_at for one in whole)

    pages, after = [], None
    while page := store.reviews.waiting(POLICE, after, 3):
        pages.append(len(page))
        after = (page[-1].held.due_at, page[-1].held.review_id)
        assert list(whole[:3]) == list(page)
        whole = whole[3:]
    assert pages == [3, 3, 1]


def test_two_reviewers_do_not_overwrite_each_other(store: Store) -> None:
    """Of two who looked at the same state, the second is told to look again."""
    settle(store)
    review = hold(store)
    first = step(store, review, edited_by=PractitionerId("police-1"))

    with pytest.raises(InvalidRequestError, match="look at it again"):
        step(store, review, edited_by=PractitionerId("police-9"))
    found = store.reviews.review(review.held.review_id)
    assert found is not None
    assert found.progress == first


@pytest.mark.parametrize("state", [one for one in ReviewState if one.ended])
def test_an_end_destroys_what_was_held(store: Store, state: ReviewState) -> None:
    """With the step that ends it the record and every edit are gone; the end itself is on file."""
    settle(store)
    review = hold(store)
    record, request = review.held.review_id, review.held.request
    edits = Edits(left_out=(LeaveOut(item=0, order=2),))
    now = replace(review, progress=step(store, review, edits=edits))
    assert store.reviews.state_of(review.held.requester, request) is ReviewState.WAITING
    step(store, now, state=state, ended_by=PractitionerId("police-1"))

    assert store.reviews.review(record) is None
    assert store.reviews.state_of(review.held.requester, request) is state
    done = store.reviews.ended(record)
    assert done is not None
    assert (done.state, done.ended_by, done.edits) == (state, "police-1", Edits())
    with store.engines[1].connect() as connection:
        assert connection.scalar(select(REVIEWS.c.ref).where(REVIEWS.c.ref == record)) is None
    with pytest.raises(InvalidRequestError):
        step(store, replace(now, progress=done), state=ReviewState.WAITING)
    store.log.verify()


def test_the_tasks_are_over_with_it(store: Store) -> None:
    """The contact's task and, once it was late, the lead's are done by the end alone."""
    settle(store)
    review = hold(store)
    late = step(store, review, state=ReviewState.OVERDUE)
    assert [one.duty.code for one in store.tasks.open_of(SPOC)] == ["HELD"]
    assert [one.duty.code for one in store.tasks.open_of(LEAD)] == ["HELD:late"]

    step(store, replace(review, progress=late), state=ReviewState.REFUSED)
    assert store.tasks.open_of(SPOC) == store.tasks.open_of(LEAD) == ()
    (done,) = store.tasks.done_of(SPOC)
    assert done.evidence == "The record was refused."
    store.log.verify()


def test_what_is_due_is_told_from_what_is_not(store: Store) -> None:
    """Overdue once, then at its term, or at once where the request was answered."""
    settle(store)
    review = hold(store)
    (due, ends) = (review.held.due_at, review.held.expires_at)

    def now_due(at: object) -> list[tuple[str, WhyDue]]:
        found: tuple[DueReview, ...] = store.reviews.due(at, 10)  # type: ignore[arg-type]
        return [(one.review_id, one.why) for one in found]

    mine = review.held.review_id
    assert now_due(due - timedelta(seconds=1)) == []
    assert now_due(due) == [(mine, WhyDue.OVERDUE)]
    step(store, review, state=ReviewState.OVERDUE)
    assert now_due(due) == []
    assert now_due(ends) == [(mine, WhyDue.TERM)]

    store.ledger.record_disclosure(package(held().permit))
    assert now_due(NOW) == [(mine, WhyDue.ANSWERED)]


def test_a_record_whose_key_is_destroyed_waits_for_nobody(store: Store) -> None:
    """Erasing the case erases what was held of it: it is not listed, not read, and due to end."""
    settle(store)
    review = hold(store)
    keys = metadata.tables["data_keys"]
    with store.engines[0].begin() as connection:
        ref = store.ledger.preparing.sealing.keyring.ref("case", CaseId("MR-0417"))
        connection.execute(delete(keys).where(keys.c.ref == ref))

    assert store.reviews.waiting(POLICE, None, 10) == ()
    assert store.reviews.review(review.held.review_id) is None
    (due,) = store.reviews.due(NOW, 10)
    assert (due.why, due.case_tag) == (WhyDue.ERASED, review.held.case_tag)
    end = Progress(review_id=due.review_id, revision=1, state=ReviewState.EXPIRED)
    store.ledger.record(review_events.expired(due, NOW), PutProgress(progress=end, at=NOW))
    assert store.reviews.due(NOW, 10) == ()


def _legal_hold(store: Store, revision: int, state: HoldStep) -> None:
    """Put a hold on the case, or the next step of it."""
    one = Hold(
        case_id=CaseId("MR-0417"),
        kind=next(iter(HoldKind)),
        step=state,
        revision=revision,
        reason="A claim is threatened.",
        by=PractitionerId("police-9"),
        at=NOW,
    )
    store.ledger.record(draft(revision), PutHold(hold=one))


def test_under_a_hold_nothing_is_destroyed(store: Store) -> None:
    """A case that may not be destroyed keeps what was held of it, past its term and its refusal."""
    settle(store)
    waits, refused = hold(store), hold(store, "request-0002")
    _legal_hold(store, 1, HoldStep.ASKED)
    step(store, refused, state=ReviewState.REFUSED)
    late = waits.held.expires_at + timedelta(days=1)
    assert store.reviews.review(refused.held.review_id) is None  # It is over for everybody.
    assert [one.why for one in store.reviews.due(late, 10)] == [WhyDue.OVERDUE]
    step(store, waits, state=ReviewState.OVERDUE)
    assert store.reviews.due(late, 10) == ()
    with store.engines[1].connect() as connection:
        assert len(connection.execute(select(REVIEWS.c.ref)).all()) == 2

    _legal_hold(store, 2, HoldStep.LIFTED)
    found = {one.review_id: one for one in store.reviews.due(late, 10)}
    assert found[waits.held.review_id].why is WhyDue.TERM
    last = found[refused.held.review_id]
    assert last.why is WhyDue.ENDED
    done = store.reviews.ended(refused.held.review_id)
    assert done is not None
    gone = PutProgress(progress=replace(done, revision=2), at=NOW)
    store.ledger.record(review_events.expired(last, NOW), gone)
    assert store.reviews.ended(refused.held.review_id) == gone.progress
    with store.engines[1].connect() as connection:
        assert len(connection.execute(select(REVIEWS.c.ref)).all()) == 1
    store.log.verify()


def test_the_end_and_the_disclosure_are_one(store: Store) -> None:
    """A disclosure that is not written ends no review, and a review that ended makes none."""
    settle(store)
    review = hold(store)
    permit = held().permit
    stale = PutProgress(
        progress=Progress(review_id=review.held.review_id, revision=5, state=ReviewState.RELEASED),
        at=NOW,
    )
    with pytest.raises(InvalidRequestError):
        store.ledger.record_disclosure(package(permit), stale)
    assert store.ledger.earlier_receipt(permit.requester, permit.request) is None

    good = replace(stale, progress=replace(stale.progress, revision=1))
    receipt = store.ledger.record_disclosure(package(permit), good)
    assert store.ledger.earlier_receipt(permit.requester, permit.request) == receipt
    assert store.reviews.waiting(POLICE, None, 10) == ()
    store.log.verify()


@pytest.mark.parametrize("column", ["sealed", "due_at", "expires_at", "owner", "claim"])
def test_a_held_record_that_was_changed_is_found(store: Store, column: str) -> None:
    """Whoever postpones, swaps or hands over what waits is found by the log."""
    settle(store)
    review = hold(store)
    value: object = {
        "sealed": b"another",
        "due_at": NOW + timedelta(days=300),
        "expires_at": NOW,
    }.get(column, "0" * 64)
    with store.engines[0].begin() as connection:
        connection.execute(update(REVIEWS).values({column: value}))

    with pytest.raises(LedgerVerificationError) as found:
        store.log.verify()
    assert found.value.entry == review.entry


def test_a_step_that_was_changed_is_found(store: Store) -> None:
    """Whoever turns a refusal into something else is found by the log."""
    settle(store)
    step(store, hold(store), state=ReviewState.REFUSED)
    with store.engines[0].begin() as connection:
        connection.execute(update(STEPS).values(state="waiting"))

    with pytest.raises(LedgerVerificationError):
        store.log.verify()


def test_nothing_of_it_can_be_read_off_the_file(migrated_sqlite: Path, tmp_path: Path) -> None:
    """Neither the text, nor who asked, nor which case it is: sealed under the case's own key."""
    file = tmp_path / "broker.db"
    file.write_bytes(migrated_sqlite.read_bytes())
    store = open_test_store(f"sqlite:///{file}")
    settle(store)
    hold(store)
    store.close()

    stored = b"".join(one.read_bytes() for one in tmp_path.glob("broker.db*"))
    for word in (WORDS, "fountain", "MR-0417", "housing-1", "request-0001", "P-VICTIM-SAFE text"):
        assert word.encode() not in stored
    with sqlite3.connect(file) as connection:
        ((key,),) = connection.execute("SELECT data_key FROM reviews").fetchall()
    assert key != "directory"
