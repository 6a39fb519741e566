"""A database that is slow, full, locked, cut off or gone while a disclosure is being committed.

Each trouble comes at the worst moment, between the last row and the commit's answer, and each ends
without anybody's hand: the same broker is asked again, and there is one disclosure.
"""

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import PoolProxiedConnection, func, select
from sqlalchemy.exc import OperationalError

from broker.domain.errors import LedgerUnavailableError
from broker.domain.ledger import Receipt
from broker.storage import Store, engine, sequencer, upgrade
from broker.storage.tables import disclosures
from tests import builders
from tests.builders import NOW
from tests.contract.county import draft, package, settle
from tests.postgres import Server, start_postgresql
from tests.simulators import open_test_store

SOON_SECONDS = 0.3
"""How long a caller waits here before it is told no."""
PATIENCE_SECONDS = 60
TRIES = 2
PAGE_BYTES = 4096
NO_ROOM = (
    "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
    " 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"
)
FULL_AT_COMMIT = (
    "CREATE CONSTRAINT TRIGGER full_disk AFTER INSERT ON log_checkpoints"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION no_room()"
)
Trouble = Callable[[Server, int], None]
T = TypeVar("T")

# psycopg warns of each connection that was cut before anybody could close it.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL that nobody else uses."""
    started = start_postgresql()
    try:
        upgrade(started.url)
        yield started
    finally:
        started.stop()


@pytest.fixture
def replicas(server: Server) -> Iterator[tuple[Store, Store]]:
    """Two brokers on one database, with a county and a decided request."""
    if server.process is None:
        server.start()
    url = server.new_database("postgres")
    both = (open_test_store(url), open_test_store(url))
    settle(both[0])
    both[0].ledger.record_decision(builders.permit())
    yield both
    for one in both:
        one.close()


@contextmanager
def at_commit(store: Store, before: Callable[[int], None]) -> Iterator[None]:
    """Have something happen to the server's process of the next commit, just before it is sent."""
    dialect, once = store.engines[0].dialect, threading.Lock()
    commit = dialect.do_commit

    def troubled(connection: PoolProxiedConnection) -> None:
        if once.acquire(blocking=False):
            raw = connection.dbapi_connection
            before(0 if raw is None else raw.info.backend_pid)
        commit(connection)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dialect, "do_commit", troubled)
        yield


def again(work: Callable[[], T]) -> T:
    """Do what fails on a connection of before once more, as the message says."""
    for _ in range(TRIES):
        with suppress(LedgerUnavailableError):
            return work()
    return work()


def ask(store: Store) -> Receipt:
    """Ask for the one disclosure under its key, as a client does."""
    permit = builders.permit()
    found = store.ledger.earlier_receipt(permit.requester, permit.request)
    return found or store.ledger.record_disclosure(package(permit))


def there_is_one(*stores: Store) -> None:
    """However often it was asked for, there is one disclosure, in one log that never forked."""
    receipts = [again(partial(ask, one)) for one in stores]
    assert len({one.disclosure_id for one in receipts}) == 1
    roots = {one.log.verify().root for one in stores}
    assert len(roots) == 1
    with stores[0].log.readers.begin() as connection:
        assert connection.scalar(select(func.count()).select_from(disclosures)) == 1
    due = [again(partial(one.outbox.due, NOW, 10)) for one in stores]
    assert sum(map(len, due)) == 1


def test_a_commit_that_is_slow_is_not_waited_for_and_lands_once(
    replicas: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk hangs in the commit: both brokers say no in time, and it is released once after."""
    mine, other = replicas
    stopped: list[int] = []

    def stop(process: int) -> None:
        stopped.append(process)
        os.kill(process, signal.SIGSTOP)

    with monkeypatch.context() as patched, at_commit(mine, stop):
        patched.setattr(sequencer, "MAX_WAIT_SECONDS", SOON_SECONDS)
        try:
            for one in (mine, other):
                with pytest.raises(LedgerUnavailableError):
                    one.ledger.record_disclosure(package())
        finally:
            os.kill(stopped[0], signal.SIGCONT)

    there_is_one(mine, other)


def _cut(server: Server, process: int) -> None:
    server.run(f"SELECT pg_terminate_backend({process})")


def _crash(server: Server, process: int) -> None:
    del process
    server.crash()


@pytest.mark.parametrize("trouble", [_cut, _crash], ids=["the-log-lock-is-lost", "it-is-gone"])
def test_cut_off_before_the_commit_nothing_is_stored(
    server: Server, replicas: tuple[Store, Store], trouble: Trouble
) -> None:
    """Whoever held the log's lock is cut off with everything written: nothing of it is there."""
    mine, other = replicas
    before = mine.log.checkpoint()
    with (
        at_commit(mine, lambda process: trouble(server, process)),
        pytest.raises(LedgerUnavailableError),
    ):
        mine.ledger.record_disclosure(package())
    if server.process is None:
        server.start()

    assert other.log.checkpoint() == before
    there_is_one(other, mine)


def test_gone_after_the_commit_it_is_there_when_the_server_is_back(
    server: Server, replicas: tuple[Store, Store]
) -> None:
    """The server dies with the commit durable and unanswered: asked again, it is that one."""
    mine, other = replicas
    dialect = mine.engines[0].dialect
    commit = dialect.do_commit

    def die(connection: PoolProxiedConnection) -> None:
        commit(connection)
        server.crash()
        raise OperationalError("COMMIT", None, OSError(104, "Connection reset by peer"))

    before = mine.log.checkpoint()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dialect, "do_commit", die)
        with pytest.raises(LedgerUnavailableError):
            mine.ledger.record_disclosure(package())
    server.start()

    landed = other.log.checkpoint()
    assert before is not None
    assert landed is not None
    assert landed.size == before.size + 1
    there_is_one(mine, other)


