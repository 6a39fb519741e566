"""Fixtures for every test: the databases (see postgres) and a store on each."""

from collections.abc import Iterator

import pytest

from broker.storage import Store
from tests.postgres import database_url, migrated_sqlite, postgresql
from tests.redactor import redactor
from tests.simulators import open_test_store

__all__ = ["database_url", "migrated_sqlite", "postgresql", "redactor"]


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open, empty store, once on SQLite and once on PostgreSQL."""
    opened = open_test_store(database_url)
    yield opened
    opened.close()
