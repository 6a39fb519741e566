"""House numbers without a street: `Joan at no. 16`, `next door (18)`, `the family at 22`.

To whoever knows the street, the number of a neighbour's door is the neighbour.
"""

import re
from collections.abc import Iterable

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page, Word
from redaction.recognisers.dates import inside_date
from redaction.recognisers.words import words
from redaction.style import Style

_DOOR = r"\d{1,4}[a-z]?(?![\w:/%]|[.-]\d)"
_NUMBERED = re.compile(
    rf"(?<![\w/])(?:house\s+|door\s+|flat\s+)?(?:no\.|nos\.?|number|no|numbers)\s?(?P<door>{_DOOR}"
    rf"(?:\s?(?:,|&|\+|/|and|or)\s?{_DOOR})*)",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"(?<!\w)(?:at|from|in|of)\s+(?P<door>{_DOOR})"
    rf"|(?<!\w)(?:next\s?-?door\s*(?:at|in|to|,|\()?\s*(?:at\s+)?|outside\s+|opposite\s+)"
    rf"(?P<beside>{_DOOR}(?:\s?(?:,|&|\+|/|and|or)\s?{_DOOR})*)",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\s*(?:x\b|am\b|pm\b|hrs?\b|hours?\b|o'?clock|yrs?\b|years?\b|mins?\b|minutes?\b|weeks?\b|"
    r"wks?\b|days?\b|months?\b|st\b|nd\b|rd\b|th\b|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|"
    r"dec)[a-z]*\b|mph\b|miles?\b|metres?\b|times?\b|of\b)",
    re.IGNORECASE,
)
_LIVING = words("roles") | words("living-at")
_BEFORE_NUMBER = words("before-a-door")


def find_doors(page: Page, _: object) -> Iterable[Finding]:
    """Find numbers that say which door somebody lives behind."""
    for match in page.matches(_NUMBERED):
        before = _word_before(page, match.start())
        if _free(page, match, "door") and (before is None or _leads(page, before)):
            yield _found(match.span())
    for match in page.matches(_BARE):
        group = "door" if match.group("door") else "beside"
        before = _word_before(page, match.start())
        lives = before is not None and _lives(page, before)
        if _free(page, match, group) and (group == "beside" or lives):
            yield _found(match.span(group))


def _free(page: Page, match: re.Match[str], group: str) -> bool:
    counted = _COUNTED.match(page.text, match.end(group)) is not None
    return not counted and not inside_date(page, match.start(group) + 1)


def _word_before(page: Page, position: int) -> Word | None:
    """Return the word right before, in the same sentence."""
    words_before = page.words_within(max(0, position - 40), position)
    if not words_before:
        return None
    gap = page.text[words_before[-1].end : position]
    return None if any(mark in gap for mark in ".;:\n(") else words_before[-1]


def _leads(page: Page, word: Word) -> bool:
    """Say whether a door may follow: `Attendance no. 7` counts something else."""
    return word.lower in _BEFORE_NUMBER or _lives(page, word)


def _lives(page: Page, word: Word) -> bool:
    base = word.lower.removesuffix("'s")
    if base in _LIVING or (word.capital and not page.is_plain(word)):
        return True
    named = page.lexicon.may_be_name(base) or not page.lexicon.is_word(base)
    return named and word.style is not Style.MIXED


def _found(span: tuple[int, int]) -> Finding:
    return Finding(start=span[0], end=span[1], label=Label.ADDRESS, recogniser="address")
