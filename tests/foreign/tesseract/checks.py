"""A scan is read by tesseract, redacted, and comes out as text that names nobody.

tesseract comes from system packages, so these run by `make test-foreign`, which installs it, and
not by `make test`: no pattern of pytest's finds this file.
"""

import io

from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfReader

from broker.typeface import FONT
from redaction.documents.document import Kind
from redaction.service import RedactionService
from tests.unit.redaction.originals import SENTENCE, redacted, residue

_INK, _PAPER = 0, 255
_LETTERS = 34
"""Pixels; about ten points at 200 dots per inch."""


def _scan() -> Image.Image:
    """A page with the sentence on it, as a scanner would see it."""
    page = Image.new("L", (1654, 500), _PAPER)
    words, lines = SENTENCE.split(), [""]
    for word in words:
        if len(lines[-1]) > 50:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    text = "\n".join([*lines, "Nothing more was said."])
    ImageDraw.Draw(page).multiline_text(
        (100, 100), text, fill=_INK, font=ImageFont.truetype(FONT, _LETTERS), spacing=20
    )
    return page


def _text(content: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_a_picture_becomes_a_page_of_text_without_anybody(redactor: RedactionService) -> None:
    """The words are read, the people go, and no pixel of the picture travels."""
    for form in ("PNG", "JPEG", "TIFF"):
        written = io.BytesIO()
        _scan().save(written, form)
        done = redacted(f"scan.{form.lower()}", written.getvalue(), redactor)

        assert done.rewritten.flags == ()
        assert done.kind is Kind.PDF
        assert residue(done.content) == []
        assert residue(_text(done.content).encode()) == []
        assert "Nothing more was said." in _text(done.content)
        assert b"/Subtype /Image" not in done.content


def test_a_scanned_page_of_a_pdf_is_read_in_its_place(redactor: RedactionService) -> None:
    """A page of text and a page that is a picture come out as two pages of text."""
    made = FPDF()
    made.set_font("helvetica", size=12)
    made.add_page()
    made.cell(text="Typed on the first page.")
    made.add_page()
    made.image(_scan(), x=10, y=10, w=190)
    done = redacted("scan.pdf", bytes(made.output()), redactor)

    assert done.rewritten.flags == ()
    assert len(PdfReader(io.BytesIO(done.content)).pages) == 2
    assert residue(_text(done.content).encode()) == []
    assert "Nothing more was said." in _text(done.content)
    assert b"/Subtype /Image" not in done.content
