"""Fixtures for every test: the databases (see postgres) and a store on each."""

from collections.abc import Iterator

import pytest

from broker.storage import Store
from tests.postgres import _migrated_sqlite, database_url, postgresql
from tests.simulators import open_test_store

__all__ = ["_migrated_sqlite", "database_url", "postgresql"]


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open, empty store, once on SQLite and once on PostgreSQL."""
    opened = open_test_store(database_url)
    yield opened
    opened.close()
