from dataclasses import replace

import pytest

from broker.domain.ids import CaseId
from broker.domain.people import Address
from broker.domain.words import Conflict, SubjectRole
from broker.service.conflict import conflict_of
from tests import builders as a


def test_the_insider_with_the_perpetrators_telephone_is_found() -> None:
    """An officer whose mobile is the alleged abuser's is in conflict, however it is written."""
    for number in ("07700 900123", "+44 7700 900123", "(0)7700-900-123"):
        officer = a.practitioner(phones=(number,))

        assert conflict_of(officer, a.case()) is Conflict.CONFIRMED


def test_living_at_a_partys_address_is_a_conflict() -> None:
    """The same home, in capitals and without commas, is the same home."""
    home = Address(text="14 TANNERS YARD KEIGHLEY")

    assert conflict_of(a.practitioner(addresses=(home,)), a.case()) is Conflict.CONFIRMED


def test_one_surname_in_one_postcode_is_a_household() -> None:
    """A relative who gives only a postcode is still a relative."""
    home = Address(text="somewhere else", postcode="bd214qx")

    cousin = a.practitioner(name="Iris Ellwood", addresses=(home,))

    assert conflict_of(cousin, a.case()) is Conflict.CONFIRMED


def test_a_neighbour_without_the_surname_is_no_household() -> None:
    """Living in the same postcode alone is not a conflict."""
    home = Address(text="15 Tanners Yard", postcode="BD21 4QX")

    assert conflict_of(a.practitioner(addresses=(home,)), a.case()) is Conflict.NONE


def test_a_declared_conflict_counts_without_any_match() -> None:
    """Whoever says they are too close is believed."""
    declared = a.practitioner(declared_conflicts=(CaseId("MR-0417"),))

    assert conflict_of(declared, a.case()) is Conflict.CONFIRMED
    assert conflict_of(declared, a.case("MR-0001")) is Conflict.NONE


@pytest.mark.parametrize("name", ["Mara Ellwood", "MARA ELLWOOD", "Mára Ellwood", "Maz"])
def test_sharing_a_partys_name_is_suspected(name: str) -> None:
    """People share names, so a person must look; nothing is released meanwhile."""
    assert conflict_of(a.practitioner(name=name), a.case()) is Conflict.SUSPECTED


def test_a_professional_named_in_the_case_is_no_party() -> None:
    """The officer who wrote the case up may go on working on it."""
    officer = a.person(SubjectRole.PROFESSIONAL, "Perpetua Quill")
    case = replace(a.case(), people=(*a.case().people, officer))

    assert conflict_of(a.practitioner(), case) is Conflict.NONE


def test_short_extension_numbers_match_nobody() -> None:
    """An internal extension is nobody's telephone."""
    assert conflict_of(a.practitioner(phones=("123",)), a.case()) is Conflict.NONE
