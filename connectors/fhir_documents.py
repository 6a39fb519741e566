"""Documents of a FHIR R4 DocumentReference, inside it or behind a Binary of the same server.

What cannot be had, or is too large, is named by the reason; the entry goes without it.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Final

from broker.domain.documents import MAX_DOCUMENT_BYTES, SourceDocument, WhyLeftOut
from broker.domain.errors import SourceMismatchError

Json = Mapping[str, object]
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_SUFFIXES: Final[Mapping[str, str]] = {
    "application/pdf": ".pdf",
    f"{_OFFICE}.wordprocessingml.document": ".docx",
    f"{_OFFICE}.spreadsheetml.sheet": ".xlsx",
    "message/rfc822": ".eml",
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/tiff": ".tif",
}
"""Content types of documents that redaction knows, and what their names end in."""


def is_document(attachment: Json) -> bool:
    """Whether an attachment is a document of a kind that redaction knows."""
    return _type_of(attachment) in _SUFFIXES


def document_of(attachment: Json, binary: Callable[[str], Json | None]) -> SourceDocument:
    """Return an attachment as a document; its own title is never used.

    Args:
        attachment: of a kind that redaction knows.
        binary: returns the Binary at an address, or None; may raise SourceMismatchError.

    """
    name = f"attachment{_SUFFIXES[_type_of(attachment)]}"
    size = attachment.get("size")
    if isinstance(size, int) and size > MAX_DOCUMENT_BYTES:
        return SourceDocument(name=name, fault=WhyLeftOut.TOO_LARGE)
    content = _content(attachment, binary)
    if content is None:
        return SourceDocument(name=name, fault=WhyLeftOut.MISSING)
    if len(content) > MAX_DOCUMENT_BYTES:
        return SourceDocument(name=name, fault=WhyLeftOut.TOO_LARGE)
    return SourceDocument(name=name, content=content)


def _content(attachment: Json, binary: Callable[[str], Json | None]) -> bytes | None:
    """Return the bytes; None where they are on another server, gone, or no base64."""
    try:
        data, url = attachment.get("data"), attachment.get("url")
        if not isinstance(data, str) and isinstance(url, str):
            data = (binary(url) or {}).get("data")
        return base64.b64decode(data, validate=True) if isinstance(data, str) else None
    except (SourceMismatchError, binascii.Error, ValueError):
        return None


def _type_of(attachment: Json) -> str:
    return str(attachment.get("contentType", "")).partition(";")[0].strip().lower()
