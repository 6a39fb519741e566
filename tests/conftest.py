"""Fixtures for every test: the databases (see postgres) and a store on each."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from broker.storage import Store
from tests.postgres import database_url, migrated_sqlite, postgresql
from tests.redactor import redactor
from tests.simulators import open_test_store

__all__ = ["database_url", "migrated_sqlite", "postgresql", "redactor"]

# A slow day is no fault, so examples have no deadline. Where a change is let in or not, every run
# tries the same examples; at a desk each run tries new ones.
settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("gate", settings.get_profile("desk"), derandomize=True)
settings.load_profile("gate" if os.environ.get("CI") else "desk")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open, empty store, once on SQLite and once on PostgreSQL."""
    opened = open_test_store(database_url)
    yield opened
    opened.close()
