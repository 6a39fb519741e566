"""From a file's bytes to a document, whatever its kind; attachments by the same rules.

This runs in the reading process (see reader): nothing here is done in the broker's own.
"""

from collections.abc import Callable
from functools import partial

from broker.domain.errors import RedactionError
from redaction.documents.document import Document, Kind
from redaction.documents.excel import read_excel
from redaction.documents.kinds import kind_of
from redaction.documents.mail import read_mail
from redaction.documents.pdf import read_pdf
from redaction.documents.plain_text import read_text
from redaction.documents.scan import read_image
from redaction.documents.web_page import read_page
from redaction.documents.word import read_word

MAX_DEPTH = 3
"""Mails attached to mails attached to a mail."""
_READERS: dict[Kind, Callable[[bytes], Document]] = {
    Kind.TEXT: read_text,
    Kind.HTML: read_page,
    Kind.WORD: read_word,
    Kind.EXCEL: read_excel,
    Kind.PDF: read_pdf,
    Kind.IMAGE: read_image,
}


def read(name: str, content: bytes, depth: int = 0) -> Document:
    """Return the document.

    Raises:
        RedactionError: one sentence that says what to do with the file.

    """
    if depth > MAX_DEPTH:
        raise RedactionError("Send the inner documents by themselves: mails nest too deep.")
    kind = kind_of(name, content)
    if kind is Kind.MAIL:
        return read_mail(content, partial(read, depth=depth + 1))
    return _READERS[kind](content)
