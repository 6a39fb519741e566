"""Coarser values: a date keeps its month, a birth its year, an age its decade, a place its region.

What cannot be read as such a value is removed: a guess would be worse than a gap.
"""

import re
from functools import cache
from pathlib import Path

import yaml

from redaction.labels import Label

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_WORD = re.compile(
    r"(?<![A-Za-z])(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*", re.IGNORECASE
)
_ISO = re.compile(r"((?:19|20)\d\d)[-/.](\d{1,2})[-/.]\d{1,2}")
_NUMBERS = re.compile(r"\d{1,2}\s?[-/.]\s?(\d{1,2})(?:\s?[-/.]\s?(\d{2,4}))?")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)|(?:[\s'/-])(\d\d)\Z")
_AREA = re.compile(r"([A-Z]{1,2})\d", re.IGNORECASE)
_PLACES = frozenset({Label.POSTCODE, Label.LOCATION})
_PIVOT = 35
"""Two-digit years up to this one are this century's; births go the other way from it."""


def generalise(label: Label, text: str) -> str | None:
    """Return the coarser form, or None when there is none."""
    if label is Label.AGE:
        return _decade(text)
    if label in _PLACES:
        return _region(text)
    month, year = _month_and_year(text)
    if label is Label.DOB:
        return year
    if month is None:
        return None
    return f"{month} {year}" if year else month


def _region(text: str) -> str | None:
    """Return the region of a postcode by its area, or of a large town by its name."""
    area = _AREA.match(text.strip())
    return _regions().get(area[1].lower() if area else text.strip().lower())


@cache
def _regions() -> dict[str, str]:
    stored = yaml.safe_load(Path(__file__).with_name("regions.yaml").read_text("utf-8"))
    del stored["version"]
    return {
        place: region
        for region, kinds in stored.items()
        for places in kinds.values()
        for place in places.split()
    }


def _decade(text: str) -> str | None:
    digits = re.sub(r"\D", "", text)
    if not digits:
        return None
    lower = int(digits) // 10 * 10
    return f"{lower}-{lower + 9}"


def _month_and_year(text: str) -> tuple[str | None, str | None]:
    if match := _ISO.search(text):
        return _name(match.group(2)), match.group(1)
    if match := _WORD.search(text):
        number = [
            "jan",
            "feb",
            "mar",
            "apr",
            "may",
            "jun",
            "jul",
            "aug",
            "sep",
            "oct",
            "nov",
            "dec",
        ].index(match.group(1).lower())
        return _MONTHS[number], _year(text[match.end() :] or text)
    if match := _NUMBERS.search(text):
        return _name(match.group(1)), _full(match.group(2)) if match.group(2) else None
    return None, _year(text)


def _name(number: str) -> str | None:
    return _MONTHS[int(number) - 1] if 1 <= int(number) <= len(_MONTHS) else None


def _year(text: str) -> str | None:
    match = _YEAR.search(text)
    return _full(match.group(1) or match.group(2)) if match else None


def _full(year: str) -> str | None:
    if len(year) == len("2026"):
        return year
    return f"{'20' if int(year) <= _PIVOT else '19'}{int(year):02}"
