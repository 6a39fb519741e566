"""Bounds how long a holder's system may keep a request waiting.

A source that accepts and never answers must cost one request, not the broker: every fetch runs in
a thread of its own that is abandoned at its deadline, and a holder has a bounded number of them.
"""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread
from time import monotonic
from typing import TypeVar

from broker.domain.errors import SourceError, SourceUnavailableError

Answer = TypeVar("Answer")


class Deadline:
    """A moment after which nobody waits any more."""

    __slots__ = ("_at",)

    def __init__(self, seconds: float) -> None:
        """Start counting now."""
        self._at = monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds left, never less than zero."""
        return max(0.0, self._at - monotonic())

    def check(self, name: str) -> None:
        """Raise once nobody waits any more."""
        if not self.remaining():
            raise SourceUnavailableError(f"{name} did not answer in time: try again later.")


class Bulkhead:
    """A bounded number of calls to one holder, each abandoned at its deadline."""

    def __init__(self, name: str, places: int) -> None:
        """Allow `places` calls at once; abandoned ones keep theirs until they end."""
        self._name = name
        self._places = BoundedSemaphore(places)

    def call(self, work: Callable[[], Answer], deadline: Deadline) -> Answer:
        """Return what `work` returns.

        Raises:
            SourceUnavailableError: too late, no place free in time, or an error nobody foresaw,
                whose text may hold personal data and is therefore dropped.

        """
        if not self._places.acquire(timeout=deadline.remaining()):
            raise SourceUnavailableError(
                f"{self._name} has too many unanswered calls: check the system, then try again."
            )
        answers: SimpleQueue[Answer | BaseException] = SimpleQueue()
        Thread(target=self._run, args=(work, answers), daemon=True).start()
        try:
            answer = answers.get(timeout=deadline.remaining())
        except Empty:
            raise SourceUnavailableError(
                f"{self._name} did not answer in time: try again later."
            ) from None
        if isinstance(answer, SourceError):
            raise answer
        if isinstance(answer, BaseException):
            raise SourceUnavailableError(
                f"{self._name} failed with {type(answer).__name__}: run the connector's test."
            ) from None
        return answer

    def _run(
        self, work: Callable[[], Answer], answers: "SimpleQueue[Answer | BaseException]"
    ) -> None:
        try:
            answers.put(work())
        except BaseException as error:  # noqa: BLE001  # It is carried to the caller's thread.
            answers.put(error)
        finally:
            self._places.release()
