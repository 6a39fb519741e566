"""What may still be somebody in a text that is about to leave: each doubt with its place.

Part of the verifier, and like it apart from detection: it sees the output only. What detection
took out tells where people stand, so a word beside a removal weighs more than one by itself. A
reviewer may say of any doubt that it is nobody.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from redaction.suspects import (
    SMALL_PAIR,
    WORD,
    listed,
    may_name,
    shows_capitals,
    stands_as_somebody,
    surnames,
    suspects,
)

REMOVED = "\u25a0"
"""Stands for every sign of a marker in the text that is looked at."""
DOUBTS = frozenset({"perhaps-initials", "perhaps-name"})
"""Kinds of doubt; each is of one word, so its place is known. Kept with held records."""
_PAIR = re.compile(r"(?<![\w.&@#/-])[A-Z]{2}(?![\w&@-]|\.\w)")
_PAIR_BESIDE = re.compile(
    rf"(?<={REMOVED})(?:[ ]?[/+&][ ]?|[ ](?:and|or)[ ])(?P<after>[A-Z]{{2}})(?![\w&])"
    rf"|(?<![\w&])(?P<before>[A-Z]{{2}})(?=(?:[ ]?[/+&][ ]?|[ ](?:and|or)[ ]){REMOVED})"
)
_SHORT_SURNAME = re.compile(rf"(?<={REMOVED})[ -](?P<name>[A-Z][a-z]{{1,2}})(?!\w)")
_NEXT = re.compile(rf"(?<={REMOVED})[ ](?P<name>{WORD})")
_JOINED = re.compile(
    rf"(?<={REMOVED})[ ]?(?:and|or|&|\+|/|n)[ ]?(?P<after>{WORD})"
    rf"|(?<!\w)(?P<before>{WORD})(?=[ ]?(?:and|or|&|\+|/|n)[ ]?{REMOVED})",
    re.IGNORECASE,
)
_OPENS = re.compile(
    r"(?:\A|(?<=[.!?:] )|(?<=\n))(?P<name>[A-Z][a-z]+)"
    r"(?=:[ ]|[ ](?:at|with|w|has|had|was|is|did|does)\b)"
)
"""A sentence's first word, where somebody would do or be something."""
_BRACKETED = re.compile(rf"(?<={REMOVED})[ ]?\((?P<name>[^\W\d_]{{3,}})\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A word that may be somebody: what kind of doubt, and where."""

    kind: str
    start: int
    end: int


def doubts(text: str) -> Iterator[Doubt]:
    """Yield every doubt in a text with its markers blacked out."""
    for start, end in suspects(text):
        yield Doubt(kind="perhaps-name", start=start, end=end)
    if shows_capitals(text):
        yield from _initials(text)
        yield from _found(text, _SHORT_SURNAME, _no_abbreviation)
        yield from _found(text, _OPENS, _also_a_name)
    else:
        yield from _small_initials(text)
        yield from _found(text, _NEXT, _also_a_surname)
        yield from _found(text, _JOINED, _also_a_name)
        yield from _found(text, _BRACKETED, may_name)


def _initials(text: str) -> Iterator[Doubt]:
    for match in (*_PAIR.finditer(text), *_PAIR_BESIDE.finditer(text)):
        group = match.lastgroup or 0
        if _no_abbreviation(match[group]):
            start, end = match.span(group)
            yield Doubt(kind="perhaps-initials", start=start, end=end)


def _small_initials(text: str) -> Iterator[Doubt]:
    """Yield two letters that are no word and do something, in a note without capitals."""
    for match in SMALL_PAIR.finditer(text):
        if _no_abbreviation(match.group()) and stands_as_somebody(text.lower(), match):
            yield Doubt(kind="perhaps-initials", start=match.start(), end=match.end())


def _found(text: str, pattern: re.Pattern[str], names: Callable[[str], bool]) -> Iterator[Doubt]:
    for match in pattern.finditer(text):
        group = match.lastgroup or 0
        if names(match[group]):
            yield Doubt(kind="perhaps-name", start=match.start(group), end=match.end(group))


def _no_abbreviation(word: str) -> bool:
    return word.lower() not in _abbreviations()


def _also_a_surname(word: str) -> bool:
    return word.lower() in surnames() - listed("seldom-surnames") and may_name(word)


def _also_a_name(word: str) -> bool:
    plain = word.lower()
    known = plain in surnames() or plain in listed("usually-words")
    return known and plain not in listed("seldom-surnames") and may_name(word)


@cache
def _abbreviations() -> frozenset[str]:
    return listed("abbreviations") | listed("no-initials") | listed("no-name")
