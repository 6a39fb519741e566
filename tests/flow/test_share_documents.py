"""Documents from a holder's drop folder to the recipient's hands, through the doors people take."""

import csv
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from broker.commands.saving import save_documents
from broker.domain.documents import SourceDocument
from broker.domain.words import EventKind, SubjectRole
from broker.service.register import Register
from keys.content import PackageContent
from redaction.documents.read import read
from redaction.service import RedactionService
from tests import builders as a
from tests.api.doors import new_sqlite, open_doors
from tests.mailboxes import mailbox_server
from tests.reviews import HIDDEN, Town
from tests.unit.redaction.originals import paragraph, residue, with_parts, word
from tests.unit.redaction.test_documents_shared import GONE, letter, mail, page

EXPORTED = 2_000_000_000
"""Seconds since 1970; documents are older, as they were there first."""
LOCKED = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
MACROS = SourceDocument(
    name="form.docx", content=with_parts(word(paragraph("x")), {"word/vbaProject.bin": b"x"})
)
BOMB = SourceDocument(
    name="bomb.docx", content=with_parts(word(""), {"word/document.xml": b" " * 33_000_000})
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The police's drop folder."""

    path: Path

    def export(self, *documents: SourceDocument, text: str = "Seen at the front desk.") -> None:
        """Put documents in place, then the export whose one incident names them."""
        for number, one in enumerate(documents):
            place = self.path / "documents" / f"{number} {one.name}"
            place.write_bytes(one.content)
            os.utime(place, (EXPORTED - 1, EXPORTED - 1))
        named = ";".join(f"{number} {one.name}" for number, one in enumerate(documents))
        rows = io.StringIO()
        writer = csv.writer(rows)
        writer.writerow(("record_id", "subject_ref", "title", "recorded_on", "text", "documents"))
        writer.writerow(("INC-1", "NOM-1001", "Incident", "2026-10-01", text, named))
        writer.writerow(("END-OF-EXPORT", "1"))
        place = self.path / "incidents_20330101T000000Z.csv"
        place.write_text(rows.getvalue())
        os.utime(place, (EXPORTED, EXPORTED))


@contextmanager
def _town(url: str, folder: Path, redactor: RedactionService) -> Iterator[tuple[Town, Folder]]:
    (folder / "drop" / "documents").mkdir(parents=True)
    police = {
        "kind": "dropfolder",
        "folder": str(folder / "drop"),
        "exports": {"incidents": "incident-summary"},
        "documents": str(folder / "drop" / "documents"),
    }
    with (
        mailbox_server(folder / "mailboxes") as mailbox,
        open_doors(
            url,
            folder,
            redactor,
            mailbox_url=mailbox,
            connectors={"version": 1, "connectors": {"ashmere-police": police}},
        ) as doors,
    ):
        informant = a.person(SubjectRole.INFORMANT, "Wilhelmina Throssell")
        case = a.case(version=2, people=(*a.case().people, informant))
        Register(doors.desk.ledger, doors.desk.cases, doors.clock).case(case)
        yield Town(doors=doors, mailboxes=folder / "mailboxes"), Folder(path=folder / "drop")


@pytest.fixture
def town(
    migrated_sqlite: Path, tmp_path: Path, redactor: RedactionService
) -> Iterator[tuple[Town, Folder]]:
    """A broker of the test's own, whose police answer from a drop folder."""
    with _town(new_sqlite(migrated_sqlite, tmp_path), tmp_path, redactor) as opened:
        yield opened


@pytest.fixture
def either(
    database_url: str, tmp_path: Path, redactor: RedactionService
) -> Iterator[tuple[Town, Folder]]:
    """The same, once on each database."""
    with _town(database_url, tmp_path, redactor) as opened:
        yield opened


def asked(town: Town) -> PackageContent:
    """Ask for incidents, deliver, and open what the recipient gets."""
    answer = town.doors.ask("request-0001", categories=["incident-summary"])
    assert (answer.status_code, answer.json()["status"]) == (201, "released"), answer.json()
    assert town.doors.deliver() == 1
    return town.open(answer.json()["disclosure_id"]).content


def logged(town: Town) -> dict[str, Any]:
    """What the log says of the one disclosure."""
    entries = town.doors.desk.log.entries(0, town.doors.size())
    (entry,) = (one for one in entries if one.kind is EventKind.DISCLOSURE)
    return dict(entry.detail)


def test_a_form_a_mail_and_a_pdf_reach_the_recipient_without_whoever_told(
    town: tuple[Town, Folder], tmp_path: Path
) -> None:
    """Saved and searched to the last byte: no caller, no safe address, no author, no file name."""
    opened, folder = town
    folder.export(letter(), mail(), page())

    content = asked(opened)
    saved = save_documents(content, tmp_path / "mine")

    assert [one.suffix for one in saved] == [".docx", ".eml", ".pdf"]
    for path in saved:
        assert residue(path.read_bytes(), GONE) == []
        texts = [one.text for one in read(path.name, path.read_bytes()).cells()]
        assert "Mara Ellwood moved to" in " ".join(texts)
    assert not [one for one in GONE if one in repr([p.name for p in saved]) + repr(content.items)]
    detail = logged(opened)
    assert detail["documents"] == 3
    assert "documents_left_out" not in detail
    assert detail["removed"]["safe-location"] >= 3
    (told,) = (
        one["sentence"]
        for one in opened.doors.call("GET", "/v1/cases/MR-0417/timeline", "idva-1").json()["events"]
        if "documents" in one["sentence"]
    )
    assert "incident summary, with 3 documents; " in told


def test_what_cannot_be_redacted_is_left_out_and_the_package_and_the_log_say_so(
    town: tuple[Town, Folder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bomb, macros, a file behind a password, a scan and a link: named, and never passed on."""
    opened, folder = town
    monkeypatch.setenv("PATH", "")
    scan = SourceDocument(name="scan.png", content=b"\x89PNG\r\n\x1a\n" + bytes(40))
    old = SourceDocument(name="old.docx", content=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    broken = SourceDocument(name="broken.pdf", content=LOCKED)
    gone = SourceDocument(name="gone.docx", content=b"")
    folder.export(BOMB, MACROS, old, scan, broken, gone)
    secret = folder.path.parent / "secret.docx"
    secret.write_bytes(letter().content)
    (folder.path / "documents" / "5 gone.docx").unlink()
    (folder.path / "documents" / "5 gone.docx").symlink_to(secret)

    content = asked(opened)

    (item,) = content.items
    reasons = {one.reason: one.count for one in item.left_out}
    assert item.text == "Seen at the front desk."
    assert item.documents == ()
    assert reasons == {
        "damaged": 1, "locked": 1, "macros": 1, "missing": 1, "picture": 1, "too-large": 1
    }  # fmt: skip
    assert logged(opened)["documents_left_out"] == reasons


def test_a_held_document_leaves_once_a_person_took_out_what_held_it(
    either: tuple[Town, Folder],
) -> None:
    """Shown paragraph by paragraph, edited, released; the file that leaves is the edited one."""
    town, folder = either
    folder.export(letter("She is well.", f"The caller was {HIDDEN}."))
    review = town.held()
    shown = town.look(review)
    names = [one["name"] for one in shown["texts"]]
    assert "(document 1) paragraph 2" in names
    assert not shown["releasable"]

    edited = town.take_out(review)
    assert edited["releasable"]
    answer = town.release(review, edited["digest"])
    assert answer.status_code == 201
    assert town.doors.deliver() == 1

    (item,) = town.open(answer.json()["disclosure_id"]).content.items
    (document,) = item.documents
    assert document.name == "document-1.docx"
    assert logged(town)["documents"] == 1
    assert logged(town)["removed"]["informant-identity"] >= 1


def test_a_held_document_can_be_left_out_or_refused(town: tuple[Town, Folder]) -> None:
    """The rest of the record leaves without it; refused, nothing does."""
    opened, folder = town
    folder.export(letter(f"The caller was {HIDDEN}."))
    review = opened.held()
    (head,) = (one for one in opened.look(review)["texts"] if one["name"] == "(document 1)")

    edited = opened.edit(review, left_out=[{"item": head["item"], "order": head["order"]}]).json()
    assert opened.release(review, edited["digest"]).status_code == 201
    other = opened.held("request-0002")
    assert opened.refuse(other).status_code == 201

    assert opened.doors.deliver() == 1
    assert logged(opened)["documents_left_out"] == {"reviewer": 1}
    assert "documents" not in logged(opened)


def test_nothing_of_a_document_is_on_disk_in_the_clear(
    town: tuple[Town, Folder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No temporary file, no row and no log line holds a word of it, held or released."""
    opened, folder = town
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    folder.export(letter("Zanzibar is well.", f"The caller was {HIDDEN}."))
    opened.held()
    folder.export(letter("Zanzibar is well."))
    assert opened.doors.ask("request-0003", categories=["incident-summary"]).status_code == 201

    assert list(scratch.iterdir()) == []
    kept = [one for one in tmp_path.rglob("*") if one.is_file() and folder.path not in one.parents]
    assert kept
    assert not [one for one in kept if residue(one.read_bytes(), ("Zanzibar", HIDDEN))]
