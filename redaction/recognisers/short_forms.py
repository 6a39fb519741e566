"""What is too short for the other rules and still leads somewhere: boxes, orders' numbers, kunyas.

`PO Box 221`, `DVPO no 441/26`, `Umm Salma`, `flat two`, `L.Court`: a fixed word tells.
"""

import re
from collections.abc import Iterable

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page

RECOGNISER = "short-form"
_ONES = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_FORMS = (
    (Label.ADDRESS, re.compile(r"\bP\.?\s?O\.?\s+box\s+\d{1,6}\b", re.IGNORECASE)),
    (
        Label.ADDRESS,
        re.compile(rf"\b(?:flat|unit|apt|apartment|room)\s+(?:{_ONES})\b", re.IGNORECASE),
    ),
    (
        Label.ADDRESS,
        re.compile(r"(?<![\w.])[A-Z]\.(?:Court|House|Lodge|Road|Street|Avenue|Lane|Close|Drive)\b"),
    ),
    (
        Label.CASE_REF,
        re.compile(r"(?<=\bno )\d{2,6}/\d{2,4}(?![\w/])|(?<=\bno\. )\d{2,6}/\d{2,4}(?![\w/])"),
    ),
    (Label.PERSON, re.compile(r"\b(?:umm|abu)[ -][^\W\d_][\w'-]{2,}", re.IGNORECASE)),
)


def find_short_forms(page: Page, _: object) -> Iterable[Finding]:
    """Find every short form."""
    for label, form in _FORMS:
        for match in page.matches(form):
            start, end = match.span()
            yield Finding(start=start, end=end, label=label, recogniser=RECOGNISER)
