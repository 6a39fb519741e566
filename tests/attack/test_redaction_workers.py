"""Workers hang, crash, outlive their parent or talk to the world. None of it leaks a word."""

import logging
import os
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import pytest

from broker.domain.errors import RedactionError
from broker.domain.people import Person
from broker.domain.record import HeldRecord
from redaction import worker
from redaction.detect import Detector
from redaction.engine import Engine
from redaction.model.base import check_model, model_directory
from redaction.service import RedactionService
from redaction.unread import UnreadError, Why
from tests.builders import item
from tests.unit.redaction.support import MemorySpans, record_of, redacted_text, shared_detector

_MAZ_LEFT = "Maz left."
_THREE_HOSTILE = ("Maz left.", "hostile 1", "hostile 2", "hostile 3", "Maz came.")
_SHORT = 1.5
"""Seconds a record may take in the tests that let it run out."""


@pytest.fixture(scope="module")
def detector() -> Detector:
    """The engine inside the test's own process."""
    return shared_detector()


def _service(time_limit: float = 60.0) -> RedactionService:
    made = RedactionService(
        spans=MemorySpans(), span_key=bytes(32), workers=1, time_limit=time_limit
    )
    made.warm()
    return made


def test_a_crashed_worker_is_replaced_and_its_record_read_again() -> None:
    """After kill -9 the record is redacted by a new process; the crash was not the text's doing."""
    service = _service()
    try:
        (killed,) = service.worker_pids
        os.kill(killed, signal.SIGKILL)

        assert "Maz" not in redacted_text(service, "Maz left.", "P-REVIEW")
        assert service.worker_pids != (killed,)
    finally:
        service.close()


def test_a_hung_worker_is_killed_and_replaced() -> None:
    """A worker that stands still is ended after its time; the record waits for a person."""
    service = _service(time_limit=_SHORT)
    try:
        (stopped,) = service.worker_pids
        os.kill(stopped, signal.SIGSTOP)
        held = service.redact(record_of(item("Maz left.", title="Note", fields=())))
        assert isinstance(held, HeldRecord)
        assert held.draft is not None

        assert "timed-out record" in held.flags
        assert not Path(f"/proc/{stopped}").exists()
        assert service.worker_pids != (stopped,)
    finally:
        service.close()


def test_a_text_that_always_takes_too_long_is_never_read(
    redactor: RedactionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ends every worker is left unread after two tries; what was read before it stays."""
    detect, tried = redactor._pool.detect, []

    def late(texts: Sequence[str], people: Sequence[Person], limit: float) -> object:
        if any("hostile" in one for one in texts):
            tried.append(limit)
            raise UnreadError("It took too long.", Why.TIMED_OUT)
        return detect(texts, people, limit)

    monkeypatch.setattr(redactor._pool, "detect", late)
    entries = (item(text, title="Note", fields=()) for text in _THREE_HOSTILE)
    held = redactor.redact(record_of(*entries))
    assert isinstance(held, HeldRecord)
    assert held.draft is not None

    assert [one.pieces[1].text for one in held.draft.items] == [_MAZ_LEFT, "", "", "", ""]
    assert {f"timed-out item {position} text" for position in (1, 2, 3, 4)} <= set(held.flags)
    assert "timed-out record" in held.flags
    assert len(tried) == 1 + 2
    assert tried[1] < tried[0]


def test_a_worker_says_why_it_did_not_read(
    redactor: RedactionService, detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cap and a warning come back from the worker as words of ours, never of the text's."""
    with pytest.raises(UnreadError) as capped:
        redactor.detect(["A" * 8_000], ())

    def warn(*_: object, **__: object) -> list[object]:
        warnings.warn("a pattern timed out, skipping", stacklevel=1)
        return []

    monkeypatch.setattr(detector._engine._analyzer, "analyze", warn)
    answer = worker._answer(detector, {"people": [], "texts": ["Maz left."]})

    assert capped.value.why is Why.OVER_CAP
    assert answer == ("unread", "warned")


def test_workers_die_with_their_parent() -> None:
    """A kill -9 of the broker leaves no process behind that still knows a text."""
    program = (
        "from redaction.service import RedactionService\n"
        "from tests.unit.redaction.support import MemorySpans\n"
        "s = RedactionService(spans=MemorySpans(), span_key=bytes(32), workers=1)\n"
        "s.warm(); print(s.worker_pids[0], flush=True); input()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    with parent, parent.stdin, parent.stdout:
        pid = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
        deadline = time.monotonic() + 20
        while _alive(pid) and time.monotonic() < deadline:
            time.sleep(0.05)

    assert not _alive(pid)


def _alive(pid: int) -> bool:
    """Whether the process runs; one that only waits to be reaped does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_no_socket_is_ever_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither building the engine nor an e-mail address makes anything call out."""

    def refuse(*_: object) -> None:
        raise AssertionError("something wanted the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    text = "Mail mara@example.co.uk or see https://example.org/page now."

    assert Detector().detect(text, ())


def test_nothing_of_a_text_reaches_a_log_or_the_screen(
    redactor: RedactionService,
    detector: Detector,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """At the most talkative level no logger and no stream shows a word of the record."""
    caplog.set_level(logging.DEBUG)
    redacted_text(redactor, "Maz Quillfeather wrote to maz@example.org from HX1 9ZZ.")
    detector.detect("Maz Quillfeather wrote to maz@example.org from HX1 9ZZ.", ())
    seen = caplog.text + "".join(capfd.readouterr())

    assert not [one for one in ("Quillfeather", "maz@", "HX1") if one in seen]


def test_an_engine_that_warns_releases_nothing(
    detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Presidio warns where it goes on unredacted, so a warning or a logged one is a failure."""

    def warn(*_: object, **__: object) -> list[object]:
        warnings.warn("a pattern timed out, skipping", stacklevel=1)
        return []

    def log(*_: object, **__: object) -> list[object]:
        logging.getLogger("presidio-analyzer").warning("a pattern timed out, skipping")
        return []

    for trouble in (warn, log):
        monkeypatch.setattr(detector._engine._analyzer, "analyze", trouble)
        with pytest.raises(RedactionError, match="warned"):
            detector.detect("Maz left.", ())


def test_other_weights_than_the_pinned_ones_are_refused(tmp_path: Path) -> None:
    """A model that is not byte for byte the pinned one stops the start."""
    (tmp_path / "ner").mkdir()
    (tmp_path / "ner" / "model").write_bytes(b"another model")

    with pytest.raises(RedactionError, match="not the pinned ones"):
        check_model(tmp_path)
    check_model(model_directory())


def test_a_closed_service_refuses() -> None:
    """After closing, a record that needs a worker is an error, not a pass."""
    service = RedactionService(spans=MemorySpans(), span_key=bytes(32), workers=1)
    service.close()
    service.close()

    with pytest.raises(RedactionError):
        service.redact(record_of(item("Somebody new came.")))


@pytest.mark.parametrize(
    "text", ["(" * 8_000, "1 " * 8_000, "a." * 8_000, "A" * 8_000, "@" * 8_000]
)
def test_a_hostile_text_ends_in_time_or_in_an_error(detector: Detector, text: str) -> None:
    """Repetition that makes patterns slow costs seconds at most."""
    began = time.process_time()
    try:
        detector.detect(text, ())
    except RedactionError:
        return

    assert time.process_time() - began < 20


def test_the_engine_reads_no_text_without_its_people() -> None:
    """Asking Presidio directly, past the page, is an error: the case would be forgotten."""
    engine = Engine()

    with pytest.raises(RedactionError):
        engine._analyzer.analyze(text="Maz left.", language="en")
