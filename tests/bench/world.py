"""What both sides of the benchmark hold: the same people, cases, keys, rules and holder's database.

Two groups of cases: the steady ones keep their notes, so that what was found in them is kept too;
the notes of the fresh ones are rewritten before each measurement, so that nobody has read them.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

from broker.domain.case import Case, Meeting
from broker.domain.ids import AgencyId, MeetingId, Thumbprint
from broker.domain.package import KeyHolder, RecipientKey
from broker.domain.people import Agency, AgencyReference, AgencySystem, Practitioner
from tests import builders
from tests.bench.notes import note

CASES_PER_MEETING: Final = 20
"""About as many as one meeting hears."""
STEADY_CASES: Final = CASES_PER_MEETING
FRESH_CASES: Final = 5 * CASES_PER_MEETING
"""Also the most never-seen notes in one measurement."""
ISSUER: Final = "https://identity.ashmere.example"
HOLDER: Final = "ashmere-police"
ASKER: Final = "housing-1"
WORLD_FILE: Final = "world.json"
STRUCTURED: Final = ("risk-assessment", "court-orders")
WITH_NOTE: Final = ("risk-assessment", "incident-summary")
STRUCTURED_ONLY: Final = "structured"
UNCHANGED: Final = "unchanged note"
NEVER_SEEN: Final = "never-seen note"
KINDS: Final = {
    STRUCTURED_ONLY: (STRUCTURED, range(STEADY_CASES)),
    UNCHANGED: (WITH_NOTE, range(STEADY_CASES)),
    NEVER_SEEN: (WITH_NOTE, range(STEADY_CASES, STEADY_CASES + FRESH_CASES)),
}
"""Kinds of request: the categories asked for, and the cases asked about."""

_HOLDERS_TABLES = """
CREATE TABLE incidents (id TEXT PRIMARY KEY, subject TEXT, title TEXT, happened_on TEXT,
                        outcome TEXT, narrative TEXT);
CREATE TABLE assessments (id TEXT PRIMARY KEY, subject TEXT, title TEXT, assessed_on TEXT,
                          level TEXT, score TEXT);
CREATE TABLE orders (id TEXT PRIMARY KEY, subject TEXT, title TEXT, made_on TEXT,
                     court TEXT, until TEXT);
CREATE INDEX incidents_of ON incidents (subject);
CREATE INDEX assessments_of ON assessments (subject);
CREATE INDEX orders_of ON orders (subject);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a child process is told, as one JSON file."""

    folder: Path
    jwks_url: str
    mailbox_url: str
    issuer_jwk: dict[str, str] = field(repr=False)
    system_thumbprint: str
    recipient_jwk: str = field(repr=False)
    recipient_thumbprint: str

    @property
    def holders_database(self) -> Path:
        """Where the police keep their records."""
        return self.folder / "police.sqlite"

    def write(self) -> Path:
        """Store for a child process, and return where."""
        path = self.folder / WORLD_FILE
        members = {name: getattr(self, name) for name in self.__dataclass_fields__}
        path.write_text(json.dumps(members | {"folder": str(self.folder)}), encoding="utf-8")
        return path

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` stored."""
        members: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(**members | {"folder": Path(members["folder"])})


def agencies(world: World) -> tuple[Agency, ...]:
    """Return who holds and who asks."""
    until = datetime.now(UTC).date() + timedelta(days=200)
    made = (builders.agency("police"), builders.agency("housing-la"))
    return tuple(replace(one, agreement_until=until, mailbox_url=world.mailbox_url) for one in made)


def practitioner() -> Practitioner:
    """Return who asks and receives."""
    return builders.practitioner(ASKER)


def system(world: World) -> AgencySystem:
    """Return the asking agency's computer system."""
    return AgencySystem(
        thumbprint=Thumbprint(world.system_thumbprint),
        agency_id=practitioner().agency_id,
        name="Housing case system",
    )


def recipient_key(world: World) -> RecipientKey:
    """Return the one key that packages are sealed to."""
    now = datetime.now(UTC)
    return RecipientKey(
        thumbprint=Thumbprint(world.recipient_thumbprint),
        owner=practitioner().practitioner_id,
        agency_id=practitioner().agency_id,
        held_by=KeyHolder.PERSON,
        public_jwk=world.recipient_jwk,
        not_before=now - timedelta(days=1),
        not_after=now + timedelta(days=365),
    )


