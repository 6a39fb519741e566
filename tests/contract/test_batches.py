"""Many callers in one transaction: each gets the answer it would have got alone."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from broker.domain.changes import PutCase
from broker.domain.errors import CaseChangedError, IdempotencyConflictError
from broker.domain.ledger import Receipt
from broker.ledger import events
from broker.storage import Store, upgrade
from broker.storage.engine import take_log_lock
from tests import builders
from tests.builders import NOW
from tests.contract.county import draft, package, settle
from tests.simulators import MemoryCustody, open_test_store

Call = Callable[[], object]


def queued(store: Store) -> int:
    """How many callers the writer has not taken yet."""
    return len(store.ledger.sequencer._queue)


def together(store: Store, calls: Sequence[Call]) -> list[Future[object]]:
    """Have all of them wait for one transaction, in this order, and return what came of each."""
    with ThreadPoolExecutor(len(calls) + 1) as threads:
        with store.engines[0].begin() as another_broker:
            take_log_lock(another_broker)
            first = threads.submit(store.ledger.record, draft())  # The writer waits with this one.
            while not first.running() or queued(store):
                time.sleep(0.001)
            made = []
            for number, call in enumerate(calls, 1):
                made.append(threads.submit(call))
                # PostgreSQL does at once what belongs to no entry.
                while queued(store) + sum(one.done() for one in made) < number:
                    time.sleep(0.001)
        wait(made)
    return made


def ready(store: Store, *request_ids: str) -> list[Call]:
    """Disclosures whose requests are decided."""
    calls: list[Call] = []
    for one in request_ids:
        permit = builders.permit(builders.share_request(one))
        store.ledger.record_decision(permit)
        sealed = package(permit)
        calls.append(partial(store.ledger.record_disclosure, sealed))
    return calls


def receipts(made: Sequence[Future[object]]) -> list[Receipt]:
    """What came of disclosures that all succeeded."""
    found = [one.result() for one in made]
    return [one for one in found if isinstance(one, Receipt)]


def test_many_disclosures_share_a_transaction(store: Store) -> None:
    """Twelve callers, one checkpoint, a receipt and a package in the outbox for each."""
    settle(store)
    calls = ready(store, *(f"request-{number:04}" for number in range(12)))

    made = receipts(together(store, calls))

    assert len({one.disclosure_id for one in made}) == 12
    assert len({one.checkpoint.note for one in made}) == 1
    assert len(store.outbox.due(NOW, 100)) == 12
    store.log.verify()


def test_the_same_request_twice_at_once_is_answered_once(store: Store) -> None:
    """Of two packages for one request in one transaction, the first is queued and both hear so."""
    settle(store)
    permit = builders.permit()
    store.ledger.record_decision(permit)
    calls: list[Call] = [partial(store.ledger.record_disclosure, package(permit)) for _ in range(3)]

    made = receipts(together(store, calls))

    assert len(made) == 3
    assert len({one.disclosure_id for one in made}) == 1
    assert len(store.outbox.due(NOW, 100)) == 1
    store.log.verify()


def test_consent_withdrawn_in_the_same_transaction_stops_what_comes_after(store: Store) -> None:
    """What was asked ahead of a change is asked again after it: nothing leaves on old consent."""
    settle(store)
    before, after = ready(store, "request-0001", "request-0002")
    changed = replace(builders.case(), version=2)

    def change() -> object:
        return store.ledger.record(events.case_recorded(changed, NOW), PutCase(case=changed))

    first, withdrawn, second = together(store, [before, change, after])

    assert isinstance(first.result(), Receipt)
    assert withdrawn.exception() is None
    assert isinstance(second.exception(), CaseChangedError)
    assert len(store.outbox.due(NOW, 100)) == 1
    store.log.verify()


def test_one_id_for_two_requests_at_once_is_a_conflict(store: Store) -> None:
    """Of two decisions that use one id for different things, the second is refused."""
    settle(store)
    asked = builders.share_request("request-0001")
    other = builders.share_request("request-0001", purpose="marac-meeting")
    calls: list[Call] = [
        partial(store.ledger.record_decision, builders.permit(one)) for one in (asked, other)
    ]

    first, second = together(store, calls)

    assert first.exception() is None
    assert isinstance(second.exception(), IdempotencyConflictError)
    store.log.verify()


def test_work_that_belongs_to_no_entry_stands_between(store: Store) -> None:
    """A proof of possession that is used among disclosures disturbs none of them."""
    settle(store)
    first, second = ready(store, "request-0001", "request-0002")
    later = NOW + timedelta(minutes=5)

    made = together(store, [first, partial(store.proofs.claim, "proof", later), second])

    assert len(receipts(made)) == 2
    assert made[1].result() is True
    assert len(store.outbox.due(NOW, 10)) == 2
    store.log.verify()


def test_who_is_interrupted_while_writing_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A caller alone writes for itself: stopped midway, it stores nothing and blocks nobody."""
    url = f"sqlite:///{tmp_path / 'broker.db'}"
    upgrade(url)
    store = open_test_store(url)
    settle(store)
    before = store.log.checkpoint()

    def interrupt(*_: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(MemoryCustody, "sign", interrupt)
        with pytest.raises(KeyboardInterrupt):
            store.ledger.record(draft())

    assert before == store.log.verify()
    assert before is not None
    assert store.ledger.record(draft()).index == before.size
    store.log.verify()
    store.close()
