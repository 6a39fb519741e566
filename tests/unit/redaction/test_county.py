"""Texts of the synthetic county as its agencies write them: what leaves is safe and readable.

The check for leaks is the test's own: plain strings of what the record knows, no code of the room.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

import pytest

from broker.demo.county import county
from broker.domain.case import Case
from broker.domain.people import Person
from redaction.findings import Finding
from redaction.finish import Done, finish, naming_of
from redaction.labels import Label
from redaction.minimise import Unit
from redaction.profiles import Action, Profile, profile_for
from redaction.propagate import propagate
from redaction.verify import verify
from tests.unit.redaction.support import glued, repeated, shared_detector

_MOMENT = datetime(2026, 11, 22, 12, tzinfo=UTC)
_A_HOLDER = 7
"""Texts of each of the six agencies that hold records."""
_LONGEST = 6_000
_PROFILES = ("P-VICTIM-SAFE", "P-PERP-FACING", "STRICTEST")
_MOST_REPLACED = 0.12
"""Share of words that P-VICTIM-SAFE may replace; 0.095 of this sample when it was written."""
_LABELS = {
    "phone": Label.PHONE, "email": Label.EMAIL, "nhs-number": Label.NHS_NUMBER,
    "nino": Label.NINO, "upn": Label.UPN, "pnc-id": Label.PNC_ID, "crn": Label.CRN,
    "vehicle-reg": Label.VEHICLE_REG, "school": Label.SCHOOL, "employer": Label.WORKPLACE,
    "surgery": Label.ORG, "handle": Label.HANDLE, "noms": Label.NOMS, "cro": Label.CRO,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Text:
    where: str
    case: Case
    text: str = field(repr=False)


@cache
def _sample() -> tuple[_Text, ...]:
    """Return the same texts every time, some of every agency."""
    ashmere, chosen, draw = county(_MOMENT), [], random.Random(20)
    for agency, items in ashmere.records.items():
        texts = [
            _Text(where=f"{agency} {item.item_id}", case=case, text=item.text)
            for item in items
            if item.text is not None and len(item.text) <= _LONGEST
            for case in ashmere.cases
            if any(one.reference_at(agency) == item.subject_ref for one in case.people)
        ]
        chosen += draw.sample(texts, _A_HOLDER)
    return tuple(chosen)


@cache
def _done(profile: str) -> tuple[tuple[_Text, Done], ...]:
    return tuple((one, _redacted(one, profile_for(profile))) for one in _sample())


def _redacted(one: _Text, profile: Profile) -> Done:
    unit = Unit(item=0, order=0, field_name=None, text=one.text)
    found = propagate([one.text], [_found(one.text, one.case.people)])
    return finish(unit, found[0], profile, naming_of(b"county", [unit], found))


@cache
def _found(text: str, people: tuple[Person, ...]) -> tuple[Finding, ...]:
    """Read a text once for all profiles, as the service does."""
    return shared_detector().detect(text, people)


@pytest.mark.parametrize("profile", _PROFILES)
def test_nothing_that_the_record_knows_and_the_profile_forbids_is_left(profile: str) -> None:
    """No name, identifier or address of anybody whose data must go, in any agency's text."""
    left = [
        (one.where, kind)
        for one, done in _done(profile)
        for kind in _left(done, one.case.people, profile_for(profile))
    ]

    assert left == []


def _left(done: Done, people: Sequence[Person], profile: Profile) -> Iterator[str]:
    compact = re.sub(r"[\W_]", "", done.text).lower()
    stays = {
        part
        for one in people
        if _stays(profile, Label.PERSON, one)
        for name in one.names
        for split in (r"[^\w'-]+", r"\W+")
        for part in re.split(split, name)
    }
    kept_places = {
        place.text.split(",")[0]
        for one in people
        for place in one.addresses
        if not place.safe and _stays(profile, Label.ADDRESS, one)
    }
    for one in people:
        if not _stays(profile, Label.PERSON, one):
            yield from _names_left(done.text, one, stays)
        for known in one.identifiers:
            label = _LABELS.get(known.kind, Label.ID_OTHER)
            value = re.sub(r"[\W_]", "", known.value).lower()
            if not _stays(profile, label, one) and value in compact:
                yield f"{known.kind} of {one.role}"
        for place in one.addresses:
            line = place.text.split(",")[0]
            label = Label.SAFE_LOCATION if place.safe else Label.ADDRESS
            gone = not _stays(profile, label, one) and line not in kept_places
            if gone and line.lower() in done.text.lower():
                yield f"address of {one.role}"


def _names_left(text: str, person: Person, stays: set[str]) -> Iterator[str]:
    for name in person.names:
        parts = [part for part in re.split(r"[^\w'-]+", name) if len(part) > 2]
        for wanted in (name, *parts):
            if wanted in stays or not wanted[:1].isupper():
                continue
            forms = f"{re.escape(wanted)}|{re.escape(wanted.upper())}"
            if re.search(rf"(?<![\w-])(?:{forms})(?![\w-])", text):
                yield f"name of {person.role}"


def _stays(profile: Profile, label: Label, person: Person) -> bool:
    return profile.cell(label, (person.role,)).action is Action.KEEP


@pytest.mark.parametrize("profile", _PROFILES)
def test_replacements_stand_apart_and_do_not_repeat(profile: str) -> None:
    """No replacement touches a letter or another one; nothing reads `a place, a place`."""
    for one, done in _done(profile):
        assert glued(one.text, done.made) == [], one.where
        assert repeated(done.text) == repeated(one.text) == [], one.where


def test_a_partner_agency_can_still_read_the_story() -> None:
    """What goes from a partner's copy is a small part of the words."""
    words = sum(len(one.text.split()) for one, _ in _done("P-VICTIM-SAFE"))
    gone = sum(
        len(one.text[change.span.start : change.span.end].split())
        for one, done in _done("P-VICTIM-SAFE")
        for change in done.made
    )

    assert gone / words < _MOST_REPLACED


@pytest.mark.parametrize("profile", _PROFILES)
def test_the_verifier_holds_none_of_them(profile: str) -> None:
    """What detection found is complete, so nobody is kept waiting for a person to look."""
    held = [
        (one.where, verify([done.output()], one.case.people))
        for one, done in _done(profile)
        if verify([done.output()], one.case.people)
    ]

    assert held == []


def test_the_silent_copy_shows_no_gap() -> None:
    """No empty brackets, no `on , that`, no two blanks that the original did not have."""
    gap = re.compile(r"\(\s*\)|[ \t](?=[,;.](?:\s|\Z))|(?<=\S)  (?=\S)|,\s*,")
    for one, done in _done("P-PERP-FACING"):
        assert len(gap.findall(done.text)) <= len(gap.findall(one.text)), one.where
