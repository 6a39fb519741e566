"""A file in, a fresh file of the same kind out: the front door of this room."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from broker.domain.people import Person
from redaction.documents.document import Document, Kind, not_taken
from redaction.documents.excel_fresh import write_excel
from redaction.documents.kinds import FRESH
from redaction.documents.mail import write_mail
from redaction.documents.pdf_fresh import write_pdf
from redaction.documents.plain_text import write_text
from redaction.documents.reading import read_document, write_document
from redaction.documents.rewrite import RewrittenDocument, as_read, rewrite
from redaction.documents.web_page import write_page
from redaction.documents.word_fresh import write_word
from redaction.notes import Detector
from redaction.profiles import Profile
from redaction.verify import verify

_WRITERS: dict[Kind, Callable[[Document], bytes]] = {
    Kind.TEXT: write_text,
    Kind.HTML: write_page,
    Kind.WORD: write_word,
    Kind.EXCEL: write_excel,
    Kind.PDF: write_pdf,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedFile:
    """What became of a file.

    Args:
        content: the fresh document; empty when it is held.
        left_out: what did not travel and how often, attachments included.

    """

    kind: Kind
    content: bytes = field(repr=False)
    rewritten: RewrittenDocument
    left_out: tuple[tuple[str, int], ...]


def redact_file(
    name: str, content: bytes, people: Sequence[Person], profile: Profile, detector: Detector
) -> RedactedFile:
    """Return a fresh document of the file's kind, or why a person must look first.

    Raises:
        RedactionError: the file is refused, in one sentence that says what to do.

    """
    document = read_document(name, content)
    rewritten = rewrite(document, people, profile, detector)
    fresh = b""
    if not rewritten.flags:
        fresh, again = write_document(rewritten.document)
        flags = verify(as_read(again, rewritten.kept, profile), people)
        rewritten = replace(rewritten, flags=flags)
    return RedactedFile(
        kind=document.kind,
        content=b"" if rewritten.flags else fresh,
        rewritten=rewritten,
        left_out=not_taken(document),
    )


def write(document: Document) -> tuple[str, str, bytes]:
    """Return the suffix, the media type and the bytes of a fresh document."""
    suffix, media_type = FRESH[document.kind]
    if document.kind is Kind.MAIL:
        return suffix, media_type, write_mail(document, write)
    return suffix, media_type, _WRITERS[document.kind](document)
