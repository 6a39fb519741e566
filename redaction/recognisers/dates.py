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
_UNIT = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_NTH = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|"
    "fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth|"
    r"twenty[\s-](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|thirty[\s-]first"
)
_BELOW_100 = rf"(?:(?:{_TENS})(?:[\s-](?:{_UNIT}))?|{_TEENS}|(?:oh|o)[\s-](?:{_UNIT}))"
_YEAR_TOLD = (
    rf"(?:(?:nineteen|twenty)[\s-]+{_BELOW_100}|two\s+thousand(?:\s+and)?(?:\s+(?:{_UNIT}|{_BELOW_100}))?"
    rf"|{_BELOW_100}|(?:19|20)?\d{{2}})"
)
_NTH_DAY = rf"(?:{_NTH}|\d{{1,2}}(?:st|nd|rd|th))"
TOLD_DATE = (
    rf"(?:{_NTH_DAY}\s+(?:of\s+)?(?:the\s+)?{MONTH}(?:[\s,]+(?:in\s+)?{_YEAR_TOLD})?"
    rf"|{_NTH_DAY}\s+of\s+the\s+(?:{_NTH}|\d{{1,2}}(?:st|nd|rd|th))[\s,]+{_YEAR_TOLD}"
    rf"|{MONTH}\s+(?:the\s+)?(?:{_NTH})(?:[\s,]+{_YEAR_TOLD})?)"
)
"""A date as it is said: `the seventeenth of April nineteen ninety-one`."""
DATE = (
    rf"(?:(?:19|20)\d{{2}}[-/.](?:0?[1-9]|1[0-2])[-/.]{_DAY}(?:T[\d:.]+Z?)?"
    rf"|{_DAY}\s?(?P<gap>[-/.\\]{{1,2}})\s?(?:0?[1-9]|1[0-2])(?:\s?(?P=gap)\s?{_YEAR})?"
    rf"|{_DAY}[\s./-]?{MONTH}[\s./-]?(?:(?:19|20)\d{{2}}|\d{{2}})(?!\d)"
    rf"|{_DAY}(?:st|nd|rd|th)?(?:\s+of)?[\s.,-]{{0,2}}{MONTH}\b(?:[\s.,-]{{1,2}}{_YEAR}\b)?"
    rf"|{MONTH}[\s.]{{1,2}}{_DAY}(?:st|nd|rd|th)?\b(?:,?\s+(?:19|20)\d{{2}})?"
    rf"|{MONTH}[\s.,'-]{{1,2}}(?:(?:19|20)\d{{2}}|'?(?:3[2-9]|[4-9]\d)\b))"
)
_DATES = re.compile(rf"(?<![\w/.-]){DATE}(?![\w/-]|\.\d)", re.IGNORECASE)
_BIRTH = re.compile(
    rf"\b(?:d[\s./]{{0,2}}o[\s./]{{0,2}}b|date\s+of\s+birth|birth\s?da(?:te|y)|born|b)(?![^\W\d_])"
    rf"(?:[\s:.=(-]|is|was|on|in|the){{0,6}}(?P<day>{DATE}|{TOLD_DATE}|\d(?:[\s./,\\-]{{0,3}}\d){{5,7}}"
    rf"|(?:19|20)\d{{2}}|'\d\d)(?![^\W_])",
    re.IGNORECASE,
)
_IN_WORDS = re.compile(rf"\b{TOLD_DATE}\b", re.IGNORECASE)
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
    for match in page.matches(_BIRTH):
        yield _found(match.span("day"), Label.DOB)
    for pattern in (_DATES, _TOLD, _IN_WORDS):
        for match in page.matches(pattern):
            yield _found(match.span(), Label.DATE)
    for match in page.matches(_MONTH_ALONE):
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
