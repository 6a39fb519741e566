"""What every kind of document is read to, and what a fresh one is written from.

DO NOT REORDER: a document crosses from the reading process as JSON,
`[version, [kind, blocks, left out, attachments]]`, a block as `[shape, level, rows]` and a cell as
`[where, text, hint, value]`. Both ends are always the same release, so another version is an error.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

FORMAT_VERSION = 1

Value = bool | int | float | date | time | None
"""What a spreadsheet cell holds beside its text; a `datetime` is a `date`."""
_TIMED: dict[str, Callable[[str], date | time]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
}


class Kind(StrEnum):
    """Kinds of documents, as people call them."""

    TEXT = "text"
    HTML = "HTML"
    MAIL = "e-mail"
    WORD = "Word"
    EXCEL = "Excel"
    PDF = "PDF"
    IMAGE = "image"


class Shape(StrEnum):
    """What a block is to its reader."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    BULLET = "bullet"
    NUMBER = "number"
    TABLE = "table"
    SHEET = "sheet"
    """A table whose first row is the sheet's name alone."""
    PAGE_BREAK = "page-break"
    HEADER = "header"
    FOOTER = "footer"
    NOTE = "note"
    """A footnote or endnote; its mark is its level."""
    FIELD = "field"
    """A line of an e-mail's head: its name, then its value."""
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One text of a document.

    Args:
        where: for flags and receipts: `paragraph 4`, `sheet 1 cell B3`; never a name.
        hint: name of the field, column or row that says what the text is.
        value: what a spreadsheet held, kept only while the text stands unchanged.

    """

    where: str
    text: str = field(repr=False)
    hint: str | None = field(default=None, repr=False)
    value: Value = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One thing that stands by itself. Anything but a table or a sheet has one row."""

    shape: Shape
    level: int = 0
    rows: tuple[tuple[Cell, ...], ...] = ()

    @property
    def text(self) -> str:
        """The first cell's text."""
        return self.rows[0][0].text if self.rows and self.rows[0] else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document as text with its structure, and the count of what was left behind."""

    kind: Kind
    blocks: tuple[Block, ...]
    left_out: tuple[tuple[str, int], ...] = ()
    attachments: tuple["Document", ...] = ()

    def cells(self, prefix: str = "") -> Iterator[Cell]:
        """Yield every text in reading order, those of attachments last; places are unique."""
        for block in self.blocks:
            for row in block.rows:
                yield from (replace(one, where=prefix + one.where) for one in row)
        for number, attached in enumerate(self.attachments, 1):
            yield from attached.cells(f"{prefix}attachment {number} ")

    def with_texts(self, fresh: Iterator[Cell]) -> "Document":
        """Return the same structure over other cells, taken in the order of `cells`."""
        blocks = tuple(
            replace(
                one,
                rows=tuple(
                    tuple(replace(next(fresh), where=cell.where) for cell in row)
                    for row in one.rows
                ),
            )
            for one in self.blocks
        )
        attached = tuple(one.with_texts(fresh) for one in self.attachments)
        return replace(self, blocks=blocks, attachments=attached)


def not_taken(document: Document) -> tuple[tuple[str, int], ...]:
    """Return what of a document and its attachments was left behind, and how often."""
    counts: Counter[str] = Counter()
    for one in (document, *_attached(document)):
        counts.update(dict(one.left_out))
    return tuple(sorted(counts.items()))


def _attached(document: Document) -> list[Document]:
    return [inner for one in document.attachments for inner in (one, *_attached(one))]


def encode(document: Document) -> bytes:
    """Return a document as bytes."""
    return json.dumps([FORMAT_VERSION, _row(document)]).encode()


def decode(stored: bytes) -> Document:
    """Return it again; ValueError, TypeError or KeyError for anything else."""
    version, row = json.loads(stored)
    if version != FORMAT_VERSION:
        raise ValueError("a document of another version")
    return _document(row)


def _row(document: Document) -> list[object]:
    blocks = [
        [one.shape, one.level, [[_cell_row(cell) for cell in row] for row in one.rows]]
        for one in document.blocks
    ]
    attached = [_row(one) for one in document.attachments]
    return [document.kind, blocks, document.left_out, attached]


def _cell_row(cell: Cell) -> list[object]:
    value: object = cell.value
    if isinstance(value, date | time):
        value = [type(value).__name__, value.isoformat()]
    return [cell.where, cell.text, cell.hint, value]


def _document(row: Sequence[Any]) -> Document:
    kind, blocks, left_out, attached = row
    return Document(
        kind=Kind(kind),
        blocks=tuple(_block(*one) for one in blocks),
        left_out=tuple((str(what), int(count)) for what, count in left_out),
        attachments=tuple(_document(one) for one in attached),
    )


def _block(shape: str, level: int, rows: Sequence[Sequence[Any]]) -> Block:
    cells = tuple(tuple(_cell(*cell) for cell in row) for row in rows)
    return Block(shape=Shape(shape), level=level, rows=cells)


def _cell(where: str, text: str, hint: str | None, value: Any) -> Cell:  # noqa: ANN401  # as JSON has it
    if isinstance(value, list):
        name, written = value
        value = _TIMED[name](written)
    return Cell(where=where, text=text, hint=hint, value=value)
