"""What belongs to one process only: a connection or a session is of no use to a fork."""

import os
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerProcess(Generic[T]):
    """One value for each process, made when it is first needed there."""

    __slots__ = ("_kept", "_make")

    def __init__(self, make: Callable[[], T]) -> None:
        """Make nothing yet."""
        self._make = make
        self._kept: tuple[int, T] | None = None

    def value(self) -> T:
        """Return this process's own.

        Two threads that come first may make one each; the later one is kept, and both work.
        """
        kept = self._kept
        if kept is None or kept[0] != os.getpid():
            kept = self._kept = (os.getpid(), self._make())
        return kept[1]
