"""Faults in a database, put there by its own triggers and by losing answers to its commits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, PoolProxiedConnection
from sqlalchemy.exc import OperationalError

from broker.storage.engine import is_sqlite
from broker.storage.tables import metadata

WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Faults in a database, put there by its own triggers: whatever writes meets them."""

    engine: Engine

    def writes_of(self, work: Callable[[], object]) -> list[tuple[str, str]]:
        """Return what some work writes: table and kind of write."""
        statements = ["CREATE TABLE seen (place TEXT)"]
        if not is_sqlite(self.engine):
            statements.append(
                "CREATE OR REPLACE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " INSERT INTO seen VALUES (TG_TABLE_NAME || ' ' || TG_OP); RETURN NULL; END $$"
            )
        places = [(table, write) for table in sorted(metadata.tables) for write in WRITES]
        self._run(*statements, *(self._trigger("see", "AFTER", *place) for place in places))
        work()
        self._run(*(self._drop("see", *place) for place in places))
        with self.engine.begin() as connection:
            found = connection.exec_driver_sql("SELECT DISTINCT place FROM seen ORDER BY 1").all()
        self._run("DROP TABLE seen")
        return [(str(place).split(" ")[0], str(place).split(" ")[1]) for (place,) in found]

    @contextmanager
    def failing(self, table: str, write: str) -> Iterator[None]:
        """Have that write fail, as a failing disk does."""
        statements = []
        if not is_sqlite(self.engine):
            statements.append(
                "CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " RAISE EXCEPTION 'disk I/O error'; END $$"
            )
        self._run(*statements, self._trigger("fail", "BEFORE", table, write))
        try:
            yield
        finally:
            self._run(self._drop("fail", table, write))

    @contextmanager
    def losing(self, number: int, *, lands: bool = True) -> Iterator[list[int]]:
        """Lose the so-manieth commit, or where it `lands` only its answer; yields how many.

        With 0 none is lost.
        """
        dialect, counted = self.engine.dialect, [0]
        commit = dialect.do_commit

        def lose(connection: PoolProxiedConnection) -> None:
            counted[0] += 1
            if counted[0] != number or lands:
                commit(connection)
            if counted[0] == number:
                raise OperationalError("COMMIT", None, OSError(5, "Input/output error"))

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(dialect, "do_commit", lose)
            yield counted

    def _trigger(self, does: str, when: str, table: str, write: str) -> str:
        if is_sqlite(self.engine):
            action = (
                f"INSERT INTO seen VALUES ('{table} {write}')"  # noqa: S608  # names of our tables
                if does == "see"
                else "SELECT RAISE(ABORT, 'disk I/O error')"
            )
            body = f"BEGIN {action}; END"
        else:
            body = f"FOR EACH ROW EXECUTE FUNCTION {does}()"
        name = f"{does}_{table}_{write}".lower()
        return f"CREATE TRIGGER {name} {when} {write} ON {table} {body}"

    def _drop(self, does: str, table: str, write: str) -> str:
        on = "" if is_sqlite(self.engine) else f" ON {table}"
        return f"DROP TRIGGER {does}_{table}_{write}{on}".lower()

    def _run(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
