import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select

from broker.domain.ids import DisclosureId
from broker.storage import Store
from broker.storage.tables import disclosures, log_entries
from tests.builders import NOW
from tests.contract.county import draft, settle
from tests.simulators import open_test_store

ROOT = Path(__file__).parents[2]
KILLS = 2
ACKNOWLEDGED_BEFORE_KILL = 40
PATIENCE_SECONDS = 60


@contextmanager
def writer(url: str, name: str) -> Iterator[subprocess.Popen[str]]:
    """A broker process that writes until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.writer", url, name],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def kill_after(process: subprocess.Popen[str], lines: int) -> list[str]:
    """Wait until so much was acknowledged, kill -9, and return all that was acknowledged."""
    assert process.stdout is not None
    seen = [process.stdout.readline() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    seen += process.stdout.readlines()
    process.wait(PATIENCE_SECONDS)
    return [line.strip() for line in seen if line.endswith("\n")]


def check_acknowledged(store: Store, acknowledged: list[str]) -> None:
    """Whatever was acknowledged is stored, and nothing is queued that is not logged."""
    size = store.log.verify().size
    for line in acknowledged:
        kind, name = line.split()
        if kind == "entry":
            assert int(name) < size
        else:
            assert store.log.disclosure(DisclosureId(name)) is not None
    with store.log.readers.begin() as connection:
        assert connection.scalar(select(func.count()).select_from(log_entries)) == size
        queued = connection.scalar(select(func.count()).select_from(disclosures))
    due = store.outbox.due(NOW, 10_000)
    assert len(due) == queued  # Each with a receipt that verifies.


def test_a_killed_broker_keeps_what_it_acknowledged(database_url: str) -> None:
    """Nothing acknowledged before a kill -9 is lost; a new process carries on without help."""
    store = open_test_store(database_url)
    settle(store)
    store.close()
    acknowledged: list[str] = []
    for number in range(KILLS):
        with writer(database_url, f"kill{number}") as process:
            acknowledged += kill_after(process, ACKNOWLEDGED_BEFORE_KILL + 7 * number)

    store = open_test_store(database_url)
    try:
        assert len(acknowledged) >= KILLS * ACKNOWLEDGED_BEFORE_KILL
        check_acknowledged(store, acknowledged)
        store.ledger.record(draft())
        store.log.verify()
    finally:
        store.close()


def test_two_brokers_never_fork_the_log(database_url: str) -> None:
    """Two processes and four threads each write to one database: one log, one order, no gap."""
    store = open_test_store(database_url)
    try:
        settle(store)
        with writer(database_url, "one") as one, writer(database_url, "two") as two:
            mine = [f"entry {store.ledger.record(draft(n)).index}" for n in range(20)]
            theirs = [*kill_after(one, 30), *kill_after(two, 30)]
            mine += [f"entry {store.ledger.record(draft(n)).index}" for n in range(5)]

        places = [line for line in (*mine, *theirs) if line.startswith("entry")]
        assert len(places) == len(set(places))
        time.sleep(0.2)  # PostgreSQL ends a killed client's transaction when it notices.
        check_acknowledged(store, [*mine, *theirs])
    finally:
        store.close()
