"""Ages, which together with a town and a month point at one family."""

import re
from collections.abc import Iterable

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page

_AGE = re.compile(
    r"\b(\d{1,3})[\s-]*(?:(?:years?|yrs?|months?|mths?|weeks?|wks?)[\s-]*old|y/?o\b|yr[\s-]old)"
    r"|\b(\d{1,3}\s?(?:y(?:rs?|ears?|/?o)?|mths?|months)|\d{1,2}\s?/\s?12|\d{2}[FM])(?![\w/])(?!\s+(?:ago|later|apart|since|for))"
    r"|\b(?:aged?|age\s+of)[\s:]*(\d{1,3})\b",
    re.IGNORECASE,
)
_AFTER_NAME = re.compile(
    r"(?:([^\W\d_][\w'-]*)\s*\((\d{1,2})\)|([^\W\d_][\w'-]*),\s(\d{1,2})(?=[,.;)]))"
)

_AGE_AFTER_NAME = re.compile(r"\(\d{1,2}\)|,\s\d{1,2}(?=[,.;)])")


def find_ages(page: Page, _: object) -> Iterable[Finding]:
    """Find ages said as such, and a bare number in brackets or commas after a name."""
    for match in page.matches(_AGE):
        yield _found(match.span(match.lastindex or 0))
    for match in page.matches_before(_AFTER_NAME, _AGE_AFTER_NAME, 1):
        name, number = (1, 2) if match.group(1) else (3, 4)
        words = page.words_within(*match.span(name))
        if words and not page.is_plain(words[-1]):
            yield _found(match.span(number))


def _found(span: tuple[int, int]) -> Finding:
    return Finding(start=span[0], end=span[1], label=Label.AGE, recogniser="age")
