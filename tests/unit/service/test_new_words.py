"""Words that come from numbers, dates and who somebody is to the case."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.context import FACT_NAMES, Facts
from broker.domain.ids import AgencyId, CaseId, PractitionerId, Purpose, Role
from broker.domain.people import AgencyReference, Person
from broker.domain.thresholds import Thresholds
from broker.domain.words import CaseListing, Conflict, RiskLevel, SubjectRole
from broker.service.facts import Known, facts_inside, facts_outside, listing_of
from tests import builders as a
from tests.desk import policy_in_force

TODAY = a.NOW.date()
YEAR = timedelta(days=366)


def known(**changes: Any) -> Known:  # noqa: ANN401  # passed through
    """What is looked up for the common request."""
    made = Known(
        now=a.NOW,
        requester=a.requester(),
        request=a.share_request(),
        asker=a.practitioner(),
        recipient=a.practitioner(),
        asker_agency=a.agency("housing-la"),
        recipient_agency=a.agency("housing-la"),
        holder=a.agency("police"),
        meeting=a.meeting(),
        case=a.case(),
        thresholds=Thresholds(),
        emergencies=None,
    )
    return replace(made, **changes)


def facts(case: Any = None, **changes: Any) -> Facts:  # noqa: ANN401  # passed through
    """What policy sees of a case."""
    looked_up = known(**changes) if case is None else known(case=case, **changes)
    assert looked_up.case is not None
    return facts_inside(looked_up, looked_up.case, a.victim())


def referred(*days_ago: int) -> tuple[date, ...]:
    """The days of some referrals."""
    return tuple(TODAY - timedelta(days=one) for one in days_ago)


@pytest.mark.parametrize("end", ["asker", "recipient"])
def test_whoever_investigates_the_case_is_its_officer(end: str) -> None:
    """Research is no way to gather evidence, for oneself or for a colleague (rule R65)."""
    officer = PractitionerId("housing-1" if end == "asker" else "housing-9")
    request = a.share_request(recipient=officer)

    found = facts(a.case(investigators=(officer,)), request=request)
    assert found.requester_role == "officer-in-case"
    assert facts(a.case(investigators=(PractitionerId("dc-7"),))).requester_role == "agency-spoc"


@pytest.mark.parametrize(
    "role", ["auditor", "sysadmin-no-content", "dpo", "professional-standards", "unknown"]
)
def test_investigating_gives_nobody_a_part_they_have_not(role: str) -> None:
    """A role that may handle no case stays what it is (rule S03)."""
    requester = replace(a.requester(), role=Role(role))

    found = facts(a.case(investigators=(a.practitioner().practitioner_id,)), requester=requester)
    assert found.requester_role == role


def _with_client(*roles: SubjectRole, kind: str) -> tuple[Person, ...]:
    """The people of the case, of whom some are clients of one agency."""
    client = AgencyReference(agency_id=AgencyId(f"ashmere-{kind}"), value="C-1")
    return tuple(
        replace(one, references=(*one.references, client)) if one.role in roles else one
        for one in a.case().people
    )


BOTH = (SubjectRole.VICTIM, SubjectRole.PERPETRATOR)


def _conflict(kind: str, *clients: SubjectRole, **changes: Any) -> str:  # noqa: ANN401
    case = a.case(people=_with_client(*clients, kind=kind), **changes)
    person, agency = a.practitioner("worker-1", kind), a.agency(kind)
    return facts(case, recipient=person, recipient_agency=agency).conflict


@pytest.mark.parametrize(
    "kind", ["idva-service", "refuge", "by-and-for-service", "partner-support-iss"]
)
def test_a_service_with_both_as_clients_is_in_between(kind: str) -> None:
    """A charity that supports her and works with him keeps its teams apart (rule C03)."""
    assert _conflict(kind, *BOTH) == Conflict.DUAL_CLIENT
    assert _conflict(kind, SubjectRole.VICTIM) == Conflict.NONE
    assert _conflict(kind, SubjectRole.PERPETRATOR) == Conflict.NONE


def test_her_own_advocate_s_service_needs_no_reference_for_her() -> None:
    """Whose advocate acts in the case has the victim as a client, on file or not."""
    advocate = PractitionerId("worker-1")

    found = _conflict("idva-service", SubjectRole.PERPETRATOR, advocate=advocate)
    assert found == Conflict.DUAL_CLIENT


def test_police_know_both_and_are_not_in_between() -> None:
    """Only a support service is torn; everybody else knows both sides as a matter of course."""
    assert _conflict("police", *BOTH) == Conflict.NONE
    assert facts().conflict == Conflict.NONE


def test_being_tied_to_somebody_weighs_more_than_the_agency_s_clients() -> None:
    """A suspected or confirmed conflict is what policy is told, where both are there."""
    case = a.case(people=_with_client(*BOTH, kind="refuge"))
    same_name = a.practitioner("worker-1", "refuge", name="Mara Ellwood")
    declared = a.practitioner("worker-1", "refuge", declared_conflicts=(case.case_id,))

    for person, expected in ((same_name, "suspected"), (declared, "confirmed")):
        found = facts(case, recipient=person, recipient_agency=a.agency("refuge"))
        assert found.conflict == expected
    assert facts(case, recipient=None).conflict == "unknown"


def test_an_employee_s_case_is_listed_under_a_code() -> None:
    """Where somebody in the case works for a member agency, being listed is not enough (C02)."""
    employee = a.case(employee_case=True)
    out_of_cycle = replace(
        a.meeting(), listings=(replace(a.meeting().listings[0], emergency=True),)
    )

    assert facts(employee).case_listing == CaseListing.LISTED_RESTRICTED
    assert facts(employee, meeting=out_of_cycle).case_listing == CaseListing.LISTED_RESTRICTED
    assert facts(meeting=out_of_cycle).case_listing == CaseListing.EMERGENCY
    elsewhere = a.meeting(agencies=("education",))
    assert facts(employee, meeting=elsewhere).case_listing == CaseListing.NOT_LISTED
    over = a.meeting(closes_at=a.NOW)
    assert facts(employee, meeting=over).case_listing == CaseListing.CLOSED


def test_a_list_is_closed_a_fortnight_after_the_meeting_at_the_latest() -> None:
    """A slip of the hand in the closing day keeps no list open for a year."""
    slip = a.meeting(held_at=a.NOW - timedelta(days=14), closes_at=a.NOW + YEAR)
    just = replace(slip, held_at=slip.held_at + timedelta(seconds=1))

    assert listing_of(known(meeting=slip)) is CaseListing.CLOSED
    assert listing_of(known(meeting=just)) is CaseListing.LISTED


@pytest.mark.parametrize(
    ("days_ago", "listed"), [((), False), ((365,), True), ((366,), False), ((800, 20), True)]
)
def test_a_flag_lapses_a_year_after_the_last_referral(
    days_ago: tuple[int, ...], *, listed: bool
) -> None:
    """A file is flagged for a year; a case without a referral on file is flagged nowhere (R31)."""
    request = a.share_request(purpose=Purpose("marac-flag"))
    case = a.case(referrals=referred(*days_ago))

    found = facts(case, request=request).case_listing
    assert found == ("listed" if listed else "not-listed")
    assert facts(case).case_listing == "listed"


@pytest.mark.parametrize(
    ("days", "word"),
    [
        (0, "within-window"),
        (1826, "within-window"),
        (1827, "older"),
        (7305, "older"),
        (7306, "unbounded"),
        (40_000, "unbounded"),
    ],
)
def test_a_request_from_time_immemorial_is_one_for_everything(days: int, word: str) -> None:
    """Five years are relevant; asking further back than twenty is asking for it all (S11)."""
    request = a.share_request(since=TODAY - timedelta(days=days))

    assert facts_outside(known(request=request)).record_age == word


@pytest.mark.parametrize(
    ("others", "word"),
    [(None, "unknown"), (0, "first-or-second"), (1, "first-or-second"), (2, "third-in-30-days")],
)
def test_the_third_emergency_in_a_month_is_a_word(others: int | None, word: str) -> None:
    """This release counts with the others; where nobody has counted it is unknown (rule E03)."""
    assert facts(emergencies=others).emergency_use == word


@pytest.mark.parametrize(
    ("days_ago", "purpose", "word"),
    [
        ((), "marac-research", "unknown"),
        ((), "marac-referral", "first"),
        ((10,), "marac-research", "first"),
        ((10, 375), "marac-research", "repeat"),
        ((10, 376), "marac-research", "first"),
        ((365,), "marac-referral", "repeat"),
        ((366,), "marac-referral", "first"),
        ((0,), "marac-referral", "first"),
        ((10, 100, 2000), "marac-research", "repeat"),
        ((10, 10), "marac-research", "first"),
        ((-5, 10), "marac-research", "first"),
    ],
)
def test_a_repeat_is_counted_from_the_last_referral(
    days_ago: tuple[int, ...], purpose: str, word: str
) -> None:
    """Referred again within twelve months of the referral before this one (SafeLives)."""
    case = a.case(referrals=referred(*days_ago))

    found = facts(case, request=a.share_request(purpose=Purpose(purpose)))
    assert found.referral_history == word


def test_a_case_that_repeats_another_is_a_repeat() -> None:
    """Where the earlier referral was another case, saying which one is enough."""
    assert facts(a.case(repeat_of=CaseId("MR-0001"))).referral_history == "repeat"


@pytest.mark.parametrize(
    ("level", "score", "incidents", "word"),
    [
        (RiskLevel.STANDARD, 14, None, "high"),
        (RiskLevel.MEDIUM, 13, 2, "medium"),
        (RiskLevel.MEDIUM, None, 3, "high"),
        (RiskLevel.UNKNOWN, 20, 0, "high"),
        (RiskLevel.VERY_HIGH_IMMINENT, 0, 0, "very-high-imminent"),
        (RiskLevel.HIGH, 3, 0, "high"),
    ],
)
def test_any_entry_criterion_makes_a_risk_high(
    level: RiskLevel, score: int | None, incidents: int | None, word: str
) -> None:
    """Fourteen ticks or three incidents raise a judgement; few of them lower none."""
    assessed = a.risk(level, score=score, police_incidents=incidents)

    assert facts(a.case(risk=assessed)).risk == word


@given(
    level=st.sampled_from(RiskLevel),
    score=st.none() | st.integers(0, 27),
    incidents=st.none() | st.integers(0, 60),
    ticks=st.integers(1, 27),
    reported=st.integers(1, 20),
)
def test_no_number_ever_lowers_a_judgement(
    level: RiskLevel, score: int | None, incidents: int | None, ticks: int, reported: int
) -> None:
    """Whatever the checklist says and wherever the thresholds are, a person's judgement stands."""
    order = (RiskLevel.STANDARD, RiskLevel.MEDIUM, RiskLevel.HIGH, RiskLevel.VERY_HIGH_IMMINENT)
    thresholds = Thresholds(visible_high_ticks=ticks, escalation_incidents=reported)

    found = a.risk(level, score=score, police_incidents=incidents).level_under(thresholds)
    if level in order:
        assert order.index(found) >= order.index(level)
    assert found in (level, RiskLevel.HIGH)


