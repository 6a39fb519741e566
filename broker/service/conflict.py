"""Is a professional tied to somebody in the case? The abuser may be the user (rule C01)."""

import re
import unicodedata

from broker.domain.case import Case
from broker.domain.people import Address, Agency, Identifier, Person, Practitioner
from broker.domain.words import Conflict, SubjectRole

PHONE_DIGITS = 9
"""Compare the last nine digits: national and international forms of one UK number agree in them."""

SUPPORT = ("idva-service", "refuge", "by-and-for-service", "partner-support-iss")
"""Kinds of agency that stand by the victim (domain brief 3.2 C03)."""

End = tuple[Practitioner | None, Agency | None]
"""One who asks or receives, and their agency; None for what is not registered."""

# A professional named in a case is there for their work, so they are no party to it.
_PARTIES = tuple(role for role in SubjectRole if role is not SubjectRole.PROFESSIONAL)


def conflict_between(case: Case, *ends: End) -> Conflict:
    """Return the worst of both ends; somebody who is not registered cannot be cleared."""
    people = [person for person, _ in ends if person is not None]
    if len(people) < len(ends):
        return Conflict.UNKNOWN
    found = {conflict_of(person, case) for person in people}
    if any(serves_both_sides(person, agency, case) for person, agency in ends if person):
        found.add(Conflict.DUAL_CLIENT)
    worst_first = (Conflict.CONFIRMED, Conflict.SUSPECTED, Conflict.DUAL_CLIENT)
    return next((one for one in worst_first if one in found), Conflict.NONE)


def serves_both_sides(practitioner: Practitioner, agency: Agency | None, case: Case) -> bool:
    """Whether a support agency has the victim and the perpetrator as its clients (rule C03)."""
    if agency is None or agency.kind not in SUPPORT:
        return False
    advocates = practitioner.practitioner_id == case.advocate
    return _knows(agency, case, SubjectRole.PERPETRATOR) and (
        advocates or _knows(agency, case, SubjectRole.VICTIM)
    )


def _knows(agency: Agency, case: Case, role: SubjectRole) -> bool:
    return any(one.reference_at(agency.agency_id) for one in case.people_in(role))


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
