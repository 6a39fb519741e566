"""One warmed service and one detector for every redaction test of the session."""

import pytest

from redaction.detect import Detector
from redaction.service import RedactionService
from tests.unit.redaction.support import shared_detector


@pytest.fixture(scope="session")
def detector() -> Detector:
    """The engine inside the test's own process: the same code as in a worker."""
    return shared_detector()


@pytest.fixture(scope="session")
def service(redactor: RedactionService) -> RedactionService:
    """The one warmed service that every test of the process shares."""
    return redactor
