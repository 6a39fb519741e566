"""A broker in a process of its own that decides and discloses until its standard input closes.

Run as `python -m tests.brokers URL NAME EPOCH`: the clock of the tests' county began at EPOCH, in
seconds since 1970, for every process alike. Prints the policy version of each disclosure.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from broker.domain.decision import Permit
from broker.domain.errors import PolicyChangedError
from broker.service.desk import Desk
from broker.service.gather import gather
from broker.service.policy_watch import PolicyWatch
from broker.service.rules import RulesInForce
from tests import builders as a
from tests.contract.county import package
from tests.leads import change_desk

PAUSE_SECONDS = 0.01
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CountyClock:
    """The tests' moment, going on: review dates of the pack are never overdue."""

    epoch: float

    def now(self) -> datetime:
        """Return how late it is in the county."""
        return a.NOW + timedelta(seconds=time.time() - self.epoch)


@contextmanager
def watched(desk: Desk) -> Iterator[None]:
    """Follow changes of policy in a thread, as a running broker does."""
    assert isinstance(desk.rules, RulesInForce)
    stopped = threading.Event()
    watch = PolicyWatch(desk.rules, desk.shelf, desk.clock)
    thread = threading.Thread(target=watch.until, args=(stopped,))
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def disclose(desk: Desk, request_id: str) -> str | None:
    """Decide and disclose by one policy, as share() does; None where it changed meanwhile."""
    request = a.share_request(request_id)
    try:
        decision = desk.policy.decide(a.requester(), request, gather(desk, a.requester(), request))
        desk.ledger.record_decision(decision)
        assert isinstance(decision, Permit)
        desk.ledger.record_disclosure(package(decision))
    except PolicyChangedError:
        return None
    return decision.policy_version


def main(url: str, name: str, epoch: float) -> None:
    """Disclose again and again; what was decided by rules that changed is asked once more."""
    ended = threading.Event()
    threading.Thread(target=_wait_for_the_end, args=(ended,), daemon=True).start()
    with change_desk(url, CountyClock(epoch=epoch)) as opened, watched(opened.desk):
        number = 0
        while not ended.wait(PAUSE_SECONDS):
            number += 1
            version = disclose(opened.desk.for_one_request(), f"{name}-{number:06d}")
            print(version or "changed", flush=True)  # noqa: T201  # the test reads it


def _wait_for_the_end(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


@dataclass(slots=True)
class Broker:
    """Such a process, from outside."""

    process: subprocess.Popen[str]
    reader: threading.Thread = field(init=False)
    said: list[str] = field(default_factory=list)

    @classmethod
    def start(cls, url: str, name: str, epoch: float) -> Self:
        """Start it, and read what it says."""
        made = cls(
            subprocess.Popen(
                [sys.executable, "-m", "tests.brokers", url, name, repr(epoch)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        made.reader = threading.Thread(target=made._read, daemon=True)
        made.reader.start()
        return made

    def wait_for(self, version: str) -> None:
        """Wait until it discloses by a version."""
        until = time.monotonic() + START_SECONDS
        while version not in self.said:
            assert time.monotonic() < until, self.said[-3:]
            assert self.process.poll() is None
            time.sleep(PAUSE_SECONDS)

    def stop(self) -> int:
        """End it; return its status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        status = self.process.wait(START_SECONDS)
        self.reader.join()
        return status

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.said.append(line.strip())  # One by one: somebody reads along.


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
