"""What the broker and its redaction workers say to each other, over a pair of pipes.

DO NOT REORDER: a frame is four bytes of length (big-endian) and JSON of that length,
`[version, kind, body]`. Both ends are always the same release, so another version is an error.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, cast

from broker.domain.ids import AgencyId, SubjectId
from broker.domain.people import Address, AgencyReference, Identifier, Person
from broker.domain.words import SubjectRole

FORMAT_VERSION = 1
LENGTH_BYTES = 4
MAX_FRAME_BYTES = 64 * 1024 * 1024
"""Far above what 50,000 characters with all their findings need."""


def pack(kind: str, body: object) -> bytes:
    """Return a frame."""
    content = json.dumps([FORMAT_VERSION, kind, body]).encode()
    return len(content).to_bytes(LENGTH_BYTES, "big") + content


def unpack(content: bytes) -> tuple[str, Any]:
    """Return kind and body of a frame's content; ValueError for another version."""
    version, kind, body = json.loads(content)
    if version != FORMAT_VERSION:
        raise ValueError("a frame of another version")
    return kind, body


def people_to_json(people: Sequence[Person]) -> list[dict[str, Any]]:
    """Return people as JSON values."""
    rows = [asdict(person) for person in people]
    for row in rows:
        born = row["date_of_birth"]
        row["date_of_birth"] = born.isoformat() if born else None
    return rows


def people_from_json(rows: Sequence[dict[str, Any]]) -> tuple[Person, ...]:
    """Return the people again."""
    return tuple(_person(row) for row in rows)


def _person(row: dict[str, Any]) -> Person:
    born = cast("str | None", row["date_of_birth"])
    return Person(
        subject_id=SubjectId(row["subject_id"]),
        role=SubjectRole(row["role"]),
        names=tuple(row["names"]),
        date_of_birth=date.fromisoformat(born) if born else None,
        addresses=tuple(Address(**one) for one in row["addresses"]),
        identifiers=tuple(Identifier(**one) for one in row["identifiers"]),
        references=tuple(
            AgencyReference(agency_id=AgencyId(one["agency_id"]), value=one["value"])
            for one in row["references"]
        ),
        relation=row["relation"],
    )
