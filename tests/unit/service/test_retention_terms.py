"""When a case counts as closed, and which term it has."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from broker.domain.erasure import Period, end_of, period_of
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import CaseId, PractitionerId, Purpose
from broker.domain.retention import (
    HOLD_STEPS,
    DataKind,
    Hold,
    HoldKind,
    HoldStatement,
    HoldStep,
    HoldVerb,
    Schedule,
    Term,
    next_hold,
)
from broker.domain.thresholds import Thresholds
from broker.service.retention_terms import case_known_until
from tests import builders as a

LONG_AGO = a.NOW - timedelta(days=4_000)


def term(purpose: str, days: int | None) -> Term:
    """A line about case files."""
    return Term(term_id=purpose, data=DataKind.CASE_FILE, purpose=Purpose(purpose), days=days)


SCHEDULE = Schedule(terms=(term("none", 10), term("short", 20), term("long", 30), term("h", None)))


@pytest.mark.parametrize(
    ("purposes", "days"),
    [((), 10), (("short",), 20), (("short", "long"), 30), (("short", "h"), None)],
)
def test_the_longest_term_counts(purposes: tuple[str, ...], days: int | None) -> None:
    """Of everything that was allowed about a case, what is kept longest keeps it."""
    assert SCHEDULE.of_case(Purpose(one) for one in purposes).days == days


@given(some.text(min_size=1).filter(lambda one: one not in {"none", "short", "long"}))
def test_what_no_line_speaks_of_is_kept(purpose: str) -> None:
    """A purpose that nobody thought of waits for people, whatever it is beside."""
    assert SCHEDULE.of_case([Purpose("short"), Purpose(purpose)]).days is None


def test_an_empty_schedule_destroys_nothing() -> None:
    """Without the file, every case and everything else is kept."""
    assert Schedule().of_case([]).days is None
    assert Schedule().shortest is None
    assert all(Schedule().of(one) is None for one in DataKind)


def test_a_case_is_open_while_any_of_these_is_recent() -> None:
    """Its meeting's list, its flag, what the client said, and its assessment of risk."""
    thresholds = Thresholds()
    case = a.case(consents=(), risk=None)
    old = a.meeting(held_at=LONG_AGO, closes_at=LONG_AGO - timedelta(days=1), opens_at=LONG_AGO)
    closed = case_known_until(case, [old], thresholds)
    assert closed == LONG_AGO + timedelta(days=thresholds.meeting_close_days)
    today = a.NOW.date()
    flagged = a.case(consents=(), risk=None, referrals=(today,))
    assert case_known_until(flagged, [old], thresholds) > a.NOW + timedelta(days=360)
    said = a.case(consents=(a.consent(taken_at=a.NOW),), risk=None)
    assert case_known_until(said, [old], thresholds) == a.NOW
    assessed = a.case(consents=())
    assert case_known_until(assessed, [old], thresholds) > LONG_AGO + timedelta(days=3_000)
    other = a.meeting("MR-0001")
    assert case_known_until(case, [old, other], thresholds) == closed


@given(some.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_a_month_ends_after_each_of_its_moments(moment: datetime) -> None:
    """No moment is outside its own month, and the next month begins where it ends."""
    at = moment.replace(tzinfo=UTC)
    end = end_of(period_of(at))
    assert at < end <= at + timedelta(days=31)
    assert period_of(end) > period_of(at)
    assert end_of(Period("2026-12")) == datetime(2027, 1, 1, tzinfo=UTC)


def _hold(step: HoldStep, by: str) -> Hold:
    return Hold(
        case_id=CaseId("MR-0417"),
        kind=HoldKind.LITIGATION,
        step=step,
        revision=3,
        reason="why",
        by=PractitionerId(by),
        at=a.NOW,
    )


def _said(verb: HoldVerb, by: str) -> HoldStatement:
    return HoldStatement(
        case_id=CaseId("MR-0417"),
        kind=HoldKind.LITIGATION,
        verb=verb,
        reason="why",
        by=PractitionerId(by),
        at=a.NOW,
    )


@given(some.lists(some.tuples(some.sampled_from(HoldVerb), some.sampled_from(["ann", "ben"]))))
def test_no_one_person_ends_a_hold(words: list[tuple[HoldVerb, str]]) -> None:
    """Whatever two people say in whatever order, it takes both of them, one after the other."""
    hold: Hold | None = None
    for verb, by in words:
        before = hold
        try:
            hold = next_hold(hold, _said(verb, by))
        except InvalidRequestError:
            continue
        if hold.step is HoldStep.LIFTED:
            assert before is not None
            assert before.step is HoldStep.LIFT_ASKED
            assert before.by != by
        if before is not None:
            assert hold.revision == before.revision + 1


def test_every_step_but_the_last_stops_destruction() -> None:
    """From the first word on, and until the last."""
    assert [one for one in HoldStep if not one.stops] == [HoldStep.LIFTED]
    assert set(HOLD_STEPS.values()) == set(HoldStep)


@pytest.mark.parametrize("step", [HoldStep.ASKED, HoldStep.LIFT_ASKED])
def test_the_second_word_is_a_second_person_s(step: HoldStep) -> None:
    """Who took the first step of two cannot take the second."""
    verb = HoldVerb.PLACE if step is HoldStep.ASKED else HoldVerb.LIFT
    with pytest.raises(InvalidRequestError, match="second IG lead"):
        next_hold(_hold(step, "ann"), _said(verb, "ann"))
    assert next_hold(_hold(step, "ann"), _said(verb, "ben")).before == "ann"
