from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from broker.domain.changes import (
    MarkAcknowledged,
    MarkDelivered,
    PostponeDelivery,
    PutAgency,
)
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import DisclosureId
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


def test_delivered_means_never_again(store: Store) -> None:
    """A package that its mailbox has is not due again, and the first delivery's time stays."""
    settle(store)
    receipt = disclose(store)
    for at in (NOW + MINUTE, NOW + 2 * MINUTE):
        mark = MarkDelivered(disclosure_id=receipt.disclosure_id, at=at)
        store.ledger.record(events.delivered(receipt, at), mark)

    assert store.outbox.due(NOW + timedelta(days=9), 10) == ()
    found = store.log.disclosure(receipt.disclosure_id)
    assert found is not None
    assert found.delivered_at == NOW + MINUTE
    store.log.verify()


def test_postponed_until_its_time(store: Store) -> None:
    """A mailbox that does not answer is tried again when its time comes, and the tries counted."""
    settle(store)
    receipt = disclose(store)
    store.outbox.due(NOW, 10)
    later = NOW + 5 * MINUTE
    change = PostponeDelivery(disclosure_id=receipt.disclosure_id, next_attempt_at=later)
    store.ledger.record(events.delivery_failed(receipt, 1, NOW), change)

    assert store.outbox.due(later - timedelta(seconds=1), 10) == ()
    assert store.outbox.due(later, 10)[0].attempts == 1


def test_a_late_failure_does_not_reopen_a_delivery(store: Store) -> None:
    """A slow worker that reports a failure after another delivered brings nothing back."""
    settle(store)
    receipt = disclose(store)
    mark = MarkDelivered(disclosure_id=receipt.disclosure_id, at=NOW)
    store.ledger.record(events.delivered(receipt, NOW), mark)
    again = PostponeDelivery(disclosure_id=receipt.disclosure_id, next_attempt_at=NOW)
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
        MarkDelivered(disclosure_id=unknown, at=NOW),
        MarkAcknowledged(disclosure_id=unknown, at=NOW),
        PostponeDelivery(disclosure_id=unknown, next_attempt_at=NOW),
    ):
        with pytest.raises(InvalidRequestError, match="No such disclosure"):
            store.ledger.record(draft(), change)
    assert store.log.checkpoint() is None
