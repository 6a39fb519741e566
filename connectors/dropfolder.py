"""Reads exports that an agency drops into a folder: one kind of record a file, CSV or XLSX.

Format 1; columns may be added, these never renamed:
    <kind>_<YYYYMMDDTHHMMSSZ>.csv or .xlsx, written under another name and then renamed
    header      record_id, subject_ref, title, recorded_on, text, then one column a field
    recorded_on an ISO 8601 date, or a date cell
    documents   where the connector has a folder of documents: names of files in it, `;` between
                them; each is put in place before the export that names it
    last row    END-OF-EXPORT and the number of rows before it

The newest export of a kind counts, by the time in its name. A file without its last row is half
written. Nothing is kept between two requests: the file holds people nobody asked about.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

from broker.domain.documents import MAX_DOCUMENTS, MAX_DOCUMENTS_BYTES, SourceDocument
from broker.domain.errors import SettingsError, SourceMismatchError, SourceUnavailableError
from broker.domain.ids import Category
from broker.domain.record import RecordItem, RecordQuery
from connectors.named_files import names_in, opened, read_named
from connectors.sheets import Cell, SheetError, read_rows

COLUMNS: Final = ("record_id", "subject_ref", "title", "recorded_on", "text")
DOCUMENTS: Final = "documents"
"""The column of file names; a field like any other where the connector has no folder for them."""
END_MARK: Final = "END-OF-EXPORT"
MAX_FILES: Final = 10_000
"""Entries of the folder that are looked at; old exports must be cleared away before that."""
_EXPORT: Final = re.compile(r"([a-z][a-z0-9-]{0,63})_(\d{8}T\d{6}Z)\.(csv|xlsx)")
_FORMULA: Final = re.compile(r"[=@\t\r]|[+-][A-Za-z(]")
"""What a spreadsheet takes for the beginning of a formula; `- milk` and `+44 20` are not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One file: its kind's newest; `documents` says whether its entries may name files."""

    path: Path
    category: Category
    documents: bool = False


class DropFolderConnector:
    """Implements `ports.Connector` over a folder of exports."""

    def __init__(
        self,
        *,
        agency: str,
        folder: Path,
        exports: Mapping[str, Category],
        documents: Path | None = None,
    ) -> None:
        """Take the folder, which kind of file holds which category, and where documents lie."""
        if not exports:
            raise SettingsError(f"The drop folder of {agency} maps no export: name at least one.")
        self._name = f"dropfolder {agency}"
        self._folder = folder
        self._exports = dict(exports)
        self._documents = documents

    def __repr__(self) -> str:
        """Name the system."""
        return f"DropFolderConnector({self._name!r})"

    @property
    def name(self) -> str:
        """Kind and agency."""
        return self._name

    def fetch(self, query: RecordQuery) -> Sequence[RecordItem]:
        """Return the person's dated rows of the asked categories, with the files they name."""
        wanted = {kind: one for kind, one in self._exports.items() if one in query.categories}
        found: list[RecordItem] = []
        for export in self._newest(wanted):
            # Before it is read: a file may be as new as the export that names it, and no newer.
            written = self._written(export)
            rows = [
                item
                for item in self._items(export, query.subject_ref)
                if item.recorded_on is not None and item.recorded_on >= query.since
            ]
            found += rows if self._documents is None else self._filled(rows, written)
        return found

    def check(self) -> str:
        """Read every newest export to its end."""
        newest = self._newest(self._exports)
        with self._opened():
            pass
        for export in newest:
            for _ in self._items(export, ""):
                raise SourceUnavailableError(
                    f"{self._name} has rows without subject_ref in {export.path.name}: correct it."
                )
        return f"{self._name} holds {len(newest)} complete exports."

    def _newest(self, wanted: Mapping[str, Category]) -> list[Export]:
        """Return the newest export of each wanted kind.

        Raises:
            SourceUnavailableError: a kind has none, which is not the same as nothing held.

        """
        stamps: dict[str, tuple[str, Path]] = {}
        for path in self._files():
            matched = _EXPORT.fullmatch(path.name)
            if matched and matched[1] in wanted:
                stamps[matched[1]] = max(stamps.get(matched[1], ("", path)), (matched[2], path))
        missing = sorted(set(wanted) - set(stamps))
        if missing:
            raise SourceUnavailableError(
                f"{self._name} has no export of {missing[0]}: ask the agency to send one."
            )
        documents = self._documents is not None
        return [
            Export(path=stamps[kind][1], category=one, documents=documents)
            for kind, one in wanted.items()
        ]

    def _written(self, export: Export) -> int:
        try:
            return export.path.lstat().st_mtime_ns
        except OSError as error:
            raise self._unusable(export, type(error).__name__) from None

    def _filled(self, rows: Sequence[RecordItem], written: int) -> Iterator[RecordItem]:
        """Yield the rows with the content of the files they name.

        Raises:
            SourceMismatchError: more files than one answer may have.
            SourceUnavailableError: their folder cannot be opened.

        """
        if sum(len(one.documents) for one in rows) > MAX_DOCUMENTS:
            raise SourceMismatchError(
                f"{self._name} names over {MAX_DOCUMENTS} documents: narrow dates or categories."
            )
        room = MAX_DOCUMENTS_BYTES
        with self._opened() as within:
            for row in rows:
                read = []
                for one in row.documents:
                    read.append(read_named(within, one.name, written, room))
                    room -= len(read[-1].content)
                yield replace(row, documents=tuple(read))

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """Hold the folder of documents open."""
        try:
            held = opened(self._documents or self._folder)
        except OSError as error:
            raise SourceUnavailableError(
                f"{self._name} cannot open its documents ({type(error).__name__}): check where."
            ) from None
        try:
            yield held
        finally:
            os.close(held)

    def _files(self) -> Iterator[Path]:
        """Yield regular files; links could point at anything this process can read."""
        try:
            for count, path in enumerate(self._folder.iterdir()):
                if count >= MAX_FILES:
                    raise SourceUnavailableError(
                        f"{self._name} holds over {MAX_FILES} files: clear old exports away."
                    )
                if path.is_file() and not path.is_symlink():
                    yield path
        except OSError as error:
            raise SourceUnavailableError(
                f"{self._name} cannot be opened ({type(error).__name__}): check the folder."
            ) from None

    def _items(self, export: Export, subject_ref: str) -> list[RecordItem]:
        try:
            return list(_matching(export, subject_ref))
        except (OSError, SheetError) as error:
            said = str(error) if isinstance(error, SheetError) else type(error).__name__
            raise self._unusable(export, said) from None

    def _unusable(self, export: Export, why: str) -> SourceUnavailableError:
        return SourceUnavailableError(
            f"{self._name} cannot use {export.path.name} ({why}): ask for a new export."
        )


