"""One real redactor for all tests of a process: loading the language model takes seconds."""

from collections.abc import Iterator

import pytest

from redaction.service import RedactionService
from tests.desk import MemorySpans


@pytest.fixture(scope="session")
def redactor() -> Iterator[RedactionService]:
    """Presidio in a worker process, warmed."""
    service = RedactionService(spans=MemorySpans(), span_key=bytes(32), workers=1)
    try:
        service.warm()
        yield service
    finally:
        service.close()
