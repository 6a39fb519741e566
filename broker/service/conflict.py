"""Is a professional tied to somebody in the case? The abuser may be the user (rule C01)."""

import re
import unicodedata

from broker.domain.case import Case
from broker.domain.people import Address, Identifier, Person, Practitioner
from broker.domain.words import Conflict, SubjectRole

PHONE_DIGITS = 9
"""Compare the last nine digits: national and international forms of one UK number agree in them."""

# A professional named in a case is there for their work, so they are no party to it.
_PARTIES = tuple(role for role in SubjectRole if role is not SubjectRole.PROFESSIONAL)


def conflict_of(practitioner: Practitioner, case: Case) -> Conflict:
    """Return `confirmed` for a declared conflict or a shared phone, home or household.

    The same full name alone is `suspected`: people share names, and a person must look.
    """
    if case.case_id in practitioner.declared_conflicts:
        return Conflict.CONFIRMED
    parties = case.people_in(*_PARTIES)
    if any(_share_a_life(practitioner, person) for person in parties):
        return Conflict.CONFIRMED
    own_name = _plain(practitioner.name)
    if any(own_name == _plain(name) for person in parties for name in person.names):
        return Conflict.SUSPECTED
    return Conflict.NONE


def _share_a_life(practitioner: Practitioner, person: Person) -> bool:
    return bool(
        _phones(practitioner.phones) & _phones(_values(person.identifiers, "phone"))
        or _homes(practitioner.addresses) & _homes(person.addresses)
        or _household(practitioner.name, practitioner.addresses)
        & {one for name in person.names for one in _household(name, person.addresses)}
    )


def _values(identifiers: tuple[Identifier, ...], kind: str) -> tuple[str, ...]:
    return tuple(one.value for one in identifiers if one.kind == kind)


def _phones(numbers: tuple[str, ...]) -> set[str]:
    digits = (re.sub(r"\D", "", number) for number in numbers)
    return {number[-PHONE_DIGITS:] for number in digits if len(number) >= PHONE_DIGITS}


def _homes(addresses: tuple[Address, ...]) -> set[str]:
    return {_plain(address.text) for address in addresses}


def _household(name: str, addresses: tuple[Address, ...]) -> set[tuple[str, str]]:
    """Return (surname, postcode) pairs: who lives in one postcode under one surname."""
    words = _plain(name).split()
    if not words:
        return set()
    return {(words[-1], _plain(one.postcode).replace(" ", "")) for one in addresses if one.postcode}


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", letters.casefold()))
