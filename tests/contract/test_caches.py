from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select, update

from broker.storage import Store
from broker.storage.tables import kept_spans, seen_proofs
from tests.builders import NOW
from tests.simulators import SetClock, open_test_store

KEY, OTHER = b"k" * 32, b"o" * 32


def test_spans_read_back(store: Store) -> None:
    """What was detected is kept under its text's key, the newest of it, and no other key's."""
    assert store.spans.get(KEY) is None
    store.spans.put(KEY, b"first")
    store.spans.put(KEY, b"second")

    assert store.spans.get(KEY) == b"second"
    assert store.spans.get(OTHER) is None


def test_tampered_spans_are_detected_again(store: Store) -> None:
    """Spans that were changed, or moved to another text, count as never kept."""
    store.spans.put(KEY, b"12:20 NAME")
    store.spans.put(OTHER, b"")
    with store.engines[0].begin() as connection:
        sealed = connection.scalar(select(kept_spans.c.sealed).where(kept_spans.c.key == OTHER))
    assert sealed is not None
    for value in (sealed, sealed[:-1] + bytes([sealed[-1] ^ 1]), b""):
        with store.engines[0].begin() as connection:
            row = update(kept_spans).where(kept_spans.c.key == KEY)
            connection.execute(row.values(sealed=value))
        assert store.spans.get(KEY) is None


def test_a_proof_counts_once(store: Store) -> None:
    """A proof of possession that was used is a replay, on this replica and on any other."""
    until = NOW + timedelta(minutes=5)

    assert store.proofs.claim("proof-1", until)
    assert not store.proofs.claim("proof-1", until)
    assert store.proofs.claim("proof-2", until)


def test_a_proof_counts_once_when_it_comes_eight_times_at_once(store: Store) -> None:
    """A stolen proof sent together with the real one does not get through beside it."""
    until = NOW + timedelta(minutes=5)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: store.proofs.claim("proof", until), range(8)))

    assert answers.count(True) == 1


def test_proofs_are_forgotten_after_their_time(database_url: str) -> None:
    """The memory of used proofs does not grow for ever, and forgets none that could be replayed."""
    clock = SetClock()
    store = open_test_store(database_url, clock)
    try:
        store.proofs.claim("old", NOW + timedelta(minutes=1))
        clock.advance(timedelta(minutes=1))
        assert not store.proofs.claim("old", NOW + timedelta(minutes=9))
        clock.advance(timedelta(seconds=1))
        store.proofs.claim("new", NOW + timedelta(minutes=9))
        with store.log.readers.begin() as connection:
            assert connection.scalar(select(func.count()).select_from(seen_proofs)) == 1
    finally:
        store.close()