def test_a_disk_that_is_full_at_the_commit(replicas: tuple[Store, Store]) -> None:
    """PostgreSQL has no room when everything is written: nothing is stored until there is room."""
    mine, other = replicas
    before = mine.log.checkpoint()
    with mine.engines[0].begin() as connection:
        connection.exec_driver_sql(NO_ROOM)
        connection.exec_driver_sql(FULL_AT_COMMIT)
    for one in (mine, other):
        with pytest.raises(LedgerUnavailableError, match="has room"):
            one.ledger.record_disclosure(package())
    assert other.log.checkpoint() == before
    with mine.engines[0].begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER full_disk ON log_checkpoints")

    there_is_one(mine, other)


def test_a_replica_that_is_killed_with_the_lock_in_its_hand(replicas: tuple[Store, Store]) -> None:
    """One of two is killed while it writes: the other waits for it, goes on, and nothing forks."""
    mine, other = replicas
    url = mine.engines[0].url.render_as_string(hide_password=False)
    locks = (
        "import sys, time; from sqlalchemy import create_engine;"
        "from broker.storage.engine import take_log_lock;"
        "connection = create_engine(sys.argv[1]).connect();"
        "take_log_lock(connection); print('held', flush=True); time.sleep(600)"
    )
    with _holding(locks, url) as holder, ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(one.ledger.record_disclosure, package()) for one in (mine, other)]
        assert not any(one.done() for one in asked)
        holder.kill()
        receipts = {one.result(PATIENCE_SECONDS).disclosure_id for one in asked}

    assert len(receipts) == 1
    there_is_one(mine, other)


@contextmanager
def _holding(program: str, database: str) -> Iterator[subprocess.Popen[str]]:
    """Run a process that has said that it holds the database's lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, database], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def embedded(
    migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    """A broker on a file, with a county and a decided request, that does not wait for long."""
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MILLISECONDS", 1000 * SOON_SECONDS)
    (tmp_path / "broker.db").write_bytes(migrated_sqlite.read_bytes())
    store = open_test_store(f"sqlite:///{tmp_path / 'broker.db'}")
    settle(store)
    store.ledger.record_decision(builders.permit())
    yield store
    store.close()


def test_a_file_that_another_process_keeps_locked(embedded: Store, tmp_path: Path) -> None:
    """Past its time the broker says no; when the other one is killed it goes on by itself."""
    locks = (
        "import sqlite3, sys, time; connection = sqlite3.connect(sys.argv[1]);"
        "connection.execute('BEGIN IMMEDIATE'); print('held', flush=True); time.sleep(600)"
    )
    before = embedded.log.checkpoint()
    with _holding(locks, str(tmp_path / "broker.db")):
        with pytest.raises(LedgerUnavailableError):
            embedded.ledger.record_disclosure(package())
        assert embedded.log.checkpoint() == before
        embedded.cases.case(builders.case().case_id)  # Whoever reads is not kept waiting.

    there_is_one(embedded)


@contextmanager
def _no_file_over(size: int) -> Iterator[None]:
    """Have the operating system refuse every write past so many bytes of any file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("more", [0, 1, PAGE_BYTES, 3 * PAGE_BYTES + 17])
def test_a_disk_that_is_full_in_the_middle_of_a_page(
    embedded: Store, tmp_path: Path, more: int
) -> None:
    """The kernel takes part of a write and no more: nothing is stored, and then it is, once."""
    before = embedded.log.checkpoint()
    size = (tmp_path / "broker.db-wal").stat().st_size
    with _no_file_over(size + more):
        for _ in range(2):
            with pytest.raises(LedgerUnavailableError, match="has room"):
                embedded.ledger.record_disclosure(package())
        assert embedded.log.checkpoint() == before

    there_is_one(embedded)


def test_a_disk_that_was_full_and_a_broker_that_died_of_it(embedded: Store, tmp_path: Path) -> None:
    """Whoever opens the file after a torn write finds what was acknowledged, and goes on."""
    before = embedded.ledger.record(draft())
    size = (tmp_path / "broker.db-wal").stat().st_size
    with _no_file_over(size + 2 * PAGE_BYTES + 1), pytest.raises(LedgerUnavailableError):
        embedded.ledger.record_disclosure(package())
    for name in ("broker.db", "broker.db-wal"):  # As the disk has it when the process dies.
        (tmp_path / f"later-{name}").write_bytes((tmp_path / name).read_bytes())

    later = open_test_store(f"sqlite:///{tmp_path / 'later-broker.db'}")
    try:
        assert later.log.verify().size == before.index + 1
        there_is_one(later)
    finally:
        later.close()
