"""A document while it is being read: counts, limits, and text without what nobody sees.

A document may be as hostile as its sender. What is over a limit is refused, not cut: the end is
where the address is.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from broker.domain.documents import WhyLeftOut
from broker.domain.errors import DocumentRefusedError
from redaction.documents.document import Block, Cell, Document, Kind, Shape
from redaction.fields import label_of

MAX_READ = 4_000_000
"""Characters of one document with its attachments, read at all: a fresh one, with its marks, is
longer than the original, for which MAX_CHARACTERS of rewrite counts."""
MAX_CELLS = 40_000
"""Paragraphs and cells, empty ones included, of one document with its attachments."""
MAX_COLUMNS = 200
HIDDEN_TEXT = "hidden text"
_LONGEST_HINT = 40
"""Characters; a longer heading is a sentence, and says nothing about its neighbours."""
_PAIR = 2
_INVISIBLE = "invisible character"
_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x34F)))
"""Variation selectors and the grapheme joiner: nothing to see, and room for a hidden message."""


class Draft:
    """Takes what a reader finds, in reading order."""

    def __init__(self, kind: Kind) -> None:
        """Start an empty document."""
        self._kind = kind
        self._blocks: list[Block] = []
        self._left_out: Counter[str] = Counter()
        self._attachments: list[Document] = []
        self._counted: Counter[Shape] = Counter()
        self._characters = 0
        self._cells = 0

    def add(self, shape: Shape, text: str, *, level: int = 0, hint: str | None = None) -> None:
        """Add a block of one text; nothing where the text is blank."""
        if text.strip():
            self._counted[shape] += 1
            cell = self._cell(f"{shape} {self._counted[shape]}", text, hint)
            self._blocks.append(Block(shape=shape, level=level, rows=((cell,),)))

    def add_field(self, name: str, value: str, hint: str | None) -> None:
        """Add a line of an e-mail's head."""
        if value.strip():
            self._counted[Shape.FIELD] += 1
            where = f"field {self._counted[Shape.FIELD]}"
            cells = (Cell(where=f"{where} name", text=name), self._cell(where, value, hint))
            self._blocks.append(Block(shape=Shape.FIELD, rows=(cells,)))

    def add_table(self, rows: Sequence[Sequence[str]]) -> None:
        """Add a table of texts; its first row and, of two columns, the first one are hints."""
        if any(text.strip() for row in rows for text in row):
            self._counted[Shape.TABLE] += 1
            place = f"table {self._counted[Shape.TABLE]}"
            cells = [
                [Cell(where=f"{place} row {down} cell {along}", text=text)
                 for along, text in enumerate(row, 1)]
                for down, row in enumerate(rows, 1)
            ]  # fmt: skip
            self.add_cells(Shape.TABLE, cells)

    def add_cells(self, shape: Shape, rows: Sequence[Sequence[Cell]], *, names: int = 0) -> None:
        """Add a table or sheet; after the first `names` rows the hints come from its own words."""
        top, body = rows[:names], hinted(rows[names:])
        checked = tuple(tuple(map(self._checked, row)) for row in (*top, *body))
        self._blocks.append(Block(shape=shape, rows=checked))

    def break_page(self) -> None:
        """Start a new page, unless there is nothing on this one."""
        if self._blocks and self._blocks[-1].shape is not Shape.PAGE_BREAK:
            self._count_cell()
            self._blocks.append(Block(shape=Shape.PAGE_BREAK))

    def attach(self, document: Document) -> None:
        """Add a document that came with this one."""
        cells = list(document.cells())
        self._count_cell(len(cells))
        self._count_text(sum(len(one.text) for one in cells))
        self._attachments.append(document)

    def leave_out(self, what: str, count: int = 1) -> None:
        """Count something that does not travel."""
        if count:
            self._left_out[what] += count

    def done(self) -> Document:
        """Return the document.

        Raises:
            RedactionError: there is not a word in it.

        """
        if not any(one.rows for one in self._blocks) and not self._attachments:
            raise DocumentRefusedError(
                "Send a document with text in it: this one has none to redact.",
                WhyLeftOut.FOR_A_PERSON,
            )
        return Document(
            kind=self._kind,
            blocks=tuple(self._blocks),
            left_out=tuple(sorted(self._left_out.items())),
            attachments=tuple(self._attachments),
        )

    def _cell(self, where: str, text: str, hint: str | None) -> Cell:
        return self._checked(Cell(where=where, text=text, hint=hint))

    def _checked(self, cell: Cell) -> Cell:
        text = self._tidy(cell.text)
        self._count_cell()
        self._count_text(len(text))
        return replace(cell, text=text)

    def _count_cell(self, count: int = 1) -> None:
        self._cells += count
        if self._cells > MAX_CELLS:
            raise DocumentRefusedError(
                f"Split the document: it has over {MAX_CELLS} paragraphs or cells.",
                WhyLeftOut.TOO_LARGE,
            )

    def _count_text(self, length: int) -> None:
        self._characters += length
        if self._characters > MAX_READ:
            raise DocumentRefusedError(
                f"Split the document: it has over {MAX_READ} characters.", WhyLeftOut.TOO_LARGE
            )

    def _tidy(self, text: str) -> str:
        """Return the text with plain line ends and without characters that nobody sees."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if text.isascii():
            return text.strip(" \n")
        seen = "".join(one for one in text if not _unseen(one))
        self.leave_out(_INVISIBLE, len(text) - len(seen))
        return seen.strip(" \n")


def hinted(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """Return the rows with the words of the first as hints; in a list of labels, with those."""
    if not rows:
        return []
    head = [cell.text for cell in rows[0]]
    if max(map(len, rows)) == _PAIR and label_of("".join(head[1:])) is None:
        return [[*row[:1], *(_hinted(one, row[0].text) for one in row[1:])] for row in rows]
    below = [[_hinted(one, *head[at : at + 1]) for at, one in enumerate(row)] for row in rows[1:]]
    return [list(rows[0]), *below]


def _hinted(cell: Cell, *hints: str) -> Cell:
    """Return the cell with a hint that is short enough to be a name of a field."""
    return replace(cell, hint=next((one for one in hints if 0 < len(one) <= _LONGEST_HINT), None))


def _unseen(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or character in _SELECTORS
