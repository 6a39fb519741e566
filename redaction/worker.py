"""One worker process: loads the engine, says that it is ready, and detects until its pipe closes.

It dies with its parent in every case: an idle one reads the end of its pipe, a busy one is ended
by its own alarm, which no regular expression can hold up. Nothing it prints goes anywhere.
"""

import os
import signal
import sys
from typing import Any, BinaryIO

from redaction.frames import LENGTH_BYTES, MAX_FRAME_BYTES, pack, people_from_json, unpack
from redaction.version import ENGINE_VERSION

ALARM_FACTOR = 8
"""The alarm is for a worker without a parent, so it comes well after the parent's patience."""


def main() -> None:
    """Serve the parent on standard input and output."""
    requests, answers = _take_pipes()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle.
    from redaction.detect import Detector  # noqa: PLC0415  # after the pipes are safe from prints

    detector = Detector()
    detector.detect("Warm up: Ann Example of 1 Example Road.", ())
    _yield_to_others()
    _send(answers, "ready", ENGINE_VERSION)
    while (body := _receive(requests)) is not None:
        signal.alarm(max(1, round(body["limit"] * ALARM_FACTOR)))
        _send(answers, *_answer(detector, body))
        signal.alarm(0)


def _answer(detector: Any, body: dict[str, Any]) -> tuple[str, object]:  # noqa: ANN401  # imported late
    from redaction.findings import as_value  # noqa: PLC0415  # beside the detector
    from redaction.unread import UnreadError  # noqa: PLC0415  # as late

    try:
        people = people_from_json(body["people"])
        found = [detector.detect(text, people) for text in body["texts"]]
        return "found", as_value(found)
    except UnreadError as error:
        return "unread", error.why
    except Exception as error:  # noqa: BLE001  # the text must not travel in a traceback
        return "failed", type(error).__name__


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep both pipes for frames, and send whatever a library prints to nowhere."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    return requests, answers


def _yield_to_others() -> None:
    """Run only when nothing else wants the processor: commits of the log come first."""
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def _receive(requests: BinaryIO) -> dict[str, Any] | None:
    header = requests.read(LENGTH_BYTES)
    if len(header) < LENGTH_BYTES:
        return None
    length = int.from_bytes(header, "big")
    content = requests.read(length) if length <= MAX_FRAME_BYTES else b""
    if len(content) < length or not content:
        return None
    _, body = unpack(content)
    return dict(body)


def _send(answers: BinaryIO, kind: str, body: object) -> None:
    try:
        answers.write(pack(kind, body))
        answers.flush()
    except BrokenPipeError:
        sys.exit(0)


if __name__ == "__main__":
    main()
