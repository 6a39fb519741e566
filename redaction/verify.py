"""The verifier: reads what is about to leave and looks for anything that is known to be forbidden.

It shares no code with detection on purpose: its own folding, its own idea of a name, of an address
and of a number. A finding holds the release for a person. Flags name the kind and the place.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from broker.domain.people import Address, Person
from redaction.doubts import REMOVED, Doubt, doubts
from redaction.labels import Label
from redaction.neutral import marked_word
from redaction.profiles import REASONS, Action, Profile
from redaction.propagate import also_words
from redaction.suspects import any_initials, initials_left
from redaction.verify_spelling import (
    as_meant,
    near,
    plain,
    shown_as_names,
    told_digits,
)

_SHORTEST_NAME = 3
_SHORTEST_VALUE = 6
"""Letters and digits of a value below which chance would find it in any text."""
_LONG_NUMBER = 6
_MARKED = "|".join(sorted(map(marked_word, Label)))
_REASONED = "|".join(sorted(REASONS))
_MARKER = re.compile(rf"\[(?:(?:{_MARKED}) removed: (?:{_REASONED})|[A-Z][a-z ]+ [2-9A-Z]{{2,}})\]")
_DIGITS = re.compile(r"\d(?:[ .-]?\d)*")
_GROUPED = re.compile(r"(?<![\w£$€.,])\d+(?:[/\\_.,-]\d+)+(?![\w%])")
_TIMES = re.compile(
    r"(?<![\d:])[0-2]?\d[:.][0-5]\d(?::[0-5]\d)?(?![\d:])|(?<![\d/.-])\d{2,3}/\d{2,3}(?![\d/.-])"
)
"""Clock times, and what is measured as two numbers: a blood pressure, `101/999`."""
_FIGURES = re.compile(r"\b\w*\d\w*\b")
_STREET_TYPES = {
    "st": "street", "str": "street", "rd": "road", "ln": "lane", "ave": "avenue", "av": "avenue",
    "cl": "close", "dr": "drive", "ct": "court", "crt": "court", "cres": "crescent",
    "terr": "terrace", "pl": "place", "gdns": "gardens", "gr": "grove", "grv": "grove",
    "sq": "square", "hse": "house", "flt": "flat", "apt": "flat", "apartment": "flat",
}  # fmt: skip
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
    shown, allowed = _marked_out(output), _allowed_parts(output.profile, people)
    names, values = _Names.of(_undated(text, output.kept), allowed), _Values.of(text)
    for person in people:
        if _forbidden(output.profile, Label.PERSON, person):
            yield from _name_kinds(names, person)
            if initials_left(shown, person.names):
                yield "party-initials"
        yield from _value_kinds(values, person, output.profile)
    yield from _number_kinds(text, output.kept)
    yield from _postcode_kinds(text, output.kept)
    yield from {one.kind for one in doubtful(output, people)}


def doubtful(output: Output, people: Sequence[Person]) -> Iterator[Doubt]:
    """Yield what may be somebody who must not be named, where strangers must not be."""
    if not _forbids_strangers(output.profile):
        return
    shown, parts = _marked_out(output), _allowed_parts(output.profile, people)
    allowed = parts.union(*map(any_initials, _allowed_names(output.profile, people)))
    for one in doubts(shown):
        if shown[one.start : one.end].lower() not in allowed:
            yield one


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """One text in the spellings in which names are looked for."""

    text: str = field(repr=False)
    words: frozenset[str] = field(repr=False)
    compact: tuple[str, ...] = field(repr=False)
    shown: frozenset[str] = field(repr=False)
    allowed: frozenset[str] = field(repr=False)

    @classmethod
    def of(cls, text: str, allowed: frozenset[str]) -> "_Names":
        words = plain(text)
        meant = as_meant(words)
        return cls(
            text=text,
            words=frozenset((*words.split(), *meant.split())),
            compact=(words.replace(" ", ""), meant.replace(" ", "")),
            shown=frozenset(shown_as_names(text)),
            allowed=allowed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Values:
    """One text in the spellings in which numbers, addresses and dates are looked for."""

    words: str = field(repr=False)
    compact: tuple[str, ...] = field(repr=False)

    @classmethod
    def of(cls, text: str) -> "_Values":
        words = plain(text)
        told = told_digits(words)
        said = " ".join(word for word in told.split() if word not in {"dot", "at"})
        return cls(
            words=_long_types(words),
            compact=tuple(one.replace(" ", "") for one in (words, told, said)),
        )


def _long_types(words: str) -> str:
    """Return plain words with the kinds of streets written out, so that `ct` is a court."""
    return " ".join(_STREET_TYPES.get(word, word) for word in words.split())


def _forbids_strangers(profile: Profile) -> bool:
    return profile.cell(Label.PERSON, ()).action is not Action.KEEP


def _marked_out(output: Output) -> str:
    """Return the text with markers and everything that stays on purpose struck out, as long."""
    text = _MARKER.sub(lambda match: REMOVED * len(match.group()), output.text)
    for one in sorted(set(output.kept), key=len, reverse=True):
        if any(map(str.isalpha, one)):
            text = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", "|" * len(one), text)
    return text


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


def _allowed_names(profile: Profile, people: Sequence[Person]) -> list[str]:
    allowed = [one for one in people if not _forbidden(profile, Label.PERSON, one)]
    return [name for person in allowed for name in person.names]


def _parts(person: Person) -> set[str]:
    return {part for name in person.names for part in plain(name).split()}


def _name_kinds(names: _Names, person: Person) -> Iterator[str]:
    for name in person.names:
        whole = plain(name).replace(" ", "")
        if len(whole) >= _SHORTEST_VALUE and any(whole in one for one in names.compact):
            yield "party-name"
    for part in _parts(person) - names.allowed:
        if len(part) < _SHORTEST_NAME:
            continue
        plural = len(part) > _SHORTEST_NAME and part + "s" in names.words
        if part in names.words or plural:
            if part not in also_words() or _capitalised(names.text, part):
                yield "party-name"
        elif part not in also_words() and _misspelt(part, names):
            yield "party-name"


def _misspelt(part: str, names: _Names) -> bool:
    return any(near(word, part) for word in names.shown - names.allowed)


def _capitalised(text: str, part: str) -> bool:
    """Say whether an everyday word stands with a capital where no sentence begins."""
    pattern = rf"(?<![.!?:\n]\s)(?<!\A)\b(?:{part.capitalize()}|{part.upper()})\b"
    return re.search(pattern, text) is not None


def _value_kinds(values: _Values, person: Person, profile: Profile) -> Iterator[str]:
    for identifier in person.identifiers:
        label = _VALUES.get(identifier.kind, Label.ID_OTHER)
        value = plain(identifier.value).replace(" ", "")
        value = value.removeprefix("44").removeprefix("0") if label is Label.PHONE else value
        if (
            _forbidden(profile, label, person)
            and len(value) >= _SHORTEST_VALUE
            and any(value in one for one in values.compact)
        ):
            yield "party-value"
    for address in person.addresses:
        yield from _address_kinds(values, address, person, profile)
    born = person.date_of_birth if _forbidden(profile, Label.DOB, person) else None
    if born is not None and re.search(_birth(born), values.words):
        yield "party-birth-date"


def _birth(day: date) -> str:
    """Return a pattern for a date in plain words: numbers either way round, or with its month."""
    days, months = f"0?{day.day}", f"0?{day.month}"
    years = f"(?:{day.year}|{day.year % 100:02})"
    month = f"{day:%B}".lower()
    named = f"(?:{month}|{month[:3]}|{month[:4]})"
    nth = f"{days}(?:st|nd|rd|th)?"
    return (
        rf"\b(?:{days} {months} {years}|{day.year} {months} {days}|{months} {days} {years}"
        rf"|{nth} (?:of )?{named} {years}|{named} (?:the )?{nth} {years}|{nth}{named}{years}"
        rf"|{day:%d%m%Y}|{day:%d%m%y}|{day:%Y%m%d})\b"
    )


def _address_kinds(
    values: _Values, address: Address, person: Person, profile: Profile
) -> Iterator[str]:
    """Yield an address by the line with its number or by its street, a safe one by any line."""
    label = Label.SAFE_LOCATION if address.safe else Label.ADDRESS
    if not _forbidden(profile, label, person):
        return
    padded = f" {values.words} "
    for piece in (_long_types(plain(piece)) for piece in address.text.split(",")):
        street = _DOOR.sub("", piece)
        numbered = any(map(str.isdigit, piece))
        wanted = {piece, street} if address.safe or numbered else set()
        if any(len(one) >= _SHORTEST_VALUE and f" {one} " in padded for one in wanted):
            yield "address"
    if address.postcode:
        code = plain(address.postcode).replace(" ", "")
        if code in values.compact[0] or (address.safe and f" {code[:-3]} " in padded):
            yield "postcode"


def _number_kinds(text: str, kept: Sequence[str]) -> Iterator[str]:
    shown = _TIMES.sub("|", _HOURS.sub("|", _unexplained(text, kept)))
    for match in (*_DIGITS.finditer(shown), *_GROUPED.finditer(shown)):
        if sum(map(str.isdigit, match.group())) >= _LONG_NUMBER:
            yield "long-number"
    if re.search(rf"\d{{{_LONG_NUMBER}}}", told_digits(_FIGURES.sub(" ", plain(shown)))):
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
