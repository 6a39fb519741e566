"""Places written as codes: half a postcode, three words, a grid reference, a plus code."""

import re
from collections.abc import Iterable

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page
from redaction.recognisers.words import words

_AREAS = words("postcode-areas")
"""The 124 areas of the Postcode Address File."""
_ALSO_OTHER = words("not-a-postcode-area")
_OUTWARD = re.compile(
    r"(?<![\w/.-])(?P<area>[A-Z]{1,2})(?:[1-9]\d?|\d[A-HJKPSTUW])(?![\w/]|[.-]\w)", re.IGNORECASE
)
_LEADS = re.compile(
    r"\b(?:in|around|near|from|to|area|postcode|district|live[sd]?|living|moved?|of)"
    r"[\s:]+(?:the\s+)?\Z",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(r"\s+(?:area|postcode|district|way)\b", re.IGNORECASE)
_LEAD = 24
"""Characters before a code in which what leads to it may stand."""
_OF_TWO = 2
_CODES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"///?\s?[^\W\d_]+(?:[.\s][^\W\d_]+){2}|(?<![\w.@])[a-z]{3,}\.[a-z]{3,}\.[a-z]{3,}(?![\w.@])",
        (
            r"\b(?:what\s?(?:3|three)\s?words|w3w)\b[\s:'\"-]*(?:(?:is|are|location)\s+)?"
            r"(?P<value>[^\W\d_]+(?:[.,\s]+(?:dot\s+)?[^\W\d_]+){2})"
        ),
        (
            r"(?<![^\W_])[23456789CFGHJMPQRVWX]{4}\s?[23456789CFGHJMPQRVWX]{0,4}\+"
            r"[23456789CFGHJMPQRVWX]{2,3}(?![^\W_])"
        ),
        r"(?<![^\W_])(?-i:[HJNOST][A-HJ-Z])\s?(?:\d{3}\s?\d{3}|\d{4}\s?\d{4}|\d{5}\s?\d{5})(?![^\W_])",
        r"(?<![\w.])-?\d{1,3}\.\d{4,}\s*[,/ ]\s*-?\d{1,3}\.\d{4,}",
        r"\b(?:lat(?:itude)?|lon(?:g(?:itude)?)?|lng)[\s:=]{1,2}(?P<value>-?\d{1,3}\.\d+)",
        r"\d{1,3}\s?[\xb0o]\s?\d{1,2}\s?['\u2032]\s?(?:[\d.]+\s?[\"\u2033]?\s?)?[NSEW]\b",
    )
)
_TRAVEL = re.compile(
    r"\b(?:\d{1,3}|an?|half\s+an|two|three|four|five|ten|fifteen|twenty|thirty|forty)[\s-]{0,2}"
    r"(?:mins?|minutes?|hrs?|hours?|miles?|stops?)'?\s+(?:(?:drive|walk|journey|bus|train|ride|flight)\b"
    r"(?:\s+away)?|away\b|(?:from\s+\S{1,20}(?:\s\S{1,20})?\s+)?by\s+(?:train|bus|car|taxi|ferry|coach|"
    r"tube|tram)\b|(?:up|down)\s+the\b)",
    re.IGNORECASE,
)
"""How far away it is narrows down where she is (domain brief 4.1)."""
_ROAD = re.compile(r"(?<![\w/.-])(?:[AM]\d{1,3}(?:\(M\))?|B\d{4})(?![\w/]|[.-]\w)")


def find_whereabouts(page: Page) -> Iterable[Finding]:
    """Find codes that put a finger on the map."""
    for pattern in _CODES:
        for match in page.matches(pattern):
            group = "value" if "value" in pattern.groupindex else 0
            yield _found(match.span(group), Label.ID_OTHER)
    for match in page.matches(_OUTWARD):
        if _locates(page, match):
            yield _found(match.span(), Label.POSTCODE)
    for pattern in (_TRAVEL, _ROAD):
        for match in page.matches(pattern):
            yield _found(match.span(), Label.LOCATION)


def _locates(page: Page, match: re.Match[str]) -> bool:
    """Say whether half a postcode is one: in capitals it speaks for itself, unless ambiguous."""
    area = match["area"].lower()
    if area not in _AREAS:
        return False
    sure = match["area"].isupper() and len(area) == _OF_TWO and area not in _ALSO_OTHER
    before = page.text[max(0, match.start() - _LEAD) : match.start()]
    follows = _FOLLOWS.match(page.text, match.end()) is not None
    led = _LEADS.search(before) is not None and area not in _ALSO_OTHER
    return sure or follows or led


def _found(span: tuple[int, int], label: Label) -> Finding:
    return Finding(start=span[0], end=span[1], label=label, recogniser="identifier")
