from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from broker.domain.changes import (
    MarkAcknowledged,
    MarkDelivered,
    PostponeDelivery,
    PutAgency,
    StopDelivery,
)
from broker.domain.errors import InvalidRequestError, LeaseLostError
from broker.domain.ids import DisclosureId
from broker.domain.outbox import DueDelivery
from broker.domain.words import EventKind
from broker.ledger import events
from broker.storage import Store
from tests import builders
from tests.builders import NOW
from tests.contract.county import disclose, draft, settle

MINUTE = timedelta(minutes=1)


def test_what_is_logged_is_due(store: Store) -> None:
    """A disclosure's package, its receipt and its recipient's mailbox come out of the outbox."""
    settle(store)
    receipt = disclose(store)

    (due,) = store.outbox.due(NOW, 10)

    assert receipt == due.receipt
    assert due.content == b"sealed " * 900
    assert due.mailbox_url == "http://127.0.0.1:9/housing-la"
    assert due.attempts == 0


def test_a_mailbox_that_moved_is_found(store: Store) -> None:
    """What was decided before an agency moved its mailbox arrives where the mailbox is now."""
    settle(store)
    disclose(store)
    moved = replace(builders.agency("housing-la"), mailbox_url="http://127.0.0.1:9/moved")
    store.ledger.record(draft(), PutAgency(agency=moved))

    assert store.outbox.due(NOW, 1)[0].mailbox_url == moved.mailbox_url


def test_a_lease_keeps_other_workers_off_and_lapses(store: Store) -> None:
    """No two workers get one package; if the first crashes, another gets it a minute later."""
    settle(store)
    disclose(store)

    assert len(store.outbox.due(NOW, 10)) == 1
    assert store.outbox.due(NOW, 10) == ()
    assert store.outbox.due(NOW + MINUTE - timedelta(microseconds=1), 10) == ()
    assert len(store.outbox.due(NOW + MINUTE, 10)) == 1


def test_many_workers_share_the_work(store: Store) -> None:
    """Eight workers asking at once get each package once between them, at most their limit."""
    settle(store)
    wanted = {disclose(store, f"request-{n:04}").disclosure_id for n in range(12)}

    with ThreadPoolExecutor(8) as threads:
        shares = list(threads.map(lambda _: store.outbox.due(NOW, 3), range(8)))
    shares.append(store.outbox.due(NOW, 100))  # On PostgreSQL a locked row is skipped, not lost.

    taken = [one.receipt.disclosure_id for share in shares for one in share]
    assert sorted(wanted) == sorted(taken)
    assert all(len(share) <= 3 for share in shares[:-1])


def leased(store: Store, at: datetime = NOW) -> DueDelivery:
    """Take the one package that is due."""
    (due,) = store.outbox.due(at, 10)
    return due


def deliver(store: Store, due: DueDelivery, at: datetime = NOW) -> None:
    """Say that the mailbox has it."""
    mark = MarkDelivered(
        disclosure_id=due.receipt.disclosure_id, leased_until=due.leased_until, at=at
    )
    store.ledger.record(events.delivered(due.receipt, at), mark)


def entries(store: Store, kind: EventKind) -> int:
    """Count the entries of a kind."""
    return sum(one.kind is kind for one in store.log.entries(0, 1_000))


def test_delivered_means_never_again(store: Store) -> None:
    """A package that its mailbox has is not due again, and it was delivered once."""
    settle(store)
    disclose(store)
    due = leased(store)
    deliver(store, due, NOW + MINUTE)
    with pytest.raises(LeaseLostError):
        deliver(store, due, NOW + 2 * MINUTE)

    assert store.outbox.due(NOW + timedelta(days=9), 10) == ()
    found = store.log.disclosure(due.receipt.disclosure_id)
    assert found is not None
    assert found.delivered_at == NOW + MINUTE
    assert entries(store, EventKind.DELIVERED) == 1
    store.log.verify()


def test_a_worker_whose_lease_lapsed_settles_nothing(store: Store) -> None:
    """Two workers put one package after a stall: the one who has it now says so, and only they."""
    settle(store)
    disclose(store)
    slow, quick = leased(store), leased(store, NOW + MINUTE)

    for change in (
        MarkDelivered(
            disclosure_id=slow.receipt.disclosure_id, leased_until=slow.leased_until, at=NOW
        ),
        StopDelivery(
            disclosure_id=slow.receipt.disclosure_id, leased_until=slow.leased_until, at=NOW
        ),
        PostponeDelivery(
            disclosure_id=slow.receipt.disclosure_id,
            leased_until=slow.leased_until,
            next_attempt_at=NOW,
        ),
    ):
        with pytest.raises(LeaseLostError, match="Another worker"):
            store.ledger.record(draft(), change)
    deliver(store, quick, NOW + MINUTE)

    assert entries(store, EventKind.DELIVERED) == 1
    assert store.outbox.due(NOW + timedelta(days=9), 10) == ()


