import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from broker.domain.errors import LedgerUnavailableError, SettingsError
from broker.storage import Store, upgrade
from broker.storage.engine import open_engine
from broker.storage.schema import migrations, newest_revision
from broker.storage.tables import SCHEMA_REVISION, metadata
from tests.contract.county import settle
from tests.postgres import Server
from tests.simulators import open_test_store


def test_the_migrations_make_the_tables(store: Store) -> None:
    """What the migrations build is exactly what the code expects, on both databases."""
    with store.engines[0].begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    assert newest_revision() == SCHEMA_REVISION


def test_a_downgrade_leaves_nothing(store: Store) -> None:
    """The first migration can be undone whole."""
    config = migrations()
    with store.engines[0].begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]


def test_an_older_log_keeps_its_tree(store: Store, database_url: str) -> None:
    """A log of an older version that is brought up to date verifies, and proves its entries."""
    settle(store)
    before = store.log.checkpoint()
    config = migrations()
    with store.engines[0].begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0011")
        hashes = connection.exec_driver_sql("SELECT count(*) FROM log_nodes").scalar()
    upgrade(database_url)

    assert hashes == 4 + 2 + 1
    assert before == store.log.verify()
    assert len(store.log.inclusion(1, 4).path) == 2


def test_upgrading_again_changes_nothing(store: Store, database_url: str) -> None:
    """An upgrade of a database in use leaves it as it is."""
    settle(store)
    upgrade(database_url)

    assert store.log.verify().size == 4


def test_brokers_upgrade_together(postgresql: Server, tmp_path: Path) -> None:
    """Several brokers that start at once on a new database do not trip over each other."""
    for url in (postgresql.new_database(), f"sqlite:///{tmp_path / 'new.db'}"):
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(upgrade, [url] * 3))
        open_test_store(url).close()


def test_many_brokers_open_one_new_file(tmp_path: Path) -> None:
    """Of several brokers that meet on a new file, none gives up because another was first."""
    for number in range(20):
        url = f"sqlite:///{tmp_path / f'new-{number}.db'}"
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(_open_for_writing, [url] * 4))


def _open_for_writing(url: str) -> None:
    engine = open_engine(url, writes=True)
    try:
        with engine.begin():
            pass
    finally:
        engine.dispose()


def test_a_database_without_our_schema_is_not_opened(tmp_path: Path) -> None:
    """A broker does not make tables by itself: it says which command does."""
    with pytest.raises(SettingsError, match="database upgrade"):
        open_test_store(f"sqlite:///{tmp_path / 'new.db'}")


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/x", "not a url"]
)
def test_a_database_that_keeps_nothing_is_not_opened(url: str) -> None:
    """A database in memory, or one that we do not know, is refused with what to write instead."""
    with pytest.raises(SettingsError, match="sqlite:///"):
        upgrade(url)


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    """No server: one sentence, and no credentials in it."""
    url = f"postgresql://somebody:secret@/broker?host={tmp_path}"
    with pytest.raises(LedgerUnavailableError) as refused:
        upgrade(url)
    assert "secret" not in str(refused.value)


def test_the_file_is_its_owner_s(tmp_path: Path) -> None:
    """The embedded database can be read by the account that runs the broker and by no other."""
    file = tmp_path / "broker.db"
    upgrade(f"sqlite:///{file}")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_sqlite_is_set_up_to_be_durable(tmp_path: Path) -> None:
    """WAL with full synchronisation, foreign keys on, and readers that cannot write."""
    url = f"sqlite:///{tmp_path / 'broker.db'}"
    upgrade(url)
    writer, reader = open_engine(url, writes=True), open_engine(url, writes=False)
    settings = ("journal_mode", "synchronous", "foreign_keys", "query_only")

    for engine, query_only in ((writer, 0), (reader, 1)):
        with engine.begin() as connection:
            found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in settings]
        assert found == ["wal", 2, 1, query_only]
        engine.dispose()


def open_until_refused(url: str) -> None:
    """The server takes a moment to read its new settings."""
    for _ in range(50):
        open_test_store(url).close()


def test_a_server_that_does_not_sync_is_refused(postgresql: Server) -> None:
    """PostgreSQL with fsync off would lose acknowledged entries: the broker does not start."""
    url = postgresql.new_database("migrated")
    try:
        postgresql.run("ALTER SYSTEM SET fsync = off")
        postgresql.run("SELECT pg_reload_conf()")
        with pytest.raises(SettingsError, match="fsync"):
            open_until_refused(url)
    finally:
        postgresql.run("ALTER SYSTEM RESET fsync")
        postgresql.run("SELECT pg_reload_conf()")
