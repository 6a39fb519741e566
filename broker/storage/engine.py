"""Opening the database so that a commit is durable and a read never waits for the writer."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from sqlite3 import SQLITE_BUSY
from sqlite3 import Connection as SqliteConnection
from sqlite3 import OperationalError as SqliteError

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from broker.domain.errors import LedgerUnavailableError, SettingsError
from broker.storage.tables import AnyRow, AnySelect

BUSY_TIMEOUT_MILLISECONDS = 10_000
"""How long a writer waits for another process's transaction; batches take milliseconds."""
_RETRY_SECONDS = 0.02
CONNECT_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT_MILLISECONDS = 20_000
"""A statement that takes longer is a database in trouble, and the batch is refused."""
SQLITE_READERS = 8
PAGE_BYTES = 2_048
"""Of a new SQLite file: a commit writes each page that it touched whole, an entry has one or two
kilobytes, and half of what a disclosure touches is a word in an index."""
CHECKPOINT_PAGES = 2_000
"""After how much SQLite folds its write-ahead log into the file: four megabytes, as by default."""
POSTGRESQL_CONNECTIONS = 8
"""Per process and engine; a server's default is 100 for all."""
Value = str | int | bytes | datetime | Sequence[str]
"""What a statement is given; a sequence where it looks for any one of several."""
SEQUENCER_LOCK = 0x4D415241
"""Key of the advisory lock that serialises the log's writers; "MARA" in ASCII."""


def database_url(url: str) -> URL:
    """Return the URL with the driver we use.

    Raises:
        SettingsError: not SQLite in a file and not PostgreSQL.

    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingsError("The database URL cannot be read: sqlite:///var/broker.db.") from None
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite+pysqlite")
    raise SettingsError("The database is sqlite:///<file> or postgresql://...; nothing else keeps.")


def is_sqlite(engine: Engine) -> bool:
    """Whether the database is a file of ours."""
    return engine.dialect.name == "sqlite"


def open_engine(url: str, *, writes: bool) -> Engine:
    """Return an engine whose transactions write (one at a time on SQLite) or only read."""
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed, writes=writes)
    options = f"-c synchronous_commit=on -c statement_timeout={STATEMENT_TIMEOUT_MILLISECONDS}"
    if not writes:
        options += " -c default_transaction_read_only=on"
    return create_engine(
        parsed,
        hide_parameters=True,
        pool_size=POSTGRESQL_CONNECTIONS,
        pool_pre_ping=not writes,
        isolation_level="READ COMMITTED" if writes else "REPEATABLE READ",
        connect_args={"options": options, "connect_timeout": CONNECT_TIMEOUT_SECONDS},
    )


def _open_sqlite(url: URL, *, writes: bool) -> Engine:
    file = Path(str(url.database))
    if writes:
        # The file holds sealed personal data: its owner alone may read it, from the first byte.
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=1 if writes else SQLITE_READERS,
        connect_args={"isolation_level": None, "check_same_thread": False},
    )

    def on_connect(connection: SqliteConnection, _record: ConnectionPoolEntry) -> None:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MILLISECONDS}").close()
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}").close()
        _write_ahead(connection)
        for pragma in (
            "synchronous = FULL",
            "foreign_keys = ON",
            "trusted_schema = OFF",
            # Deleted rows are written over: the file holds nothing that was destroyed.
            "secure_delete = ON",
            f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
            f"query_only = {'OFF' if writes else 'ON'}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", on_connect)
    if writes:
        event.listen(engine, "begin", on_begin)
    return engine


def _write_ahead(connection: SqliteConnection) -> None:
    """Switch the file to write-ahead logging, and wait while another process does the same.

    SQLite does not wait for this by itself: on a new file its busy handler is not called where
    waiting could be a deadlock, and of several brokers that start at once one would give up.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_MILLISECONDS / 1_000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
        except SqliteError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return


def begin_at_once(connection: Connection) -> bool:
    """Begin on SQLite unless another process is writing; return whether it was begun."""
    driver = connection.connection.driver_connection
    if driver is None:
        return False
    driver.execute("PRAGMA busy_timeout = 0").close()
    try:
        connection.begin()
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorcode", None) != SQLITE_BUSY:
            raise
        return False
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MILLISECONDS}").close()
    return True


def take_log_lock(connection: Connection) -> None:
    """Keep every other writer out until this transaction ends; SQLite's BEGIN IMMEDIATE did."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({SEQUENCER_LOCK})")


def check_durable(engine: Engine) -> None:
    """Check that the server syncs its commits.

    Raises:
        SettingsError: fsync is off, so that a power cut would lose what was acknowledged.

    """
    if is_sqlite(engine):
        return
    with reading(engine) as connection:
        if connection.scalar(text("SHOW fsync")) != "on":
            raise SettingsError("PostgreSQL runs with fsync off: turn it on and restart it.")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view of what is committed, however many statements look at it.

    Raises:
        LedgerUnavailableError: the database does not answer.

    """
    with _answering(), engine.begin() as connection:
        if is_sqlite(engine):
            # Nobody else begins on SQLite: its driver was told not to, and read_rows need not.
            connection.exec_driver_sql("BEGIN")
        yield connection


def read_rows(engine: Engine, query: AnySelect, **values: Value) -> Sequence[AnyRow]:
    """Return what one statement finds: it is consistent in itself and needs no transaction.

    Args:
        engine: one whose transactions only read.
        query: built once, because building it costs more than running it.
        values: of its parameters, by name.

    Raises:
        LedgerUnavailableError: the database does not answer.

    """
    with _answering(), engine.connect() as connection:
        return connection.execute(query, values).all()


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise LedgerUnavailableError(
            "The database does not answer: check that it runs and has room, then try again."
        ) from error
