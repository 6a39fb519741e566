from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest
from pydantic import TypeAdapter, ValidationError

from broker.demo.county import County, county, with_mailboxes
from broker.demo.county.sheets import AgencySheet, RoundSheet, read
from broker.domain.consent import status_now
from broker.domain.ids import AgencyId, CaseId, PractitionerId
from broker.domain.people import Identifier, Person
from broker.domain.words import ApprovalKind, ConsentStatus, RiskLevel, SubjectRole

NOW = datetime(2026, 11, 9, 10, 0, tzinfo=UTC)


@cache
def ashmere() -> County:
    """The county of one moment, made once for all tests of this file."""
    return county(NOW)


def people(case_id: str, role: SubjectRole) -> tuple[Person, ...]:
    """The people of one role in one case."""
    case = ashmere().case(CaseId(case_id))
    assert case is not None
    return case.people_in(role)


def surnames(name: str) -> set[str]:
    """The last name, and its halves where it is hyphenated."""
    last = name.rsplit(" ", maxsplit=1)[-1].lower()
    return {last, *last.split("-")}


def test_the_same_moment_makes_the_same_county() -> None:
    """Two people who run the demo at the same moment see the same county."""
    assert county(NOW) == ashmere()


def test_every_date_moves_with_the_moment() -> None:
    """A county made a year later is as old relative to its day as this one is to its own."""
    later = county(NOW + timedelta(days=365))

    for agency_id, items in ashmere().records.items():
        for then, moved in zip(items, later.records[agency_id], strict=True):
            assert then.recorded_on is not None
            assert moved.recorded_on == then.recorded_on + timedelta(days=365)


def test_twelve_agencies_of_twelve_kinds_are_there() -> None:
    """The partnership is complete, and each agency is named after its kind."""
    agencies = ashmere().agencies

    assert len(agencies) == 12
    assert len({one.kind for one in agencies}) == 12
    assert {one.agency_id for one in agencies} >= {
        "ashmere-police",
        "ashmere-acute",
        "ashmere-gp",
        "ashmere-housing-la",
        "ashmere-childrens-social-care",
        "ashmere-refuge",
        "ashmere-marac-coordination",
    }


def test_one_agreement_has_lapsed_and_eleven_are_in_force() -> None:
    """Adult social care's agreement ran out; nobody else's did."""
    lapsed = [
        one.agency_id
        for one in ashmere().agencies
        if one.agreement_until is None or one.agreement_until < NOW.date()
    ]

    assert lapsed == ["ashmere-adult-social-care"]


def test_the_refuge_is_masked_by_a_name_that_does_not_locate() -> None:
    """The refuge's shared name says nothing of its own name, and only probation faces abusers."""
    refuge = ashmere().agency(AgencyId("ashmere-refuge"))

    assert refuge.masked_name == "A specialist support service"
    assert [one.kind for one in ashmere().agencies if one.perpetrator_facing] == ["probation"]


def test_six_agencies_hold_records_in_systems_of_four_kinds() -> None:
    """Every agency with a system has records, and every agency with records has a system."""
    kinds = ashmere().system_kinds

    assert set(kinds) == set(ashmere().records)
    assert sorted(kinds.values()) == ["dropfolder", "dropfolder", "fhir", "rest", "sql", "sql"]


def test_mailboxes_are_filled_in_once_they_are_known() -> None:
    """The county knows no mailbox until the caller names them, and then every one."""
    filled = with_mailboxes(ashmere(), lambda agency_id: f"http://127.0.0.1:1/{agency_id}")

    assert {one.mailbox_url for one in ashmere().agencies} == {""}
    assert all(one.mailbox_url.endswith(one.agency_id) for one in filled.agencies)
    assert filled.cases == ashmere().cases


def test_thirty_cases_have_four_to_nine_people_each() -> None:
    """Thirty cases, each with a victim, a perpetrator, and others who must be protected."""
    cases = ashmere().cases

    assert [one.case_id for one in cases] == [f"MR-{number:04d}" for number in range(401, 431)]
    for case in cases:
        assert 4 <= len(case.people) <= 9
        assert case.people_in(SubjectRole.VICTIM)
        assert case.people_in(SubjectRole.PERPETRATOR)
        assert len({one.subject_id for one in case.people}) == len(case.people)


