"""The SQL connector reads through its mapping, and only with an account that cannot write."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from broker.domain.errors import SettingsError, SourceUnavailableError
from broker.domain.ids import Category
from broker.domain.record import MAX_TEXT_CHARACTERS, RecordQuery
from connectors.conformance import Specimen, check_connector
from connectors.sql import DetailTable, SqlConnector, TableMapping
from connectors.sql_account import connect_sqlite, refuse_writers
from tests.builders import item
from tests.postgres import Server

MAPPING = TableMapping(
    category=Category("incident-summary"),
    table="incidents",
    item_id="ref",
    subject="nominal",
    title="title",
    recorded_on="day",
    text="narrative",
    fields=(("outcome", "outcome"), ("injured", "injured")),
    details=DetailTable(
        table="details", item_id="ref", position="line", label="label", value="value"
    ),
    where=(("level", "summary"),),
)
QUERY = RecordQuery(
    subject_ref="NOM-1001", categories=(Category("incident-summary"),), since=date(2025, 1, 1)
)
SCHEMA = """
CREATE TABLE incidents (ref TEXT PRIMARY KEY, nominal TEXT, title TEXT, day DATE, narrative TEXT,
                        outcome TEXT, injured BOOLEAN, level TEXT);
CREATE TABLE details (ref TEXT, line INTEGER, label TEXT, value TEXT);
INSERT INTO incidents VALUES
    ('I1', 'NOM-1001', 'Assault', '2026-01-02', 'Seen at 9.', 'NFA', NULL, 'summary'),
    ('I2', 'NOM-1001', 'Assault', '2026-01-03', 'In full.', NULL, NULL, 'detail'),
    ('I3', 'NOM-1001', 'Old', '2019-01-03', 'Long ago.', NULL, NULL, 'summary'),
    ('I4', 'NOM-1001', 'Undated', NULL, 'Some day.', NULL, NULL, 'summary'),
    ('I5', 'NOM-1002', 'Theft', '2026-01-02', 'Somebody else.', 'NFA', NULL, 'summary');
INSERT INTO details VALUES ('I1', 2, 'weapon', 'none'), ('I1', 1, 'officer', 'PC 12'),
                           ('I5', 1, 'officer', 'PC 13');
"""
FOUND = item(
    "Seen at 9.",
    item_id="I1",
    title="Assault",
    recorded_on=date(2026, 1, 2),
    fields=(("outcome", "NFA"), ("officer", "PC 12"), ("weapon", "none")),
)


@pytest.fixture
def police_file(tmp_path: Path) -> Path:
    """A police database as an SQLite file."""
    path = tmp_path / "police.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(SCHEMA)
    return path


@pytest.fixture
def police_server(postgresql: Server) -> Iterator[Server]:
    """A PostgreSQL server with one account that may only read, and some that may do more."""
    yield postgresql
    for account in ("reader", "clerk", "column_clerk", "creator", "deputy", "boss"):
        postgresql.run(f"DROP ROLE IF EXISTS {account}")


def _database(server: Server, *statements: str) -> str:
    """Return the URL of a fresh police database in which the statements were run."""
    url = server.new_database()
    with psycopg.connect(
        host=str(server.folder), user="postgres", dbname=_name(url), autocommit=True
    ) as connection:
        connection.execute(SCHEMA)
        for one in statements:
            connection.execute(one.encode())
    return url


def _connector(url: str) -> SqlConnector:
    return SqlConnector(agency="ashmere-police", url=url, tables=(MAPPING,))


def _as(account: str, url: str) -> str:
    return url.replace("postgres@", f"{account}@", 1)


def test_sqlite_rows_of_the_person_become_items(police_file: Path) -> None:
    """One person's dated rows of the mapped level come back, details in their order."""
    assert _connector(f"sqlite:///{police_file}").fetch(QUERY) == [FOUND]


def test_category_that_is_not_mapped_is_not_searched(police_file: Path) -> None:
    """What the mapping does not name cannot be read."""
    query = RecordQuery(
        subject_ref="NOM-1001", categories=(Category("intelligence"),), since=date.min
    )

    assert _connector(f"sqlite:///{police_file}").fetch(query) == ()


