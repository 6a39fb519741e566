"""Saves a workbook without a temporary file.

openpyxl writes every sheet to a file in the system's temporary folder first, in the clear, and a
process that is killed leaves it there. Here the sheet is written to memory; all else is openpyxl's.
"""

import io
import zipfile
from typing import TYPE_CHECKING

from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet


class _InMemory(ExcelWriter):
    def write_worksheet(self, ws: "Worksheet") -> None:
        """Write one sheet, as openpyxl does, but to memory."""
        # `_drawing` and `_rels` are what openpyxl notes of a sheet for the parts it writes later.
        vars(ws)["_drawing"] = SpreadsheetDrawing()
        written = io.BytesIO()
        writer = WorksheetWriter(ws, written)
        writer.write()
        vars(ws)["_rels"] = vars(writer)["_rels"]
        vars(self)["_archive"].writestr(ws.path[1:], written.getvalue())
        self.manifest.append(ws)


def saved(book: "Workbook") -> bytes:
    """Return a workbook as a .xlsx."""
    written = io.BytesIO()
    archive = zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED)
    _InMemory(book, archive).save()
    return written.getvalue()
