"""PostgreSQL cuts every connection again and again, and goes away whole, under two brokers."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from broker.domain.errors import LedgerUnavailableError
from broker.domain.ledger import Checkpoint, Receipt
from broker.ledger.tree import check_consistency
from broker.storage import Store, upgrade
from broker.storage.engine import SEQUENCER_LOCK
from tests import builders
from tests.builders import NOW
from tests.contract.county import package, settle
from tests.postgres import start_postgresql
from tests.simulators import open_test_store

REQUESTS, BROKERS = 40, 2
PATIENCE_SECONDS = 60.0
CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
CUT_LOCK = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks"  # noqa: S608  # a number of ours
    f" WHERE locktype = 'advisory' AND objid = {SEQUENCER_LOCK}"
)


def _until_it_is_so(store: Store, number: int, seen: list[Checkpoint]) -> Receipt:
    """Ask under one key until there is a receipt, as a client does; remember what was signed."""
    permit = builders.permit(builders.share_request(f"request-{number:04}"))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            found = store.ledger.earlier_receipt(permit.requester, permit.request)
            if found is None:
                store.ledger.record_decision(permit)
                found = store.ledger.record_disclosure(package(permit))
        except LedgerUnavailableError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        else:
            seen.append(found.checkpoint)
            return found


def _never_forked(store: Store, seen: Sequence[Checkpoint]) -> None:
    """Hold every two checkpoints that followed one another against each other."""
    ordered = sorted({(one.size, one.root) for one in seen})
    assert len({size for size, _ in ordered}) == len(ordered)
    for (size, root), (later, later_root) in pairwise(ordered):
        path = store.log.consistency(size, later)
        assert check_consistency((size, root), (later, later_root), path)


# psycopg warns of each cursor and connection that was cut before anybody could close it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_cut_off_in_mid_flight_two_brokers_go_on_by_themselves() -> None:
    """Connections, the log's lock and the server are lost: each request is released once."""
    server = start_postgresql()
    try:
        url = server.new_database()
        upgrade(url)
        stores = [open_test_store(url) for _ in range(BROKERS)]
        settle(stores[0])
        seen: list[Checkpoint] = []
        ended = threading.Event()

        def cut() -> None:
            while not ended.wait(0.05):
                server.run(CUT_LOCK)
                server.run(CUT)

        with ThreadPoolExecutor(8) as pool:
            asked = [
                pool.submit(_until_it_is_so, stores[number % BROKERS], number // BROKERS, seen)
                for number in range(BROKERS * REQUESTS)
            ]
            cutter = threading.Thread(target=cut)
            cutter.start()
            time.sleep(0.5)
            ended.set()
            cutter.join()
            server.crash()
            time.sleep(0.1)
            server.start()
            receipts = [one.result(PATIENCE_SECONDS) for one in asked]

        # Each request was asked of both brokers, and there is one answer.
        assert len({one.disclosure_id for one in receipts}) == REQUESTS
        assert len(stores[0].outbox.due(NOW, 10 * REQUESTS)) == REQUESTS
        _never_forked(stores[1], seen)
        stores[1].log.verify()
        for store in stores:
            store.close()
    finally:
        server.stop()
