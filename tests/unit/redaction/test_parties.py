"""The people of the case are found however a note writes them."""

from datetime import date

import pytest

from broker.domain.people import Address, Identifier
from broker.domain.words import SubjectRole
from redaction.detect import Detector
from redaction.labels import Label
from redaction.parties.spellings import within_one_edit
from tests.builders import perpetrator, person, victim
from tests.unit.redaction.support import missed

_MARGARET = person(
    SubjectRole.VICTIM,
    "Margaret Strachan-Kerr",
    date_of_birth=date(1991, 4, 7),
    addresses=(
        Address(text="Flat 3, 8 Larch Court, Hexley", postcode="HX1 9ZZ", safe=True),
        Address(text="14 Tanners Street, Keighley BD21 4QX"),
    ),
    identifiers=(
        Identifier(kind="phone", value="07700 900461"),
        Identifier(kind="school", value="St Brannock's Primary"),
        Identifier(kind="nhs-number", value="999 000 0123"),
    ),
)


@pytest.mark.parametrize(
    "mention",
    [
        "Margaret Strachan-Kerr", "STRACHAN-KERR, Margaret", "Strachan", "Kerr",
        "Kerr Strachan", "Maggie",
        "Peggy", "M. Strachan-Kerr", "M Kerr", "M.K.", "M.S.K.", "Margart", "Magraret", "Strachen",
        "Margaret's", "margaret", "MARGARET", "margaretkerr", "margaret_kerr", "Márgaret",
        "07/04/1991", "7.4.91", "7th April 1991", "April 7 1991", "1991-04-07", "07041991",
        "7 Apr 91",
        "Larch Court", "8 Larch Ct", "8, Larch Court", "HX1 9ZZ", "hx19zz", "HX1", "Hexley",
        "14 Tanners St", "Tanners Street", "BD21 4QX", "+44 7700 900461", "0 7700-900-461",
        "St Brannocks Primary", "9990000123",
    ],
)  # fmt: skip
def test_finds_a_mention_of_the_victim(detector: Detector, mention: str) -> None:
    """Names, nicknames, slips of the keyboard and record values, in any spelling."""
    text = f"Seen today with {mention} again after the visit."
    found = detector.detect(text, (_MARGARET,))

    assert not missed(detector, text, mention.removesuffix("'s"), _MARGARET)
    assert any(SubjectRole.VICTIM in one.roles for one in found)


def test_knows_whose_name_it_is(detector: Detector) -> None:
    """Two people of one case are told apart by their first names."""
    people = (victim(), perpetrator())
    found = detector.detect("Mara said that Devan shouted.", people)
    names = [(one.roles, one.people) for one in found if one.recogniser == "party"]

    assert names == [((SubjectRole.VICTIM,), (0,)), ((SubjectRole.PERPETRATOR,), (1,))]


def test_a_shared_surname_belongs_to_both(detector: Detector) -> None:
    """A surname alone names everybody who has it, so that the strictest role decides."""
    found = detector.detect("Ellwood rang again.", (victim(), perpetrator()))

    assert {(0, 1)} == {one.people for one in found if one.recogniser == "party"}


def test_a_name_that_is_a_word_needs_its_capital(detector: Detector) -> None:
    """Hope the person is found, hope the word stays; without capitals both go."""
    hope = person(SubjectRole.VICTIM, "Hope Marsh")
    text = "I hope that Hope is well, she said with hope."

    found = {one.start for one in detector.detect(text, (hope,)) if one.label is Label.PERSON}
    lower = {one.start for one in detector.detect(text.lower(), (hope,))}

    assert found == {12}
    assert {2, 12} <= lower


@pytest.mark.parametrize(
    "text",
    [
        "PC 4076 Crisp attended.", "neighbour joan pell rang us", "mum known as Becs lives there",
        "SPOKE TO AUNT TRUDY LAMB TODAY", "Her cousin Zbigniew Wrona has keys.",
        "kids nadia + owen",
        "dr okonkwo will review", "Referred by R. Sastry.", "solicitor Gethin Prosser wrote",
    ],
)  # fmt: skip
def test_finds_people_whom_the_record_does_not_know(detector: Detector, text: str) -> None:
    """A title, a relation or a role gives a stranger's name away, in any case."""
    known = {"crisp", "joan", "pell", "becs", "trudy", "lamb", "zbigniew", "wrona", "nadia", "owen"}
    known |= {"okonkwo", "sastry", "gethin", "prosser"}
    for word in text.replace(".", " ").split():
        if word.lower() in known:
            assert not missed(detector, text, word), word


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("dudek", "duedk", True), ("dudek", "dudeck", True), ("dudek", "duek", True),
        ("dudek", "dudak", True), ("dudek", "dudek", True), ("dudek", "dedku", False),
        ("dudek", "durek", True), ("dudek", "dukedx", False),
    ],
)  # fmt: skip
def test_one_edit_is_one_edit(one: str, other: str, *, near: bool) -> None:
    """One letter more, less, other, or two neighbours swapped; nothing further."""
    assert near == within_one_edit(one, other)
    assert near == within_one_edit(other, one)
