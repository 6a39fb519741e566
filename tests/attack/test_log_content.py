"""Nothing of anybody can be read off the database file or the log lines, after a whole round."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from redaction.service import RedactionService
from tests import builders as a
from tests.api.doors import AGENCY_OF, SHIELDED, UNLISTED, Doors, new_sqlite, open_doors
from tests.desk import NOTE
from tests.mailboxes import mailbox_server

REASONS = "Her sister Wilhelmina Throssell rang in tears."
METHOD = "telephone, via Wilhelmina Throssell"
OF_THE_TESTS_CLIENT = ("httpx", "httpcore", "uvicorn.access")
"""See test_api_bad_input: the test's own client, and a log of addresses that is off."""


def _forbidden() -> Iterator[str]:
    """Yield everything that points at somebody: of the case, and of those who ask about it."""
    yield from ("MR-0417", UNLISTED, SHIELDED, *AGENCY_OF)
    for person in a.case().people:
        for name in person.names:
            yield from name.split()
        for address in person.addresses:
            yield address.text
            yield from address.text.split(", ")
            yield address.postcode or ""
        yield from (one.value for one in (*person.identifiers, *person.references))
        if person.date_of_birth:
            yield person.date_of_birth.isoformat()
    yield from ("Perpetua", "Quill", "Throssell", "Larch Court", "front desk", "Pettifer", NOTE)
    yield from ("Bran Oake", "Tobias Wren", "Sunniva Blythe", "Ottoline", "victim-not")


def _spellings(word: str) -> Iterator[bytes]:
    yield word.encode()
    yield word.casefold().encode()
    yield word.replace(" ", "").encode()
    yield word.encode("utf-16-le")


@pytest.fixture
def after_a_round(
    migrated_sqlite: Path,
    tmp_path: Path,
    redactor: RedactionService,
    caplog: pytest.LogCaptureFixture,
) -> Doors:
    """Ask, be refused, send rubbish, deliver, open, acknowledge, withdraw, read; then close."""
    caplog.set_level(logging.DEBUG)
    url = new_sqlite(migrated_sqlite, tmp_path)
    with (
        mailbox_server(tmp_path / "mailboxes") as mailbox,
        open_doors(url, tmp_path, redactor, mailbox_url=mailbox) as doors,
    ):
        _round(doors)
        (tmp_path / "kept").mkdir()
        for file in tmp_path.glob("broker.db*"):  # With the WAL, before it is folded in.
            (tmp_path / "kept" / file.name).write_bytes(file.read_bytes())
    return doors


def _round(doors: Doors) -> None:
    disclosure = doors.ask("request-0001", reasons=REASONS).json()["disclosure_id"]
    doors.ask("request-0002", case_id=SHIELDED)
    doors.ask("request-0003", "housing-2", recipient="housing-2")
    doors.ask("request-0004", case_id="Mara-Ellwood", subject_id="Mara-Ellwood")
    doors.post(b'{"Mara Ellwood": "MR-0417"}')
    assert doors.deliver() == 1
    doors.call("POST", f"/v1/disclosures/{disclosure}/acknowledgement")
    doors.call("GET", "/v1/meetings/ashmere-2026-11/cases")
    statement = {"status": "withdrawn", "method": METHOD}
    assert doors.call("POST", "/v1/cases/MR-0417/consents", "idva-1", json=statement).is_success
    assert doors.call("GET", "/v1/cases/MR-0417/timeline", "idva-1").is_success
    assert doors.call("GET", "/v1/cases/MR-0417/timeline").status_code == 404
    assert doors.furnished.store.log.verify().size == doors.size()


def test_the_database_file_names_nobody(after_a_round: Doors, tmp_path: Path) -> None:
    """Whoever steals the file, its journal included, finds no name, number, address or case id."""
    assert after_a_round
    files = list((tmp_path / "kept").iterdir())
    stored = b"".join(one.read_bytes() for one in [*files, tmp_path / "broker.db"])
    assert len(files) >= 2
    assert b"marac-research" in stored  # The words of the vocabulary can be read, as they should.
    assert {one for one in _forbidden() if any(s in stored for s in _spellings(one))} <= {""}


def test_the_log_lines_name_nobody(after_a_round: Doors, caplog: pytest.LogCaptureFixture) -> None:
    """Not even at the most talkative setting does a log line hold anything of anybody."""
    assert after_a_round
    lines = [
        f"{one.getMessage()} {one.exc_text}"
        for one in caplog.records
        if not one.name.startswith(OF_THE_TESTS_CLIENT)
    ]
    said = "\n".join(lines)
    assert {one for one in _forbidden() if one and one in said} == set()


def test_standard_output_names_nobody(
    after_a_round: Doors, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither the broker nor its redaction processes print anything."""
    assert after_a_round
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
