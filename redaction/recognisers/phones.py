"""UK telephone numbers in every grouping, drama ranges included, which validity checks reject."""

import re
from collections.abc import Iterable

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page

_GAP = r"(?:(?:[^\S\n]|[().-]){0,3}|[^\S\n]?\n[^\S\n]?)"
"""One line break at most, and nothing else with it: below a full stop a date may begin."""
_PHONE = re.compile(
    rf"(?<![\w])(?:(?:\+|00{_GAP})44{_GAP}(?:\(?0\)?)?|\(?0)(?:{_GAP}\d){{8,10}}(?![\w])"
    rf"(?:\s*(?:x|ext\.?|extension)\s*\d{{1,6}})?",
    re.IGNORECASE,
)
_WITHOUT_ZERO = re.compile(rf"(?<![\w/.])7\d{{3}}(?:{_GAP}\d){{6}}(?![\w/])")
_FOREIGN = re.compile(rf"(?<![\w])\+\d(?:{_GAP}\d){{7,14}}(?![\w])")
_CUED = re.compile(
    r"\b(?:tel(?:ephone)?|phone|mob(?:ile)?|call|ring|text|ext|contact no)\b[\s.:#]*"
    r"(\d(?:\d|[^\S\n]|-){3,}\d)",
    re.IGNORECASE,
)


def find_phones(page: Page, _: object) -> Iterable[Finding]:
    """Find numbers by their first digits, or by a cue word where the form is unusual."""
    for pattern in (_PHONE, _WITHOUT_ZERO, _FOREIGN):
        for match in page.matches(pattern):
            yield _found(match.span())
    for match in page.matches(_CUED):
        yield _found(match.span(1))


def _found(span: tuple[int, int]) -> Finding:
    return Finding(start=span[0], end=span[1], label=Label.PHONE, recogniser="phone")