def _matching(export: Export, subject_ref: str) -> Iterator[RecordItem]:
    """Read the whole file, so that its end is seen, and keep the rows of one person."""
    rows = read_rows(export.path)
    header = _header(next(rows, ()))
    for count, row in enumerate(rows):
        if row and row[0] == END_MARK:
            _check_end(row, count, rows)
            return
        if len(row) > len(header):
            raise SheetError(f"row {count + 2} has more cells than the header")
        cells = dict(zip(header, row, strict=False))
        if (_as_text(cells.get("subject_ref")) or "") == subject_ref:
            yield _item(export, header, cells, count + 2)
    raise SheetError("its last row is missing, so it is half written")


def _header(row: Sequence[Cell]) -> tuple[str, ...]:
    header = tuple(str(one).strip() if one is not None else "" for one in row)
    while header and not header[-1]:
        header = header[:-1]
    for place, expected in enumerate(COLUMNS):
        if header[place : place + 1] != (expected,):
            raise SheetError(f"column {expected} is missing or not in its place")
    repeated = [one for one in header if header.count(one) > 1]
    if repeated or "" in header:
        raise SheetError(f"column {repeated[0] if repeated else 'without a name'} is not unique")
    return header


def _check_end(row: Sequence[Cell], count: int, rows: Iterator[Sequence[Cell]]) -> None:
    if _as_text(row[1] if len(row) > 1 else None) != str(count):
        raise SheetError(f"its last row promises another number of rows than the {count} there are")
    if any(cell is not None for further in rows for cell in further):
        raise SheetError(f"it goes on after {END_MARK}")


def _item(export: Export, header: Sequence[str], cells: Mapping[str, Cell], row: int) -> RecordItem:
    item_id, title = _as_text(cells["record_id"]), _as_text(cells.get("title"))
    if not item_id or not title:
        raise SheetError(f"row {row} lacks a record_id or a title")
    named = names_in(_as_text(cells.get(DOCUMENTS)) or "") if export.documents else ()
    return RecordItem(
        item_id=item_id,
        subject_ref=_as_text(cells["subject_ref"]) or "",
        category=export.category,
        title=_neutral(title),
        recorded_on=_as_date(cells.get("recorded_on"), row),
        text=_neutral(text) if (text := _as_text(cells.get("text"))) is not None else None,
        fields=tuple(
            (one, _neutral(value))
            for one in header[len(COLUMNS) :]
            if not (export.documents and one == DOCUMENTS)
            and (value := _as_text(cells.get(one))) is not None
        ),
        documents=tuple(SourceDocument(name=one) for one in named),
    )


def _neutral(text: str) -> str:
    """Mark as text, in the way spreadsheets do, what one would run as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def _as_text(cell: Cell) -> str | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == cell.min.time() else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    # A spreadsheet keeps 12 as 12.0: a tenancy number must not grow a fraction.
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _as_date(cell: Cell, row: int) -> date | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    try:
        return date.fromisoformat(str(cell))
    except ValueError:
        raise SheetError(f"column recorded_on of row {row} is not an ISO 8601 date") from None