def cases() -> Iterator[Case]:
    """Yield the cases, steady ones first; the same family in each, known by another number."""
    now = datetime.now(UTC)
    taken = (builders.consent(taken_at=now - timedelta(days=7)),)
    judged = builders.risk(assessed_on=now.date() - timedelta(days=6))
    for number in range(STEADY_CASES + FRESH_CASES):
        known = AgencyReference(agency_id=AgencyId(HOLDER), value=reference(number))
        people = (
            replace(builders.victim(), references=(known,)),
            *builders.case().people[1:],
        )
        yield builders.case(case_id(number), people=people, consents=taken, risk=judged)


def meetings() -> Iterator[Meeting]:
    """Yield the meetings, each with its cases."""
    now = datetime.now(UTC)
    for first in range(0, STEADY_CASES + FRESH_CASES, CASES_PER_MEETING):
        listed = (case_id(number) for number in range(first, first + CASES_PER_MEETING))
        yield builders.meeting(
            *listed,
            meeting_id=MeetingId(meeting_id(first)),
            held_at=now + timedelta(days=7),
            opens_at=now - timedelta(days=1),
            closes_at=now + timedelta(days=6),
        )


def case_id(number: int) -> str:
    """Return the id of a case."""
    return f"MR-{number:04}"


def meeting_id(number: int) -> str:
    """Return the id of the meeting that lists a case."""
    return f"ashmere-{number // CASES_PER_MEETING}"


def reference(number: int) -> str:
    """Return how the police name the victim of a case."""
    return f"NOM-{number:04}"


def body(number: int, categories: tuple[str, ...]) -> dict[str, object]:
    """Return what is asked about the victim of one case."""
    return {
        "case_id": case_id(number),
        "subject_id": "victim",
        "purpose": "marac-research",
        "categories": list(categories),
        "holder": HOLDER,
        "recipient": ASKER,
        "meeting_id": meeting_id(number),
    }


def connectors(world: World) -> dict[str, object]:
    """Return how the broker reaches the police's database, as its settings file says it."""
    police = {
        "kind": "sql",
        "url": f"sqlite:///{world.holders_database}",
        "tables": [
            _table("incident-summary", "incidents", "happened_on", ("outcome",), "narrative"),
            _table("risk-assessment", "assessments", "assessed_on", ("level", "score")),
            _table("court-orders", "orders", "made_on", ("court", "until")),
        ],
    }
    return {"version": 1, "connectors": {HOLDER: police}}


def _table(
    category: str, table: str, day: str, fields: tuple[str, ...], text: str | None = None
) -> dict[str, object]:
    made: dict[str, object] = {
        "category": category,
        "table": table,
        "item_id": "id",
        "subject": "subject",
        "title": "title",
        "recorded_on": day,
        "fields": {name: name for name in fields},
    }
    return made if text is None else made | {"text": text}


def build_holders_database(world: World) -> None:
    """Create the police's database: an incident, an assessment and an order for each victim."""
    recorded = date.today() - timedelta(days=30)  # noqa: DTZ011  # a day of the holder's calendar
    with closing(sqlite3.connect(world.holders_database)) as database, database:
        database.executescript(_HOLDERS_TABLES)
        for number in range(STEADY_CASES + FRESH_CASES):
            who, day = reference(number), recorded.isoformat()
            database.execute(
                "INSERT INTO incidents VALUES (?, ?, ?, ?, ?, ?)",
                (f"INC-{number}", who, "Incident", day, "no further action", note(f"0/{number}")),
            )
            database.execute(
                "INSERT INTO assessments VALUES (?, ?, ?, ?, ?, ?)",
                (f"DASH-{number}", who, "Risk assessment", day, "high", "16"),
            )
            database.execute(
                "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)",
                (f"ORD-{number}", who, "Non-molestation order", day, "Family court", "next year"),
            )


def rewrite_fresh_notes(world: World, edition: int) -> None:
    """Give every fresh case a note that nobody has read; the holder's own writer does this."""
    numbers = range(STEADY_CASES, STEADY_CASES + FRESH_CASES)
    with closing(sqlite3.connect(world.holders_database)) as database, database:
        database.executemany(
            "UPDATE incidents SET narrative = ? WHERE id = ?",
            [(note(f"{edition}/{number}"), f"INC-{number}") for number in numbers],
        )
