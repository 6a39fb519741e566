"""Bringing a database to the schema of this version."""

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from broker.domain.errors import LedgerUnavailableError, SettingsError
from broker.storage.engine import open_engine, reading, take_log_lock
from broker.storage.tables import SCHEMA_REVISION

if TYPE_CHECKING:
    # Half a second to import, and only an upgrade needs it.
    from alembic.config import Config

_MIGRATIONS = "broker.storage:migrations"


def migrations() -> "Config":
    """Return Alembic's configuration; the scripts are in the package."""
    from alembic.config import Config  # noqa: PLC0415  # see above

    config = Config()
    config.set_main_option("script_location", _MIGRATIONS)
    config.set_main_option("path_separator", "os")
    return config


def newest_revision() -> str | None:
    """Return the revision that the packaged migrations lead to."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415  # see above

    return ScriptDirectory.from_config(migrations()).get_current_head()


def upgrade(url: str) -> None:
    """Create the tables, or bring them up to date; nothing happens when they are.

    Several brokers may call it at once: one does the work and the others wait. It is one
    transaction, so a process that dies here leaves the schema as it was.

    Raises:
        LedgerUnavailableError: the database does not answer, or there is no room.

    """
    engine = open_engine(url, writes=True)
    try:
        with engine.begin() as connection:
            take_log_lock(connection)
            if _revision(connection) == SCHEMA_REVISION:
                return
            from alembic import command  # noqa: PLC0415  # see above

            config = migrations()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (SQLAlchemyError, OSError) as error:
        raise LedgerUnavailableError(
            "The database could not be brought up to date: check that it runs and has room."
        ) from error
    finally:
        engine.dispose()


def check_revision(engine: Engine) -> None:
    """Check that the tables are of this version.

    Raises:
        SettingsError: they are not.

    """
    with reading(engine) as connection:
        found = _revision(connection)
    if found != SCHEMA_REVISION:
        raise SettingsError(
            "The database is of another version: run marac-broker database upgrade."
        )


def _revision(connection: Connection) -> str | None:
    """Return the version that the tables have; None where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(select(text("version_num FROM alembic_version")))
    return found
