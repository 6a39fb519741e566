"""Doors for a test to call at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from redaction.service import RedactionService
from tests.api.doors import Doors, new_sqlite, open_doors


@pytest.fixture
def doors(migrated_sqlite: Path, tmp_path: Path, redactor: RedactionService) -> Iterator[Doors]:
    """A broker of the test's own."""
    with open_doors(new_sqlite(migrated_sqlite, tmp_path), tmp_path, redactor) as opened:
        yield opened


@pytest.fixture(scope="module")
def lasting_doors(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, redactor: RedactionService
) -> Iterator[Doors]:
    """A broker that the tests of one module share: none of them changes what another sees."""
    folder = tmp_path_factory.mktemp("doors")
    with open_doors(new_sqlite(migrated_sqlite, folder), folder, redactor) as opened:
        yield opened


@pytest.fixture(autouse=True)
def new_minute(request: pytest.FixtureRequest) -> None:
    """Begin each test of a shared broker as if nobody had been turned away in this minute yet."""
    if "lasting_doors" in request.fixturenames:
        shared: Doors = request.getfixturevalue("lasting_doors")
        shared.desk.rejections.take(all_of_it=True)
