"""Reads retention.csv: how long what is kept after a case was closed.

A pack without the file destroys nothing. `held` says that a person decides, and so does a line that
is missing: its owner is told, and what nobody thought of is kept.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from broker.domain.ids import Purpose
from broker.domain.retention import NOTHING_ASKED, DataKind, Schedule, Term
from policies.days import day_of
from policies.problems import Problems
from policies.reviews import due
from policies.sheet import Row, Sheet

COLUMNS = ("id", "data", "purpose", "days", "source", "owner", "review", "note")
ANY, HELD = "*", "held"
MOST_DAYS = 36_525
"""A life of a hundred years: beyond it a number is taken for a slip of the hand."""
LONGEST: Mapping[DataKind, int] = {
    DataKind.CASE_FILE: MOST_DAYS,
    DataKind.PACKAGE: 366,
    DataKind.UNKNOWN_CASE: 2_557,
    DataKind.SPANS: 366,
    DataKind.BACKUP: 366,
}
"""Days that each kind may be kept at most: what is not the case's file is kept for a purpose."""
_SHEET = Sheet(
    columns=COLUMNS,
    free=("purpose", "days", "source", "review", "note"),
    words={"data": tuple(DataKind)},
)
_FIGURES = re.compile(r"[1-9][0-9]{0,4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: a term, and who looks at it again by when."""

    term: Term
    owner: str
    review: date
    file: str
    line: int


def read_retention(
    file: str, content: bytes, purposes: Iterable[str], problems: Problems
) -> tuple[Line, ...]:
    """Return the lines of the file.

    Args:
        file: its name, for the sentences.
        content: its bytes.
        purposes: the words that a purpose may be.
        problems: takes everything that is wrong.

    """
    known = {*purposes, NOTHING_ASKED}
    found: dict[tuple[str, str | None], Line] = {}
    ids: dict[str, Line] = {}
    for row in _SHEET.read(file, content, problems):
        line = _read(row, known, problems)
        if line is None:
            continue
        same = ids.get(line.term.term_id) or found.get(_what(line.term))
        if same is not None:
            say = f"line {same.line} has this id, or says this already; remove one"
            problems.add(row.place("id"), say)
        ids[line.term.term_id] = found[_what(line.term)] = line
    return tuple(found.values())


def schedule_of(lines: Iterable[Line]) -> Schedule:
    """Return the terms of the lines."""
    return Schedule(terms=tuple(one.term for one in lines))


def alarms_of_terms(
    file: str, lines: tuple[Line, ...], served: Iterable[str], today: date
) -> tuple[str, ...]:
    """Return what to tell the owners of terms; a term that nobody reviews stays as it is.

    Args:
        file: the name of the file, for what is not in it.
        lines: of the file; where there is none, nothing is said.
        served: purposes that rules of the pack serve.
        today: the day it is.

    """
    stays = "its term stays in force"
    said = (
        due(
            f"{one.file}:{one.line}: review the term {one.term.term_id} ({one.owner})",
            one.review,
            today,
            late=stays,
            lapsed=stays,
        )
        for one in lines
    )
    missing = _missing(file, {_what(one.term) for one in lines}, served) if lines else ()
    return (*(one for one in said if one is not None), *missing)


def _missing(
    file: str, found: set[tuple[str, str | None]], served: Iterable[str]
) -> tuple[str, ...]:
    """Name what has no term: it is kept until somebody thinks of it."""
    kinds = (
        f"{file}: there is no term for `{data}`, which is kept; add a line"
        for data in DataKind
        if data is not DataKind.CASE_FILE and (data.value, None) not in found
    )
    purposes = (
        f"{file}: cases with the purpose `{one}` have no term and are kept; add a line"
        for one in (NOTHING_ASKED, *served)
        if (DataKind.CASE_FILE.value, one) not in found
    )
    return (*kinds, *purposes)


def _what(term: Term) -> tuple[str, str | None]:
    return term.data, term.purpose


def _read(row: Row, purposes: set[str], problems: Problems) -> Line | None:
    before = len(problems.found)
    review = day_of(row, "review", problems)
    data = row.cells.get("data")
    if data is not None and data not in tuple(DataKind):
        problems.add_word(row.place("data"), "there is no such kind of data", data, tuple(DataKind))
    elif data is not None:
        _check_purpose(row, DataKind(data), purposes, problems)
        _check_days(row, DataKind(data), problems)
    if not row.is_whole or review is None or len(problems.found) > before:
        return None
    purpose, days = row.cells["purpose"], row.cells["days"]
    term = Term(
        term_id=row.cells["id"],
        data=DataKind(row.cells["data"]),
        purpose=None if purpose == ANY else Purpose(purpose),
        days=None if days == HELD else int(days),
    )
    return Line(term=term, owner=row.cells["owner"], review=review, file=row.file, line=row.line)


def _check_purpose(row: Row, data: DataKind, purposes: set[str], problems: Problems) -> None:
    purpose = row.cells.get("purpose")
    if data is not DataKind.CASE_FILE and purpose not in (None, ANY):
        say = f"`{data}` is kept as long whatever it was for; write {ANY}"
        problems.add(row.place("purpose"), say)
    if data is DataKind.CASE_FILE and purpose is not None and purpose not in purposes:
        say = "there is no such purpose"
        problems.add_word(row.place("purpose"), say, purpose, sorted(purposes))


def _check_days(row: Row, data: DataKind, problems: Problems) -> None:
    days = row.cells.get("days")
    if days is None or (days == HELD and data is DataKind.CASE_FILE):
        return
    if _FIGURES.fullmatch(days) is None or int(days) > LONGEST[data]:
        also = f", or `{HELD}` where a person decides" if data is DataKind.CASE_FILE else ""
        say = f"`days` must be a whole number from 1 to {LONGEST[data]}, in figures{also}"
        problems.add(row.place("days"), say)