def test_sqlite_file_is_opened_for_reading_only(police_file: Path) -> None:
    """Even where the file could be written, the connector's own connection cannot."""
    with (
        closing(connect_sqlite(police_file)) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.execute("DELETE FROM incidents")


def test_connection_that_can_write_is_refused_and_changes_nothing(police_file: Path) -> None:
    """A connection that could change a record is closed before it reads one."""
    with closing(sqlite3.connect(police_file)) as writer:
        with pytest.raises(SourceUnavailableError, match="can write"):
            refuse_writers("sql x", make_url("sqlite:///x"), writer)  # type: ignore[arg-type]  # sqlite3's
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            writer.execute("SELECT 1")
    with closing(connect_sqlite(police_file)) as reader:
        tables = reader.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall()

    assert [name for (name,) in tables if "autoindex" not in name] == ["details", "incidents"]


def test_missing_database_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    """A wrong path does not become an empty database that holds nothing about anybody."""
    with pytest.raises(SourceUnavailableError):
        _connector(f"sqlite:///{tmp_path / 'missing.sqlite'}").fetch(QUERY)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("column", ["ref", "nominal", "day", "narrative", "outcome", "level"])
def test_mapping_that_does_not_fit_is_found_by_the_check(police_file: Path, column: str) -> None:
    """A column that was renamed is an error on the first look, not an empty record later."""
    with closing(sqlite3.connect(police_file)) as database, database:
        database.execute(f"ALTER TABLE incidents RENAME COLUMN {column} TO renamed")

    with pytest.raises(SourceUnavailableError) as failed:
        _connector(f"sqlite:///{police_file}").check()
    with pytest.raises(SourceUnavailableError):
        _connector(f"sqlite:///{police_file}").fetch(QUERY)

    assert "NOM" not in str(failed.value)


def test_text_longer_than_may_be_shared_is_read_one_character_too_far(police_file: Path) -> None:
    """A giant text is noticed by its length, without being read whole."""
    with closing(sqlite3.connect(police_file)) as database, database:
        database.execute("UPDATE incidents SET narrative = ?", ("x" * 10 * MAX_TEXT_CHARACTERS,))

    (found,) = _connector(f"sqlite:///{police_file}").fetch(QUERY)

    assert len(found.text or "") == MAX_TEXT_CHARACTERS + 1


def test_locked_database_is_an_error_within_seconds(police_file: Path) -> None:
    """A system in the middle of its own work is waited for, but not for ever."""
    with closing(sqlite3.connect(police_file)) as busy:
        busy.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SourceUnavailableError) as failed:
            _connector(f"sqlite:///{police_file}").fetch(QUERY)

    assert "NOM" not in str(failed.value)


def test_several_threads_read_at_once(police_file: Path) -> None:
    """Concurrent research of one holder gives everybody the same answer."""
    connector, answers = _connector(f"sqlite:///{police_file}"), []
    threads = [
        threading.Thread(target=lambda: answers.append(connector.fetch(QUERY))) for _ in range(12)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert answers == [[FOUND]] * 12


def test_connector_without_tables_is_refused() -> None:
    """Empty means no: a connector that maps nothing does not start."""
    with pytest.raises(SettingsError):
        SqlConnector(agency="ashmere-police", url="sqlite:///x", tables=())


def test_postgresql_account_that_can_only_select_is_used(police_server: Server) -> None:
    """An account with SELECT and nothing else passes, and keeps every promise."""
    url = _database(
        police_server, "CREATE ROLE reader LOGIN", "GRANT SELECT ON incidents, details TO reader"
    )
    try:
        connector = _connector(_as("reader", url))

        assert connector.fetch(QUERY) == [FOUND]
        findings = check_connector(connector, Specimen(subject_ref="NOM-1001", items=(FOUND,)))
        assert [one for one in findings if not one.kept] == []
    finally:
        del connector
        _drop(police_server, url)


@pytest.mark.parametrize(
    ("account", "statements"),
    [
        ("clerk", ["CREATE ROLE clerk LOGIN", "GRANT SELECT, UPDATE ON incidents TO clerk"]),
        ("clerk", ["CREATE ROLE clerk LOGIN", "GRANT SELECT, TRUNCATE ON details TO clerk"]),
        (
            "column_clerk",
            [
                "CREATE ROLE column_clerk LOGIN",
                "GRANT SELECT, UPDATE (outcome) ON incidents TO column_clerk",
            ],
        ),
        ("creator", ["CREATE ROLE creator LOGIN", "GRANT CREATE ON SCHEMA public TO creator"]),
        (
            "deputy",
            [
                "CREATE ROLE clerk",
                "GRANT SELECT, DELETE ON incidents TO clerk",
                "CREATE ROLE deputy LOGIN NOINHERIT",
                "GRANT clerk TO deputy",
            ],
        ),
        ("deputy", ["CREATE ROLE deputy LOGIN", "GRANT pg_write_all_data TO deputy"]),
        ("boss", ["CREATE ROLE boss LOGIN CREATEROLE"]),
        ("postgres", []),
    ],
)
def test_postgresql_account_that_can_write_is_refused(
    police_server: Server, account: str, statements: list[str]
) -> None:
    """An account that could change, create, or become somebody who could, reads nothing."""
    url = _database(police_server, *statements)
    try:
        with pytest.raises(SourceUnavailableError, match="can write"):
            _connector(_as(account, url)).check()
    finally:
        _drop(police_server, url)


def _drop(server: Server, url: str) -> None:
    server.run(f"DROP DATABASE {_name(url)} WITH (FORCE)")


def _name(url: str) -> str:
    return str(make_url(url).database)
