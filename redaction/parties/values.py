"""What the record holds about a person, as patterns for every layout a note may use.

These values are known to be identifying, so a note must never leak them, whatever the general
rules for numbers and places think of it.
"""

import re
from collections.abc import Iterator
from datetime import date

from broker.domain.people import Address, Identifier, Person
from redaction.fold import fold
from redaction.labels import Label

_GAP = r"[\s.,()/_-]{0,3}"
_BEFORE, _AFTER = r"(?<![^\W_])", r"(?![^\W_])"
_SHORTEST_VALUE = 4
_POSTCODE = re.compile(
    r"(?<![^\W_])[A-Z]{1,2}\d[A-Z\d]?\s{0,2}\d[ABD-HJLNP-UW-Z]{2}(?![^\W_])", re.IGNORECASE
)
_UNIT_AND_NUMBER = re.compile(
    r"^(?:(?:flat|apartment|apt|unit|room|block)\s+\w{1,4}\b\W*)?(?:\w*\d\w*\W+)*"
    r"(?:(?:flat|apartment|apt|unit|room|block)\s+\w{1,4}\b\W*)?",
    re.IGNORECASE,
)
_KINDS = {
    "nhs-number": Label.NHS_NUMBER,
    "nino": Label.NINO,
    "pnc-id": Label.PNC_ID,
    "cro": Label.CRO,
    "crn": Label.CRN,
    "noms": Label.NOMS,
    "upn": Label.UPN,
    "phone": Label.PHONE,
    "email": Label.EMAIL,
    "handle": Label.HANDLE,
    "vehicle-reg": Label.VEHICLE_REG,
    "passport": Label.PASSPORT,
    "driving-licence": Label.DRIVING_LICENCE,
    "bank": Label.BANK,
    "case-ref": Label.CASE_REF,
    "school": Label.SCHOOL,
    "employer": Label.WORKPLACE,
    "surgery": Label.ORG,
}
_PLACES = frozenset({Label.SCHOOL, Label.WORKPLACE, Label.ORG})
_STREET_TYPES = {
    "street": "st|str", "road": "rd", "lane": "ln", "avenue": "ave|av", "close": "cl",
    "drive": "dr|drv", "court": "ct|crt", "crescent": "cres|cr", "terrace": "terr|tce|ter",
    "place": "pl", "gardens": "gdns|gdn", "grove": "gr|grv", "square": "sq", "house": "hse",
    "saint": "st", "flat": "flt|apt|apartment", "apartment": "apt|flat", "north": "n",
    "south": "s", "east": "e", "west": "w", "park": "pk", "parade": "pde", "building": "bldg",
}  # fmt: skip
_MONTHS = (
    "jan(?:uary)?", "feb(?:ruary)?", "mar(?:ch)?", "apr(?:il)?", "may", "june?", "july?",
    "aug(?:ust)?", "sept?(?:ember)?", "oct(?:ober)?", "nov(?:ember)?", "dec(?:ember)?",
)  # fmt: skip

Known = tuple[Label, re.Pattern[str]]


def known_values(person: Person) -> Iterator[Known]:
    """Yield a label and a pattern for everything the record holds about a person."""
    if person.date_of_birth is not None:
        yield Label.DOB, _birth(person.date_of_birth)
    for address in person.addresses:
        yield from _address(address)
    for identifier in person.identifiers:
        yield from _identifier(identifier)
    for reference in person.references:
        yield from _identifier(Identifier(kind="other", value=reference.value))


def _birth(day: date) -> re.Pattern[str]:
    """Match a date in every layout: numbers either way round, month names, ISO, no separator."""
    days, months = f"0?{day.day}", f"0?{day.month}"
    years = f"(?:{day.year}|'?{day.year % 100:02})"
    month = _MONTHS[day.month - 1]
    gap = r"[\s./,_-]{0,3}"
    layouts = (
        rf"{days}{gap}{months}{gap}{years}",
        rf"{day.year}{gap}{months}{gap}{days}",
        rf"{months}[\s./-]{days}[\s./-]{years}",
        rf"{days}(?:st|nd|rd|th)?(?:\s+of)?{gap}{month}{gap}{years}",
        rf"{month}{gap}{days}(?:st|nd|rd|th)?{gap}{years}",
    )
    return _compile("|".join(layouts))


def _address(address: Address) -> Iterator[Known]:
    """Yield the lines, the street without its number, the town, the postcode and its district."""
    text = fold(address.text).text
    written = _POSTCODE.search(text)
    pieces = [piece.strip() for piece in _POSTCODE.sub(" ", text).split(",") if piece.strip()]
    for position, piece in enumerate(pieces):
        numbered = any(map(str.isdigit, piece))
        town = position == len(pieces) - 1 and position > 0 and not numbered
        label = _labelled(Label.LOCATION if town else Label.ADDRESS, address)
        if numbered:
            yield label, _compile(_words(piece))
        street = _UNIT_AND_NUMBER.sub("", piece)
        if len(street) >= _SHORTEST_VALUE and any(map(str.isalpha, street)):
            yield label, _compile(_words(street))
    postcode = address.postcode or (written.group() if written else None)
    if postcode:
        yield from _postcode(postcode, address)


def _postcode(postcode: str, address: Address) -> Iterator[Known]:
    compact = re.sub(r"\W", "", fold(postcode).text)
    yield _labelled(Label.POSTCODE, address), _compile(_spread(compact))
    outward = compact[:-3]
    if len(outward) > 1:
        yield _labelled(Label.POSTCODE, address), _compile(re.escape(outward))


def _labelled(label: Label, address: Address) -> Label:
    return Label.SAFE_LOCATION if address.safe else label


def _identifier(identifier: Identifier) -> Iterator[Known]:
    label = _KINDS.get(identifier.kind, Label.ID_OTHER)
    value = fold(identifier.value).text.strip()
    compact = re.sub(r"[^\w@]", "", value)
    if len(compact) < _SHORTEST_VALUE:
        return
    if label in _PLACES:
        yield label, _compile(_words(value))
    elif label is Label.PHONE:
        yield label, _phone(compact)
    elif label in {Label.EMAIL, Label.HANDLE}:
        yield label, _compile(r"@?" + re.escape(value.lstrip("@")))
    else:
        yield label, _compile(_spread(compact))


def _phone(compact: str) -> re.Pattern[str]:
    national = re.sub(r"^(?:0044|44|0)", "", compact)
    return _compile(rf"(?:(?:\+|00)?{_GAP}44{_GAP}0?{_GAP}|0{_GAP})?{_spread(national)}")


def _spread(compact: str) -> str:
    """Allow blanks and punctuation between any two characters."""
    return _GAP.join(re.escape(one) for one in compact)


def _words(text: str) -> str:
    """Allow abbreviations of street words and any blanks or commas between words."""
    parts = []
    for word in re.findall(r"\w+(?:'\w+)*", text):
        short = _STREET_TYPES.get(word.lower())
        exact = re.escape(word).replace("'", "'?")
        parts.append(rf"(?:{exact}|{short})\.?" if short else exact)
    return r"[\s,.&-]{1,3}".join(parts)


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"{_BEFORE}(?:{pattern}){_AFTER}", re.IGNORECASE)
