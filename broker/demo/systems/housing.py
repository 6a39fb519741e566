"""Housing and education: systems that can only export, one file a kind, into a drop folder.

Kinds take turns between CSV and XLSX, as councils' reports do. A file is written under a temporary
name and renamed, and ends with its row count (see connectors.dropfolder).
"""

import csv
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, TYPE_STRING

from broker.domain.record import RecordItem

KINDS: Final[Mapping[str, str]] = {
    "tenancy": "tenancies",
    "household": "households",
    "arrears-finance": "rent-accounts",
    "incident-summary": "incidents",
    "child-school": "enrolments",
    "child-identity": "pupils",
}
"""Category and the kind of export it comes in."""
_COLUMNS: Final = ("record_id", "subject_ref", "title", "recorded_on", "text")
_MAX_XLSX_CHARACTERS: Final = 32_767
"""Of one cell, by the format; longer notes are exported as CSV."""

Row = tuple[str | None, ...]


def export_folder(
    folder: Path, items: tuple[RecordItem, ...], exported_at: datetime | None = None
) -> Mapping[str, object]:
    """Write one export a category; return the connector's configuration for the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = (exported_at or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    categories = sorted({str(one.category) for one in items} or KINDS)
    for number, category in enumerate(categories):
        rows = _rows([one for one in items if one.category == category])
        write = _write_xlsx if number % 2 and _fits_xlsx(rows) else _write_csv
        write(folder / f"{KINDS[category]}_{stamp}", rows)
    return {
        "kind": "dropfolder",
        "folder": str(folder),
        "exports": {KINDS[category]: category for category in categories},
    }


def _rows(items: list[RecordItem]) -> list[Row]:
    """Lay items out under one header; fields keep the order in which they first appear."""
    fields = _header(one.fields for one in items)
    rows: list[Row] = [(*_COLUMNS, *fields)]
    for one in items:
        values = dict(one.fields)
        day = one.recorded_on.isoformat() if one.recorded_on else None
        rows.append(
            (
                one.item_id,
                one.subject_ref,
                one.title,
                day,
                one.text,
                *(values.get(name) for name in fields),
            )
        )
    return [*rows, ("END-OF-EXPORT", str(len(items)))]


def _header(of_items: Iterable[tuple[tuple[str, str], ...]]) -> list[str]:
    """Return every field name, each item's in its own order as far as the items agree."""
    header: list[str] = []
    for fields in of_items:
        place = 0
        for name, _ in fields:
            if name in header:
                place = max(place, header.index(name) + 1)
            else:
                header.insert(place, name)
                place += 1
    return header


def _fits_xlsx(rows: list[Row]) -> bool:
    """Tell whether XLSX holds every cell unchanged: it has a longest cell, and one line end."""
    return all(
        len(cell) <= _MAX_XLSX_CHARACTERS
        and "\r" not in cell
        and not ILLEGAL_CHARACTERS_RE.search(cell)
        for row in rows
        for cell in row
        if cell is not None
    )


def _write_csv(base: Path, rows: list[Row]) -> None:
    """Write with a byte-order mark, as spreadsheet programs do."""
    part = base.with_suffix(".csv.part")
    with part.open("w", encoding="utf-8-sig", newline="") as opened:
        csv.writer(opened).writerows(rows)
    part.rename(base.with_suffix(".csv"))


def _write_xlsx(base: Path, rows: list[Row]) -> None:
    part = base.with_suffix(".xlsx.part")
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Export")
    for row in rows:
        cells = [WriteOnlyCell(sheet, value=value) for value in row]
        for cell, value in zip(cells, row, strict=True):
            if value is not None:
                cell.data_type = TYPE_STRING  # A note that begins with = is a note.
        sheet.append(cells)
    with part.open("wb") as opened:
        book.save(opened)
    part.rename(base.with_suffix(".xlsx"))
