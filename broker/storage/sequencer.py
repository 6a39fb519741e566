"""One writer per process, and one transaction for everybody who waits.

Callers queue and wait; the writer takes all of them, oldest first, appends their entries,
applies their changes, signs one checkpoint and commits once. The database's lock keeps brokers
apart, so that the tree never forks however many processes write.

If we crash before the commit, nothing of the batch exists and no caller was told otherwise. If
we crash after it, everything exists under a signed checkpoint and callers ask again: their
request ids lead them to what was written.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, cast

from sqlalchemy import Connection, Engine

from broker.domain.errors import BrokerError, LedgerUnavailableError
from broker.domain.ledger import EntryDraft, LedgerEntry
from broker.storage.ahead import Ask, ahead_of, asks_of
from broker.storage.appending import Appender, Batch, Head
from broker.storage.case_heads import CaseHeads
from broker.storage.direct import in_one_turn
from broker.storage.engine import is_sqlite, take_log_lock
from broker.storage.log_keys import LogKeys

MAX_BATCH = 256
"""Calls in one transaction: beyond it the gain is gone and the first in line waits for the last."""
MAX_WAIT_SECONDS = 30.0
"""How long a caller waits before it is told that nothing may be released."""

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Write(Protocol):
    """One change, sealed and ready, so that the writer does nothing but write."""

    @property
    def digests(self) -> tuple[str, ...]:
        """What the entry says it wrote."""

    def apply(self, connection: Connection, entry: int) -> None:
        """Check, then write.

        Raises:
            BrokerError: it may not be; raised before the first row is touched.

        """


@dataclass(frozen=True, slots=True, kw_only=True)
class _Append:
    draft: EntryDraft
    writes: Sequence[Write]
    digests: tuple[str, ...]
    asks: tuple[Ask, ...] | None
    done: Future[object] = field(default_factory=Future)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aside:
    work: Callable[[Connection], object]
    done: Future[object] = field(default_factory=Future)


_Job = _Append | _Aside


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """An entry that is durable, and what it was made durable with."""

    entry: LedgerEntry
    batch: Batch


class Sequencer:
    """The only writer of this process. Thread-safe; calls are served in the order they came."""

    def __init__(self, engine: Engine, keys: LogKeys) -> None:
        """Start the writer on an engine whose transactions write."""
        self._engine = engine
        self._keys = keys
        self._ours: Head | None = None
        self._cases = CaseHeads()
        self._queue: deque[_Job] = deque()
        self._wake = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def append(self, draft: EntryDraft, writes: Sequence[Write]) -> Appended:
        """Append an entry with its changes; durable, under a signed checkpoint, on return.

        Raises:
            LedgerUnavailableError: it could not be made durable, or not in time.
            BrokerError: what a change raised; nothing of this call is stored.

        """
        # Made here, so that nobody waits for it with the log's lock held.
        digests = tuple(digest for write in writes for digest in write.digests)
        job = _Append(draft=draft, writes=writes, digests=digests, asks=_asks(writes))
        return cast("Appended", self._wait(job))

    def aside(self, work: Callable[[Connection], T]) -> T:
        """Do work that belongs to no entry (a lease, a used proof) in a transaction of its own.

        On SQLite it joins the batch, because there is one writer; elsewhere it runs at once.
        """
        if is_sqlite(self._engine):
            return cast("T", self._wait(_Aside(work=work)))
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except BrokerError:
            raise
        except Exception as error:
            raise _unavailable() from error

    def close(self) -> None:
        """Finish what is queued, then stop."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()

    def _wait(self, job: _Job) -> object:
        with self._wake:
            if self._closed:
                raise LedgerUnavailableError("The broker is stopping: send the request again.")
            self._queue.append(job)
            self._wake.notify()
        try:
            return job.done.result(MAX_WAIT_SECONDS)
        except FutureTimeoutError:
            # A job still in the queue is taken out; one under way may yet be stored, and the
            # caller, who cannot know, releases nothing.
            job.done.cancel()
            raise _unavailable() from None

    def _run(self) -> None:
        while jobs := self._next_batch():
            self._commit([job for job in jobs if job.done.set_running_or_notify_cancel()])

    def _next_batch(self) -> list[_Job]:
        with self._wake:
            while not self._queue and not self._closed:
                self._wake.wait()
            return [self._queue.popleft() for _ in range(min(len(self._queue), MAX_BATCH))]

    def _commit(self, jobs: Sequence[_Job]) -> None:
        try:
            with self._engine.begin() as connection:
                results, appender = self._write(connection, jobs)
        except Exception as error:  # noqa: BLE001  whatever it was, nobody may be told yes
            self._ours = None
            _log.error("A batch of %d was not committed: %s", len(jobs), type(error).__name__)
            for job in jobs:
                job.done.set_exception(_unavailable(error))
            return
        if appender is not None:
            appender.committed()
            self._ours = None if appender.rotated else appender.head
        for job, result in zip(jobs, results, strict=True):
            if isinstance(result, BrokerError):
                job.done.set_exception(result)
            else:
                job.done.set_result(result)

    def _write(
        self, connection: Connection, jobs: Sequence[_Job]
    ) -> tuple[list[object], Appender | None]:
        if not any(isinstance(job, _Append) for job in jobs):
            return [_outcome(connection, job, None) for job in jobs], None
        take_log_lock(connection)
        appender = Appender(connection, self._keys, self._ours, self._cases)
        ahead = ahead_of(connection)
        ahead.look_up([ask for job in jobs for ask in _announced(job) or ()])
        results = [_outcome(connection, job, appender) for job in jobs]
        with in_one_turn(connection):
            ahead.finish()
            batch = appender.finish()
        if batch is not None:
            results = [
                Appended(entry=one, batch=batch) if isinstance(one, LedgerEntry) else one
                for one in results
            ]
        return results, appender


def _asks(writes: Sequence[Write]) -> tuple[Ask, ...] | None:
    """Return what writes ask together with others'; None where they run by themselves."""
    if len(writes) > 1:
        return None
    return asks_of(writes[0]) if writes else ()


def _announced(job: _Job) -> tuple[Ask, ...] | None:
    return None if isinstance(job, _Aside) else job.asks


def _outcome(connection: Connection, job: _Job, appender: Appender | None) -> object:
    """Run one job; what it may not do is its own answer and nobody else's."""
    try:
        if _announced(job) is None:
            with ahead_of(connection).alone():
                return _run_alone(connection, job, appender)
        return _append(connection, cast("_Append", job), appender)
    except BrokerError as error:
        return error


def _run_alone(connection: Connection, job: _Job, appender: Appender | None) -> object:
    return job.work(connection) if isinstance(job, _Aside) else _append(connection, job, appender)


def _append(connection: Connection, job: _Append, appender: Appender | None) -> LedgerEntry:
    if appender is None:
        raise LedgerUnavailableError("An entry needs the log's lock.")
    entry = appender.place(job.draft, job.digests)
    if len(job.writes) > 1:
        # The first may have written when the second refuses: undo both.
        with connection.begin_nested():
            for write in job.writes:
                write.apply(connection, entry.index)
    else:
        for write in job.writes:
            write.apply(connection, entry.index)
    appender.keep(entry)
    return entry


def _unavailable(cause: BaseException | None = None) -> LedgerUnavailableError:
    made = LedgerUnavailableError(
        "The disclosure log could not be written, so nothing was released: check that the "
        "database runs and has room, then send the same request again."
    )
    made.__cause__ = cause
    return made
