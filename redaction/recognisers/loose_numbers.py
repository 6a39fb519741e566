"""Short numbers that are no count: `ticket #8812`, `see 8812`, and Irish plates, `08 D 1234`.

A number of four digits is a time, a year, money or a measure; where it can be none of these it
leads to a file.
"""

import re
from collections.abc import Iterable

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page
from redaction.recognisers.dates import inside_date
from redaction.recognisers.words import words
from redaction.style import Style

_NUMBERED = re.compile(r"(?<![\w&])#[ ]?\d{3,8}(?!\w)")
_FOUR = re.compile(r"(?<![\w.,:/+$\u00a3\u20ac-])\d{4}(?![\w%]|[.,:/-]\d)")
_OF_A_YEAR = re.compile(r"(?<![\w/.:,-])\d{3,6}/[12]\d(?![\w/%-]|[.:]\d)")
"""Running number and year. No blood pressure: its second number is above 29."""
_WHOSE = re.compile(r"(?<![\w.'])(?P<initials>[A-Za-z]{2})(?=[ ]?/[ ]?\d{3,6}/[12]\d(?!\w))")
_MEASURE = re.compile(
    r"[ ]?(?:pounds?|quid|k?cals?|calories|steps|words|metres|miles|feet|ft|sq|m|km|yards|ml|mls|"
    r"mg|mcg|g|kg|grams|units?|hours?|hrs|people|residents|pages|cases|calls|messages|texts|"
    r"images|photos|per|a|p|pcm|pw|euros?|dollars|times)\b",
    re.IGNORECASE,
)
_MONEY_BEFORE = re.compile(r"(?:gbp|eur|usd|\u00a3|\u20ac|\$)[ ]?\Z", re.IGNORECASE)
_HOURS, _MINUTES = 24, 60
_CENTURIES = ("19", "20")
_IRISH = re.compile(
    r"(?<![^\W_])\d{2}[12]?(?P<gap>[ -]?)(?:CE|CN|CW|C|DL|D|G|KE|KK|KY|LD|LH|LK|LM|LS|L|MH|MN|MO|"
    r"OY|RN|SO|TN|TS|T|WD|WH|WW|WX|W)(?P=gap)\d{1,6}(?![^\W_]|[.:/]\d)",
    re.IGNORECASE,
)
"""Year (and half since 2013), county, number: SI 318/1992, and SI 542/2012."""
_FEWEST_OF_SERIES = 3
_DRIVES = words("drives")
_CUED = re.compile(
    rf"(?<![^\W_])(?:{'|'.join(sorted(words('reference-cues')))})\b"
    r"(?:[ ]?(?:no|nos|num|number|ref|record|id)\b)?[\s:.#(]{0,3}"
    r"(?P<value>(?:[A-Z]{1,5}[/.-]){0,3}[A-Z]{0,4}\d+[A-Z]{0,2}(?:[/.-][A-Z0-9]{1,8}){0,4})(?![^\W_]|:\d)",
    re.IGNORECASE,
)
"""What a word for a file stands before, with the letters of whoever keeps it: `ref JB/mt/331`."""
_FEWEST_DIGITS = 3
_CUE_DISTANCE = 40
_DIGITS_AT_END = re.compile(r"\d+\Z")


def find_loose_numbers(page: Page, _: object) -> Iterable[Finding]:
    """Find them."""
    for match in page.matches(_NUMBERED):
        yield _found(match, Label.CASE_REF)
    for match in page.matches(_CUED):
        if _refers(page, match):
            yield _found(match, Label.CASE_REF, "value")
    for match in page.matches(_FOUR):
        if not _counts(page, match) and not inside_date(page, match.start()):
            yield _found(match, Label.ID_OTHER)
    for match in page.matches(_OF_A_YEAR):
        yield _found(match, Label.CASE_REF)
    for match in page.matches(_WHOSE):
        yield _found(match, Label.PERSON)
    for match in page.matches(_IRISH):
        if _irish(page, match):
            yield _found(match, Label.VEHICLE_REG)


def _refers(page: Page, match: re.Match[str]) -> bool:
    """Say whether it has digits enough for a reference, and is no date, time or year."""
    value = match["value"]
    digits = sum(map(str.isdigit, value))
    year = digits == len(value) == len("2025") and value.startswith(_CENTURIES)
    return digits >= _FEWEST_DIGITS and not year and not inside_date(page, match.start("value"))


def _counts(page: Page, match: re.Match[str]) -> bool:
    """Say whether four digits are a time, a year, money or a measure."""
    digits = match.group()
    clock = int(digits[:2]) < _HOURS and int(digits[2:]) < _MINUTES
    if clock or digits.startswith(_CENTURIES) or digits.endswith("00"):
        return True
    before = page.text[max(0, match.start() - 4) : match.start()]
    measured = _MEASURE.match(page.text, match.end()) is not None
    return measured or _MONEY_BEFORE.search(before) is not None


def _irish(page: Page, match: re.Match[str]) -> bool:
    """Say whether it is a plate: after a car, in capitals, or with a long enough number."""
    if inside_date(page, match.start()):
        return False
    number = _DIGITS_AT_END.search(match.group())
    long = number is not None and len(number.group()) >= _FEWEST_OF_SERIES
    styles = {word.style for word in page.words_within(*match.span())}
    shown = match.group().isupper() and Style.CAPITALS not in styles
    return _driven(page, match.start()) or (long and (shown or bool(match["gap"])))


def _driven(page: Page, position: int) -> bool:
    before = page.words_within(max(0, position - _CUE_DISTANCE), position)
    return any(word.lower in _DRIVES for word in before)


def _found(match: re.Match[str], label: Label, group: str | int = 0) -> Finding:
    start, end = match.span(group)
    return Finding(start=start, end=end, label=label, recogniser="loose-number")
