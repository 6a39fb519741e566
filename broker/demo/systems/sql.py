"""Police and probation: case-recording databases in SQLite, which the broker may only read.

Each kind of record has a table of its own with the columns such systems have; further fields of a
record stand in `further_details`, one row each.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from broker.domain.record import RecordItem


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTable:
    """One table: its name and what it calls the columns every record has."""

    name: str
    reference: str
    person: str
    heading: str
    day: str
    narrative: str


def _table(name: str, reference: str, person: str, heading: str, day: str) -> RecordTable:
    return RecordTable(
        name=name,
        reference=reference,
        person=person,
        heading=heading,
        day=day,
        narrative="narrative",
    )


POLICE: Final[Mapping[str, RecordTable]] = {
    "incident-summary": _table(
        "incidents", "incident_ref", "nominal_ref", "closing_title", "reported_on"
    ),
    "incident-detail": _table(
        "incident_logs", "log_ref", "nominal_ref", "opening_title", "logged_on"
    ),
    "risk-assessment": _table(
        "dash_assessments", "dash_ref", "nominal_ref", "assessment", "assessed_on"
    ),
    "offending-history": _table(
        "convictions", "conviction_ref", "nominal_ref", "offence", "convicted_on"
    ),
    "intelligence": _table(
        "intelligence_logs", "log_ref", "nominal_ref", "subject", "submitted_on"
    ),
    "warning-markers": _table("warning_markers", "marker_ref", "nominal_ref", "marker", "set_on"),
    "bail-licence": _table("bail", "bail_ref", "nominal_ref", "conditions_title", "granted_on"),
    "court-orders": _table("orders", "order_ref", "nominal_ref", "order_type", "made_on"),
}
"""Category and its table in the police's record management system."""
PROBATION: Final[Mapping[str, RecordTable]] = {
    "offending-history": _table("sentences", "event_ref", "crn", "sentence", "sentenced_on"),
    "risk-assessment": _table("risk_assessments", "assessment_ref", "crn", "tool", "completed_on"),
    "release-dates": _table("releases", "release_ref", "crn", "release_type", "recorded_on"),
    "custody-location": _table("custody", "movement_ref", "crn", "establishment", "moved_on"),
    "bail-licence": _table("licences", "licence_ref", "crn", "licence_type", "issued_on"),
    "perp-programme": _table("programmes", "requirement_ref", "crn", "programme", "updated_on"),
}
"""Category and its table in probation's case management system."""
DETAILS: Final = "further_details"
SCHEMAS: Final = (POLICE, PROBATION)


def schema_for(items: Iterable[RecordItem]) -> Mapping[str, RecordTable]:
    """Return the schema that has a table for every item.

    Raises:
        ValueError: neither has.

    """
    categories = {str(one.category) for one in items}
    for schema in SCHEMAS:
        if categories <= set(schema):
            return schema
    raise ValueError(f"no SQL system keeps all of {sorted(categories)}")


def build_database(path: Path, items: tuple[RecordItem, ...]) -> Mapping[str, object]:
    """Write the database; return the connector's configuration for it."""
    schema = schema_for(items)
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        for table in schema.values():
            _create(database, table)
        for item in items:
            _insert(database, schema[item.category], item)
    return {
        "kind": "sql",
        "url": f"sqlite:///{path}",
        "tables": [_mapping(category, table) for category, table in schema.items()],
    }


def _create(database: sqlite3.Connection, table: RecordTable) -> None:
    database.execute(
        f"CREATE TABLE {table.name} ("
        f"{table.reference} TEXT PRIMARY KEY, {table.person} TEXT NOT NULL, "
        f"{table.heading} TEXT NOT NULL, {table.day} DATE, {table.narrative} TEXT)"
    )
    database.execute(f"CREATE INDEX {table.name}_by_person ON {table.name} ({table.person})")
    database.execute(
        f"CREATE TABLE {table.name}_{DETAILS} ("
        f"{table.reference} TEXT NOT NULL REFERENCES {table.name}, line INTEGER NOT NULL, "
        f"label TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY ({table.reference}, line))"
    )


def _insert(database: sqlite3.Connection, table: RecordTable, item: RecordItem) -> None:
    day = item.recorded_on.isoformat() if item.recorded_on else None
    database.execute(
        f"INSERT INTO {table.name} VALUES (?, ?, ?, ?, ?)",  # noqa: S608  # Our own table names.
        (item.item_id, item.subject_ref, item.title, day, item.text),
    )
    database.executemany(
        f"INSERT INTO {table.name}_{DETAILS} VALUES (?, ?, ?, ?)",  # noqa: S608  # As above.
        [(item.item_id, line, *one) for line, one in enumerate(item.fields, start=1)],
    )


def _mapping(category: str, table: RecordTable) -> Mapping[str, object]:
    return {
        "category": category,
        "table": table.name,
        "item_id": table.reference,
        "subject": table.person,
        "title": table.heading,
        "recorded_on": table.day,
        "text": table.narrative,
        "details": {
            "table": f"{table.name}_{DETAILS}",
            "item_id": table.reference,
            "position": "line",
            "label": "label",
            "value": "value",
        },
    }
