"""UK identifiers: by their written form, by their name, and whatever else is a long number.

What nothing explains but is long and has digits is ID_OTHER: a number that cannot be named is not
harmless.
"""

import re
from collections.abc import Iterable

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page
from redaction.recognisers.checks import nhs_number_checks
from redaction.recognisers.dates import DATE, inside_date, is_date
from redaction.recognisers.forms import FORMS
from redaction.recognisers.named import find_named
from redaction.recognisers.online import find_online
from redaction.recognisers.plates import find_plates
from redaction.recognisers.whereabouts import find_whereabouts

_CUE_DISTANCE = 40
"""Characters before a number in which its cue may stand."""
_NHS = re.compile(r"(?<![\w])\d{3}[\s./-]{0,2}\d{3}[\s./-]{0,2}\d{4}(?![\w])")
_LONG = re.compile(r"(?<![^\W_])(?=[^\W_]*\d)[^\W_]+(?:[-/_.][^\W_]+)*(?![^\W_])")
_SPREAD = re.compile(r"(?<![\w/.:])\d{1,5}(?:[ .-]\d{1,5}){1,8}(?![\w/:]|\.\d)")
"""Groups of digits, one sign apart, that together are too long for a count."""
_OF_DAY = re.compile(
    rf"(?<![\w/.:-])\d{{2,5}}\s?(?:of|dated|/)\s?{DATE}(?![\w/-]|\.\d)", re.IGNORECASE
)
"""A log by its number and its day: `733 of 11/02/25`."""
_DOTTED = re.compile(r"(?<![\w.-])(?:[A-Z0-9]{1,2}[.-]){2,6}[A-Z0-9]{1,3}(?![\w.-])", re.IGNORECASE)
_FEWEST_LETTERS, _FEWEST_DIGITS = 3, 2
_HOURS = re.compile(r"[0-2]\d[0-5]\d-[0-2]\d:[0-5]\d(?![\w:])")
"""`1143-10:44`: from one hour to another, however unevenly written."""
_MEASURED = re.compile(r"\d{2,3}/\d{2,3}|\d{1,2}[.]\d\d-\d{1,2}[.]\d\d|\d{1,3}(?:\.\d\d)?")
"""Blood pressures, hours from and to, money: what verifies as a time or a measure."""
_MIN_DIGITS_UNEXPLAINED = 5
_MIN_DIGITS_SPREAD = 7


def find_identifiers(page: Page, _: object) -> Iterable[Finding]:
    """Find every identifier by form and by name, then whatever else is long and has digits."""
    yield from _by_form(page)
    yield from find_named(page)
    yield from find_plates(page)
    yield from find_online(page)
    yield from find_whereabouts(page)
    for match in page.matches(_NHS):
        if nhs_number_checks("".join(filter(str.isdigit, match.group()))):
            yield _found(match.span(), Label.NHS_NUMBER)
    yield from _unexplained(page)


def _by_form(page: Page) -> Iterable[Finding]:
    for form in FORMS:
        for match in page.matches(form.pattern):
            if inside_date(page, match.start()):
                continue
            if form.cue is None or _cued(page.text, match.start(), form.cue):
                yield _found(match.span(), form.label)


def _unexplained(page: Page) -> Iterable[Finding]:
    for match in page.matches(_LONG):
        digits = sum(map(str.isdigit, match.group()))
        if _HOURS.match(page.text, match.start()) or _MEASURED.fullmatch(match.group()):
            continue
        if digits >= _MIN_DIGITS_UNEXPLAINED and not is_date(match.group()):
            yield _found(match.span(), Label.ID_OTHER)
    for match in page.matches(_OF_DAY):
        yield _found(match.span(), Label.CASE_REF)
    for match in page.matches(_DOTTED):
        if _mixes(match.group()):
            yield _found(match.span(), Label.VEHICLE_REG)
    for match in page.matches(_SPREAD):
        digits = sum(map(str.isdigit, match.group()))
        if _MEASURED.fullmatch(match.group()):
            continue
        if digits >= _MIN_DIGITS_SPREAD and not is_date(match.group()):
            yield _found(match.span(), Label.ID_OTHER)


def _mixes(text: str) -> bool:
    """Say whether short groups hold letters and digits enough for a plate: `AB.12.CD.E`."""
    letters = sum(map(str.isalpha, text))
    return letters >= _FEWEST_LETTERS and sum(map(str.isdigit, text)) >= _FEWEST_DIGITS


def _cued(text: str, position: int, cue: re.Pattern[str]) -> bool:
    before = text[max(0, position - _CUE_DISTANCE) : position]
    return cue.search(before) is not None


def _found(span: tuple[int, int], label: Label) -> Finding:
    return Finding(start=span[0], end=span[1], label=label, recogniser="identifier")
