"""E-mail: its subject, who wrote to whom and when, its text, and its attachments as documents.

No header is passed through, no address, no file name, no boundary. Attachments that can be read
are redacted and attached afresh; the others stay behind, are counted, and a line says so.
"""

from collections.abc import Callable, Iterator
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.utils import getaddresses

from broker.domain.documents import WhyLeftOut
from broker.domain.errors import DocumentRefusedError, RedactionError
from redaction.documents.document import Document, Kind, Shape
from redaction.documents.draft import Draft
from redaction.documents.plain_text import add_paragraphs
from redaction.documents.web_page import add_page

MAX_PARTS = 200
MAX_DEPTH = 10
"""Mails and multiparts within each other; a long thread of forwarded mails has four."""
NOT_READ = "[attachment left out]"
_WRAPPED = "Attach the inner mail by itself: this one is wrapped deeper than mails are."
_WITH_PEOPLE = ("From", "To", "Cc", "Reply-To")
_REDACTED = Address(display_name="Redacted", addr_spec="redacted@redacted.invalid")
"""RFC 2606 keeps `.invalid` for names that can never be reached."""

ReadAttached = Callable[[str, bytes], Document]
"""Reads an attachment by its name and content, or raises RedactionError."""


def read_mail(content: bytes, read_attached: ReadAttached) -> Document:
    """Return a mail with what is attached to it."""
    message = BytesParser(policy=policy.default).parsebytes(content)
    draft = Draft(Kind.MAIL)
    _Mail(draft, read_attached).add(message)
    return draft.done()


class _Mail:
    """Reads one mail, and those inside it, into one draft."""

    def __init__(self, draft: Draft, read_attached: ReadAttached) -> None:
        self._draft = draft
        self._read_attached = read_attached
        self._parts = 0

    def add(self, message: MIMEPart, depth: int = 0) -> None:
        """Add the head, then the text, then the rest."""
        self._check(depth)
        self._add_head(message, depth)
        self._add_part(message, depth)

    def _check(self, depth: int) -> None:
        self._parts += 1
        if depth > MAX_DEPTH or self._parts > MAX_PARTS:
            raise RedactionError(_WRAPPED)

    def _add_head(self, message: MIMEPart, depth: int) -> None:
        if not depth:
            self._draft.add(Shape.SUBJECT, _header(message, "Subject"))
        for name in _WITH_PEOPLE:
            for person, address in getaddresses([_header(message, name)]):
                hint = "contact name" if person else "e-mail"
                self._draft.add_field(name, person or address, hint)
        self._draft.add_field("Date", _header(message, "Date"), None)
        if depth:
            self._draft.add_field("Subject", _header(message, "Subject"), None)

    def _add_part(self, part: MIMEPart, depth: int) -> None:
        kind = part.get_content_type()
        if kind.startswith("multipart/") and not part.is_multipart():
            raise RedactionError("Save the mail anew: its parts cannot be told apart.")
        if kind in {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}:
            raise DocumentRefusedError(
                "Decrypt the mail and send that: this one is encrypted.", WhyLeftOut.LOCKED
            )
        if kind == "multipart/alternative":
            self._add_alternative(part, depth)
        elif kind == "message/rfc822":
            for inner in part.iter_parts():
                self.add(inner, depth + 1)
        elif part.is_multipart():
            for inner in part.iter_parts():
                self._check(depth + 1)
                self._add_part(inner, depth + 1)
        elif kind in {"text/plain", "text/html"} and not _attached(part):
            self._add_text(kind, _content(part))
        else:
            self._add_attachment(part)

    def _add_alternative(self, part: MIMEPart, depth: int) -> None:
        """Add the plain spelling of the same text, or the last that there is (RFC 2046 5.1.4)."""
        choices = list(part.iter_parts())
        plain = [one for one in choices if one.get_content_type() == "text/plain"]
        for one in (plain or choices)[-1:]:
            self._check(depth + 1)
            self._add_part(one, depth + 1)
        self._draft.leave_out("other spelling of the mail", max(0, len(choices) - 1))

    def _add_text(self, kind: str, text: str) -> None:
        if kind == "text/html":
            add_page(self._draft, text)
        else:
            add_paragraphs(self._draft, text)

    def _add_attachment(self, part: MIMEPart) -> None:
        if part.get_content_type() == "application/pkcs7-signature":
            self._draft.leave_out("signature")
            return
        content = part.get_payload(decode=True)
        try:
            whole = content if isinstance(content, bytes) else b""
            self._draft.attach(self._read_attached(part.get_filename() or "", whole))
        except RedactionError:
            # One logo must not hold the mail, and what could not be read does not travel.
            self._draft.leave_out("attachment that cannot be read")
            self._draft.add(Shape.PARAGRAPH, NOT_READ)


def _attached(part: MIMEPart) -> bool:
    return part.get_content_disposition() == "attachment"


def _content(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError):
        raise RedactionError("Save the mail as plain text: its letters cannot be read.") from None


def _header(message: MIMEPart, name: str) -> str:
    """Return a header's values as text; a header that Python cannot parse is no header."""
    try:
        return ", ".join(" ".join(str(one).split()) for one in message.get_all(name, []))
    except (ValueError, IndexError, AttributeError, TypeError):
        raise RedactionError(f"Save the mail anew: its {name} line cannot be read.") from None


def write_mail(document: Document, write: Callable[[Document], tuple[str, str, bytes]]) -> bytes:
    """Return a fresh mail.

    Args:
        document: what it says.
        write: returns suffix, media type and content of an attachment.

    """
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = _REDACTED
    subject = [one.text for one in document.blocks if one.shape is Shape.SUBJECT]
    message["Subject"] = " ".join(" ".join(subject).split())
    message.set_content("\n\n".join(_written(document)) + "\n", cte="base64")
    for number, attached in enumerate(document.attachments, 1):
        suffix, media_type, content = write(attached)
        main, _, sub = media_type.partition("/")
        name = f"attachment-{number}{suffix}"
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    if message.is_multipart():
        message.set_boundary("=-redacted-document-=")  # A generated one tells the time of day.
    return message.as_bytes()


def _written(document: Document) -> Iterator[str]:
    for block in document.blocks:
        if block.shape is Shape.FIELD:
            yield ": ".join(cell.text for cell in block.rows[0])
        elif block.shape not in {Shape.SUBJECT, Shape.PAGE_BREAK}:
            yield "\n".join("\t".join(cell.text for cell in row) for row in block.rows)
