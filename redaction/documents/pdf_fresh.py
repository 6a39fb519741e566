"""A fresh PDF in one font, which holds Latin, Greek, Cyrillic, Armenian and Georgian letters.

A letter that the font lacks is written as its number, `[U+0639]`, so that nothing vanishes unseen.
"""

from collections.abc import Container
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from broker.typeface import FONT
from redaction.documents.document import Block, Document, Shape

if TYPE_CHECKING:
    from fpdf import FPDF

_NAME = "DejaVu"
_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)
"""The fresh document tells no date of its own."""
_BODY, _LARGEST, _STEP = 10, 17, 2
"""Points."""
_LINE = 1.35
"""Line height in font sizes."""
_MARGIN = 20
"""Millimetres."""
_POINT = 25.4 / 72
_INDENT = 6


def write_pdf(document: Document) -> bytes:
    """Return the document as a PDF."""
    from fpdf import FPDF  # noqa: PLC0415  # only who writes PDF needs it

    pdf = FPDF(format="A4")
    pdf.set_creation_date(_EPOCH)
    pdf.set_producer("")
    pdf.set_lang("en-GB")
    pdf.set_margin(_MARGIN)
    pdf.add_font(_NAME, fname=FONT)
    pdf.add_page()
    for block in document.blocks:
        _add(pdf, block)
    return bytes(pdf.output())


def _add(pdf: "FPDF", block: Block) -> None:
    if block.shape is Shape.PAGE_BREAK:
        pdf.add_page()
    elif block.shape in {Shape.TABLE, Shape.SHEET}:
        _add_table(pdf, block)
    else:
        heading = block.shape is Shape.HEADING
        size = max(_BODY, _LARGEST - _STEP * (block.level - 1)) if heading else _BODY
        _add_lines(pdf, block, size)


def _add_lines(pdf: "FPDF", block: Block, size: int) -> None:
    mark = {Shape.BULLET: "\N{BULLET} ", Shape.NUMBER: "\N{EN DASH} "}.get(block.shape, "")
    indent = _INDENT * (block.level + 1) if mark else 0
    pdf.set_font(_NAME, size=size)
    pdf.set_left_margin(_MARGIN + indent)
    pdf.set_x(_MARGIN + indent)
    pdf.multi_cell(
        0, size * _POINT * _LINE, mark + printable(block.text, _letters(pdf)), align="L",
        new_x="LMARGIN", new_y="NEXT",
    )  # fmt: skip
    pdf.set_left_margin(_MARGIN)
    pdf.ln(size * _POINT * (_LINE - 0.7))


def _add_table(pdf: "FPDF", block: Block) -> None:
    width = max(map(len, block.rows))
    pdf.set_font(_NAME, size=_BODY)
    with pdf.table(first_row_as_headings=False, text_align="LEFT") as table:
        for cells in block.rows:
            row = table.row()
            texts = [printable(cell.text, _letters(pdf)) for cell in cells]
            for text in (*texts, *[""] * (width - len(texts))):
                row.cell(text)
    pdf.ln(_BODY * _POINT)


def _letters(pdf: "FPDF") -> Container[int]:
    """Return the numbers of the letters that the font holds."""
    from fpdf.fonts import TTFFont  # noqa: PLC0415  # see write_pdf

    font = pdf.fonts[_NAME.lower()]
    return font.cmap if isinstance(font, TTFFont) else ()


def printable(text: str, letters: Container[int]) -> str:
    """Return the text with numbers for the letters that the font lacks."""
    shown = (
        one if one == "\n" or ord(one) in letters else f"[U+{ord(one):04X}]"
        for one in text.replace("\t", "    ")
    )
    return "".join(shown)