def test_a_lapsed_lease_that_nobody_took_still_counts(store: Store) -> None:
    """A slow mailbox that nobody else has tried meanwhile has the package all the same."""
    settle(store)
    disclose(store)
    deliver(store, leased(store), NOW + 3 * MINUTE)

    assert entries(store, EventKind.DELIVERED) == 1


def test_a_recipient_may_be_quicker_than_the_worker(store: Store) -> None:
    """A package that is acknowledged before its delivery is noted is delivered once, and noted."""
    settle(store)
    receipt = disclose(store)
    due = leased(store)
    mark = MarkAcknowledged(disclosure_id=receipt.disclosure_id, at=NOW)
    store.ledger.record(events.acknowledged(receipt, NOW), mark)
    assert store.outbox.due(NOW + 2 * MINUTE, 10) == ()
    deliver(store, due)

    found = store.log.disclosure(receipt.disclosure_id)
    assert found is not None
    assert (found.delivered_at, found.acknowledged_at) == (NOW, NOW)


def test_stopped_means_never(store: Store) -> None:
    """A package that was withdrawn from the outbox never becomes due, and the log says when."""
    settle(store)
    receipt = disclose(store)
    due = leased(store)
    stop = StopDelivery(disclosure_id=receipt.disclosure_id, leased_until=due.leased_until, at=NOW)
    store.ledger.record(events.delivery_stopped(receipt, "key-revoked", NOW), stop)

    assert store.outbox.due(NOW + timedelta(days=9), 10) == ()
    found = store.log.disclosure(receipt.disclosure_id)
    assert found is not None
    assert (found.stopped_at, found.delivered_at) == (NOW, None)
    store.log.verify()


def test_what_is_due_says_what_it_was_decided_on(store: Store) -> None:
    """Before it leaves, the case, the recipient and what was known of consent can be looked at."""
    settle(store)
    disclose(store)
    due = leased(store)

    assert due.case_id == "MR-0417"
    assert (due.recipient, due.recipient_agency) == ("housing-1", "ashmere-housing-la")
    assert due.consents == (
        ("incident-summary", "given-explicit"),
        ("risk-assessment", "given-explicit"),
    )
    assert due.leased_until == NOW + MINUTE


def test_postponed_until_its_time(store: Store) -> None:
    """A mailbox that does not answer is tried again when its time comes, and the tries counted."""
    settle(store)
    receipt = disclose(store)
    later = NOW + 5 * MINUTE
    change = PostponeDelivery(
        disclosure_id=receipt.disclosure_id,
        leased_until=leased(store).leased_until,
        next_attempt_at=later,
    )
    store.ledger.record(events.delivery_failed(receipt, 1, NOW), change)

    assert store.outbox.due(later - timedelta(seconds=1), 10) == ()
    assert store.outbox.due(later, 10)[0].attempts == 1


def test_a_late_failure_does_not_reopen_a_delivery(store: Store) -> None:
    """A slow worker that reports a failure after another delivered brings nothing back."""
    settle(store)
    receipt = disclose(store)
    due = leased(store)
    deliver(store, due)
    again = PostponeDelivery(
        disclosure_id=receipt.disclosure_id, leased_until=due.leased_until, next_attempt_at=NOW
    )
    with pytest.raises(LeaseLostError):
        store.ledger.record(events.delivery_failed(receipt, 1, NOW), again)

    assert store.outbox.due(NOW + MINUTE, 10) == ()


def test_acknowledged_is_kept(store: Store) -> None:
    """The recipient's acknowledgement is on record with its time."""
    settle(store)
    receipt = disclose(store)
    mark = MarkAcknowledged(disclosure_id=receipt.disclosure_id, at=NOW + MINUTE)
    store.ledger.record(events.acknowledged(receipt, NOW + MINUTE), mark)

    found = store.log.disclosure(receipt.disclosure_id)
    assert found is not None
    assert found.acknowledged_at == NOW + MINUTE
    store.log.verify()


def test_marks_on_no_disclosure_are_refused(store: Store) -> None:
    """Nothing is logged as delivered that was never disclosed."""
    unknown = DisclosureId("0" * 32)
    for change in (
        MarkDelivered(disclosure_id=unknown, leased_until=NOW, at=NOW),
        MarkAcknowledged(disclosure_id=unknown, at=NOW),
        StopDelivery(disclosure_id=unknown, leased_until=NOW, at=NOW),
        PostponeDelivery(disclosure_id=unknown, leased_until=NOW, next_attempt_at=NOW),
    ):
        with pytest.raises(InvalidRequestError, match="No such disclosure"):
            store.ledger.record(draft(), change)
    assert store.log.checkpoint() is None
