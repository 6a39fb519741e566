"""Files that an export names: from their folder only, as they were when they were named."""

import os
from datetime import date
from pathlib import Path

import pytest

from broker.domain.documents import MAX_DOCUMENT_BYTES, MAX_DOCUMENTS, WhyLeftOut
from broker.domain.errors import SourceMismatchError, SourceUnavailableError
from broker.domain.ids import Category
from broker.domain.record import RecordItem, RecordQuery
from connectors.dropfolder import DropFolderConnector
from connectors.settings import connectors_from

TENANCY = Category("tenancy")
QUERY = RecordQuery(subject_ref="T-1", categories=(TENANCY,), since=date(2025, 1, 1))
LONG_AGO, EXPORTED, LATER = 1_000_000_000, 2_000_000_000, 3_000_000_000
"""Seconds since 1970."""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A drop folder beside a folder of documents, and a file that is nobody's business."""
    (tmp_path / "drop").mkdir()
    (tmp_path / "documents").mkdir()
    put(tmp_path / "secret.docx", b"keys")
    put(tmp_path / "documents" / "form.docx", b"PK form")
    return tmp_path


def put(path: Path, content: bytes, at: int = LONG_AGO) -> None:
    """Write a file as if at that time."""
    path.write_bytes(content)
    os.utime(path, (at, at))


def export(office: Path, *rows: str) -> None:
    """Write an export of tenancies whose last column names documents."""
    head = "record_id,subject_ref,title,recorded_on,text,rent,documents"
    lines = [head, *rows, f"END-OF-EXPORT,{len(rows)}"]
    put(office / "drop" / "tenancies_20330101T000000Z.csv", "\n".join(lines).encode(), EXPORTED)


def row(documents: str, day: str = "2026-01-01", person: str = "T-1") -> str:
    """One tenancy that names documents."""
    return f'R1,{person},Tenancy,{day},,paid,"{documents}"'


def connector(office: Path, documents: str | None = "documents") -> DropFolderConnector:
    """The connector of that office."""
    folder = None if documents is None else office / documents
    exports = {"tenancies": TENANCY}
    return DropFolderConnector(
        agency="a", folder=office / "drop", exports=exports, documents=folder
    )


def only(office: Path, documents: str) -> RecordItem:
    """The one entry of an export that names these documents."""
    export(office, row(documents))
    (item,) = connector(office).fetch(QUERY)
    return item


def test_an_entry_comes_with_the_files_it_names(office: Path) -> None:
    """In their order, and the column of names is no field."""
    put(office / "documents" / "Zoë's letter (2).pdf", b"%PDF-")
    item = only(office, "form.docx; Zoë's letter (2).pdf")

    assert [one.content for one in item.documents] == [b"PK form", b"%PDF-"]
    assert [one.fault for one in item.documents] == [None, None]
    assert item.fields == (("rent", "paid"),)
    assert "form" not in repr(item)


def test_without_a_folder_for_them_the_column_is_a_field(office: Path) -> None:
    """An export that was read before documents could travel is read as it was."""
    export(office, row("form.docx"))
    (item,) = connector(office, None).fetch(QUERY)

    assert item.documents == ()
    assert item.fields == (("rent", "paid"), ("documents", "form.docx"))


@pytest.mark.parametrize(
    "name",
    [
        *("../secret.docx", "/etc/passwd", "..", "sub/form.docx", "sub", "link.docx", "pipe"),
        *(".hidden.docx", "gone.docx", "x" * 300, "a\\b.docx", "linked/secret.docx"),
    ],
)
def test_no_name_leads_out_of_the_folder(office: Path, name: str) -> None:
    """A path, a link, a folder, a pipe or nothing: the entry goes without it, and says so."""
    documents = office / "documents"
    (documents / "sub").mkdir()
    put(documents / "sub" / "form.docx", b"x")
    put(documents / ".hidden.docx", b"x")
    (documents / "link.docx").symlink_to(office / "secret.docx")
    (documents / "linked").symlink_to(office)
    os.mkfifo(documents / "pipe")

    (found,) = only(office, name).documents

    assert (found.content, found.fault) == (b"", WhyLeftOut.MISSING)


def test_a_file_that_is_newer_than_its_export_is_another_file(office: Path) -> None:
    """Somebody put another letter in its place after the record named it."""
    put(office / "documents" / "form.docx", b"somebody else's", LATER)

    assert only(office, "form.docx").documents[0].fault is WhyLeftOut.CHANGED


def test_a_file_that_grows_while_it_is_read_is_not_used(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of one letter and half of another is neither."""
    real, form = os.fstat, office / "documents" / "form.docx"

    def growing(descriptor: int) -> os.stat_result:
        found = real(descriptor)
        if os.path.samestat(found, form.stat()) and found.st_size == len(b"PK form"):
            form.write_bytes(b"PK another form")
        return found

    export(office, row("form.docx"))
    monkeypatch.setattr("connectors.named_files.os.fstat", growing)
    (item,) = connector(office).fetch(QUERY)

    assert item.documents[0].fault is WhyLeftOut.CHANGED


def test_a_file_over_the_limit_is_not_read_to_its_end(office: Path) -> None:
    """It is left out by name of the reason, and the others are there."""
    with (office / "documents" / "scan.pdf").open("wb") as file:
        file.truncate(MAX_DOCUMENT_BYTES + 1)
    os.utime(office / "documents" / "scan.pdf", (LONG_AGO, LONG_AGO))

    large, form = only(office, "scan.pdf;form.docx").documents

    assert (large.content, large.fault) == (b"", WhyLeftOut.TOO_LARGE)
    assert form.content == b"PK form"


def test_more_documents_than_one_answer_may_have_stop_it(office: Path) -> None:
    """Nobody granted a whole file."""
    export(office, row(";".join(["form.docx"] * (MAX_DOCUMENTS + 1))))

    with pytest.raises(SourceMismatchError, match="narrow dates"):
        connector(office).fetch(QUERY)


def test_files_of_others_and_of_old_entries_are_never_opened(office: Path) -> None:
    """Only what the permit's person and dates cover is touched: here nothing is."""
    export(office, row("form.docx", person="T-2"), row("form.docx", day="2020-01-01"))

    assert connector(office).fetch(QUERY) == []


def test_a_folder_that_is_gone_is_not_the_same_as_no_documents(office: Path) -> None:
    """The request stops, and the check of the connector says why before anybody asks."""
    export(office, row("form.docx"))
    (office / "elsewhere").symlink_to(office / "documents")

    for place in ("nowhere", "elsewhere"):
        with pytest.raises(SourceUnavailableError, match="documents"):
            connector(office, place).fetch(QUERY)
        with pytest.raises(SourceUnavailableError, match="documents"):
            connector(office, place).check()
    assert "complete" in connector(office).check()


def test_the_configuration_names_the_folder_of_documents(office: Path) -> None:
    """One line of an operator's file, and files travel."""
    export(office, row("form.docx"))
    line = {
        "kind": "dropfolder",
        "folder": str(office / "drop"),
        "exports": {"tenancies": "tenancy"},
        "documents": str(office / "documents"),
    }
    (made,) = connectors_from({"version": 1, "connectors": {"a": line}}).values()

    assert made.fetch(QUERY)[0].documents[0].content == b"PK form"
