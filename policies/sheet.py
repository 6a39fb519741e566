"""Reads one CSV file as what it says, or not at all.

Spreadsheets change files quietly: a byte-order mark, a formula, a non-breaking space, a row cut
short. Each of these silently drops a denying rule in a reader that is kind, so this one is not.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from policies.problems import Place, Problems

MAX_FILE_BYTES = 8 * 1024 * 1024
"""Bytes in one file: about 20,000 rules, the largest pack that was measured."""
TOO_LONG = f"the file is longer than {MAX_FILE_BYTES} bytes; split it"
_FORMULA_STARTS = ("=", "+", "-", "@")
"""What makes a spreadsheet compute a cell instead of showing it (OWASP, CSV injection)."""
_WORDS = re.compile(r"\*|[A-Za-z0-9][A-Za-z0-9:+_-]*(?: [A-Za-z0-9][A-Za-z0-9:+_-]*)*")
"""`*`, or ASCII words with single spaces between them."""
_ERROR = re.compile(r"#(?:REF!|NAME\?|N/A|VALUE!|DIV/0!|NULL!|NUM!|SPILL!|CALC!|#+)")
"""What a spreadsheet writes where a formula failed, or a date did not fit into its column."""
_UNSEEN = ("C", "Z")
"""Unicode categories that do not show; the ordinary space is the one exception."""
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "upright strokes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a file. A cell that is missing from `cells` was already reported."""

    file: str
    line: int
    columns: tuple[str, ...]
    cells: Mapping[str, str]

    @property
    def is_whole(self) -> bool:
        """Whether every cell can be read."""
        return len(self.cells) == len(self.columns)

    def place(self, column: str) -> Place:
        """Return where the column's cell stands."""
        return Place(file=self.file, line=self.line, column=self.columns.index(column) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What one kind of file looks like.

    Args:
        free: columns that hold sentences, or whose form their reader checks; the others hold words.
        words: the valid words of a column, to name the nearest where a cell cannot be read.

    """

    columns: tuple[str, ...]
    free: tuple[str, ...]
    words: Mapping[str, Collection[str]] = field(default_factory=dict)

    def read(self, file: str, content: bytes, problems: Problems) -> Iterator[Row]:
        """Yield the rows that have the right number of cells; report everything else."""
        text = _decoded(file, content, problems)
        if text is None:
            return
        lines = _lines(file, text, problems)
        if not self._header_is_right(file, next(lines, None), problems):
            return
        before, is_empty = len(problems.found), True
        for line, cells in lines:
            if problems.enough:
                return
            row = self._row(file, line, cells, problems)
            if row is not None:
                is_empty = False
                yield row
        if is_empty and len(problems.found) == before:
            problems.add(Place(file=file), "the file has no line below its header; add one")

    def _header_is_right(
        self, file: str, first: tuple[int, list[str]] | None, problems: Problems
    ) -> bool:
        if first is None:
            if not problems.found or not problems.found[-1].startswith(f"{file}:"):
                say = f"the file is empty; begin with {','.join(self.columns)}"
                problems.add(Place(file=file), say)
            return False
        line, header = first
        if tuple(header) == self.columns:
            return True
        if len(header) == 1 and (name := _separator(header[0])) is not None:
            say = f"the cells are separated by {name}; save the file as `CSV UTF-8` with commas"
            problems.add(Place(file=file, line=line), say)
            return False
        for position, name in enumerate(header, start=1):
            place = Place(file=file, line=line, column=position)
            if name not in self.columns:
                problems.add_word(place, "unknown header", name, self.columns)
            elif header.index(name) != position - 1:
                problems.add(place, f"the header `{name}` stands twice; remove one")
        missing = [one for one in self.columns if one not in header]
        say = f"the headers must be, in this order: {','.join(self.columns)}"
        problems.add(Place(file=file, line=line), f"{say}; missing: {', '.join(missing) or 'none'}")
        return False

    def _row(self, file: str, line: int, cells: list[str], problems: Problems) -> Row | None:
        if len(cells) != len(self.columns):
            say = _wrong_length(cells, len(self.columns))
            problems.add(Place(file=file, line=line, column=len(cells) or 1), say)
            return None
        if tuple(cells) == self.columns:
            say = "the header stands here again; remove the line"
            problems.add(Place(file=file, line=line), say)
            return None
        kept: dict[str, str] = {}
        for position, (name, cell) in enumerate(zip(self.columns, cells, strict=True), start=1):
            fault = _fault(cell, free=name in self.free)
            if fault is None:
                kept[name] = cell
            else:
                place = Place(file=file, line=line, column=position)
                self._report(place, f"in column `{name}` {fault}", cell, problems)
        return Row(file=file, line=line, columns=self.columns, cells=kept)

    def _report(self, place: Place, sentence: str, cell: str, problems: Problems) -> None:
        valid = self.words.get(self.columns[place.column - 1])
        if valid is None or not cell.strip():
            problems.add(place, sentence)
        else:
            problems.add_word(place, sentence, cell, valid)


def _wrong_length(cells: list[str], needed: int) -> str:
    if not cells:
        return "the line is blank; remove it"
    say = f"the line has {len(cells)} cells and needs {needed}"
    if len(cells) > needed:
        return f"{say}; a comma inside a cell needs quotation marks around the whole cell"
    return f"{say}; it was cut short, or belongs to the line above"


def _separator(header: str) -> str | None:
    return next((name for mark, name in _OTHER_SEPARATORS.items() if mark in header), None)


def _decoded(file: str, content: bytes, problems: Problems) -> str | None:
    if len(content) > MAX_FILE_BYTES:
        problems.add(Place(file=file), TOO_LONG)
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        say = "this byte is not UTF-8; save the file as `CSV UTF-8`"
        problems.add(Place(file=file, line=line, column=column), say)
        return None


def _lines(file: str, text: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Yield every record with the number of the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            say = "the line's quotation marks do not pair up; mend them"
            problems.add(Place(file=file, line=begins), say)
            return
        if cells is None:
            return
        yield begins, cells
        begins = reader.line_num + 1


def _fault(cell: str, *, free: bool) -> str | None:
    """Return what is wrong with the shape of a cell, as the end of a sentence."""
    if not free and _WORDS.fullmatch(cell) is not None:
        return None
    faults = (
        (not cell.strip(), "the cell is blank; write a word, or * where any word will do"),
        (cell.startswith(_FORMULA_STARTS), "the cell begins like a formula; begin with a letter"),
        (
            _ERROR.fullmatch(cell) is not None,
            "a spreadsheet could not work out the cell; type it again",
        ),
        (cell.startswith("#"), "the line is a comment; policy files have none, so remove it"),
        (_hides_something(cell), "there is a character that does not show; type the cell again"),
        (cell != cell.strip(), "there is a space at the edge of the cell; remove it"),
        (
            not free,
            "the cell must hold plain words of a-z, 0-9 and hyphens; type it again",
        ),
    )
    return next((says for is_so, says in faults if is_so), None)


def _hides_something(cell: str) -> bool:
    if cell.isascii() and cell.isprintable():
        return False
    return any(unicodedata.category(one)[0] in _UNSEEN and one != " " for one in cell)
