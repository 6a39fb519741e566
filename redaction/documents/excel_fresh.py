"""A fresh .xlsx: values only, every text stored as text, so that nothing in it is ever computed."""

import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from redaction.documents.document import Block, Cell, Document, Shape
from redaction.documents.word_fresh import writable
from redaction.documents.zipped import reproducible

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_LONGEST_NAME = 31
_LONGEST_CELL = 32_767
"""Characters, as Excel's specifications and limits have them."""
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_FORMATS = ((datetime, "dd/mm/yyyy hh:mm"), (date, "dd/mm/yyyy"), (time, "hh:mm"))


def write_excel(document: Document) -> bytes:
    """Return the document as a .xlsx; blocks that are no sheet stand on one of their own."""
    import openpyxl  # noqa: PLC0415  # only who writes Excel needs it

    from redaction.documents.excel_in_memory import saved  # noqa: PLC0415  # as above

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for block in document.blocks:
        if block.shape is Shape.SHEET:
            _fill(book.create_sheet(_sheet_name(block.text, book)), block)
    if not book.worksheets:
        book.create_sheet("Sheet 1")
    book.properties.creator = book.properties.lastModifiedBy = ""
    return reproducible(saved(book))


def _fill(sheet: "Worksheet", block: Block) -> None:
    for down, row in enumerate(block.rows[1:], 1):
        for along, cell in enumerate(row, 1):
            if cell.text:
                _put(sheet, down, along, cell)


def _put(sheet: "Worksheet", down: int, along: int, cell: Cell) -> None:
    target = sheet.cell(row=down, column=along)
    if cell.value is not None:
        target.value = cell.value
        form = next((form for kind, form in _FORMATS if isinstance(cell.value, kind)), None)
        if form:
            target.number_format = form
        return
    # A text that begins with a sign of equality must not become a formula.
    target.value = writable(cell.text)[:_LONGEST_CELL]
    target.data_type = "s"


def _sheet_name(text: str, book: "Workbook") -> str:
    """Return a name as Excel allows it, different from the others."""
    plain = " ".join(_NOT_IN_NAMES.sub(" ", writable(text)).split())[:_LONGEST_NAME] or "Sheet"
    taken = {one.lower() for one in book.sheetnames}
    name, number = plain, 1
    while name.lower() in taken:
        number += 1
        name = f"{plain[: _LONGEST_NAME - 5]} {number}"
    return name