def test_every_kind_of_person_is_somewhere() -> None:
    """Victims, perpetrators, children, informants, third parties, other victims, professionals."""
    roles = {person.role for case in ashmere().cases for person in case.people}

    assert roles == set(SubjectRole) - {SubjectRole.OTHER_CHILD}


def test_every_state_of_consent_that_matters_is_somewhere() -> None:
    """Given in three ways, refused, withdrawn, coerced both ways, not sought, run out, unknown."""
    found = {status_now(case.consents, NOW) for case in ashmere().cases}

    assert found >= {
        ConsentStatus.GIVEN_EXPLICIT,
        ConsentStatus.GIVEN_VERBAL,
        ConsentStatus.GIVEN_LIMITED,
        ConsentStatus.REFUSED,
        ConsentStatus.WITHDRAWN,
        ConsentStatus.LACKS_CAPACITY,
        ConsentStatus.NOT_SOUGHT_UNSAFE,
        ConsentStatus.GIVEN_SUSPECTED_COERCED,
        ConsentStatus.REFUSED_SUSPECTED_COERCED,
        ConsentStatus.CHILD_GILLICK_COMPETENT,
        ConsentStatus.UNKNOWN,
    }


def test_refusals_differ_in_reasons_and_approval() -> None:
    """One refusal is overridden with approval, one has reasons only, one has neither."""
    refused = {
        str(case.case_id): (bool(case.override_reasons), [one.kind for one in case.approvals])
        for case in ashmere().cases
        if status_now(case.consents, NOW) is ConsentStatus.REFUSED
    }

    assert refused["MR-0401"] == (True, [ApprovalKind.MANAGER, ApprovalKind.MANAGER])
    assert refused["MR-0430"] == (True, [])
    assert refused["MR-0424"] == (False, [])


def test_risk_is_high_imminent_medium_stale_in_both_ways_and_missing() -> None:
    """Every state of risk that changes a decision is somewhere."""
    risks = {case.case_id: case.risk for case in ashmere().cases}
    levels = {risk.level for risk in risks.values() if risk is not None}
    stale = {
        case_id
        for case_id, risk in risks.items()
        if risk is not None and risk.age_at(NOW) == "stale"
    }

    assert levels == {RiskLevel.HIGH, RiskLevel.VERY_HIGH_IMMINENT, RiskLevel.MEDIUM}
    assert stale == {"MR-0404", "MR-0420", "MR-0427"}
    assert [case_id for case_id, risk in risks.items() if risk is None] == ["MR-0425"]


def test_the_list_has_all_but_the_closed_case_and_knows_the_emergency() -> None:
    """Twenty-nine cases are listed, one of them shielded; the closed one is not."""
    meeting = ashmere().meeting
    listed = {one.case_id for one in meeting.listings}

    assert {case.case_id for case in ashmere().cases} - listed == {"MR-0404"}
    assert [one.case_id for one in meeting.listings if one.emergency] == ["MR-0406"]
    assert meeting.opens_at < NOW < meeting.closes_at < meeting.held_at


def test_the_employee_case_is_shielded_and_has_handlers() -> None:
    """The one shielded case names its handlers, and all of them exist."""
    (shielded,) = [case for case in ashmere().cases if case.shielded]

    assert shielded.case_id == "MR-0422"
    assert len(shielded.handlers) == 3
    for handler in shielded.handlers:
        assert ashmere().practitioner(handler).practitioner_id == handler


def test_the_repeat_case_has_the_people_of_the_earlier_one() -> None:
    """MR-0421 is about the same victim, perpetrator and children as MR-0404."""
    repeat = ashmere().case(CaseId("MR-0421"))
    assert repeat is not None

    assert repeat.repeat_of == "MR-0404"
    for role in (SubjectRole.VICTIM, SubjectRole.PERPETRATOR, SubjectRole.CHILD):
        before, after = people("MR-0404", role), people("MR-0421", role)
        assert [one.references for one in before] == [one.references for one in after]
        assert {one.subject_id for one in before}.isdisjoint(one.subject_id for one in after)


