"""Opens databases so that nothing can be written, and proves it on every new connection."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection

from broker.domain.errors import SourceUnavailableError

CONNECT_SECONDS: Final = 5
STATEMENT_MILLISECONDS: Final = 8_000
"""PostgreSQL ends a longer statement itself, so that an abandoned call does not linger."""
LOCK_MILLISECONDS: Final = 2_000
POOL_SIZE: Final = 8

# A session setting alone would be a promise of ours, which the account could undo. So the account
# is asked what it and every role it may become could do to any table that is not the system's own.
_WRITERS: Final = """
SELECT EXISTS (
    SELECT FROM pg_roles r
    WHERE pg_has_role(current_user, r.oid, 'MEMBER')
      AND (r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolbypassrls OR r.rolreplication
           OR EXISTS (
               SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
                 AND (c.relkind IN ('r', 'p', 'v', 'f', 'm')
                      AND has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                      OR c.relkind IN ('r', 'p', 'v', 'f', 'm')
                      AND has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE')))
           OR EXISTS (
               SELECT FROM pg_namespace n
               WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
                 AND has_schema_privilege(r.oid, n.oid, 'CREATE'))))
"""


def connect_sqlite(path: Path) -> sqlite3.Connection:
    """Open an existing file for reading only."""
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro",
        uri=True,
        timeout=LOCK_MILLISECONDS / 1000,
        check_same_thread=False,
    )


def engine_options() -> Mapping[str, Any]:
    """Return what SQLAlchemy is told about PostgreSQL: one read-only snapshot per fetch."""
    settings = {
        "default_transaction_read_only": "on",
        "statement_timeout": STATEMENT_MILLISECONDS,
        "lock_timeout": LOCK_MILLISECONDS,
    }
    return {
        "connect_args": {
            "connect_timeout": CONNECT_SECONDS,
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        },
        "isolation_level": "REPEATABLE READ",
        "hide_parameters": True,
        "pool_size": POOL_SIZE,
    }


def refuse_writers(name: str, url: URL, connection: DBAPIConnection) -> None:
    """Let a connection through only when it has been seen to be unable to write.

    Raises:
        SourceUnavailableError: it could, or that cannot be told.

    """
    can_write = _sqlite_can_write if url.drivername == "sqlite" else _postgresql_can_write
    try:
        refused = can_write(connection)
    except Exception as error:  # noqa: BLE001  # Each driver has its own; none may pass.
        connection.close()
        raise SourceUnavailableError(
            f"{name} could not show that it cannot write ({type(error).__name__}): "
            "check the database and the account."
        ) from None
    if refused:
        connection.close()
        raise SourceUnavailableError(
            f"{name} uses an account that can write: give the broker one that can only SELECT."
        )


def _sqlite_can_write(connection: DBAPIConnection) -> bool:
    cursor = connection.cursor()
    try:
        # BEGIN IMMEDIATE would prove nothing: on a read-only file it quietly begins to read.
        cursor.execute("BEGIN")
        cursor.execute("CREATE TABLE marac_broker_tries_to_write (attempt)")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
            return False
        raise
    finally:
        connection.rollback()
    return True


def _postgresql_can_write(connection: DBAPIConnection) -> bool:
    cursor = connection.cursor()
    try:
        cursor.execute(_WRITERS)
        (can_write,) = cursor.fetchone() or (True,)
    finally:
        cursor.close()
        connection.rollback()
    return bool(can_write)
