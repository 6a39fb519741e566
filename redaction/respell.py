"""A second reading of a text, for what people hide in plain sight: `J o h n`, `oh seven seven`.

Spaced letters and digits are closed up, numbers in words become digits, letters that a scanner
takes for digits become digits, and what a line end has cut in two is joined. Such a change may be
wrong, so the text is read both ways and only findings that rest on a change count.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from redaction.fold import Folded

_SPACED_LETTERS = re.compile(
    r"(?<![\w'])[^\W\d_](?:([ .*_-])[^\W\d_](?![^\W_]))(?:\1[^\W\d_](?![^\W_]))+"
)
_SPACED_DIGITS = re.compile(r"(?<![\w/.:-])\d(?:[ .*_-]\d(?!\w)){5,}")
_CUT_WORD = re.compile(r"(?<=[^\W\d_]{2})-[ \t]*\n[ \t]*(?=[^\W\d_]{2})")
_CUT_NUMBER = re.compile(r"(?<=\d)[ \t]*\n[ \t]*(?=\d)|(?<=\d)-[ \t]*\n[ \t]*(?=\w)")
_UNITS = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "nil": "0", "one": "1", "two": "2",
    "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
    "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
    "hundred": "00", "thousand": "000",
}  # fmt: skip
_TENS = {
    "twenty": "2", "thirty": "3", "forty": "4", "fifty": "5", "sixty": "6", "seventy": "7",
    "eighty": "8", "ninety": "9",
}  # fmt: skip
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_SPOKEN = "|".join((*_UNITS, *_TENS, *_TIMES, r"\d+"))
_SPOKEN_RUN = re.compile(rf"\b(?:{_SPOKEN})\b(?:[\s,-]{{1,3}}(?:{_SPOKEN})\b)+", re.IGNORECASE)
_SPOKEN_WORD = re.compile(rf"\b(?:{_SPOKEN})\b", re.IGNORECASE)
_FEWEST_SPOKEN = 5
"""Digits below which words are a count (`two or three`), not a number to call."""
_SEEN_AS = str.maketrans("OoQDlI|SsBZz", "000011155822")
_DIGIT = r"[0-9OoQDlI|SsBZz]"
_SCANNED = tuple(
    re.compile(rf"(?<![^\W_]){form}(?![^\W_])")
    for form in (
        rf"(?P<a>{_DIGIT}(?:[ ().-]{{0,2}}{_DIGIT}){{8,13}})",
        rf"[A-Za-z]{{1,2}}(?P<a>{_DIGIT})[A-Za-z0-9]?\s?(?P<b>{_DIGIT})[A-Za-z]{{2}}",
        rf"[A-Za-z]{{2}}(?P<a>{_DIGIT}{{2}})\s?[A-Za-z]{{3}}",
        rf"[A-Za-z]{{2}}\s?(?P<a>{_DIGIT}{{2}}(?:\s?{_DIGIT}{{2}}){{2}})\s?[A-Da-d]",
        rf"(?P<a>{_DIGIT}{{2}}-{_DIGIT}{{2}}-{_DIGIT}{{2}})",
    )
)
"""Telephone and NHS numbers, postcodes, registrations, NI numbers, sort codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Respelling:
    """One stretch of the folded text and what it is read as; empty where it is left out."""

    start: int
    end: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text read the other way, and where it differs; an empty range is a place left out."""

    folded: Folded
    changed: tuple[tuple[int, int], ...]

    def rests_on_change(self, start: int, end: int) -> bool:
        """Say whether a finding would not be there without a change."""
        return any(
            start < at < end if at == until else start < until and at < end
            for at, until in self.changed
        )


def second_reading(folded: Folded) -> Reading | None:
    """Return the text as it is meant, or None where it has only one reading."""
    chosen: list[Respelling] = []
    for one in sorted(_respellings(folded.text), key=lambda one: (one.start, one.end)):
        if not chosen or one.start >= chosen[-1].end:
            chosen.append(one)
    return _read(folded, chosen) if chosen else None


def _read(folded: Folded, respellings: Iterable[Respelling]) -> Reading:
    """Build the other text with its own map to the source."""
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    changed: list[tuple[int, int]] = []
    position = 0
    for one in respellings:
        letters += folded.text[position : one.start]
        starts += folded.starts[position : one.start]
        ends += folded.ends[position : one.start]
        changed.append((len(letters), len(letters) + len(one.text)))
        letters += one.text
        starts += [folded.starts[one.start]] * len(one.text)
        ends += [folded.ends[one.end - 1]] * len(one.text)
        position = one.end
    letters += folded.text[position:]
    starts += folded.starts[position:]
    ends += folded.ends[position:]
    other = Folded(
        text="".join(letters), source=folded.source, starts=tuple(starts), ends=tuple(ends)
    )
    return Reading(folded=other, changed=tuple(changed))


def _respellings(text: str) -> Iterator[Respelling]:
    for pattern in (_SPACED_LETTERS, _SPACED_DIGITS):
        for match in pattern.finditer(text):
            yield from _closed_up(match.start(), match.group())
    for pattern in (_CUT_WORD, _CUT_NUMBER):
        for match in pattern.finditer(text):
            yield Respelling(start=match.start(), end=match.end(), text="")
    for match in _SPOKEN_RUN.finditer(text):
        yield from _spoken(match.start(), match.group())
    for pattern in _SCANNED:
        for match in pattern.finditer(text):
            yield from _scanned(match)


def _closed_up(start: int, run: str) -> Iterator[Respelling]:
    for at, character in enumerate(run):
        if not character.isalnum():
            yield Respelling(start=start + at, end=start + at + 1, text="")


def _spoken(start: int, run: str) -> Iterator[Respelling]:
    """Yield a number told in words as digits, if it is long enough to be called."""
    words = list(_SPOKEN_WORD.finditer(run))
    digits = _digits([match.group().lower() for match in words])
    if sum(map(len, digits)) < _FEWEST_SPOKEN or all(match.group().isdigit() for match in words):
        return
    position = 0
    for match, told in zip(words, digits, strict=True):
        if match.start() > position:
            yield Respelling(start=start + position, end=start + match.start(), text="")
        if told != match.group():
            yield Respelling(start=start + match.start(), end=start + match.end(), text=told)
        position = match.end()


def _digits(words: list[str]) -> list[str]:
    """Return what each word adds: `double` nothing, the word after it twice."""
    told: list[str] = []
    times = 1
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in _TIMES:
            times = _TIMES[word]
            told.append("")
            continue
        unit = following in _UNITS and len(_UNITS[following]) == 1 and _UNITS[following] != "0"
        tens = _TENS.get(word, "") + ("" if unit else "0")
        told.append((tens if word in _TENS else _UNITS.get(word, word)) * times)
        times = 1
    return told


def _scanned(match: re.Match[str]) -> Iterator[Respelling]:
    """Yield the letters that a scanner saw for digits, where at least half are digits."""
    for name, group in match.groupdict().items():
        letters = [at for at, one in enumerate(group) if one.isalpha() or one == "|"]
        digits = sum(map(str.isdigit, match.group()))
        if digits * 2 >= len(letters) and digits:
            start = match.start(name)
            for at in letters:
                seen = group[at].translate(_SEEN_AS)
                yield Respelling(start=start + at, end=start + at + 1, text=seen)
