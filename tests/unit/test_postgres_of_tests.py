import shutil
from pathlib import Path

import psycopg
import pytest

from broker.storage import upgrade
from tests import postgres
from tests.contract.county import disclose, settle
from tests.simulators import open_test_store


def test_a_machine_without_postgresql_uses_the_wheel_s(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where no PostgreSQL is installed the tests run on the one among their own packages."""
    monkeypatch.setattr(postgres, "_DEBIAN", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    server = postgres.start_postgresql()
    try:
        url = server.new_database()
        upgrade(url)
        store = open_test_store(url)
        settle(store)
        disclose(store)
        assert store.log.verify().size == 6
        store.close()
    finally:
        server.stop()

    assert not server.folder.exists()
    with pytest.raises(psycopg.OperationalError):
        server.run("SELECT 1")
