"""The numbers that a partnership sets for itself, and how they are read."""

from dataclasses import asdict
from datetime import date

import pytest

from broker.domain.thresholds import THRESHOLD_NAMES, Thresholds
from policies.files import THRESHOLDS
from policies.loader import read_pack
from policies.thresholds import COLUMNS, SPANS
from tests.unit.policies.packs import edited, files, policy, problems_of

_TEXT = files()[THRESHOLDS].decode()
_LINE = next(one for one in _TEXT.splitlines() if one.startswith("flag-days,"))
_NUMBER = 1 + _TEXT.splitlines().index(_LINE)


def _with(old: str, new: str) -> tuple[str, ...]:
    return problems_of(edited(THRESHOLDS, old, new))


def test_the_packaged_numbers_are_those_whose_sources_are_given() -> None:
    """The file and the documented defaults say the same."""
    assert policy().thresholds == Thresholds()
    assert set(THRESHOLD_NAMES) == set(SPANS)
    assert all(asdict(Thresholds())[name] <= span.most for name, span in SPANS.items())


def test_a_number_that_is_changed_in_the_file_is_the_one_in_force() -> None:
    """An area that calls a risk escalated at five incidents writes five."""
    found = edited(THRESHOLDS, "escalation-incidents,3,", "escalation-incidents,5,")

    assert read_pack(found, today=date(2026, 11, 9)).thresholds == Thresholds(
        escalation_incidents=5
    )


@pytest.mark.parametrize(
    ("new", "column", "says"),
    [
        ("flag-day,365,days", "name", "there is no such threshold; nearest: flag-days"),
        ("flag_days,365,days", "name", "there is no such threshold; nearest: flag-days"),
        ("flag-days,0,days", "value", "a whole number from 1 to 1096, in figures"),
        ("flag-days,-1,days", "value", "begins like a formula"),
        ("flag-days,1097,days", "value", "a whole number from 1 to 1096, in figures"),
        ("flag-days,99999999999999999999,days", "value", "a whole number from 1 to 1096"),
        ("flag-days,365.0,days", "value", "a whole number from 1 to 1096, in figures"),
        ("flag-days,3.65E+02,days", "value", "a whole number from 1 to 1096, in figures"),
        ('flag-days,"1,000",days', "value", "a whole number from 1 to 1096, in figures"),
        ("flag-days,0365,days", "value", "a whole number from 1 to 1096, in figures"),
        ("flag-days,a year,days", "value", "a whole number from 1 to 1096, in figures"),
        ("flag-days,*,days", "value", "a whole number from 1 to 1096, in figures"),
        (
            "flag-days,\N{FULLWIDTH DIGIT THREE}65,days",
            "value",
            "a whole number from 1 to 1096, in figures",
        ),
        ("flag-days,,days", "value", "the cell is blank"),
        ("flag-days,365,months", "unit", "this threshold counts days; write that"),
    ],
)
def test_a_number_that_makes_no_sense_stops_loading_at_its_cell(
    new: str, column: str, says: str
) -> None:
    """No nought, no minus, nothing a spreadsheet made of it, nothing beyond reason."""
    found = _with("flag-days,365,days", new)
    place = f"{THRESHOLDS}:{_NUMBER}:{COLUMNS.index(column) + 1}: "

    assert any(one.startswith(place) and says in one for one in found), found


def test_a_number_that_is_missing_stops_loading() -> None:
    """The broker does not guess how long a file stays flagged."""
    assert _with(f"{_LINE}\n", "") == (
        f"{THRESHOLDS}:1:1: the threshold `flag-days` is missing; add its line",
    )


def test_a_number_that_stands_twice_stops_loading() -> None:
    """Two values would leave open which one counts."""
    found = _with(_LINE, f"{_LINE}\n{_LINE}")

    assert (
        f"{THRESHOLDS}:{_NUMBER + 1}:1: this threshold stands on line {_NUMBER} too; remove one"
        in found
    )


def test_a_request_is_not_unbounded_inside_the_window() -> None:
    """A record that is recent enough cannot lie too far back to ask for."""
    found = _with("unbounded-request-days,7305", "unbounded-request-days,1825")

    assert len(found) == 1
    assert "may not be `unbounded` inside the relevance window" in found[0]


@pytest.mark.parametrize(
    ("today", "says"),
    [
        (date(2028, 9, 30), None),
        (date(2028, 10, 1), "it is due on 2028-10-31"),
        (date(2028, 11, 1), "it was due on 2028-10-31; its value stays in force"),
        (date(2029, 11, 1), "it was due on 2028-10-31; its value stays in force"),
    ],
)
def test_a_number_that_nobody_reviews_alarms_and_stays(today: date, says: str | None) -> None:
    """There is no lapsing to another number: the owner is told and the number holds."""
    alarms = read_pack(files(), today=today).alarms
    begin = f"{THRESHOLDS}:{_NUMBER}: review the threshold flag-days (marac-steering-group); "

    assert [one for one in alarms if one.startswith(begin)] == ([f"{begin}{says}"] if says else [])
