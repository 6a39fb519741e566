from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.working_time import (
    BANK_HOLIDAYS,
    close_of_business,
    end_of_working_day,
    is_working_day,
    soon,
    working_day_after,
)

MOMENTS = st.datetimes(
    min_value=datetime(2025, 1, 1),  # noqa: DTZ001  hypothesis adds the zone
    max_value=datetime(2032, 12, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def _easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (Meeus, Jones and Butcher)."""
    century, rest = divmod(year, 100)
    moon = (
        19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15
    ) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (year % 19 + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _monday(year: int, month: int, *, last: bool) -> date:
    day = date(year, month, 31 if last else 1)
    step = -1 if last else 1
    while day.weekday():
        day += timedelta(days=step)
    return day


def _holidays(year: int) -> Iterator[date]:
    """The days that the Act and the two proclamations give, with the days in lieu."""
    taken: set[date] = set()
    for fixed in (date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)):
        later = (fixed + timedelta(days=one) for one in range(7))
        taken.add(next(day for day in later if day.weekday() < 5 and day not in taken))
    yield from taken
    yield from (_easter(year) - timedelta(days=2), _easter(year) + timedelta(days=1))
    yield _monday(year, 5, last=False)
    yield from (_monday(year, 5, last=True), _monday(year, 8, last=True))


def test_the_bank_holidays_are_those_of_the_act() -> None:
    """The table has every bank holiday of England and Wales from 2025 to 2032, and no other."""
    expected = {day for year in range(2025, 2033) for day in _holidays(year)}

    assert expected == BANK_HOLIDAYS


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-09T10:00", "2026-11-09T10:15"),  # A Monday in winter.
        ("2026-11-09T16:59", "2026-11-09T17:14"),
        ("2026-11-09T17:00", "2026-11-10T09:00"),
        ("2026-11-09T02:10", "2026-11-09T09:00"),
        ("2026-11-08T02:10", "2026-11-09T09:00"),  # Scenario 6: Sunday night.
        ("2026-11-06T18:00", "2026-11-09T09:00"),
        ("2026-12-24T17:30", "2026-12-29T09:00"),  # Christmas Day, Boxing Day in lieu, a weekend.
        ("2026-07-06T08:30", "2026-07-06T08:45"),  # 09:30 in summer.
        ("2026-07-06T16:00", "2026-07-07T08:00"),  # 17:00 in summer.
    ],
)
def test_soon_is_in_a_quarter_of_an_hour_or_when_the_office_opens(at: str, expected: str) -> None:
    """An advocate is told within 15 minutes in office hours, otherwise at nine on a working day."""
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)

    assert soon(moment, 15) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "days", "expected"),
    [
        ("2026-11-08T02:10", 1, "2026-11-09T17:00"),
        ("2026-11-09T10:00", 1, "2026-11-10T17:00"),
        ("2026-11-09T10:00", 5, "2026-11-16T17:00"),
        ("2026-03-27T12:00", 1, "2026-03-30T16:00"),  # Clocks change on the Sunday between.
        ("2026-10-23T12:00", 1, "2026-10-26T17:00"),
        ("2026-04-02T12:00", 1, "2026-04-07T16:00"),  # Easter.
    ],
)
def test_working_days_are_counted_without_weekends_and_bank_holidays(
    at: str, days: int, expected: str
) -> None:
    """What is due in so many working days is due when offices close on the last of them."""
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)

    due = end_of_working_day(moment, days)

    assert due == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-09T02:10", "2026-11-09T17:00"),
        ("2026-11-09T16:59", "2026-11-09T17:00"),
        ("2026-11-09T17:00", "2026-11-10T17:00"),
        ("2026-11-07T10:00", "2026-11-09T17:00"),
    ],
)
def test_today_ends_when_the_office_closes(at: str, expected: str) -> None:
    """What is due today is due at five, or at five on the next day that anybody is there."""
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)

    assert close_of_business(moment) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@given(at=MOMENTS, days=st.integers(1, 30))
def test_a_due_time_is_to_come_and_on_a_working_day(at: datetime, days: int) -> None:
    """Nothing is ever due in the past, or on a day when nobody is there."""
    opens, closes = soon(at, 15), end_of_working_day(at, days)

    assert opens > at
    assert closes > at
    assert is_working_day(opens.date())
    assert is_working_day(closes.date())
    assert working_day_after(at.date(), days) - at.date() >= timedelta(days=days)
