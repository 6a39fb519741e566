"""Nothing of anybody can be read off the database file or the log lines, after a whole round."""

import base64
import logging
from collections.abc import Iterator
from dataclasses import dataclass
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
"""See watched.py: the test's own client, and a log of addresses that is off."""


SHORTEST = 6
"""Shorter words turn up by chance, in random bytes or as a part of others (marac-research)."""


def _forbidden() -> set[str]:
    """Return what points at somebody: of the case, and of those who ask about it."""
    found = {"MR-0417", UNLISTED, SHIELDED, *AGENCY_OF, REASONS, METHOD, NOTE}
    found |= {"Perpetua", "Throssell", "Larch Court", "front desk", "Pettifer"}
    found |= {"Bran Oake", "Tobias Wren", "Sunniva", "Ottoline"}
    for person in a.case().people:
        addresses = person.addresses
        found |= {word for name in person.names for word in (name, *name.split())}
        found |= {part for one in addresses for part in (one.text, *one.text.split(", "))}
        found |= {one.postcode for one in addresses if one.postcode}
        found |= {one.value for one in person.identifiers}
        found |= {one.value for one in person.references}
        found |= {person.date_of_birth.isoformat()} if person.date_of_birth else set()
    return {one for one in found if len(one) >= SHORTEST}


def _spellings(word: str) -> Iterator[bytes]:
    for one in (word, word.casefold(), word.replace(" ", "")):
        encoded = one.encode()
        yield encoded
        yield one.encode("utf-16-le")
        if len(encoded) >= SHORTEST:  # Four signs of base64 turn up by chance in any database.
            yield base64.b64encode(encoded[: len(encoded) // 3 * 3])


class _Kept(logging.Handler):
    """Keeps every line, rendered."""

    def __init__(self) -> None:
        """Take every level."""
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep, unless it is the test's own client that speaks."""
        if not record.name.startswith(OF_THE_TESTS_CLIENT):
            self.lines.append(f"{record.getMessage()} {record.exc_info}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a round leaves behind."""

    stored: bytes
    lines: str


@pytest.fixture(scope="module")
def left(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, redactor: RedactionService
) -> Iterator[Left]:
    """Ask, be refused, send rubbish, deliver, acknowledge, withdraw, read; then look."""
    folder, kept, root = tmp_path_factory.mktemp("round"), _Kept(), logging.getLogger()
    level = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    try:
        with (
            mailbox_server(folder / "mailboxes") as mailbox,
            open_doors(
                new_sqlite(migrated_sqlite, folder), folder, redactor, mailbox_url=mailbox
            ) as doors,
        ):
            _round(doors)
            # With the write-ahead log, before it is folded in, and again afterwards.
            stored = [one.read_bytes() for one in folder.glob("broker.db*")]
        stored.append((folder / "broker.db").read_bytes())
        yield Left(stored=b"".join(stored), lines="\n".join(kept.lines))
    finally:
        root.removeHandler(kept)
        root.setLevel(level)


def _round(doors: Doors) -> None:
    disclosure = doors.ask("request-0001", reasons=REASONS).json()["disclosure_id"]
    doors.ask("request-0002", case_id=SHIELDED)
    doors.ask("request-0003", "housing-2", recipient="housing-2")
    doors.ask("request-0004", case_id="Mara-Ellwood", subject_id="Mara-Ellwood")
    doors.ask("request-0005", purpose="mara-ellwood", categories=["mara-ellwood"])
    doors.ask("request-0006", meeting_id="mara-ellwood")
    doors.post(b'{"Mara Ellwood": "MR-0417"}')
    assert doors.deliver() == 1
    doors.call("POST", f"/v1/disclosures/{disclosure}/acknowledgement")
    doors.call("GET", "/v1/meetings/ashmere-2026-11/cases")
    statement = {"status": "withdrawn", "method": METHOD}
    assert doors.call("POST", "/v1/cases/MR-0417/consents", "idva-1", json=statement).is_success
    assert doors.call("GET", "/v1/cases/MR-0417/timeline", "idva-1").is_success
    assert doors.call("GET", "/v1/cases/MR-0417/timeline").status_code == 404
    assert doors.furnished.store.log.verify().size == doors.size()


def test_the_database_file_names_nobody(left: Left) -> None:
    """Whoever steals the file, its journal included, finds no name, number, address or case id."""
    assert b"marac-research" in left.stored  # The vocabulary's words can be read, as they should.
    found = {one for one in _forbidden() if any(each in left.stored for each in _spellings(one))}
    assert found == set()


def test_the_log_lines_name_nobody(left: Left) -> None:
    """Not even at the most talkative setting does a log line hold anything of anybody."""
    assert left.lines
    assert {one for one in _forbidden() if one.casefold() in left.lines.casefold()} == set()
