"""The verifier: reads what is about to leave and looks for anything that is known to be forbidden.

It shares no code with detection on purpose: its own folding, its own idea of a name, of an address
and of a number. A finding holds the release for a person. Flags name the kind and the place.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from broker.domain.people import Address, Person
from redaction.labels import Label
from redaction.neutral import marked_word
from redaction.profiles import REASONS, Action, Profile
from redaction.propagate import also_words

_SHORTEST_NAME = 3
_SHORTEST_VALUE = 6
"""Letters and digits of a value below which chance would find it in any text."""
_LONG_NUMBER = 6
_MARKED = "|".join(sorted(map(marked_word, Label)))
_REASONED = "|".join(sorted(REASONS))
_MARKER = re.compile(rf"\[(?:(?:{_MARKED}) removed: (?:{_REASONED})|[A-Z][a-z ]+ [2-9A-Z]{{2,}})\]")
_DIGITS = re.compile(r"\d(?:[ .-]?\d)*")
_DOOR = re.compile(r"^(?:flat|apartment|apt|unit|room)? ?\d*[a-z]? (?=\w)")
_POSTCODE = re.compile(r"(?<![A-Z0-9])[A-Z]{1,2}\d[A-Z\d]?\s?\d[ABD-HJLNP-UW-Z]{2}(?![A-Z0-9])")
_DATED = re.compile(r"(?:[\d./ -]+ ?)?(?:April|May|June|August)(?: ?\d{2,4})?", re.IGNORECASE)
"""Dates with the months that are given names too."""
_HOURS = re.compile(r"(?<![\w:/.-])[0-2]\d[0-5]\d-[0-2]\d:[0-5]\d(?![\w:/-])")
_VALUES = {
    "phone": Label.PHONE, "email": Label.EMAIL, "handle": Label.HANDLE, "nino": Label.NINO,
    "nhs-number": Label.NHS_NUMBER, "school": Label.SCHOOL, "employer": Label.WORKPLACE,
    "surgery": Label.ORG, "vehicle-reg": Label.VEHICLE_REG, "passport": Label.PASSPORT,
    "upn": Label.UPN, "pnc-id": Label.PNC_ID, "cro": Label.CRO, "crn": Label.CRN,
    "noms": Label.NOMS, "driving-licence": Label.DRIVING_LICENCE, "bank": Label.BANK,
    "case-ref": Label.CASE_REF,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One text as it would leave, with the profile it was made under and what may stay in it."""

    where: str
    text: str = field(repr=False)
    profile: Profile
    kept: tuple[str, ...] = field(repr=False)


def verify(outputs: Iterable[Output], people: Sequence[Person]) -> tuple[str, ...]:
    """Return the flags, sorted; empty means that nothing forbidden was found."""
    return tuple(
        sorted({f"{kind} {output.where}" for output in outputs for kind in _kinds(output, people)})
    )


def _kinds(output: Output, people: Sequence[Person]) -> Iterator[str]:
    text = _MARKER.sub(" ", output.text)
    plain = _plain(text)
    plain_names = _plain(_undated(text, output.kept))
    allowed = _allowed_parts(output.profile, people)
    for person in people:
        if _forbidden(output.profile, Label.PERSON, person):
            yield from _name_kinds(text, plain_names, person, allowed)
        yield from _value_kinds(plain, person, output.profile)
    yield from _number_kinds(text, output.kept)
    yield from _postcode_kinds(text, output.kept)


def _plain(text: str) -> str:
    """Return letters and digits only, without accents, small, single blanks between words."""
    decomposed = unicodedata.normalize("NFKD", text)
    seen = "".join(
        one for one in decomposed if unicodedata.category(one)[0] not in "MC" or one in "\n\t"
    )
    return " ".join(re.findall(r"[^\W_]+", seen.casefold().replace("'", "").replace("\u2019", "")))


def _forbidden(profile: Profile, label: Label, person: Person) -> bool:
    return profile.cell(label, (person.role,)).action is not Action.KEEP


