"""Leaving nothing of deleted rows in the database's own files.

SQLite is told to write zeros over what it deletes (see engine), so that what is left to do is to
fold the write-ahead file into the database and cut it to nothing. PostgreSQL keeps no promise of
that kind: a vacuum gives the place of deleted rows free, and the server writes over it in time.
What lies there until then is ciphertext whose key is gone (see the decision on erasure).
"""

from typing import Final

from sqlalchemy import Connection, Engine, delete, select

from broker.storage.blinding import DIRECTORY_KEY
from broker.storage.engine import is_sqlite
from broker.storage.retention_rows import sealed_tables
from broker.storage.tables import (
    cases,
    data_keys,
    emergencies,
    kept_spans,
    meetings,
    practitioners,
)

_ALSO: Final = (cases, data_keys, emergencies, kept_spans, meetings, practitioners)


def sweep(connection: Connection) -> int:
    """Delete rows whose data key is gone: a request that was under way when it was destroyed.

    They open for nobody. Returns how many there were.
    """
    known = select(data_keys.c.ref)
    gone = 0
    for table in sealed_tables():
        orphaned = (table.c.data_key != DIRECTORY_KEY) & table.c.data_key.not_in(known)
        gone += connection.execute(delete(table).where(orphaned)).rowcount
    return gone


def scrub(writer: Engine) -> bool:
    """Return whether it was done; False where a reader kept the write-ahead file."""
    return _truncate(writer) if is_sqlite(writer) else _vacuum(writer)


def _truncate(writer: Engine) -> bool:
    connection = writer.raw_connection()
    try:
        cursor = connection.cursor()
        (busy, _, _) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        cursor.close()
    finally:
        connection.close()
    return int(busy) == 0


def _vacuum(writer: Engine) -> bool:
    names = sorted({one.name for one in (*sealed_tables(), *_ALSO)})
    with writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # A vacuum of a large table takes longer than any statement of a request may.
        connection.exec_driver_sql("SET statement_timeout = 0")
        try:
            connection.exec_driver_sql(f"VACUUM {', '.join(names)}")
        finally:
            connection.exec_driver_sql("RESET statement_timeout")
    return True