def test_cross_allegations_and_safe_addresses_are_marked() -> None:
    """One case has cross-allegations; those who moved have a safe address, abusers never."""
    crossed = [case.case_id for case in ashmere().cases if case.cross_allegations]
    safe = [
        (case.case_id, person.role)
        for case in ashmere().cases
        for person in case.people
        if any(address.safe for address in person.addresses)
    ]

    assert crossed == ["MR-0415"]
    assert ("MR-0418", SubjectRole.VICTIM) in safe
    assert {role for _, role in safe} == {SubjectRole.VICTIM, SubjectRole.CHILD}


def test_the_insider_has_the_perpetrators_number_and_nobody_else_has() -> None:
    """PC Joel Varr's mobile is the perpetrator's of MR-0417, and of nobody else in the county."""
    insider = ashmere().practitioner(PractitionerId("police-2"))
    number = Identifier(kind="phone", value="07700 900123")
    holders = [
        person.subject_id
        for case in ashmere().cases
        for person in case.people
        if number in person.identifiers
    ]

    assert insider.phones == (number.value,)
    assert holders == ["0417-perpetrator"]


def test_the_housing_officer_lives_with_the_perpetrator() -> None:
    """Gareth Prosser shares surname and address with the perpetrator of MR-0409."""
    officer = ashmere().practitioner(PractitionerId("housing-2"))
    (perpetrator,) = people("MR-0409", SubjectRole.PERPETRATOR)

    assert officer.addresses == perpetrator.addresses
    assert surnames(officer.name) == surnames(perpetrator.names[0])


def test_no_other_professional_can_be_taken_for_a_party() -> None:
    """Apart from the housing officer, no practitioner has the surname of anybody in a case."""
    in_cases: set[str] = set()
    for case in ashmere().cases:
        for person in case.people:
            in_cases |= surnames(person.names[0])
    clashing = [
        one.practitioner_id for one in ashmere().practitioners if surnames(one.name) & in_cases
    ]

    assert clashing == ["housing-2"]


def test_one_doctor_has_declared_a_conflict() -> None:
    """The declared conflict is with a case that exists."""
    declared = [one for one in ashmere().practitioners if one.declared_conflicts]

    assert [one.practitioner_id for one in declared] == ["gp-1"]
    assert ashmere().case(declared[0].declared_conflicts[0]) is not None


def test_every_practitioner_belongs_to_an_agency_and_every_agency_has_one() -> None:
    """Nobody works nowhere, and no agency is without a contact."""
    employers = {one.agency_id for one in ashmere().practitioners}

    assert employers == {one.agency_id for one in ashmere().agencies}
    assert len(ashmere().practitioners) >= 22


def test_salts_differ_between_cases() -> None:
    """No two cases share the salt that keeps their tokens apart in the log."""
    salts = {case.salt for case in ashmere().cases}

    assert len(salts) == 30
    assert {len(salt) for salt in salts} == {32}


def test_nothing_of_a_persons_data_shows_in_a_repr() -> None:
    """Printing the county by accident shows nobody's name."""
    shown = repr(ashmere())

    assert "Ellwood" not in shown
    assert "Varr" not in shown
    assert "07700" not in shown


def test_a_data_file_with_an_unknown_key_stops_the_demo() -> None:
    """A misspelt key in a data file is an error, not a value quietly left at its default."""
    row = {"id": "x", "kind": "police", "name": "X", "masked_name": "Y"}
    sheets = TypeAdapter(AgencySheet)

    assert sheets.validate_python(row).name == "X"
    with pytest.raises(ValidationError):
        sheets.validate_python({**row, "agreement_day": 5})


def test_ordinary_requests_turn_through_all_patterns() -> None:
    """Every pattern of the round is asked at least once, so each pair of agencies shows."""
    patterns = read("round.yaml", RoundSheet).patterns
    asked = {one.scenario for one in ashmere().requests}

    assert [one.scenario for one in patterns if one.scenario not in asked] == []


def test_consents_are_a_history_in_order() -> None:
    """Statements of one case were taken one after another, none in the future."""
    for case in ashmere().cases:
        taken = [one.taken_at for one in case.consents]
        assert all(one <= NOW for one in taken)
        assert all(earlier < after for earlier, after in pairwise(taken))
