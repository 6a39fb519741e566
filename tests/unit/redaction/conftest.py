"""One warmed service and one detector for every redaction test of the session."""

from collections.abc import Iterator

import pytest

from redaction.detect import Detector
from redaction.service import RedactionService
from tests.unit.redaction.support import MemorySpans


@pytest.fixture(scope="session")
def detector() -> Detector:
    """The engine inside the test's own process: the same code as in a worker."""
    return Detector()


@pytest.fixture(scope="session")
def service() -> Iterator[RedactionService]:
    """A service with two warm workers."""
    made = RedactionService(spans=MemorySpans(), span_key=bytes(32), time_limit=60.0)
    made.warm()
    yield made
    made.close()
