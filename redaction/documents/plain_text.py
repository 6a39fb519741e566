"""Plain text: its lines, its blank lines and its page breaks; nothing else is in it."""

import re
from collections.abc import Iterator

from broker.domain.errors import RedactionError
from redaction.documents.document import Document, Kind, Shape
from redaction.documents.draft import Draft

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def read_text(content: bytes) -> Document:
    """Return the paragraphs, which blank lines separate."""
    draft = Draft(Kind.TEXT)
    add_paragraphs(draft, decoded(content))
    return draft.done()


def add_paragraphs(draft: Draft, text: str) -> None:
    """Add a text's paragraphs and pages."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    for number, page in enumerate(plain.split("\f")):
        if number:
            draft.break_page()
        for paragraph in _BLANK_LINES.split(page):
            draft.add(Shape.PARAGRAPH, paragraph)


def decoded(content: bytes) -> str:
    """Return bytes as text: by their mark, as UTF-8, or as an old Windows program wrote them.

    Raises:
        RedactionError: it is no text.

    """
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROLS.search(text):
            return text
    raise RedactionError("Save it as a text file in UTF-8: this one holds bytes that are no text.")


def write_text(document: Document) -> bytes:
    """Return the document as UTF-8, a blank line between paragraphs."""
    return ("\n\n".join(_written(document)).replace("\n\n\f\n\n", "\n\f\n") + "\n").encode()


def _written(document: Document) -> Iterator[str]:
    for block in document.blocks:
        if block.shape is Shape.PAGE_BREAK:
            yield "\f"
        else:
            yield "\n".join("\t".join(cell.text for cell in row) for row in block.rows)
