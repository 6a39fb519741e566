from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache

from broker.demo.county import County, PlannedRequest, county
from broker.demo.county.sheets import RoundSheet, read
from broker.domain.ids import AgencyId

NOW = datetime(2026, 11, 9, 10, 0, tzinfo=UTC)
FOREIGN_PURPOSES = {
    "immigration-enforcement",
    "fraud-arrears",
    "employment-check",
    "police-investigation",
    "dvds-right-to-ask",
}


@cache
def ashmere() -> County:
    """The county of one moment, made once for all tests of this file."""
    return county(NOW)


def asked(case_id: str) -> list[PlannedRequest]:
    """The requests about one case."""
    return [one for one in ashmere().requests if one.case_id == case_id]


def requester_agency(request: PlannedRequest) -> AgencyId:
    """Whom the requester works for."""
    return ashmere().practitioner(request.requester).agency_id


def test_the_round_has_about_a_hundred_and_thirty_requests() -> None:
    """Enough to show the meeting's research, few enough to watch; no request is made twice."""
    requests = ashmere().requests

    assert 120 <= len(requests) <= 140
    assert len(set(requests)) == len(requests)


def test_every_listed_case_is_researched_by_several_agencies_from_several_holders() -> None:
    """Each listed case that is not shielded is asked about at least three times."""
    for listing in ashmere().meeting.listings:
        about = asked(listing.case_id)
        if listing.case_id != "MR-0422":
            assert len(about) >= 3
            assert len({(requester_agency(one), one.holder) for one in about}) >= 3


def test_no_agency_asks_the_same_holder_twice_in_the_ordinary_round() -> None:
    """The ordinary requests of one case come from different pairs of agencies."""
    ordinary = {one.scenario for one in read("round.yaml", RoundSheet).patterns}
    pairs = Counter(
        (one.case_id, requester_agency(one), one.holder)
        for one in ashmere().requests
        if one.scenario in ordinary
    )

    assert max(pairs.values()) == 1


def test_requests_are_spread_over_the_agencies() -> None:
    """Nearly every agency asks, and all six holders are asked."""
    asking = Counter(requester_agency(one) for one in ashmere().requests)
    holding = Counter(one.holder for one in ashmere().requests)

    assert len(asking) >= 11
    assert set(ashmere().records) <= set(holding)
    assert max(asking.values()) <= len(ashmere().requests) // 3


def test_everybody_named_in_a_request_exists_and_can_open_what_they_get() -> None:
    """Requesters and recipients are practitioners; every recipient has a key."""
    known = {one.practitioner_id for one in ashmere().practitioners}

    for one in ashmere().requests:
        assert one.requester in known
        assert one.recipient in ashmere().recipients
        assert one.categories
        assert len(set(one.categories)) == len(one.categories)
        assert one.scenario.endswith((".", ")"))


def test_all_but_one_request_are_about_somebody_in_a_case() -> None:
    """One case number is nobody's; in all others the subject is one of the people."""
    stray = [one for one in ashmere().requests if ashmere().case(one.case_id) is None]

    assert [one.case_id for one in stray] == ["MR-0499"]
    for one in ashmere().requests:
        case = ashmere().case(one.case_id)
        assert case is None or case.person(one.subject_id) is not None


def test_most_requests_ask_for_something_that_is_held() -> None:
    """A round of refusals would show nothing: three quarters ask for records that exist."""

    def held(request: PlannedRequest) -> bool:
        case = ashmere().case(request.case_id)
        person = None if case is None else case.person(request.subject_id)
        reference = None if person is None else person.reference_at(request.holder)
        items = ashmere().records.get(request.holder, ())
        found = {one.category for one in items if one.subject_ref == reference}
        return set(request.categories) <= found

    assert sum(held(one) for one in ashmere().requests) >= 0.75 * len(ashmere().requests)


def test_the_three_served_purposes_and_the_foreign_ones_are_asked_for() -> None:
    """Research, referral and support are served; five other purposes show how they are refused."""
    purposes = Counter(str(one.purpose) for one in ashmere().requests)

    assert set(purposes) == {"marac-research", "marac-referral", "idva-support"} | FOREIGN_PURPOSES
    assert purposes["marac-research"] >= 0.8 * len(ashmere().requests)
    assert purposes["marac-referral"] >= 4
    assert purposes["idva-support"] >= 4


def test_insider_conflicted_and_lapsed_requesters_ask() -> None:
    """The officer, the housing officer, the doctor and the lapsed agency all make a request."""
    assert any(one.requester == "police-2" for one in asked("MR-0417"))
    assert any(one.requester == "housing-2" for one in asked("MR-0409"))
    assert any(one.requester == "gp-1" for one in asked("MR-0413"))
    assert any(requester_agency(one) == "ashmere-adult-social-care" for one in asked("MR-0411"))


def test_cases_that_must_look_absent_are_asked_for() -> None:
    """Closed, shielded and imaginary cases are asked about by people who may not know."""
    assert [one.requester for one in asked("MR-0404")] == ["police-1"]
    assert [one.requester for one in asked("MR-0422")] == ["police-1", "police-3"]
    assert len(asked("MR-0499")) == 1


def test_somebody_asks_a_holder_who_holds_nothing() -> None:
    """Probation is asked about a victim whom it does not know."""
    (request,) = [
        one
        for one in asked("MR-0411")
        if one.holder == "ashmere-probation" and str(one.subject_id).endswith("-victim")
    ]
    case = ashmere().case(request.case_id)
    assert case is not None
    subject = case.person(request.subject_id)

    assert subject is not None
    assert subject.reference_at(AgencyId("ashmere-probation")) is None


def test_perpetrator_facing_and_other_recipients_get_the_same_file() -> None:
    """Rowan's chronology is asked for by probation and by police, to compare what each gets."""
    about_rowan = [
        one.requester
        for one in asked("MR-0403")
        if one.subject_id == "0403-child" and "child-protection" in one.categories
    ]

    assert {"probation-1", "police-1"} <= set(about_rowan)


def test_refused_consent_is_asked_with_and_without_reasons() -> None:
    """Overrides come with reasons, the others without, and a referral may go to the coordinator."""
    mara = asked("MR-0401")

    assert all(one.reasons for one in mara)
    assert not any(one.reasons for one in asked("MR-0424"))
    assert any(one.recipient == "coordinator-1" != one.requester for one in mara)


def test_one_request_reaches_back_further_than_the_window() -> None:
    """Somebody asks for nine years of records."""
    (since,) = [one.since for one in ashmere().requests if one.since is not None]

    assert since < NOW.date() - timedelta(days=8 * 365)
