"""Registration plates of four generations, and of Northern Ireland."""

import re
from collections.abc import Iterable

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page
from redaction.recognisers.dates import inside_date
from redaction.recognisers.words import words
from redaction.style import Style

_CURRENT = re.compile(
    r"(?<![^\W_])[A-Z]{2}(?:0[1-9]|[1-8]\d)[\s.-]?[A-Z]{3}(?![^\W_])", re.IGNORECASE
)
_APART = re.compile(
    r"(?<![^\W_])[A-Z]{2}[\s.-](?:0[2-9]|[1278]\d|5[1-9]|6\d)[\s.-]?[A-Z]{3}(?![^\W_])",
    re.IGNORECASE,
)
"""Two letters, an age identifier (02-29 and 51-79, so up to 89 here), three letters."""
_OLDER = re.compile(
    r"(?<![^\W_])(?:[A-Z]\d{1,3}[\s-]?[A-Z]{3}|[A-Z]{3}\s?\d{1,3}[A-Z]|[A-Z]{3}\s?\d{1,4})(?![^\W_])",
    re.IGNORECASE,
)
_NO_PLATE = words("not-a-plate")
_ABBREVIATED = re.compile(r"[A-HJ-Y]{3}\s\d{1,4}")
"""`GCS 15`, `DOB 25`: looks like a plate of the fifties; Northern Irish ones have an I or a Z."""
_DRIVES = re.compile(
    r"\b(?:reg(?:istration)?|vrm|plate|vehicle|car|van|drives?|driving|vrn|index)\b", re.IGNORECASE
)
_CUE_DISTANCE = 40
"""Characters before a plate in which its cue may stand."""


def find_plates(page: Page) -> Iterable[Finding]:
    """Find plates: the current form as it is, older ones in capitals or after a cue."""
    for match in page.matches(_CURRENT):
        yield _found(match.span())
    for match in page.matches(_APART):
        if not inside_date(page, match.start()) and _stands_alone(page, match):
            yield _found(match.span())
    for match in page.matches(_OLDER):
        if not inside_date(page, match.start()) and _older(page, match):
            yield _found(match.span())


def _stands_alone(page: Page, match: re.Match[str]) -> bool:
    """Say whether the letters are no words: `AT 12 HRS`, `on 17 may` are no plates."""
    letters = [word for word in page.words_within(*match.span()) if word.text.isalpha()]
    return not all(word.lower in page.lexicon.jargon for word in letters) or _cued(page, match)


def _older(page: Page, match: re.Match[str]) -> bool:
    within = page.words_within(*match.span())
    shouted = any(word.style is Style.CAPITALS for word in within)
    plain = any(
        word.lower in _NO_PLATE or (shouted and page.lexicon.is_word(word.lower))
        for word in within
        if word.text.isalpha()
    )
    cued = _cued(page, match)
    if _ABBREVIATED.fullmatch(match.group()) and not cued:
        return False
    return cued or (match.group().isupper() and not plain)


def _cued(page: Page, match: re.Match[str]) -> bool:
    before = page.text[max(0, match.start() - _CUE_DISTANCE) : match.start()]
    return _DRIVES.search(before.rpartition("\n")[2]) is not None


def _found(span: tuple[int, int]) -> Finding:
    return Finding(start=span[0], end=span[1], label=Label.VEHICLE_REG, recogniser="identifier")
