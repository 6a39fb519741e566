"""Every way of writing an identifier, a name or a record's value that we know: all of it goes.

The lines are in tests/data/disguises.yaml; what stands between << and >> in them must not leave.
"""

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from broker.domain.ids import SubjectId
from broker.domain.people import Address, Identifier, Person
from broker.domain.words import SubjectRole
from tests.unit.redaction.support import left_of

_LINES = Path(__file__).parent.parent / "data" / "disguises.yaml"
_RECORDED = Person(
    subject_id=SubjectId("recorded"),
    role=SubjectRole.VICTIM,
    names=("Mara Ellwood",),
    date_of_birth=date(1991, 4, 17),
    addresses=(
        Address(text="Flat 2, 14 Larch Court, Hexley", postcode="HX1 9ZZ"),
        Address(text="Tanglewood, Back Lane, Mirefield", postcode="HX7 8AA", safe=True),
    ),
    identifiers=tuple(
        Identifier(kind=kind, value=value)
        for kind, value in (
            ("phone", "07700 900461"),
            ("email", "mara.e@gmail.com"),
            ("nhs-number", "999 000 0124"),
            ("school", "Hexley Primary School"),
            ("employer", "Rudge's Bakery"),
            ("surgery", "Beck View Surgery"),
            ("vehicle-reg", "AB12 CDE"),
            ("handle", "@mara_xo"),
            ("nino", "QQ123456C"),
            ("crn", "X123456"),
        )
    ),
)


@cache
def _stored() -> dict[str, Any]:
    stored: dict[str, Any] = yaml.safe_load(_LINES.read_text("utf-8"))
    return stored


def _identifiers() -> Iterator[Any]:
    for kind, lines in _stored()["identifiers"].items():
        for number, line in enumerate(lines, 1):
            yield pytest.param(line, id=f"{kind} {number}")


def _names() -> Iterator[Any]:
    for number, person in enumerate(_stored()["names"], 1):
        for place, line in enumerate(person["written"], 1):
            yield pytest.param(number - 1, line, id=f"person {number} line {place}")


@pytest.mark.parametrize("line", list(_identifiers()))
def test_an_identifier_goes_however_it_is_written(line: str) -> None:
    """Spoken, spaced, scanned, cut in two, dotted or slashed: no part of it stays."""
    assert left_of(line) == ""


@pytest.mark.parametrize(("person", "line"), list(_names()))
def test_a_name_goes_however_it_is_written(person: int, line: str) -> None:
    """Short forms, other alphabets' spellings, initials, slips and capitals of a known name."""
    stored = _stored()["names"][person]
    known = Person(
        subject_id=SubjectId("known"),
        role=SubjectRole(stored["role"]),
        names=tuple(stored["names"]),
    )

    assert left_of(line, known) == ""


@pytest.mark.parametrize("line", _stored()["record"])
def test_what_the_record_holds_goes_however_it_is_written(line: str) -> None:
    """Her address, numbers, school and work in any layout."""
    assert left_of(line, _RECORDED) == ""


_SLIPS = [
    slip
    for at in range(len("Katarzyna"))
    for slip in (
        "Katarzyna"[:at] + "Katarzyna"[at + 1 :],
        "Katarzyna"[:at] + "x" + "Katarzyna"[at + 1 :],
        "Katarzyna"[:at] + "Katarzyna"[at] + "Katarzyna"[at:],
    )
]


@pytest.mark.parametrize("slip", sorted(set(_SLIPS)))
@pytest.mark.parametrize("style", ["as it is", "small", "capitals"])
def test_one_slip_of_the_keyboard_hides_no_name(slip: str, style: str) -> None:
    """A letter lost, wrong or doubled, at every place of the name, in every style of note."""
    line = f"Spoke to <<{slip}>> again about the boiler."
    shown = {"as it is": line, "small": line.lower(), "capitals": line.upper()}[style]
    known = Person(
        subject_id=SubjectId("known"), role=SubjectRole.VICTIM, names=("Katarzyna Mazur",)
    )

    assert left_of(shown, known) == ""


def test_every_label_that_rules_find_has_its_disguises() -> None:
    """No kind of identifier of the domain brief is without hostile lines."""
    text = _LINES.read_text("utf-8")

    assert len(_stored()["identifiers"]) >= 20
    assert min(map(len, _stored()["identifiers"].values())) >= 5
    assert text.count("<<") == text.count(">>") > 500
