"""Who speaks in a chat that was copied into a note: `Jaffa: were r u`, line after line."""

import re
from collections.abc import Iterable

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page
from redaction.recognisers.words import words

_LINE = re.compile(
    r"^[^\w\n]{0,3}(?:\[?\d{1,2}[:.]\d\d\]?\s+)?"
    r"(?P<name>[^\W\d_][\w'-]{0,19}(?: [^\W\d_][\w'-]{0,19})?)"
    r"(?::|\s>)[^\S\n]+\S",
    re.MULTILINE,
)
_HEADINGS = words("headings") | words("function-words")
_FEWEST_LINES = 3
"""Lines from which a text is a chat; a form has as many, but each heading once."""


def find_speakers(page: Page, _: object) -> Iterable[Finding]:
    """Find the names that open the lines of a chat."""
    lines = list(page.matches(_LINE))
    heads = [match["name"].lower() for match in lines]
    if len(heads) < _FEWEST_LINES or len(set(heads)) == len(heads):
        return
    for match, head in zip(lines, heads, strict=True):
        if not set(head.split()) & _HEADINGS:
            start, end = match.span("name")
            yield Finding(start=start, end=end, label=Label.PERSON, recogniser="cue")
