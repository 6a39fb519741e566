"""Reads the rows of one CSV or XLSX file that somebody else wrote, within bounds.

Formulas are never computed: their source is a text like any other. Cells reach the caller as they
are; an error says which row and what is wrong with it, never what stands in it.
"""

import csv
import os
import stat
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Final, cast
from xml.etree.ElementTree import ParseError

MAX_FILE_BYTES: Final = 32 * 1024 * 1024
"""One export. A year of one council's tenancies with notes is a tenth of that."""
MAX_UNPACKED_BYTES: Final = 128 * 1024 * 1024
"""All parts of one XLSX together; a packed bomb promises far more."""
MAX_PARTS: Final = 1_000
"""Files inside one XLSX."""
MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 100
MAX_CELL_CHARACTERS: Final = 100_000

Cell = str | int | float | bool | datetime | date | time | timedelta | None


class SheetError(Exception):
    """What is wrong with a file, as half a sentence without any of its content."""


def read_rows(path: Path) -> Iterator[tuple[Cell, ...]]:
    """Yield the rows of a CSV file, or of the first sheet of an XLSX file.

    Raises:
        SheetError: it is not such a file, or over a bound.
        OSError: it cannot be read.

    """
    content = _read(path)
    rows = _workbook(content) if path.suffix == ".xlsx" else _csv(content)
    for number, row in enumerate(rows, start=1):
        if number > MAX_ROWS:
            raise SheetError(f"it has over {MAX_ROWS} rows")
        if len(row) > MAX_COLUMNS:
            raise SheetError(f"row {number} has over {MAX_COLUMNS} cells")
        if any(isinstance(one, str) and len(one) > MAX_CELL_CHARACTERS for one in row):
            raise SheetError(f"row {number} has a cell over {MAX_CELL_CHARACTERS} characters")
        yield row


def _read(path: Path) -> bytes:
    """Read a regular file whole; the last step of its path is not followed if it is a link."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SheetError("it is not a regular file")
        content = opened.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise SheetError(f"it is over {MAX_FILE_BYTES} bytes")
    return content


def _csv(content: bytes) -> Iterator[tuple[Cell, ...]]:
    """Yield rows of UTF-8, with or without the byte-order mark that spreadsheets write."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SheetError("it is not UTF-8") from None
    csv.field_size_limit(MAX_CELL_CHARACTERS + 1)
    try:
        yield from map(tuple, csv.reader(StringIO(text, newline=""), strict=True))
    except csv.Error:
        raise SheetError("a quoted cell does not end, so it is half written") from None


def _workbook(content: bytes) -> Iterator[tuple[Cell, ...]]:
    # A fifth of a second to import, and most brokers never read a workbook.
    from openpyxl import load_workbook  # noqa: PLC0415

    _check_archive(content)
    try:
        book = load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            for row in book.worksheets[0].iter_rows(values_only=True):
                yield _trimmed(tuple(cast("tuple[Cell, ...]", row)))
        finally:
            book.close()
    except (zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, IndexError, EOFError):
        raise SheetError("it is not a whole XLSX workbook") from None


def _check_archive(content: bytes) -> None:
    """Refuse what would unpack into too much, or declares XML entities, before it is parsed."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(one.file_size for one in parts) > MAX_UNPACKED_BYTES:
                raise SheetError(f"it would unpack into over {MAX_UNPACKED_BYTES} bytes")
            for one in parts:
                with archive.open(one) as part:
                    if b"<!DOCTYPE" in part.read(_PROLOGUE_BYTES):
                        raise SheetError("it declares XML entities")
    # zipfile raises NotImplementedError for a compression it does not have, RuntimeError for a
    # part under a password: neither is an export that we can read.
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError):
        raise SheetError("it is not a whole XLSX workbook") from None


_PROLOGUE_BYTES: Final = 4_096
"""A document type stands before the first element."""


def _trimmed(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Cut empty cells at the end, which XLSX keeps and CSV does not."""
    from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula  # noqa: PLC0415

    if any(isinstance(one, ArrayFormula | DataTableFormula) for one in row):
        raise SheetError("it holds an array formula instead of values")
    while row and row[-1] is None:
        row = row[:-1]
    return row
