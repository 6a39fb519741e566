"""Calls at the doors, and everything that came of each: the answer, the log, the log lines."""

import logging

import httpx
import pytest

from broker.api.problems import MEDIA_TYPE
from broker.domain.words import EventKind
from tests.api.doors import Doors

CANARY = "Perpetua-Quillfeather"
"""Stands for a client's name: sent in every place, it may come back from none."""
NOT_THE_BROKERS = ("httpx", "httpcore", "uvicorn.access")
"""The test's own client, and the server's log of addresses, which is off but for pytest's eyes."""
MEMBERS = {"type", "title", "status", "detail"}


class Watched:
    """Calls once and then looks at everything that came of it."""

    def __init__(self, doors: Doors, caplog: pytest.LogCaptureFixture) -> None:
        """Start looking."""
        self.doors = doors
        self._size = doors.size()
        self._caplog = caplog
        caplog.set_level(logging.DEBUG)

    def check(self, answer: httpx.Response, status: int) -> str:
        """Check that it was refused as promised; return the name of the problem."""
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == MEDIA_TYPE
        problem = answer.json()
        assert set(problem) == MEMBERS
        assert problem["status"] == status
        assert len(problem["detail"]) > 10
        (entry,) = self.doors.since(self._size)
        assert entry.kind is EventKind.REQUEST_REJECTED
        kind = str(problem["type"]).removeprefix("urn:marac-broker:problem:")
        assert str(entry.detail["reason"]).startswith(f"{kind} at ")
        for told in (answer.text, str(answer.headers), entry.canonical.decode()):
            assert "Quillfeather" not in told
        self.check_log_lines()
        return kind

    def check_log_lines(self) -> None:
        """Check that no log line of the process repeats what was sent."""
        ours = [one for one in self._caplog.records if not one.name.startswith(NOT_THE_BROKERS)]
        lines = " ".join(f"{one.getMessage()} {one.exc_text}" for one in ours)
        assert "Quillfeather" not in lines
        assert "MR-0417" not in lines


@pytest.fixture
def watched(lasting_doors: Doors, caplog: pytest.LogCaptureFixture) -> Watched:
    """The common door, watched."""
    return Watched(lasting_doors, caplog)
