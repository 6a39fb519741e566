"""How people come in and receipts go out, the same for notes and for documents.

DO NOT RENAME the keys: other people's scripts use them (design section 11).
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from broker.domain.ids import SubjectId
from broker.domain.people import Address, Identifier, Person
from broker.domain.record import Redaction, RedactionReceipt
from broker.domain.words import SubjectRole

RECEIPT_VERSION = 1


def people_of(parties: object) -> tuple[Person, ...]:
    """Return the people of a list of parties; TypeError says what is wrong with it."""
    if not isinstance(parties, list):
        raise TypeError("parties is not a list")
    return tuple(
        _person(party, position)
        for position, party in enumerate(parties)
        if not isinstance(party, dict) or party.get("on_case", True) is not False
    )


def _person(party: object, position: int) -> Person:
    if not isinstance(party, dict):
        raise TypeError("a party is not an object")
    role = party.get("role")
    if role not in tuple(SubjectRole):
        raise TypeError(f"a party's role is not one of {', '.join(SubjectRole)}")
    names = _texts(party, "names")
    return Person(
        subject_id=SubjectId(f"party-{position}"),
        role=SubjectRole(role),
        names=names,
        identifiers=tuple(Identifier(kind="other", value=v) for v in _texts(party, "identifiers")),
        addresses=tuple(Address(text=text) for text in _texts(party, "addresses")),
    )


def text_of(stored: Mapping[str, Any], key: str) -> str:
    """Return a text; TypeError where it is missing or something else."""
    value = stored.get(key)
    if not isinstance(value, str):
        raise TypeError(f"{key} is missing or no text")
    return value


def _texts(stored: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = stored.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError(f"{key} is not a list of texts")
    return tuple(value for value in values if value.strip())


def span_row(one: Redaction) -> dict[str, Any]:
    """Return one removal as JSON."""
    role = {} if one.party_role is None else {"party_role": one.party_role}
    return {
        "start": one.start,
        "end": one.end,
        "label": one.label,
        **role,
        "reason": one.reason,
        "replacement": one.replacement,
    }


def receipt_row(made: RedactionReceipt, flags: tuple[str, ...]) -> dict[str, Any]:
    """Return the receipt as JSON. Its salt stays behind: with it, names could be guessed."""
    return {
        "version": RECEIPT_VERSION,
        "profile": made.profile,
        "engine_version": made.engine_version,
        "counts": dict(made.counts()),
        "rules": [one.rule for one in made.removals],
        "commitments": [one.commitment for one in made.removals],
        "salt_sha256": hashlib.sha256(made.salt).hexdigest(),
        "flags": list(flags),
    }
