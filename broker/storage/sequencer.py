"""One writer at a time in a process, and one transaction for everybody who waits.

Callers queue and wait; the writer takes all of them, oldest first, appends their entries,
applies their changes, signs one checkpoint and commits once. The database's lock keeps brokers
apart, so that the tree never forks however many processes write. On SQLite a caller who finds
nobody else there is the writer itself: handing over to a thread and back costs more than a commit.

If we crash before the commit, nothing of the batch exists and no caller was told otherwise. If
we crash after it, everything exists under a signed checkpoint and callers ask again: their
request ids lead them to what was written.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar, cast

from sqlalchemy import Connection, Engine

from broker.domain.errors import BrokerError, LedgerUnavailableError
from broker.domain.ledger import EntryDraft, LedgerEntry
from broker.ledger.entry import canonical_bytes
from broker.storage.ahead import Ask, ahead_of, asks_of
from broker.storage.appending import Appender, Batch, Head, ask_head, head_in
from broker.storage.case_heads import CaseHeads
from broker.storage.direct import in_one_turn
from broker.storage.engine import begin_at_once, is_sqlite, take_log_lock
from broker.storage.log_keys import LogKeys

MAX_BATCH = 256
"""Calls in one transaction: beyond it the gain is gone and the first in line waits for the last."""
MAX_WAIT_SECONDS = 30.0
"""How long a caller waits for others before it is told that nothing may be released."""

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


def _held() -> threading.Lock:
    """Return a lock that is let go of when a job is done: much less than a Future costs."""
    made = threading.Lock()
    made.acquire()
    return made


@dataclass(slots=True, kw_only=True, eq=False)
class _Append:
    draft: EntryDraft
    detail: bytes
    writes: Sequence[Write]
    asks: tuple[Ask, ...] | None
    answer: object = None
    done: threading.Lock = field(default_factory=_held)


@dataclass(slots=True, kw_only=True, eq=False)
class _Aside:
    work: Callable[[Connection], object]
    answer: object = None
    done: threading.Lock = field(default_factory=_held)


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
        self._may_lead = is_sqlite(engine)
        self._ours: Head | None = None
        self._cases = CaseHeads()
        self._queue: deque[_Job] = deque()
        self._left: _Job | None = None
        self._wake = threading.Condition(threading.Lock())
        self._busy = False
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
        digests = tuple([digest for write in writes for digest in write.digests])
        if digests:
            draft = replace(draft, detail={**draft.detail, "changes": digests})
        detail = canonical_bytes(draft.detail)
        job = _Append(draft=draft, detail=detail, writes=writes, asks=_asks(writes))
        return cast("Appended", self._do(job))

    def aside(self, work: Callable[[Connection], T]) -> T:
        """Do work that belongs to no entry (a lease, a used proof) in a transaction of its own.

        On SQLite it joins the batch, because there is one writer; elsewhere it runs at once.
        """
        if self._may_lead:
            return cast("T", self._do(_Aside(work=work)))
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

    def _do(self, job: _Job) -> object:
        """Return what came of a job, or raise it."""
        if not (self._enter(job) and self._lead(job)):
            self._wait(job)
        if isinstance(job.answer, BaseException):
            raise job.answer
        return job.answer

    def _enter(self, job: _Job) -> bool:
        """Queue a job for the writer; True where nobody else is there and the caller may write."""
        with self._wake:
            if self._closed:
                raise LedgerUnavailableError("The broker is stopping: send the request again.")
            if self._may_lead and not self._busy and not self._queue:
                self._busy = True
                return True
            self._queue.append(job)
            if not self._busy:
                self._wake.notify()
            return False

    def _lead(self, job: _Job) -> bool:
        """Write a job of one's own; False where another process writes, so that we wait for it."""
        kept_out = False
        try:
            kept_out = not self._commit([job], at_once=True)
        finally:
            with self._wake:
                self._busy = kept_out
                self._left = job if kept_out else None
                if kept_out or self._queue or self._closed:
                    self._wake.notify()
        return not kept_out

    def _wait(self, job: _Job) -> None:
        if job.done.acquire(timeout=MAX_WAIT_SECONDS):
            return
        # A job still in the queue is taken out; one under way may yet be stored, and the
        # caller, who cannot know, releases nothing.
        with self._wake:
            if job in self._queue:
                self._queue.remove(job)
        raise _unavailable()

    def _run(self) -> None:
        while jobs := self._next_batch():
            self._commit(jobs)
            with self._wake:
                self._busy = False
            for job in jobs:
                job.done.release()

    def _next_batch(self) -> list[_Job]:
        """Return who waits; nobody, when all is done and nobody will come any more."""
        with self._wake:
            while self._left is None and (self._busy or not (self._queue or self._closed)):
                self._wake.wait()
            left, self._left, self._busy = self._left, None, True
            if left is not None:
                return [left]
            return [self._queue.popleft() for _ in range(min(len(self._queue), MAX_BATCH))]

    def _commit(self, jobs: Sequence[_Job], *, at_once: bool = False) -> bool:
        """Write jobs, and answer them; False where nothing was begun because another writes."""
        ours, self._ours = self._ours, None
        try:
            with self._engine.connect() as connection:
                if at_once and not begin_at_once(connection):
                    self._ours = ours
                    return False
                transaction = connection.get_transaction() or connection.begin()
                try:
                    results, appender = self._write(connection, jobs, ours)
                    if appender is None:
                        transaction.commit()
                except BaseException:
                    # SQLAlchemy does not undo by itself what failed while it was committed.
                    transaction.rollback()
                    raise
        except Exception as error:  # noqa: BLE001  whatever it was, nobody may be told yes
            _log.error("A batch of %d was not committed: %s", len(jobs), type(error).__name__)
            for job in jobs:
                job.answer = _unavailable(error)
            return True
        if appender is None:
            self._ours = ours
        else:
            appender.committed()
            self._ours = None if appender.rotated else appender.head
        for job, result in zip(jobs, results, strict=True):
            job.answer = result
        return True

    def _write(
        self, connection: Connection, jobs: Sequence[_Job], ours: Head | None
    ) -> tuple[list[object], Appender | None]:
        """Return what came of each job; committed where an entry may be among them."""
        if not any(isinstance(job, _Append) for job in jobs):
            return [_outcome(connection, job, None) for job in jobs], None
        ahead = ahead_of(connection)
        with in_one_turn(connection):
            take_log_lock(connection)
            head = ask_head(connection)
            ahead.look_up([ask for job in jobs for ask in _announced(job) or ()])
        ahead.hear()
        appender = Appender(connection, self._keys, head_in(head, ours), ours, self._cases)
        results = [_outcome(connection, job, appender) for job in jobs]
        with in_one_turn(connection):
            ahead.finish()
            batch = appender.finish()
            connection.commit()
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
    entry = appender.place(job.draft, job.detail)
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
