"""The worker processes: started early, checked out one record at a time, replaced when they fail.

A worker that hangs, crashes or answers nonsense costs its record, never the service: the record is
refused, the process is killed, and a fresh one takes its place.
"""

import contextlib
import os
import queue
import select
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from broker.domain.errors import RedactionError
from broker.domain.people import Person
from redaction.findings import Finding, from_value
from redaction.frames import LENGTH_BYTES, MAX_FRAME_BYTES, pack, people_to_json, unpack
from redaction.unread import UnreadError, Why
from redaction.version import ENGINE_VERSION

START_LIMIT = 120.0
"""Seconds a worker may take to load; about 3 on a quiet machine."""
QUEUE_LIMIT = 120.0
"""Seconds a record may wait for a free worker."""
STARVED_AFTER = 2.0
"""Seconds after which a record somebody waits for is no longer idle work."""
PATIENCE = 4
"""Wall-clock seconds allowed per second of the time limit: a starved worker is not a hung one."""
_POLL = 0.2
_CHUNK = 65_536


class WorkerFailedError(Exception):
    """This worker is of no further use; the message says why, without content."""


class WorkerLateError(WorkerFailedError):
    """Its time is over."""


class Worker:
    """One process and its two pipes. One caller at a time."""

    def __init__(self) -> None:
        """Start the process; it loads by itself while the caller goes on."""
        self._process = subprocess.Popen(  # our own module, no shell
            [sys.executable, "-m", "redaction.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parent.parent,
        )
        self._ready = False
        self._requests = _descriptor(self._process.stdin)
        self._answers = _descriptor(self._process.stdout)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def ready(self) -> bool:
        """Whether its engine is loaded: what fails after that may be the text's doing."""
        return self._ready

    def await_ready(self) -> None:
        """Block until the engine is loaded; at once after the first time."""
        if not self._ready:
            kind, version = self._read(_Deadline(self.pid, START_LIMIT, starts=True))
            if kind != "ready" or version != ENGINE_VERSION:
                raise WorkerFailedError("it loaded another engine")
            self._ready = True

    def detect(
        self, texts: Sequence[str], people: Sequence[Person], limit: float
    ) -> list[tuple[Finding, ...]]:
        """Return the findings of each text, or raise WorkerFailedError or UnreadError."""
        self.await_ready()
        deadline = _Deadline(self.pid, limit)
        body = {"texts": list(texts), "people": people_to_json(people), "limit": limit}
        self._write(pack("detect", body), deadline)
        kind, answer = self._read(deadline)
        if kind == "failed":
            message = f"Look at the text by hand: detection failed ({answer})."
            raise UnreadError(message, Why.FAILED)
        if kind == "unread":
            why = Why(answer)
            raise UnreadError(f"Look at the text by hand: it was not read ({why}).", why)
        found = from_value(answer) if kind == "found" else None
        if found is None or len(found) != len(texts):
            raise WorkerFailedError("it answered something else")
        return found

    def kill(self) -> None:
        """End the process and close its pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _write(self, frame: bytes, deadline: "_Deadline") -> None:
        rest = memoryview(frame)
        while rest:
            deadline.check()
            _, writable, _ = select.select([], [self._requests], [], _POLL)
            if writable:
                try:
                    rest = rest[os.write(self._requests, rest[:_CHUNK]) :]
                except BlockingIOError:
                    continue
                except OSError as error:
                    raise WorkerFailedError("it ended") from error

    def _read(self, deadline: "_Deadline") -> tuple[str, Any]:
        length = int.from_bytes(self._take(LENGTH_BYTES, deadline), "big")
        if length > MAX_FRAME_BYTES:
            raise WorkerFailedError("it answered too much")
        try:
            return unpack(self._take(length, deadline))
        except (ValueError, TypeError) as error:
            raise WorkerFailedError("it answered nonsense") from error

    def _take(self, length: int, deadline: "_Deadline") -> bytes:
        taken = bytearray()
        while len(taken) < length:
            deadline.check()
            readable, _, _ = select.select([self._answers], [], [], _POLL)
            if readable:
                chunk = os.read(self._answers, min(_CHUNK, length - len(taken)))
                if not chunk:
                    raise WorkerFailedError("it ended")
                taken += chunk
        return bytes(taken)


class _Deadline:
    """Processor seconds for a worker that works, wall-clock seconds for one that does not."""

    def __init__(self, pid: int, limit: float, *, starts: bool = False) -> None:
        self._pid, self._limit = pid, limit
        self._patience = limit if starts else limit * PATIENCE
        self._began = time.monotonic()
        self._used = _processor_seconds(pid)
        self._raised = starts

    def check(self) -> None:
        """Raise WorkerFailedError when the time is over."""
        waited = time.monotonic() - self._began
        now = _processor_seconds(self._pid)
        used = waited if now is None or self._used is None else now - self._used
        if used > self._limit or waited > self._patience:
            raise WorkerLateError("it took too long")
        if waited > STARVED_AFTER and not self._raised:
            self._raised = True
            _stop_yielding(self._pid)


class WorkerPool:
    """A fixed number of workers, shared by every thread of the broker."""

    def __init__(self, workers: int) -> None:
        """Start the workers; they load side by side."""
        if workers < 1:
            raise ValueError("a pool has at least one worker")
        self._lock = threading.Lock()
        self._closed = False
        self._all = [Worker() for _ in range(workers)]
        self._free: queue.Queue[Worker] = queue.Queue()
        for worker in self._all:
            self._free.put(worker)

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the workers, in no order."""
        return tuple(worker.pid for worker in self._all)

    def warm(self) -> None:
        """Block until every worker is ready."""
        for worker in tuple(self._all):
            try:
                worker.await_ready()
            except WorkerFailedError as error:
                raise RedactionError(
                    f"Check the language model's installation: a redaction worker failed, {error}."
                ) from error

    def detect(
        self, texts: Sequence[str], people: Sequence[Person], limit: float
    ) -> list[tuple[Finding, ...]]:
        """Return the findings of each text.

        Raises:
            UnreadError: time-out, crash, or the engine refused; the worker was replaced.
            RedactionError: no worker can be had.

        """
        worker = self._take()
        try:
            return worker.detect(texts, people, limit)
        except WorkerFailedError as error:
            refusal = _refusal(error, began=worker.ready)
            worker = self._replaced(worker)
            raise refusal from error
        finally:
            self._free.put(worker)

    def close(self) -> None:
        """Kill every worker. A second call does nothing."""
        with self._lock:
            self._closed = True
            for worker in self._all:
                worker.kill()
            self._all = []

    def _take(self) -> Worker:
        if self._closed:
            raise RedactionError("Start the broker again: redaction is closed.")
        try:
            return self._free.get(timeout=QUEUE_LIMIT)
        except queue.Empty:
            raise RedactionError("Try again later: every redaction worker is busy.") from None

    def _replaced(self, worker: Worker) -> Worker:
        worker.kill()
        with self._lock:
            if self._closed:
                return worker
            fresh = Worker()
            self._all = [fresh if one is worker else one for one in self._all]
            return fresh


def _refusal(error: WorkerFailedError, *, began: bool) -> RedactionError:
    """Return what a worker's failure means for its record: one that never began read nothing."""
    message = f"Try again, or have a person redact it: the redaction worker failed, {error}."
    if not began:
        return RedactionError(message)
    late = isinstance(error, WorkerLateError)
    return UnreadError(message, Why.TIMED_OUT if late else Why.FAILED)


def _descriptor(pipe: Any) -> int:  # noqa: ANN401  # Popen's pipes are typed optional
    descriptor: int = pipe.fileno()
    os.set_blocking(descriptor, False)  # the standard library's signature
    return descriptor


def _processor_seconds(pid: int) -> float | None:
    """Return what the process has used, from /proc (proc(5)); None where there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return None
    numbers = stat.rpartition(")")[2].split()
    ticks = int(numbers[11]) + int(numbers[12])  # utime and stime, fields 14 and 15
    return float(ticks) / os.sysconf("SC_CLK_TCK")


def _stop_yielding(pid: int) -> None:
    """Give a starved worker the priority of the request that waits for it."""
    if hasattr(os, "SCHED_IDLE"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))