def test_a_partnership_s_own_thresholds_count() -> None:
    """What is stale, high or old is what the pack in force says, not what the code says."""
    own = Thresholds(
        visible_high_ticks=20,
        risk_stale_days=3,
        relevance_window_days=10,
        repeat_months=1,
        emergency_limit=2,
    )
    case = a.case(risk=a.risk(RiskLevel.MEDIUM), referrals=referred(10, 200))
    request = a.share_request(since=TODAY - timedelta(days=11))
    found = facts(case, thresholds=own, request=request, emergencies=1)

    assert (found.risk, found.risk_age, found.record_age) == ("medium", "stale", "older")
    assert (found.referral_history, found.emergency_use) == ("first", "third-in-30-days")


def test_every_word_that_is_gathered_is_one_of_the_vocabulary() -> None:
    """No fact is ever a word that no rule could name."""
    words = {name: set(policy_in_force().words(name)) for name in FACT_NAMES}
    cases = (
        a.case(),
        a.case(employee_case=True, investigators=(PractitionerId("housing-1"),)),
        a.case(people=_with_client(*BOTH, kind="refuge"), referrals=referred(1, 2)),
    )
    for case in cases:
        for count in (None, 0, 5):
            refuge = {"recipient_agency": a.agency("refuge"), "emergencies": count}
            for name, word in zip(FACT_NAMES, facts(case, **refuge).as_tuple(), strict=True):
                assert word in words[name], (name, word)
