"""Every write of every act fails once, and every commit lands although it was said to have failed.

Which writes there are is found by doing the act once with a trigger on every table: a table or a
commit that is added to an act is tried here without a change of this test.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, PoolProxiedConnection
from sqlalchemy.exc import OperationalError

from broker.domain.duties import EMERGENCY
from broker.domain.errors import LedgerUnavailableError
from broker.domain.words import EventKind
from broker.storage.engine import is_sqlite
from broker.storage.outbox import LEASE
from broker.storage.tables import metadata
from redaction.service import RedactionService
from tests.api.doors import Doors, open_doors
from tests.mailboxes import delivered, mailbox_server

UNAVAILABLE = 503
WRITES = ("INSERT", "UPDATE", "DELETE")
Act = Callable[[Doors, int], int]
"""Does something under a key of its own; returns the status that it was answered with."""


def _share(doors: Doors, number: int) -> int:
    return doors.ask(f"request-{number:04}").status_code


def _emergency(doors: Doors, number: int) -> int:
    reasons = "He is outside her door now."
    key = f"emergency-{number:04}"
    return doors.ask(key, purpose=EMERGENCY, meeting_id=None, reasons=reasons).status_code


def _deliver(doors: Doors, number: int) -> int:
    asked = doors.ask(f"delivery-{number:04}").status_code
    doors.clock.advance(2 * LEASE)
    try:
        doors.deliver()
    except LedgerUnavailableError:
        return UNAVAILABLE
    return asked


def _consent(doors: Doors, number: int) -> int:
    said = {"status": "given-explicit", "method": f"telephone {number}"}
    return doors.call("POST", "/v1/cases/MR-0417/consents", "idva-1", json=said).status_code


def _read(doors: Doors, number: int) -> int:
    del number
    return doors.call("GET", "/v1/cases/MR-0417/timeline", "idva-1").status_code


ACTS: Mapping[str, Act] = {
    "share": _share,
    "emergency": _emergency,
    "deliver": _deliver,
    "consent": _consent,
    "read": _read,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Faults in a database, put there by its own triggers: whatever writes meets them."""

    engine: Engine

    def writes_of(self, work: Callable[[], object]) -> list[tuple[str, str]]:
        """Return what some work writes: table and kind of write."""
        self._run("CREATE TABLE seen (place TEXT)")
        if not is_sqlite(self.engine):
            self._run(
                "CREATE OR REPLACE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " INSERT INTO seen VALUES (TG_TABLE_NAME || ' ' || TG_OP); RETURN NULL; END $$"
            )
        places = [(table, write) for table in sorted(metadata.tables) for write in WRITES]
        for table, write in places:
            self._trigger("see", "AFTER", table, write)
        work()
        for table, write in places:
            self._drop("see", table, write)
        with self.engine.begin() as connection:
            found = connection.exec_driver_sql("SELECT DISTINCT place FROM seen ORDER BY 1").all()
        self._run("DROP TABLE seen")
        return [(str(place).split(" ")[0], str(place).split(" ")[1]) for (place,) in found]

    @contextmanager
    def failing(self, table: str, write: str) -> Iterator[None]:
        """Have that write fail, as a failing disk does."""
        if not is_sqlite(self.engine):
            self._run(
                "CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " RAISE EXCEPTION 'disk I/O error'; END $$"
            )
        self._trigger("fail", "BEFORE", table, write)
        try:
            yield
        finally:
            self._drop("fail", table, write)

    @contextmanager
    def landing(self, number: int) -> Iterator[list[int]]:
        """Lose the answer to the so-manieth commit, which is durable; yields how many there were.

        With 0 none is lost.
        """
        dialect, counted = self.engine.dialect, [0]
        commit = dialect.do_commit

        def lose(connection: PoolProxiedConnection) -> None:
            commit(connection)
            counted[0] += 1
            if counted[0] == number:
                raise OperationalError("COMMIT", None, OSError(5, "Input/output error"))

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(dialect, "do_commit", lose)
            yield counted

    def _trigger(self, does: str, when: str, table: str, write: str) -> None:
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
        self._run(f"CREATE TRIGGER {name} {when} {write} ON {table} {body}")

    def _drop(self, does: str, table: str, write: str) -> None:
        on = "" if is_sqlite(self.engine) else f" ON {table}"
        self._run(f"DROP TRIGGER {does}_{table}_{write}{on}".lower())

    def _run(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(statement)


@pytest.fixture
def doors(database_url: str, tmp_path: Path, redactor: RedactionService) -> Iterator[Doors]:
    """A broker with a mailbox that is up, once on each database."""
    with (
        mailbox_server(tmp_path / "mailboxes") as mailbox,
        open_doors(database_url, tmp_path, redactor, mailbox_url=mailbox) as opened,
    ):
        yield opened


@pytest.mark.parametrize("name", ACTS)
def test_whatever_fails_nothing_leaves_unlogged_or_twice(
    doors: Doors, tmp_path: Path, name: str
) -> None:
    """Each write fails, each commit's answer is lost: asking again does it once, and logs it."""
    act, faults = ACTS[name], Faults(engine=doors.furnished.store.engines[0])
    numbers = iter(range(1, 1000))
    good = act(doors, next(numbers))
    writes = faults.writes_of(lambda: act(doors, next(numbers)))
    assert len(writes) >= 3
    for table, write in writes:
        number, left = next(numbers), delivered(tmp_path / "mailboxes")
        with faults.failing(table, write):
            answered = act(doors, number)
        assert answered in (UNAVAILABLE, good), (table, write)
        if name != "deliver":
            assert answered == UNAVAILABLE, (table, write)
            assert delivered(tmp_path / "mailboxes") == left
        assert act(doors, number) == good, (table, write)
    with faults.landing(0) as commits:
        act(doors, next(numbers))
    for lost in range(1, commits[0] + 1):
        number = next(numbers)
        with faults.landing(lost):
            assert act(doors, number) in (UNAVAILABLE, good)
        assert act(doors, number) == good, lost

    _check(doors, tmp_path / "mailboxes")


def _check(doors: Doors, mailboxes: Path) -> None:
    """Deliver what is left; hold the mailboxes against the log, and the log against itself."""
    doors.clock.advance(2 * LEASE)
    while doors.deliver():
        pass
    entries = doors.since(0)
    disclosed = [
        str(one.detail["disclosure"]) for one in entries if one.kind is EventKind.DISCLOSURE
    ]
    ended = [str(one.detail["disclosure"]) for one in entries if one.kind is EventKind.DELIVERED]
    asked = [one.detail["request"] for one in entries if one.kind is EventKind.DISCLOSURE]

    assert len(set(asked)) == len(asked)
    assert sorted(ended) == sorted(disclosed) == delivered(mailboxes)
    assert doors.furnished.store.log.verify().size == doors.size()
