"""A fresh .docx, built from python-docx's empty template with everything personal taken off it."""

import io
import re
from typing import TYPE_CHECKING

from redaction.documents.document import Block, Document, Shape
from redaction.documents.zipped import reproducible

if TYPE_CHECKING:
    from docx.document import Document as Word

_LISTS = {Shape.BULLET: "List Bullet", Shape.NUMBER: "List Number"}
_UNWANTED = frozenset({"thumbnail", "customXml"})
"""Parts of the template that say nothing to a reader."""
_DEEPEST = 3
"""Levels of lists that the template has styles for."""
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold (section 2.2)."""


def write_word(document: Document) -> bytes:
    """Return the document as a .docx."""
    import docx  # noqa: PLC0415  # only who writes Word needs it

    word = docx.Document()
    for block in document.blocks:
        _add(word, block)
    _forget(word)
    written = io.BytesIO()
    word.save(written)
    return reproducible(written.getvalue())


def _add(word: "Word", block: Block) -> None:
    text = writable(block.text)
    if block.shape is Shape.HEADING:
        word.add_heading(text, level=min(max(block.level, 1), 9))
    elif block.shape in _LISTS:
        word.add_paragraph(text, style=_list_style(block))
    elif block.shape in {Shape.TABLE, Shape.SHEET}:
        _add_table(word, block)
    elif block.shape is Shape.PAGE_BREAK:
        word.add_page_break()  # type: ignore[no-untyped-call]  # python-docx leaves it untyped
    elif block.shape is Shape.HEADER:
        _add_aside(word.sections[0].header, text)
    elif block.shape is Shape.FOOTER:
        _add_aside(word.sections[0].footer, text)
    elif block.shape is Shape.NOTE:
        word.add_paragraph(f"[note {block.level}] {text}")
    else:
        word.add_paragraph(text)


def _add_aside(aside: object, text: str) -> None:
    from docx.section import _Footer, _Header  # noqa: PLC0415  # see write_word

    if isinstance(aside, _Header | _Footer):
        first = aside.paragraphs[0]
        if first.text:
            aside.add_paragraph(text)
        else:
            first.text = text


def _list_style(block: Block) -> str:
    level = min(block.level + 1, _DEEPEST)
    return _LISTS[block.shape] + (f" {level}" if level > 1 else "")


def _add_table(word: "Word", block: Block) -> None:
    width = max(map(len, block.rows))
    table = word.add_table(rows=len(block.rows), cols=width, style="Table Grid")
    for row, cells in zip(table.rows, block.rows, strict=True):
        for target, cell in zip(row.cells, cells, strict=False):
            target.text = writable(cell.text)


def _forget(word: "Word") -> None:
    """Take off what the template and its program would say about themselves."""
    known = word.core_properties
    known.author = known.last_modified_by = known.comments = known.title = known.keywords = ""
    known.revision = 1
    for relations in (word.part.package.rels, word.part.rels):
        for reference, one in list(relations.items()):
            if one.reltype.rpartition("/")[2] in _UNWANTED:
                relations.pop(reference)


def writable(text: str) -> str:
    """Return the text with a sign in place of what XML cannot hold."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
