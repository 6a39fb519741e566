"""Reads thresholds.csv: the numbers that a partnership sets for itself.

The names are a closed set that the broker knows: a number nobody reads would look like a setting.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from broker.domain.thresholds import Thresholds
from policies.days import day_of
from policies.problems import Place, Problems
from policies.sheet import Row, Sheet

COLUMNS = ("name", "value", "unit", "meaning", "source", "owner", "review")
_SHEET = Sheet(columns=COLUMNS, free=("value", "meaning", "source", "review"))
_FIGURES = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What a threshold counts, and the most it may be; the least is 1."""

    unit: str
    most: int


SPANS: Mapping[str, Span] = {
    "visible_high_ticks": Span(unit="ticks", most=27),  # The longest checklist has 27 questions.
    "escalation_incidents": Span(unit="incidents", most=12),  # One a month.
    "repeat_months": Span(unit="months", most=36),
    "risk_stale_days": Span(unit="days", most=90),
    "relevance_window_days": Span(unit="days", most=7305),  # Twenty years.
    "unbounded_request_days": Span(unit="days", most=36525),  # A life of a hundred years.
    "flag_days": Span(unit="days", most=1096),  # Three years.
    "meeting_close_days": Span(unit="days", most=90),
    "emergency_limit": Span(unit="releases", most=10),
    "emergency_window_days": Span(unit="days", most=366),
}
"""Every threshold. Beyond its maximum a number is taken for a slip of the hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One line: a number, and who looks at it again by when."""

    name: str
    value: int
    owner: str
    review: date
    file: str
    line: int


def read_thresholds(file: str, content: bytes, problems: Problems) -> Mapping[str, Threshold]:
    """Return the thresholds that one file names."""
    found: dict[str, Threshold] = {}
    for row in _SHEET.read(file, content, problems):
        one = _read(row, problems)
        if one is not None and one.name in found:
            say = f"this threshold stands on line {found[one.name].line} too; remove one"
            problems.add(row.place("name"), say)
        elif one is not None:
            found[one.name] = one
    return found


def thresholds_of(
    file: str, found: Mapping[str, Threshold], problems: Problems
) -> Thresholds | None:
    """Return all of them, or None after reporting those that are missing or contradict."""
    before = len(problems.found)
    for name in SPANS:
        if name not in found:
            say = f"the threshold `{_written(name)}` is missing; add its line"
            problems.add(Place(file=file), say)
    if len(problems.found) > before:
        return None
    made = Thresholds(**{name: one.value for name, one in found.items()})
    if made.relevance_window_days > made.unbounded_request_days:
        window = found["relevance_window_days"]
        say = "a request may not be `unbounded` inside the relevance window; lower this number"
        problems.add(Place(file=window.file, line=window.line, column=2), say)
    return made


def _read(row: Row, problems: Problems) -> Threshold | None:
    before = len(problems.found)
    review = day_of(row, "review", problems)
    if " " in row.cells.get("owner", ""):
        problems.add(row.place("owner"), "`owner` must be a single word; use hyphens")
    name = row.cells.get("name")
    known = {_written(one): one for one in SPANS}
    if name is not None and name not in known:
        problems.add_word(row.place("name"), "there is no such threshold", name, known)
    elif name is not None:
        _check_number(row, SPANS[known[name]], problems)
    if not row.is_whole or review is None or len(problems.found) > before:
        return None
    return Threshold(
        name=known[row.cells["name"]],
        value=int(row.cells["value"]),
        owner=row.cells["owner"],
        review=review,
        file=row.file,
        line=row.line,
    )


def _check_number(row: Row, span: Span, problems: Problems) -> None:
    value, unit = row.cells.get("value"), row.cells.get("unit")
    if value is not None and not _is_within(value, span):
        say = f"`value` must be a whole number from 1 to {span.most}, in figures"
        problems.add(row.place("value"), say)
    if unit is not None and unit != span.unit:
        problems.add(row.place("unit"), f"this threshold counts {span.unit}; write that")


def _is_within(value: str, span: Span) -> bool:
    """Read figures as they are written: no sign, no nought in front, no other script's."""
    return _FIGURES.fullmatch(value) is not None and int(value) <= span.most


def _written(name: str) -> str:
    return name.replace("_", "-")
