"""Dates in every layout, dates of birth by their cue, and dates told by other days."""

import re
from collections.abc import Iterable
from functools import lru_cache

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page

MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:(?:19|20)\d{2}|'?\d{2})"
_WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
_SEASON = r"(?:christmas|xmas|boxing|new year'?s?|easter|eid(?: al-?\w+)?|diwali|ramadan|halloween"
_SEASON += (
    r"|bonfire night|(?:mother|father|valentine)'?s day|bank holiday|passover|vaisakhi|hanukkah)"
)
DATE = (
    rf"(?:(?:19|20)\d{{2}}[-/.](?:0?[1-9]|1[0-2])[-/.]{_DAY}(?:T[\d:.]+Z?)?"
    rf"|{_DAY}\s?(?P<gap>[-/.])\s?(?:0?[1-9]|1[0-2])(?:\s?(?P=gap)\s?{_YEAR})?"
    rf"|{_DAY}(?:st|nd|rd|th)?(?:\s+of)?[\s.,-]{{0,2}}{MONTH}\b(?:[\s.,-]{{1,2}}{_YEAR}\b)?"
    rf"|{MONTH}[\s.]{{1,2}}{_DAY}(?:st|nd|rd|th)?\b(?:,?\s+(?:19|20)\d{{2}})?"
    rf"|{MONTH}[\s.,-]{{1,2}}(?:19|20)\d{{2}})"
)
_DATES = re.compile(rf"(?<![\w/.-]){DATE}(?![\w/-]|\.\d)", re.IGNORECASE)
_BIRTH = re.compile(
    rf"\b(?:d\.?\s?o\.?\s?b\.?|date\s+of\s+birth|birth\s?date|born(?:\s+on)?|b\.)[\s:.(-]*({DATE})",
    re.IGNORECASE,
)
_TOLD = re.compile(
    rf"\b(?:the\s+)?(?:day\s+(?:before|after)\s+(?:yesterday|tomorrow)|yesterday"
    rf"|(?:last|next|previous|this|early|late)\s+(?:night|week|weekend|month|year|spring|summer|autumn"
    rf"|winter|{MONTH}|{_WEEKDAY})(?:\s+(?:morning|afternoon|evening|night))?"
    rf"|{_WEEKDAY}\s+(?:morning|afternoon|evening|night|just gone)"
    rf"|(?:a|an|one|two|three|four|five|six|seven|few|several|couple\s+of|\d{{1,2}})\s+"
    rf"(?:days?|weeks?|wks?|months?|mths?|years?|yrs?)\s+ago"
    rf"|(?:(?:over|on|at|before|after|since|around)\s+)?{_SEASON}(?:\s+(?:day|eve|monday|sunday))?)\b",
    re.IGNORECASE,
)
_MONTH_ALONE = re.compile(
    rf"\b(?:in|since|until|till|by|from|during|of)\s+({MONTH}|(?:19|20)\d{{2}})\b", re.IGNORECASE
)


def find_dates(page: Page, _: object) -> Iterable[Finding]:
    """Find dates; the one after a birth cue is a date of birth."""
    for match in _BIRTH.finditer(page.text):
        yield _found(match.span(1), Label.DOB)
    for pattern in (_DATES, _TOLD):
        for match in pattern.finditer(page.text):
            yield _found(match.span(), Label.DATE)
    for match in _MONTH_ALONE.finditer(page.text):
        yield _found(match.span(1), Label.DATE)


def inside_date(page: Page, position: int) -> bool:
    """Say whether a position is in a date but not at its start: a date's tail is no number."""
    return any(one.start() < position < one.end() for one in _on(page.text))


@lru_cache(maxsize=1)
def _on(text: str) -> tuple[re.Match[str], ...]:
    """Return the dates of a text; the rules of one page ask several times in a row."""
    return tuple(_DATES.finditer(text))


def is_date(text: str) -> bool:
    """Say whether a text is a date and nothing else."""
    return _DATES.fullmatch(text) is not None


def _found(span: tuple[int, int], label: Label) -> Finding:
    return Finding(start=span[0], end=span[1], label=label, recogniser="date")
