"""Dies by SIGKILL between every two lines of sharing and of delivering, and looks at what is left.

Run as `python -m tests.crash.driver URL FOLDER MAILBOX_URL`: each attempt and each look is a child
process of its own, so that nothing but the database and the mailbox carries over. Prints one JSON
object for each line that was died at.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from broker.domain.errors import RedactionError
from broker.domain.ids import AgencyId
from broker.domain.ledger import Receipt
from broker.domain.record import HeldRecord, SourceRecord
from broker.domain.request import ShareRequest
from broker.domain.words import EventKind
from broker.service import deliver
from broker.service.deliver import deliver_due
from broker.service.register import Register
from broker.service.share import share
from connectors.mailbox import HttpMailbox
from redaction import service
from redaction.profiles import profile_for
from redaction.service import RedactionService
from redaction.suspects import suspects
from tests import builders as a
from tests.desk import Furnished, furnish, police_connectors, policy_in_force, real_desk
from tests.simulators import SetClock

SPAN_KEY = bytes(32)
LATER = timedelta(minutes=2)
"""Past every lease that a dead process held."""

Connectors = Mapping[str, object]


def main(url: str, folder: Path, mailbox: str) -> None:
    """Die at every line in turn, or at every so-manieth, and report on each."""
    connectors = police_connectors(folder)
    read_once()
    _check(_in_child(partial(_prepare, url, connectors, mailbox)))
    for name, codes in (
        ("share", {share.__code__}),
        ("deliver", {deliver_due.__code__, deliver._deliver.__code__, deliver._put.__code__}),
        ("stop", {deliver._may_leave.__code__}),
    ):
        step, died = 1 - stride_of(url), True
        while died:
            step += stride_of(url)
            died = _died(_in_child(partial(_attempt, url, connectors, name, step, codes)))
            _check(_in_child(partial(_look, url, connectors, name, step)))


def stride_of(url: str) -> int:
    """Die at every line on SQLite; elsewhere at every third, because the same lines run there."""
    return 1 if url.startswith("sqlite") else 3


def read_once() -> None:
    """Read what every child would read for itself: imports, the pack, profiles, lists of names."""
    HttpMailbox()
    policy_in_force()
    profile_for("P-VICTIM-SAFE")
    assert not tuple(suspects("Nobody is named here."))


def _prepare(url: str, connectors: Connectors, mailbox: str) -> None:
    """Furnish the desk and share once, so that what is in the texts is known afterwards."""
    with _desk(url, connectors, detects=True) as furnished:
        furnish(furnished, mailbox)
        _share(furnished, "warming-up")
        deliver_due(furnished.desk)


def _attempt(url: str, connectors: Connectors, name: str, step: int, codes: set[CodeType]) -> None:
    """Share and deliver, and die at the `step`-th line of the traced functions.

    In `stop` the recipient leaves between the two, so that what is queued may not leave.
    """
    with _desk(url, connectors) as furnished:
        if name == "stop":
            _move(furnished, "housing-la")
        sys.settrace(_killer(codes, step))
        _share(furnished, f"{name}-{step:04d}")
        if name == "stop":
            _move(furnished, "probation")
        deliver_due(furnished.desk)
        sys.settrace(None)


def _move(furnished: Furnished, kind: str) -> None:
    """Let the recipient work for that agency from now on."""
    desk = furnished.desk
    register = Register(desk.ledger, desk.cases, desk.clock)
    register.practitioner(a.practitioner(agency_id=AgencyId(f"ashmere-{kind}")))


def _look(url: str, connectors: Connectors, name: str, step: int) -> None:
    """Restart: deliver what is queued, look, ask again under the same key, look again."""
    with _desk(url, connectors, later=LATER) as furnished:
        request = _request(f"{name}-{step:04d}")
        while deliver_due(furnished.desk):
            pass
        found = furnished.desk.ledger.earlier_receipt(a.requester(), request)
        before = _state(furnished)
        again = _share(furnished, request.request_id)
        while deliver_due(furnished.desk):
            pass
        report = {
            "function": name,
            "step": step,
            "receipt": None if found is None else found.disclosure_id,
            "again": again.disclosure_id,
            "before": before,
            "after": _state(furnished),
            "size": furnished.store.log.verify().size,
        }
    print(json.dumps(report), flush=True)  # noqa: T201  # the test reads it


def _state(furnished: Furnished) -> dict[str, Any]:
    """Return which disclosures the log names as disclosed and as delivered, in order."""
    checkpoint = furnished.desk.log.checkpoint()
    entries = furnished.desk.log.entries(0, checkpoint.size if checkpoint else 0)
    return {
        kind: [one.detail["disclosure"] for one in entries if one.kind is kind]
        for kind in (EventKind.DISCLOSURE, EventKind.DELIVERED, EventKind.DELIVERY_STOPPED)
    }


@contextmanager
def _desk(
    url: str, connectors: Connectors, *, detects: bool = False, later: timedelta = timedelta()
) -> Iterator[Furnished]:
    """Open the desk; it redacts from what was detected before unless it `detects`."""
    clock = SetClock(moment=a.NOW + later)
    with real_desk(url, connectors, _Nothing(), clock=clock) as opened:
        if not detects:
            # The texts were seen: dozens of children need not each load the language model.
            service.WorkerPool = _NoWorkers  # type: ignore[assignment, attr-defined]
        redactor = RedactionService(spans=opened.store.spans, span_key=SPAN_KEY, workers=1)
        try:
            desk = replace(opened.desk, redactor=redactor, reviser=redactor)
            yield replace(opened, desk=desk)
        finally:
            redactor.close()


class _Nothing:
    """Stands where the real redactor is put a moment later."""

    def redact(self, record: SourceRecord) -> HeldRecord:
        """Hold everything."""
        return HeldRecord(permit=record.permit, flags=("not-open",))


class _NoWorkers:
    """Stands where the worker processes are; nothing is left for them to do."""

    def __init__(self, workers: int) -> None:
        """Start none."""
        del workers

    def detect(self, *_: object) -> list[object]:
        """Fail the test that asks."""
        raise RedactionError("The texts were seen before; nothing is left to detect.")

    def close(self) -> None:
        """Nothing runs."""


def _share(furnished: Furnished, request_id: str) -> Receipt:
    answer = share(furnished.desk, a.requester(), _request(request_id))
    if not isinstance(answer, Receipt):
        raise TypeError(f"expected a receipt, not {type(answer).__name__}")
    return answer


def _request(request_id: str) -> ShareRequest:
    return a.share_request(request_id)


def _killer(codes: set[CodeType], step: int) -> Callable[..., Any]:
    """Return a trace function that counts lines and returns of `codes` and dies at one of them."""
    left = step

    def in_frame(_: FrameType, event: str, __: object) -> Callable[..., Any]:
        nonlocal left
        left -= event in ("line", "return")
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return in_frame

    def on_call(frame: FrameType, _: str, __: object) -> Callable[..., Any] | None:
        return in_frame if frame.f_code in codes else None

    return on_call


def _in_child(work: Callable[[], None]) -> int:
    """Do it in a child process; return how the child ended, as `os.waitpid` says it."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException:  # noqa: BLE001  # a child must never come back into the loop
            traceback.print_exc()
            os._exit(1)
    return os.waitpid(child, 0)[1]


def _died(status: int) -> bool:
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if not killed:
        _check(status)
    return killed


def _check(status: int) -> None:
    if status != 0:
        sys.exit("A child failed; its own words are above.")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