def _allowed_parts(profile: Profile, people: Sequence[Person]) -> frozenset[str]:
    """Return the name parts of people who may be named: a shared surname tells nothing more."""
    return frozenset(
        part
        for person in people
        if not _forbidden(profile, Label.PERSON, person)
        for part in _parts(person)
    )


def _parts(person: Person) -> set[str]:
    return {part for name in person.names for part in _plain(name).split()}


def _name_kinds(text: str, plain: str, person: Person, allowed: frozenset[str]) -> Iterator[str]:
    words, compact = set(plain.split()), plain.replace(" ", "")
    for name in person.names:
        whole = _plain(name).replace(" ", "")
        if len(whole) >= _SHORTEST_VALUE and whole in compact:
            yield "party-name"
    for part in _parts(person) - allowed:
        plural = len(part) > _SHORTEST_NAME and part + "s" in words
        there = len(part) >= _SHORTEST_NAME and (part in words or plural)
        if there and (part not in also_words() or _capitalised(text, part)):
            yield "party-name"


def _capitalised(text: str, part: str) -> bool:
    """Say whether an everyday word stands with a capital where no sentence begins."""
    pattern = rf"(?<![.!?:\n]\s)(?<!\A)\b(?:{part.capitalize()}|{part.upper()})\b"
    return re.search(pattern, text) is not None


def _value_kinds(plain: str, person: Person, profile: Profile) -> Iterator[str]:
    compact = plain.replace(" ", "")
    for identifier in person.identifiers:
        label = _VALUES.get(identifier.kind, Label.ID_OTHER)
        value = _plain(identifier.value).replace(" ", "")
        value = value.removeprefix("44").removeprefix("0") if label is Label.PHONE else value
        if (
            _forbidden(profile, label, person)
            and len(value) >= _SHORTEST_VALUE
            and value in compact
        ):
            yield "party-value"
    for address in person.addresses:
        yield from _address_kinds(plain, address, person, profile)
    if person.date_of_birth is not None and _forbidden(profile, Label.DOB, person):
        day = person.date_of_birth
        if re.search(rf"\b0?{day.day} 0?{day.month} (?:{day.year}|{day.year % 100:02})\b", plain):
            yield "party-birth-date"


def _address_kinds(plain: str, address: Address, person: Person, profile: Profile) -> Iterator[str]:
    """Yield a safe address by any of its lines, another one by the line with the number."""
    label = Label.SAFE_LOCATION if address.safe else Label.ADDRESS
    if not _forbidden(profile, label, person):
        return
    padded = f" {plain} "
    for piece in (_plain(piece) for piece in address.text.split(",")):
        street = _DOOR.sub("", piece)
        numbered = any(map(str.isdigit, piece))
        wanted = {piece, street} if address.safe else {piece} if numbered else set()
        if any(len(one) >= _SHORTEST_VALUE and f" {one} " in padded for one in wanted):
            yield "address"
    if address.postcode:
        code = _plain(address.postcode).replace(" ", "")
        if code in plain.replace(" ", "") or (address.safe and f" {code[:-3]} " in padded):
            yield "postcode"


def _number_kinds(text: str, kept: Sequence[str]) -> Iterator[str]:
    for match in _DIGITS.finditer(_HOURS.sub("|", _unexplained(text, kept))):
        if sum(map(str.isdigit, match.group())) >= _LONG_NUMBER:
            yield "long-number"


def _postcode_kinds(text: str, kept: Sequence[str]) -> Iterator[str]:
    if _POSTCODE.search(_unexplained(text, kept).upper()):
        yield "unexplained-postcode"


def _undated(text: str, kept: Sequence[str]) -> str:
    """Return the text without the dates that stay: `May 2026` is nobody called May."""
    dates = [one for one in kept if _DATED.fullmatch(one)]
    for one in sorted(set(dates), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", "|", text)
    return text


def _unexplained(text: str, kept: Sequence[str]) -> str:
    """Return the text with every number that stays on purpose struck out.

    A stroke, not a blank: two numbers must not grow together over what stood between them.
    """
    numbered = sorted({one for one in kept if any(map(str.isdigit, one))}, key=len, reverse=True)
    for one in numbered:
        text = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", "|", text)
    return text
