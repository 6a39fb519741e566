"""Who cannot say who they are gets so many entries of the log, and is only counted after that.

Everything that is turned away is logged, so that whoever proves nothing could make the log grow as
fast as the disk writes. The first failures of a minute are entries like any other; of the rest the
log has one entry, with how many there were at which door. Counts are this process's own: ADR 0024
says what a crash loses, and why that is little.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from threading import Lock
from typing import Final

WINDOW_SECONDS: Final = 60.0
"""How long counting lasts, and so the longest that a count is in memory only."""
SOURCE_ENTRIES: Final = 10
"""Entries that one source gets in a window: a system set up wrongly shows in the first of them."""
ALL_ENTRIES: Final = 60
"""Entries that all sources get in a window: one a second is 86,400 a day, which stores 60 MB."""
MAX_PLACES: Final = 200
"""Doors and problems told apart in one count, so that it fits an entry; the rest is one number."""
MAX_SOURCES: Final = 10_000
"""Sources that are counted in a window, in some 2 MB; of more the log says so many."""
REST: Final = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one window turned away without an entry for each.

    Args:
        counts: how many, by problem and door.
        sources: how many different ones there were, up to MAX_SOURCES.
        since: when the window was opened.

    """

    counts: Mapping[str, int]
    sources: int
    since: datetime


@dataclass(slots=True)
class _Window:
    ends: float
    since: datetime
    entries: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    limited: set[str] = field(default_factory=set)


class Rejections:
    """Says which failure is an entry of its own, and counts the others. Thread-safe."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing counted; `ticks` are seconds that never go back."""
        self._ticks, self._lock = ticks, Lock()
        self._window: _Window | None = None
        self._over: list[Counted] = []

    def wait_of(self, source: str) -> int:
        """Return the seconds, from 1, until a source's failures are entries again; 0: they are."""
        with self._lock:
            window, now = self._window, self._ticks()
            if window is None or now >= window.ends or not _is_full(window, source):
                return 0
            return ceil(window.ends - now)

    def note(self, source: str, what: str, at: datetime) -> int:
        """Take note of one failure; return 0 if it is to be an entry, else the seconds to wait.

        Args:
            source: where it came from; kept as long as the window.
            what: problem and door, of the broker's own words.
            at: the time of day.

        """
        with self._lock:
            window = self._open(at)
            if not _is_full(window, source):
                window.entries[source] += 1
                return 0
            place = what if what in window.counts or len(window.counts) < MAX_PLACES else REST
            window.counts[place] += 1
            if len(window.limited) < MAX_SOURCES:
                window.limited.add(source)
            return max(1, ceil(window.ends - self._ticks()))

    def take(self, *, all_of_it: bool = False) -> tuple[Counted, ...]:
        """Return the counts of windows that are over, or of every window, and forget them."""
        with self._lock:
            if self._window is not None and (all_of_it or self._ticks() >= self._window.ends):
                self._close(self._window)
            found, self._over = tuple(self._over), []
        return found

    def put_back(self, counted: Counted) -> None:
        """Keep a count that could not be written, for the next time."""
        with self._lock:
            self._over.append(counted)

    def _open(self, at: datetime) -> _Window:
        window, now = self._window, self._ticks()
        if window is not None and now >= window.ends:
            self._close(window)
        if self._window is None:
            self._window = _Window(ends=now + WINDOW_SECONDS, since=at)
        return self._window

    def _close(self, window: _Window) -> None:
        if window.counts:
            counted = Counted(
                counts=dict(window.counts), sources=len(window.limited), since=window.since
            )
            self._over.append(counted)
        self._window = None


def _is_full(window: _Window, source: str) -> bool:
    return window.entries[source] >= SOURCE_ENTRIES or window.entries.total() >= ALL_ENTRIES
