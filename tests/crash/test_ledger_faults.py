from pathlib import Path

import pytest
from sqlalchemy import PoolProxiedConnection, event
from sqlalchemy.exc import OperationalError

from broker.domain.errors import CustodyError, LedgerUnavailableError
from broker.storage import Store, sequencer, upgrade
from broker.storage.engine import take_log_lock
from tests import builders
from tests.builders import NOW
from tests.contract.county import disclose, draft, package, settle
from tests.postgres import start_postgresql
from tests.simulators import MemoryCustody, open_test_store


@pytest.fixture
def settled(store: Store) -> Store:
    """A store with the county of the builders and a decided request."""
    settle(store)
    store.ledger.record_decision(builders.permit())
    return store


def fail(*_: object) -> None:
    """As the disk does."""
    raise OperationalError("COMMIT", None, OSError(5, "Input/output error"))


@pytest.mark.parametrize("moment", ["commit", "before_cursor_execute"])
def test_a_disk_error_stores_nothing_and_releases_nothing(settled: Store, moment: str) -> None:
    """When a commit or a statement fails, the caller gets no receipt and nothing is queued."""
    before = settled.log.checkpoint()
    event.listen(settled.engines[0], moment, fail)
    with pytest.raises(LedgerUnavailableError, match="nothing was released"):
        settled.ledger.record_disclosure(package())
    event.remove(settled.engines[0], moment, fail)

    assert before == settled.log.verify()
    assert settled.outbox.due(NOW, 10) == ()
    settled.ledger.record_disclosure(package())  # The same request again, the disk mended.
    assert len(settled.outbox.due(NOW, 10)) == 1


def test_a_commit_that_failed_but_landed_is_found_again(
    settled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the answer to a commit is lost, nothing is released twice when the client asks again."""
    dialect = settled.engines[0].dialect
    original = dialect.do_commit

    def lose_the_answer(dbapi_connection: PoolProxiedConnection) -> None:
        original(dbapi_connection)
        fail()

    with monkeypatch.context() as patched:
        patched.setattr(dialect, "do_commit", lose_the_answer)
        with pytest.raises(LedgerUnavailableError):
            settled.ledger.record_disclosure(package())

    permit = builders.permit()
    landed = settled.ledger.earlier_receipt(permit.requester, permit.request)
    assert landed is not None
    assert landed == settled.ledger.record_disclosure(package())
    assert len(settled.outbox.due(NOW, 10)) == 1
    settled.log.verify()


def test_no_signature_no_entry(settled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """When our signing key cannot be used, nothing is stored: there is no unsigned checkpoint."""
    before = settled.log.checkpoint()

    def refuse(*_: object) -> bytes:
        raise CustodyError("The key service does not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(MemoryCustody, "sign", refuse)
        with pytest.raises(LedgerUnavailableError):
            settled.ledger.record(draft())

    assert before == settled.log.verify()


def test_a_writer_that_hangs_is_not_waited_for(
    settled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A caller hears in time that nothing may be released, and what still waited is not written."""
    monkeypatch.setattr(sequencer, "MAX_WAIT_SECONDS", 0.05)
    before = settled.log.checkpoint()
    assert before is not None
    with settled.engines[0].begin() as another_broker:
        take_log_lock(another_broker)
        for number in range(2):
            with pytest.raises(LedgerUnavailableError):
                settled.ledger.record(draft(number))
    monkeypatch.undo()

    settled.ledger.record(draft(2))

    # The first was under way and may land; the second was still in the queue and may not.
    assert settled.log.verify().size in (before.size + 1, before.size + 2)


def disclose_many(store: Store) -> None:
    """More than the room that is left."""
    for number in range(50):
        disclose(store, f"request-{number:04}")


def test_a_full_disk(tmp_path: Path) -> None:
    """A file that may not grow refuses the disclosure; nothing of it is stored, nothing is lost."""
    url = f"sqlite:///{tmp_path / 'broker.db'}"
    upgrade(url)
    store = open_test_store(url)
    settle(store)
    before = store.log.checkpoint()
    with store.engines[0].connect() as connection:
        full = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {full}")

    with pytest.raises(LedgerUnavailableError, match="has room"):
        disclose_many(store)

    assert before is not None
    assert store.log.verify().size >= before.size
    with store.engines[0].connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {full * 100}")
    disclose(store, "request-again")
    store.log.verify()
    store.close()


def test_a_database_that_goes_away_and_comes_back() -> None:
    """While PostgreSQL is down every call is refused; when it is back, the same broker goes on."""
    server = start_postgresql()
    try:
        url = server.new_database()
        upgrade(url)
        store = open_test_store(url)
        settle(store)
        receipt = disclose(store)
        server.crash()
        with pytest.raises(LedgerUnavailableError):
            store.ledger.record(draft())
        with pytest.raises(LedgerUnavailableError):
            store.cases.case(builders.case().case_id)
        with pytest.raises(LedgerUnavailableError):
            store.proofs.claim("proof", NOW)
        server.start()

        assert store.cases.case(builders.case().case_id) == builders.case()
        store.ledger.record(draft())
        found = store.log.disclosure(receipt.disclosure_id)
        assert found is not None
        assert receipt == found.receipt
        store.log.verify()
        store.close()
    finally:
        server.stop()
