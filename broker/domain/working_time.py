"""When people are at work in England and Wales, so that a time limit ends while somebody is there.

Clocks follow the Summer Time Order 2002: an hour ahead of UTC from 01:00 UTC on the last Sunday of
March to 01:00 UTC on the last Sunday of October. No time zone database is read: a machine may have
none, and a due time may not depend on that.
"""

from datetime import UTC, date, datetime, time, timedelta, timezone

OPENS = time(9)
CLOSES = time(17)
"""Office hours, local time (proposed default: domain brief 6.1.7 and 6.3.2)."""

_FRIDAY = 4
_GREENWICH, _SUMMER = UTC, timezone(timedelta(hours=1))
_MARCH, _OCTOBER = 3, 10
_CLOCKS_CHANGE = time(1, tzinfo=UTC)

BANK_HOLIDAYS = frozenset(
    date.fromisoformat(one)
    for one in (
        *("2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05", "2025-05-26", "2025-08-25"),
        *("2025-12-25", "2025-12-26"),
        *("2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31"),
        *("2026-12-25", "2026-12-28"),
        *("2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03", "2027-05-31", "2027-08-30"),
        *("2027-12-27", "2027-12-28"),
        *("2028-01-03", "2028-04-14", "2028-04-17", "2028-05-01", "2028-05-29", "2028-08-28"),
        *("2028-12-25", "2028-12-26"),
        *("2029-01-01", "2029-03-30", "2029-04-02", "2029-05-07", "2029-05-28", "2029-08-27"),
        *("2029-12-25", "2029-12-26"),
        *("2030-01-01", "2030-04-19", "2030-04-22", "2030-05-06", "2030-05-27", "2030-08-26"),
        *("2030-12-25", "2030-12-26"),
        *("2031-01-01", "2031-04-11", "2031-04-14", "2031-05-05", "2031-05-26", "2031-08-25"),
        *("2031-12-25", "2031-12-26"),
        *("2032-01-01", "2032-03-26", "2032-03-29", "2032-05-03", "2032-05-31", "2032-08-30"),
        *("2032-12-27", "2032-12-28"),
    )
)
"""Banking and Financial Dealings Act 1971, Schedule 1, with the two days that are proclaimed each
year (1 January, first Monday of May) and the days in lieu. A day proclaimed once is not in here: a
task is then due on a day when the office is shut, which is early and never late."""


def is_working_day(day: date) -> bool:
    """Whether offices are open: Monday to Friday, and no bank holiday."""
    return day.weekday() <= _FRIDAY and day not in BANK_HOLIDAYS


def soon(at: datetime, minutes: int) -> datetime:
    """Return so many minutes later in office hours, otherwise when offices open next."""
    here = _local(at)
    if is_working_day(here.date()) and OPENS <= here.time() < CLOSES:
        return at + timedelta(minutes=minutes)
    today_still = is_working_day(here.date()) and here.time() < OPENS
    return _at(here.date() if today_still else working_day_after(here.date(), 1), OPENS)


def end_of_working_day(at: datetime, days: int) -> datetime:
    """Return when offices close on the `days`-th working day after the day of `at`."""
    return _at(working_day_after(_local(at).date(), days), CLOSES)


def close_of_business(at: datetime) -> datetime:
    """Return when offices close next: today while they are open or will be, or the next day."""
    here = _local(at)
    today_still = is_working_day(here.date()) and here.time() < CLOSES
    return _at(here.date() if today_still else working_day_after(here.date(), 1), CLOSES)


def working_day_after(day: date, days: int) -> date:
    """Return the `days`-th working day after a day."""
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


def _local(at: datetime) -> datetime:
    """Return the moment as clocks in England show it."""
    begins, ends = (
        datetime.combine(_last_sunday(at.astimezone(UTC).year, month), _CLOCKS_CHANGE)
        for month in (_MARCH, _OCTOBER)
    )
    return at.astimezone(_SUMMER if begins <= at < ends else _GREENWICH)


def _at(day: date, hour: time) -> datetime:
    """Return the moment at which clocks in England show the hour; they change by night."""
    noon = _local(datetime.combine(day, time(12), tzinfo=UTC))
    return datetime.combine(day, hour, tzinfo=noon.tzinfo).astimezone(UTC)


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=last.isoweekday() % 7)


def in_office_hours(at: datetime) -> bool:
    """Whether offices are open at the moment."""
    here = _local(at)
    return is_working_day(here.date()) and OPENS <= here.time() < CLOSES
