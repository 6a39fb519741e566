"""Excel: the cells that are seen travel as values; nothing is computed, hidden or linked."""

import datetime as dt
import io
from collections.abc import Callable

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName

from broker.domain.errors import RedactionError
from redaction.documents.document import Document
from redaction.documents.excel import shown
from redaction.documents.files import write
from redaction.documents.read import read
from redaction.service import RedactionService
from tests.unit.redaction.originals import redacted, residue, with_parts, zipped


def _saved(fill: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.Workbook()
    fill(book)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _texts(document: Document) -> list[str]:
    return [one.text for one in document.cells()]


def _hiding(book: openpyxl.Workbook) -> None:
    sheet = book.worksheets[0]
    sheet.title = "Visits"
    sheet.append(["Seen", "Unseen", "Also seen"])
    sheet.append(["Hidden row", "x", "x"])
    sheet.append(["Last", "Unseen", "=1+1"])
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["B"].hidden = True
    sheet["A1"].comment = Comment("She is at the refuge", "Perpetua Quillan")
    book.create_sheet("Secret").append(["Hidden sheet"])
    book.create_sheet("Deeper").append(["Very hidden sheet"])
    book["Secret"].sheet_state = "hidden"
    book["Deeper"].sheet_state = "veryHidden"
    book.defined_names["Refuge"] = DefinedName("Refuge", attr_text='"Larch Court"')


def test_what_is_hidden_or_remarked_does_not_travel() -> None:
    """Hidden sheets, rows, columns and comments stay behind, and each is counted."""
    document = read("a.xlsx", _saved(_hiding))

    assert _texts(document) == ["Visits", "Seen", "Also seen", "Last"]
    assert dict(document.left_out) == {
        "comments": 1, "formula": 1, "hidden column": 1, "hidden row": 1, "hidden sheet": 2,
    }  # fmt: skip


def test_cells_that_show_nothing_stay_behind() -> None:
    """White on white and three semicolons; white on a dark ground is a heading."""

    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.worksheets[0]
        sheet.title = "Visits"
        sheet.append(["Seen", "White", "Format", "On blue"])
        for place in ("B1", "D1"):
            sheet[place].font = Font(color="00FFFFFF")
        sheet["D1"].fill = PatternFill("solid", fgColor="001F3864")
        sheet["C1"].number_format = ";;;"

    document = read("a.xlsx", _saved(fill))

    assert [text for text in _texts(document) if text] == ["Visits", "Seen", "On blue"]
    assert dict(document.left_out) == {"hidden text": 2}


def test_rows_and_columns_of_no_size_are_hidden() -> None:
    """Nobody sees a row of height nought, whatever its mark says."""
    cells = "".join(
        f'<row r="{row}"{size}><c r="A{row}"><v>{row}1</v></c><c r="B{row}"><v>{row}2</v></c></row>'
        for row, size in ((1, ""), (2, ' ht="0" customHeight="1"'))
    )
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'<cols><col min="2" max="2" width="0"/></cols><sheetData>{cells}</sheetData></worksheet>'
    )
    made = _saved(lambda book: book.worksheets[0].append(["x"]))
    document = read("a.xlsx", with_parts(made, {"xl/worksheets/sheet1.xml": sheet}))

    assert _texts(document) == ["Sheet", "11"]
    assert dict(document.left_out) == {"hidden column": 1, "hidden row": 1}


def test_names_caches_and_links_leave_no_byte(service: RedactionService) -> None:
    """Pivot caches keep every row they once saw; none of such parts is in the fresh workbook."""
    parts: dict[str, bytes | str] = {
        "xl/pivotCache/pivotCacheRecords1.xml": "<r><s v='Larch Court'/></r>",
        "xl/externalLinks/externalLink1.xml": "<r>Larch Court</r>",
        "xl/media/image1.png": b"\x89PNG Larch Court",
        "xl/charts/chart1.xml": "<c>Larch Court</c>",
        "customXml/item1.xml": "<c>Larch Court</c>",
        "docProps/thumbnail.jpeg": b"\xff\xd8\xff Larch Court",
    }
    original = with_parts(_saved(_hiding), parts)
    done = redacted("a.xlsx", original, service)

    assert residue(original, ("Larch Court", "Secret", "refuge", "Quillan"))
    assert residue(done.content, ("Larch Court", "Secret", "refuge", "Quillan", "Unseen")) == []
    assert {what for what, _ in done.left_out} >= {"pivot table", "image", "chart", "custom data"}


