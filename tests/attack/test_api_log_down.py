"""When the log cannot be written nothing leaves: the answer is 503 and no mailbox is called."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from broker.api.problems import MEDIA_TYPE
from broker.domain.errors import LedgerUnavailableError
from broker.domain.words import EventKind
from broker.storage.outbox import LEASE
from redaction.service import RedactionService
from tests.api.doors import ASK, UNKNOWN_CASE, Doors, body, new_sqlite, open_doors
from tests.mailboxes import delivered, mailbox_server

DATABASE = "broker.db"

CALLS: dict[str, Callable[[Doors], httpx.Response]] = {
    "a-request": lambda doors: doors.ask("request-0001"),
    "a-refusal": lambda doors: doors.ask("request-0001", case_id=UNKNOWN_CASE),
    "a-timeline": lambda doors: doors.call("GET", "/v1/cases/MR-0417/timeline", "idva-1"),
    "a-foreign-timeline": lambda doors: doors.call("GET", "/v1/cases/MR-0417/timeline"),
    "a-list": lambda doors: doors.call("GET", "/v1/meetings/ashmere-2026-11/cases"),
    "a-consent": lambda doors: doors.call(
        "POST",
        "/v1/cases/MR-0417/consents",
        "idva-1",
        json={"status": "withdrawn", "method": "telephone"},
    ),
    "a-malformed-body": lambda doors: doors.post(b"{"),
    "a-body-too-large": lambda doors: doors.post(b" " * 70_000),
    "nobody": lambda doors: doors.http.post(f"{doors.base_url}{ASK}", json=body()),
    "no-address": lambda doors: doors.http.get(f"{doors.base_url}/nowhere"),
}


@pytest.fixture
def mailboxes(tmp_path: Path) -> Path:
    """Where the mailbox keeps what it was given."""
    return tmp_path / "mailboxes"


@pytest.fixture
def doors(
    migrated_sqlite: Path, tmp_path: Path, mailboxes: Path, redactor: RedactionService
) -> Iterator[Doors]:
    """A broker with a mailbox that is up."""
    url = new_sqlite(migrated_sqlite, tmp_path)
    with (
        mailbox_server(mailboxes) as mailbox,
        open_doors(url, tmp_path, redactor, mailbox_url=mailbox) as opened,
    ):
        yield opened


def _break(folder: Path, kinds: str) -> None:
    """Make the database refuse entries of some kinds, as a full or failing disk refuses all."""
    trigger = (
        f"CREATE TRIGGER broken BEFORE INSERT ON log_entries WHEN {kinds}"
        " BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
    )
    with closing(sqlite3.connect(folder / DATABASE, timeout=10)) as database, database:
        database.execute(trigger)


def _mend(folder: Path) -> None:
    with closing(sqlite3.connect(folder / DATABASE, timeout=10)) as database, database:
        database.execute("DROP TRIGGER broken")


@pytest.fixture(scope="module")
def silent(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, redactor: RedactionService
) -> Iterator[tuple[Doors, Path]]:
    """A broker whose log takes nothing any more, and its mailboxes."""
    folder = tmp_path_factory.mktemp("silent")
    with (
        mailbox_server(folder / "mailboxes") as mailbox,
        open_doors(
            new_sqlite(migrated_sqlite, folder), folder, redactor, mailbox_url=mailbox
        ) as opened,
    ):
        _break(folder, "1")
        yield opened, folder / "mailboxes"


@pytest.mark.parametrize("name", CALLS)
def test_without_a_log_there_is_no_answer(silent: tuple[Doors, Path], name: str) -> None:
    """Whatever is asked, what cannot be logged is not answered, refused or even rejected."""
    doors, folder = silent
    size = doors.size()
    answer = CALLS[name](doors)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json()["type"].endswith(":unavailable")
    assert "nothing was released" in answer.json()["title"]
    assert doors.deliver() == 0
    assert delivered(folder) == []
    assert doors.size() == size


@pytest.mark.parametrize("kind", [EventKind.DECISION, EventKind.DISCLOSURE])
def test_a_log_that_fails_half_way(
    doors: Doors, tmp_path: Path, mailboxes: Path, kind: EventKind
) -> None:
    """A log that fails at the decision or at the disclosure lets nothing out, then or later."""
    _break(tmp_path, f'instr(NEW.canonical, \'"kind":"{kind.value}"\')')
    assert doors.ask("request-0001").status_code == 503
    assert doors.deliver() == 0
    assert delivered(mailboxes) == []

    _mend(tmp_path)
    assert doors.deliver() == 0
    answer = doors.ask("request-0001")
    assert answer.status_code == 201
    assert doors.deliver() == 1
    assert delivered(mailboxes) == [answer.json()["disclosure_id"]]
    assert doors.furnished.store.log.verify().size == doors.size()


def test_a_delivery_that_cannot_be_logged_is_made_again(
    doors: Doors, tmp_path: Path, mailboxes: Path
) -> None:
    """A delivery is only over when the log says so; the second one changes nothing."""
    disclosure = doors.ask("request-0001").json()["disclosure_id"]
    _break(tmp_path, f'instr(NEW.canonical, \'"kind":"{EventKind.DELIVERED.value}"\')')
    with pytest.raises(LedgerUnavailableError):
        doors.deliver()
    package = (mailboxes / "ashmere-housing-la" / disclosure).read_bytes()

    _mend(tmp_path)
    doors.clock.advance(LEASE * 2)
    assert doors.deliver() == 1
    assert (mailboxes / "ashmere-housing-la" / disclosure).read_bytes() == package
    assert delivered(mailboxes) == [disclosure]


def test_a_broker_without_its_log_says_that_it_is_not_ready(doors: Doors, tmp_path: Path) -> None:
    """Health goes on, readiness does not, so that nobody is sent to a broker that cannot log."""
    with closing(sqlite3.connect(tmp_path / DATABASE, timeout=10)) as database, database:
        database.execute("ALTER TABLE log_checkpoints RENAME TO gone")
    assert doors.http.get(f"{doors.base_url}/health").status_code == 200
    answer = doors.http.get(f"{doors.base_url}/ready")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == MEDIA_TYPE


def test_an_error_nobody_foresaw_tells_nothing(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of our own is a problem document too; its words reach neither caller nor log file."""
    size = doors.size()

    def fault(*_: object) -> None:
        raise RuntimeError("Perpetua Quillfeather, 3 Larch Court")

    monkeypatch.setattr("broker.api.meetings.research_list", fault)
    answer = doors.call("GET", "/v1/meetings/ashmere-2026-11/cases")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.headers["cache-control"] == "no-store"
    assert "Larch" not in answer.text
    assert "Larch" not in caplog.text
    assert "RuntimeError at test_api_log_down.py" in caplog.text
    assert [one.kind for one in doors.since(size)] == [EventKind.REQUEST_REJECTED]
