"""Children's social care: a case-recording system with a REST API (see connectors.rest).

Its records lie in an SQLite file of its own; the API pages through them for whoever holds the key.
"""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import date
from hmac import compare_digest
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from broker.domain.record import RecordItem

PAGE_SIZE: Final = 20
"""Records a page."""
API_VERSION: Final = 1


def build_records(path: Path, items: tuple[RecordItem, ...]) -> None:
    """Write the system's own database."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE records (number INTEGER PRIMARY KEY, person TEXT NOT NULL, "
            "category TEXT NOT NULL, recorded_on TEXT, document TEXT NOT NULL)"
        )
        database.execute("CREATE INDEX records_by_person ON records (person)")
        database.executemany(
            "INSERT INTO records (person, category, recorded_on, document) VALUES (?, ?, ?, ?)",
            [(one.subject_ref, one.category, _day(one), json.dumps(_record(one))) for one in items],
        )


def social_care_app(database: Path, key: str) -> Starlette:
    """Return the API over one database."""

    def records(request: Request) -> JSONResponse:
        if not compare_digest(
            request.headers.get("Authorization", "").encode(), f"Bearer {key}".encode()
        ):
            return JSONResponse({"detail": "a key is needed"}, status_code=401)
        try:
            since = date.fromisoformat(request.query_params.get("since", ""))
            cursor = int(request.query_params.get("cursor", "0"))
        except ValueError:
            return JSONResponse({"detail": "since must be a date"}, status_code=400)
        categories = request.query_params.get("category", "").split(",")
        return _answer(database, request.path_params["person"], categories, since, cursor)

    return Starlette(routes=[Route("/people/{person}/records", records)])


def _answer(
    database: Path, person: str, categories: list[str], since: date, cursor: int
) -> JSONResponse:
    marks = ",".join("?" * len(categories))
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as opened:
        known = opened.execute("SELECT 1 FROM records WHERE person = ?", (person,)).fetchone()
        rows = opened.execute(
            "SELECT number, document FROM records WHERE person = ? AND recorded_on >= ? "  # noqa: S608  # Only question marks are put in.
            f"AND number > ? AND category IN ({marks}) ORDER BY number LIMIT ?",
            (person, since.isoformat(), cursor, *categories, PAGE_SIZE + 1),
        ).fetchall()
    if not known:
        return JSONResponse({"detail": "no such person"}, status_code=404)
    page = rows[:PAGE_SIZE]
    return JSONResponse(
        {
            "version": API_VERSION,
            "person": person,
            "records": [json.loads(document) for _, document in page],
            "next": str(page[-1][0]) if len(rows) > PAGE_SIZE else None,
        }
    )


def _record(item: RecordItem) -> Mapping[str, object]:
    return {
        "id": item.item_id,
        "person": item.subject_ref,
        "category": item.category,
        "title": item.title,
        "recorded_on": _day(item),
        "fields": [{"name": name, "value": value} for name, value in item.fields],
        "text": item.text,
    }


def _day(item: RecordItem) -> str | None:
    return item.recorded_on.isoformat() if item.recorded_on else None
