"""The people of a case, with the numbers and references by which agencies know them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from broker.demo.county.numbers import Numbers
from broker.demo.county.sheets import CaseSheet, PersonRow, PlacesSheet
from broker.domain.ids import AgencyId, SubjectId
from broker.domain.people import Address, AgencyReference, Identifier, Person
from broker.domain.words import SubjectRole

DAYS_PER_YEAR = 365.25
SCHOOL_AGE = 4
"""From this age a child is on a school's roll and has a UPN."""
ARREST_AGE = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A person and what a text about them needs beside: pronouns, and how old they are."""

    person: Person
    sex: str
    age: int


def split_address(written: str, *, safe: bool = False) -> Address:
    """Return an address whose last part is its postcode."""
    text, postcode = written.rsplit(", ", 1)
    return Address(text=text, postcode=postcode, safe=safe)


class Register:
    """Makes people. Two registers made alike make the same people in the same order."""

    def __init__(self, today: date, places: PlacesSheet) -> None:
        """Start the numbers where they always start."""
        self._today = today
        self._places = places
        self._numbers = Numbers("ashmere numbers")
        self._rng = Random("ashmere people")
        self._next_nominal = 1001

    def people(self, sheet: CaseSheet) -> tuple[Known, ...]:
        """Return the people of a case, in the order of its rows."""
        school = sheet.school or self._rng.choice(self._places.schools)
        wanted = list(sheet.numbers)
        made: list[Known] = []
        for row in sheet.people:
            before = sum(one.person.role is row.role for one in made)
            mine = [one for one in wanted if one[0] is row.role] if before == 0 else []
            fixed = {kind: value for _, kind, value in mine}
            made.append(self._known(sheet, row, before, school, fixed))
        return tuple(made)

    def _known(
        self, sheet: CaseSheet, row: PersonRow, before: int, school: str, fixed: dict[str, str]
    ) -> Known:
        identifiers = tuple(
            Identifier(kind=kind, value=fixed.get(kind, value))
            for kind, value in self._identifiers(row, school)
        )
        person = Person(
            subject_id=subject_id(sheet.id, row.role, before),
            role=row.role,
            names=tuple(row.names.split("; ")),
            date_of_birth=self._born(row.age),
            addresses=self._addresses(sheet, row),
            identifiers=identifiers,
            references=tuple(self._references(sheet, row, before, identifiers)),
            relation=row.relation,
        )
        return Known(person=person, sex=row.sex, age=row.age)

    def _born(self, age: int) -> date | None:
        if age == 0:
            return None
        days = int(age * DAYS_PER_YEAR) + self._rng.randrange(5, 350)
        return self._today - timedelta(days=days)

    def _addresses(self, sheet: CaseSheet, row: PersonRow) -> tuple[Address, ...]:
        home = split_address(sheet.home)
        if row.role in (SubjectRole.VICTIM, SubjectRole.CHILD):
            return (home, split_address(sheet.safe, safe=True)) if sheet.safe else (home,)
        if row.role is SubjectRole.PERPETRATOR:
            return (split_address(sheet.apart),) if sheet.apart else (home,)
        if row.role is SubjectRole.PROFESSIONAL:
            return ()
        street, town = self._rng.choice(self._places.streets), self._rng.choice(self._places.towns)
        return (Address(text=f"{self._rng.randrange(2, 140)} {street}, {town}"),)

    def _identifiers(self, row: PersonRow, school: str) -> Iterator[tuple[str, str]]:
        match row.role:
            case SubjectRole.VICTIM:
                yield "nhs-number", self._numbers.nhs()
                yield "phone", self._numbers.mobile()
                yield "email", _email(row.names)
                yield "nino", self._numbers.digits("QQ######") + self._rng.choice("ABCD")
                yield "surgery", self._rng.choice(self._places.surgeries)
                yield "employer", self._rng.choice(self._places.employers)
            case SubjectRole.PERPETRATOR:
                yield "nhs-number", self._numbers.nhs()
                yield "phone", self._numbers.mobile()
                yield "pnc-id", self._numbers.pnc(self._arrest_year(row.age))
                yield "vehicle-reg", self._numbers.registration()
                yield "employer", self._rng.choice(self._places.employers)
            case SubjectRole.CHILD:
                yield "nhs-number", self._numbers.nhs()
                if row.age >= SCHOOL_AGE:
                    started = self._today.year - row.age + SCHOOL_AGE
                    yield "upn", self._numbers.upn(started)
                    yield "school", school
            case SubjectRole.PROFESSIONAL:
                yield "phone", self._numbers.landline()
            case _:
                yield "phone", self._numbers.mobile()

    def _arrest_year(self, age: int) -> int:
        return self._today.year - self._rng.randrange(max(age - ARREST_AGE, 1)) - 1

    def _references(
        self, sheet: CaseSheet, row: PersonRow, before: int, identifiers: tuple[Identifier, ...]
    ) -> Iterator[AgencyReference]:
        own = {one.kind: one.value for one in identifiers}
        if row.role in (SubjectRole.VICTIM, SubjectRole.PERPETRATOR, SubjectRole.OTHER_VICTIM):
            yield _reference("police", f"NOM-{self._next_nominal}")
            self._next_nominal += 1
        if row.role is SubjectRole.PERPETRATOR and before == 0 and "probation" in sheet.held_by:
            yield _reference("probation", self._numbers.digits("X######"))
        treated = row.role is SubjectRole.PERPETRATOR and "substance" in sheet.themes
        if "health-acute" in sheet.held_by and (row.role is SubjectRole.VICTIM or treated):
            yield _reference("acute", own["nhs-number"])
        if row.role is SubjectRole.VICTIM and "housing-la" in sheet.held_by:
            yield _reference("housing-la", self._numbers.digits("T-00####"))
        if row.role is SubjectRole.CHILD and "childrens-social-care" in sheet.held_by:
            yield _reference("childrens-social-care", self._numbers.digits("LCS-77####"))
        if "upn" in own and "education" in sheet.held_by:
            yield _reference("education", own["upn"])


def subject_id(case_id: str, role: SubjectRole, before: int) -> SubjectId:
    """Return `0401-victim`, `0401-child`, `0401-child-2` and so on: one person of one case."""
    number = case_id.removeprefix("MR-")
    return SubjectId(f"{number}-{role}" if before == 0 else f"{number}-{role}-{before + 1}")


def _reference(agency: str, value: str) -> AgencyReference:
    return AgencyReference(agency_id=AgencyId(f"ashmere-{agency}"), value=value)


_PLAIN = str.maketrans("áéíóúãâêôçñşığłżąćęńśźüöÁÉÓŁŞİØ", "aeiouaaeocnsiglzacenszuoAEOLSIO")


def _email(names: str) -> str:
    """Return an address under example.org (RFC 2606), of the plain letters of the full name."""
    full = names.split("; ", maxsplit=1)[0].translate(_PLAIN).lower()
    letters = "".join(one if one.isascii() and one.isalpha() else "." for one in full)
    return ".".join(part for part in letters.split(".") if part) + "@example.org"
