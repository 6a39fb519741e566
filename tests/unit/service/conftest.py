"""A furnished desk whose redactor is never reached: deciding comes before it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.domain.errors import RedactionError
from broker.domain.record import HeldRecord, RedactedRecord, SourceRecord
from tests.desk import Furnished, furnish, police_connectors, real_desk


class NeverReached:
    """A redactor that lets nothing pass."""

    def redact(self, record: SourceRecord) -> RedactedRecord | HeldRecord:
        """Refuse."""
        del record
        raise RedactionError("No test of this folder redacts.")


@pytest.fixture
def furnished(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Furnished]:
    """The common case on file, in SQLite."""
    shutil.copy(migrated_sqlite, tmp_path / "broker.db")
    url = f"sqlite:///{tmp_path / 'broker.db'}"
    with real_desk(url, police_connectors(tmp_path), NeverReached()) as opened:
        furnish(opened)
        yield opened
