"""Excel: the cells of a .xlsx that its reader sees, as the values they show.

Formulas travel as their last value, never as formulas. Hidden sheets, rows and columns, comments,
names, pivot caches, charts, pictures and links to other files stay behind: only the parts that
hold sheets, texts and formats are handed to openpyxl at all.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from broker.domain.documents import WhyLeftOut
from broker.domain.errors import DocumentRefusedError
from redaction.documents.archive import BROKEN, DAMAGED, Archive
from redaction.documents.document import Cell, Document, Kind, Shape, Value
from redaction.documents.draft import HIDDEN_TEXT, MAX_CELLS, MAX_COLUMNS, Draft

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_READ = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/(?:workbook|sharedStrings|styles)\.xml|"
    r"xl/_rels/workbook\.xml\.rels|xl/worksheets/[\w-]+\.xml|xl/theme/[\w-]+\.xml",
    re.IGNORECASE,
)
_LEFT_BEHIND = (
    ("xl/comments", "comments"), ("xl/threadedcomments", "comments"), ("xl/pivot", "pivot table"),
    ("xl/media", "image"), ("xl/charts", "chart"), ("xl/embeddings", "embedded file"),
    ("xl/externallinks", "link to another file"), ("xl/drawings/drawing", "drawing"),
    ("customxml", "custom data"), ("xl/querytables", "query"), ("xl/connections", "query"),
)  # fmt: skip
MAX_GRID = 10 * MAX_CELLS
"""Cells between the first and the last used one of a sheet, empty ones included."""
_FORMULA = "formula"
_NO_WORKBOOK = "Save it as .xlsx and send that: this is no Excel workbook."
_SPREAD = f"Split the workbook: a sheet in it spreads over more than {MAX_COLUMNS} columns or "
_SHOWS_NOTHING, _WHITE = ";;;", "FFFFFF"
_NOT_SHOWN = frozenset({"hidden", "veryHidden"})


def read_excel(content: bytes) -> Document:
    """Return the visible sheets of a .xlsx."""
    archive = Archive(content)
    if "xl/workbook.xml" not in archive.names:
        raise DocumentRefusedError(_NO_WORKBOOK, WhyLeftOut.KIND)
    draft = Draft(Kind.EXCEL)
    for name in archive.names:
        what = next((what for start, what in _LEFT_BEHIND if name.lower().startswith(start)), None)
        draft.leave_out(what or "", int(what is not None and "/_rels/" not in name))
    kept, formulas = _only_read(archive)
    draft.leave_out(_FORMULA, formulas)
    for number, sheet in enumerate(_sheets(kept), 1):
        if sheet.sheet_state in _NOT_SHOWN:
            draft.leave_out("hidden sheet")
        else:
            _add_sheet(draft, sheet, number)
    return draft.done()


def _only_read(archive: Archive) -> tuple[bytes, int]:
    """Return a workbook of the parts that are read, each checked as XML, and count formulas."""
    formulas = 0
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as target:
        for name in sorted(archive.names):
            if _READ.fullmatch(name):
                root = archive.xml(name)
                formulas += sum(1 for _ in root.iter("{*}f")) if "/worksheets/" in name else 0
                target.writestr(name, archive.read(name))
    return kept.getvalue(), formulas


def _sheets(content: bytes) -> "list[Worksheet]":
    import openpyxl  # noqa: PLC0415  # only who reads Excel needs it

    try:
        book = openpyxl.load_workbook(
            io.BytesIO(content), data_only=True, keep_links=False, rich_text=False
        )
    except BROKEN:
        raise DocumentRefusedError(DAMAGED, WhyLeftOut.DAMAGED) from None
    return list(book.worksheets)


def _add_sheet(draft: Draft, sheet: "Worksheet", number: int) -> None:
    if sheet.max_column > MAX_COLUMNS or sheet.max_row * sheet.max_column > MAX_GRID:
        raise DocumentRefusedError(f"{_SPREAD}{MAX_GRID} cells.", WhyLeftOut.TOO_LARGE)
    columns = [at for at in range(1, sheet.max_column + 1) if not _column_hidden(sheet, at)]
    draft.leave_out("hidden column", sheet.max_column - len(columns))
    rows = []
    for at, row in enumerate(sheet.iter_rows(values_only=False), 1):
        if _row_hidden(sheet, at):
            draft.leave_out("hidden row")
        else:
            draft.leave_out(HIDDEN_TEXT, sum(_unseen(row[c - 1]) for c in columns))
            rows.append([_cell(f"sheet {number} cell {row[c - 1].coordinate}", row[c - 1])
                         for c in columns])  # fmt: skip
    title = Cell(where=f"sheet {number} name", text=str(sheet.title))
    draft.add_cells(Shape.SHEET, [[title], *_trimmed(rows)], names=1)


def _row_hidden(sheet: "Worksheet", at: int) -> bool:
    """Say whether a row is hidden, or so low that it might as well be."""
    if at not in sheet.row_dimensions:
        return bool(sheet.sheet_format.zeroHeight)
    row = sheet.row_dimensions[at]
    return bool(row.hidden) or row.height == 0


def _column_hidden(sheet: "Worksheet", at: int) -> bool:
    """Say whether a column is hidden; one entry may stand for a range of them."""
    return any(
        (one.hidden or one.width == 0) and (one.min or 0) <= at <= (one.max or 0)
        for one in sheet.column_dimensions.values()
    )


def _trimmed(rows: list[list[Cell]]) -> Iterator[list[Cell]]:
    """Yield the rows without empty cells at the end, and without empty rows at the end."""
    last = max((at for at, row in enumerate(rows) if any(one.text for one in row)), default=-1)
    for row in rows[: last + 1]:
        width = max((at for at, one in enumerate(row) if one.text), default=-1)
        yield row[: width + 1]


def _cell(where: str, cell: Any) -> Cell:  # noqa: ANN401  # openpyxl's cells and merged cells
    value = None if _unseen(cell) else cell.value
    if value is None:
        return Cell(where=where, text="")
    if isinstance(value, str):
        return Cell(where=where, text=value)
    if isinstance(value, timedelta):
        return Cell(where=where, text=str(value))
    if isinstance(value, bool | int | float | date | time):
        return Cell(where=where, text=shown(value), value=value)
    return Cell(where=where, text=str(value))


def _unseen(cell: Any) -> bool:  # noqa: ANN401  # as above
    """Say whether a cell shows nothing of what it holds: three semicolons, or white on white."""
    if cell.value is None or not cell.has_style:
        return False
    ink = cell.font.color.rgb if cell.font and cell.font.color else None
    return cell.number_format == _SHOWS_NOTHING or (
        isinstance(ink, str) and ink.upper().endswith(_WHITE) and cell.fill.fill_type is None
    )


def shown(value: Value) -> str:
    """Return a value as a British reader would write it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.strftime("%d/%m/%Y" if midnight else "%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
