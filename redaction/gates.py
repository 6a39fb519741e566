"""Where patterns are tried at all: at the places of a text that can begin a match of theirs.

The rules have some two hundred patterns, and most words of a note can begin none of them. One pass
over a text sorts its words by their first characters; a pattern is then tried only where it can
begin. The matches are those of `finditer` on the whole text, in the same order.
"""

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from typing import Final

from redaction.openings import DIGIT_REACH, FIRST, OTHER, Beginning, beginning_of

_TOKEN: Final = re.compile(r"[^\W_]+|\S")
_DIGITS: Final = re.compile(r"\d+")
_MOST_REMEMBERED: Final = 20_000
"""First characters whose patterns are remembered in a process; each takes some 200 bytes."""

_MOST_PATTERNS: Final = 1_000
"""Patterns one table learns: those of modules, which are few. The rest are tried everywhere."""

Token = tuple[int, str, bool]


def tokens_of(text: str) -> list[Token]:
    """Return every place where a word or sign begins, its first characters, and a digit near."""
    digits = (match.start() for match in _DIGITS.finditer(text))
    never = len(text) + DIGIT_REACH + 1
    digit = next(digits, never)
    found = []
    for match in _TOKEN.finditer(text):
        at = match.start()
        while digit < at:
            digit = next(digits, never)
        near = digit - at <= DIGIT_REACH or digit < match.end()
        found.append((at, text[at : at + FIRST], near))
    return found


class Gates:
    """The beginnings of some patterns, compiled into one table. Threads may share it."""

    def __init__(self, patterns: Iterable[re.Pattern[str]] = ()) -> None:
        """Learn the patterns at once, so that the first text finds their gates."""
        self._known: dict[int, re.Pattern[str]] = {}
        self._gated: list[int] = []
        self._near, self._far = _Table(), _Table()
        self._lock = threading.Lock()
        for pattern in patterns:
            self.learn(pattern)

    def learn(self, pattern: re.Pattern[str]) -> None:
        """Take a pattern up; one whose beginning cannot be told is remembered without a gate."""
        if id(pattern) in self._known:
            return
        with self._lock:
            if id(pattern) in self._known or len(self._known) >= _MOST_PATTERNS:
                return
            self._known[id(pattern)] = pattern  # Kept, so that the id stays its own.
            beginning = beginning_of(pattern)
            if beginning is not None:
                position = len(self._gated)
                self._near.add(position, beginning)
                if not beginning.near_digit:
                    self._far.add(position, beginning)
                self._gated.append(id(pattern))

    def starts(self, tokens: Sequence[Token]) -> dict[int, list[int]]:
        """Return where each gated pattern, by its `id`, can begin."""
        with self._lock:
            found: list[list[int]] = [[] for _ in self._gated]
            near, far = self._near, self._far
            for at, key, near_digit in tokens:
                for one in (near if near_digit else far)[key]:
                    found[one].append(at)
            return dict(zip(self._gated, found, strict=True))


class _Table(dict[str, tuple[int, ...]]):
    """From the first characters of a word to the positions of the patterns that may begin so."""

    def __init__(self) -> None:
        super().__init__()
        self._owners: list[int] = []
        self._sets: list[dict[int, int]] = [{} for _ in range(FIRST)]
        self._by_sign: list[dict[int, int]] = [{} for _ in range(FIRST)]

    def add(self, position: int, beginning: Beginning) -> None:
        """Take up one pattern's ways to begin, and forget what was looked up without it."""
        for path in beginning.paths:
            for sets, accepted in zip(self._sets, path, strict=True):
                sets[accepted] = sets.get(accepted, 0) | 1 << len(self._owners)
            self._owners.append(position)
        self._by_sign = [{} for _ in range(FIRST)]
        self.clear()

    def __missing__(self, key: str) -> tuple[int, ...]:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        left = (1 << len(self._owners)) - 1
        for position in range(FIRST):
            sign = min(ord(key[position]), OTHER) if position < len(key) else OTHER + 1
            left &= self._beginning_with(position, sign)
        owners = tuple(sorted({self._owners[number] for number in _bits(left)}))
        self[key] = owners
        return owners

    def _beginning_with(self, position: int, sign: int) -> int:
        """Return the ways, as bits, that accept a character at one of the first positions."""
        known = self._by_sign[position]
        if sign not in known:
            sets = self._sets[position].items()
            known[sign] = reduce(int.__or__, (ways for one, ways in sets if one >> sign & 1), 0)
        return known[sign]


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def matches_at(
    pattern: re.Pattern[str], text: str, starts: Iterable[int]
) -> Iterator[re.Match[str]]:
    """Yield the matches that begin at one of the places, none over another."""
    end = 0
    for at in starts:
        if at >= end and (match := pattern.match(text, at)):
            yield match
            end = match.end()