def test_a_formula_travels_as_its_last_value_and_never_as_a_formula() -> None:
    """What a cell showed is data; what it computes, fetches or refers to is not."""
    original = with_parts(
        _saved(lambda book: book.worksheets[0].append(["x"])),
        {
            "xl/worksheets/sheet1.xml": (
                '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                '<sheetData><row r="1"><c r="A1"><f>SUM(B1:B9)</f><v>42</v></c>'
                '<c r="B1" t="inlineStr"><is><t>=WEBSERVICE("http://x.invalid/")</t></is></c>'
                "</row></sheetData></worksheet>"
            )
        },
    )
    fresh = write(read("a.xlsx", original))[2]
    sheet = openpyxl.load_workbook(io.BytesIO(fresh)).worksheets[0]

    assert sheet["A1"].value == 42
    assert (sheet["B1"].value, sheet["B1"].data_type) == ('=WEBSERVICE("http://x.invalid/")', "s")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (dt.datetime(2026, 5, 1, tzinfo=dt.UTC), "01/05/2026"),
        (dt.datetime(2026, 5, 1, 9, 30, tzinfo=dt.UTC), "01/05/2026 09:30"),
        (dt.date(2026, 5, 1), "01/05/2026"), (dt.time(9, 30), "09:30"), (True, "TRUE"),
        (False, "FALSE"), (12.5, "12.5"), (3.0, "3"), (7, "7"),
    ],
)  # fmt: skip
def test_values_are_read_as_a_reader_sees_them(value: dt.date, text: str) -> None:
    """A date is redacted as a date, however Excel stores it."""
    assert shown(value) == text


def test_values_that_stay_are_still_values() -> None:
    """Numbers, dates and times can still be computed with."""
    when = dt.datetime(2026, 5, 1, 9, 30)  # noqa: DTZ001  # Excel knows no zones
    row = [12.5, 3, True, when, dt.time(9, 30), dt.timedelta(hours=30), None, "Text"]
    fresh = write(read("a.xlsx", _saved(lambda book: book.worksheets[0].append(row))))[2]
    cells = [
        one.value for one in next(openpyxl.load_workbook(io.BytesIO(fresh)).worksheets[0].rows)
    ]

    assert cells == [12.5, 3, True, when, dt.time(9, 30), "1 day, 6:00:00", None, "Text"]


def test_a_date_of_birth_that_is_stored_as_a_number_goes(service: RedactionService) -> None:
    """The heading says what a column holds, whatever its cells look like."""
    born = dt.datetime(1991, 3, 14)  # noqa: DTZ001  # Excel knows no zones
    rows: list[list[str | dt.datetime | int]] = [
        ["Born", "Tenant", "Sort code"],
        [born, "Zyx", 112233],
    ]

    def fill(book: openpyxl.Workbook) -> None:
        for row in rows:
            book.worksheets[0].append(row)

    sheet = openpyxl.load_workbook(
        io.BytesIO(redacted("a.xlsx", _saved(fill), service).content)
    ).worksheets[0]

    assert [one.value for one in sheet[1]] == rows[0]
    assert [str(one.value)[:1] for one in sheet[2]] == ["[", "[", "["]


def test_names_of_sheets_stay_apart(service: RedactionService) -> None:
    """Two people's sheets are two sheets, although both names become the same words."""

    def fill(book: openpyxl.Workbook) -> None:
        for name in ("Marabelle Ellwood", "Perpetua Quillan"):
            book.create_sheet(name).append(["Nothing new."])
        book.remove(book.worksheets[0])

    fresh = redacted("a.xlsx", _saved(fill), service).content
    names = openpyxl.load_workbook(io.BytesIO(fresh)).sheetnames

    assert len(set(names)) == 2
    assert all(name.startswith("name removed") for name in names)


def test_a_workbook_that_spreads_too_far_is_refused() -> None:
    """One value in the last cell makes a grid of billions; it is refused, not walked."""
    for place in ("XFD1", "A1048576"):

        def far(book: openpyxl.Workbook, place: str = place) -> None:
            book.worksheets[0][place] = "far"
            book.worksheets[0]["GR2"] = "wide" if place != "XFD1" else None

        with pytest.raises(RedactionError, match="Split the workbook"):
            read("a.xlsx", _saved(far))


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    """One sentence, and what to do."""
    with pytest.raises(RedactionError, match=r"Save it as \.xlsx"):
        read("a.xlsx", zipped({"word/document.xml": "<a/>"}))
