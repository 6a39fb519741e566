"""Which kind a file is: its name must say one that can be read, and its content must agree.

A wrong name is no way around a refusal: an encrypted workbook called notes.txt is refused, too.
"""

from pathlib import PurePath

from broker.domain.documents import WhyLeftOut
from broker.domain.errors import DocumentRefusedError
from redaction.documents.document import Kind

MAX_DOCUMENT_BYTES = 25 * 1024 * 1024
"""What mail systems of public bodies take at most."""
SUFFIXES = {
    ".txt": Kind.TEXT, ".text": Kind.TEXT, ".md": Kind.TEXT, ".htm": Kind.HTML, ".html": Kind.HTML,
    ".eml": Kind.MAIL, ".docx": Kind.WORD, ".xlsx": Kind.EXCEL, ".pdf": Kind.PDF,
    ".png": Kind.IMAGE, ".jpg": Kind.IMAGE, ".jpeg": Kind.IMAGE, ".tif": Kind.IMAGE,
    ".tiff": Kind.IMAGE, ".bmp": Kind.IMAGE, ".gif": Kind.IMAGE,
}  # fmt: skip
FRESH = {
    Kind.TEXT: (".txt", "text/plain"),
    Kind.HTML: (".html", "text/html"),
    Kind.MAIL: (".eml", "message/rfc822"),
    Kind.WORD: (".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    Kind.EXCEL: (".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    Kind.PDF: (".pdf", "application/pdf"),
}
"""What a fresh document is called and announced as; a picture becomes a PDF."""
_INSTEAD = {
    "docm": ".docx", "dotm": ".docx", "doc": ".docx", "dot": ".docx", "dotx": ".docx",
    "rtf": ".docx", "odt": ".docx", "pages": ".docx", "wps": ".docx", "xlsm": ".xlsx",
    "xltm": ".xlsx", "xlsb": ".xlsx", "xls": ".xlsx", "ods": ".xlsx", "csv": ".xlsx",
    "tsv": ".xlsx", "numbers": ".xlsx", "pptx": ".pdf", "pptm": ".pdf", "ppt": ".pdf",
    "odp": ".pdf", "msg": ".eml", "mht": ".html", "mhtml": ".html", "xps": ".pdf",
    "pst": ".eml", "mbox": ".eml", "one": ".pdf", "pub": ".pdf",
}  # fmt: skip
_ARCHIVES = frozenset({
    "zip", "7z", "rar", "gz", "tgz", "tar", "bz2", "xz", "cab", "iso", "jar", "zst",
})  # fmt: skip
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"BM")
_PACKED = (b"PK\x03\x04", b"PK\x05\x06")
_OTHER = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"{\\rtf", b"MZ", b"\x7fELF")
_ZIPPED = frozenset({Kind.WORD, Kind.EXCEL})
_LETTERS = frozenset({Kind.TEXT, Kind.HTML, Kind.MAIL})
_PDF_MARK_WITHIN = 1024
"""Bytes in which a PDF must say that it is one (ISO 32000-1, annex H.3.4.1)."""


def kind_of(name: str, content: bytes) -> Kind:
    """Return what the file is.

    Raises:
        RedactionError: too large, of a kind that is not read, or not what its name says.

    """
    if len(content) > MAX_DOCUMENT_BYTES:
        raise DocumentRefusedError(
            f"Split the document: it is over {MAX_DOCUMENT_BYTES >> 20} MB.", WhyLeftOut.TOO_LARGE
        )
    kind = named_kind(name)
    if content.startswith(_OLD_OFFICE):
        raise DocumentRefusedError(
            "Save the document in today's format and without a password.", WhyLeftOut.LOCKED
        )
    if not _agrees(kind, content):
        raise DocumentRefusedError(
            f"Check the file: its name says {kind}, its content does not.", WhyLeftOut.KIND
        )
    return kind


def named_kind(name: str) -> Kind:
    """Return the kind that a file's name says; the name itself is in no message."""
    suffix = PurePath(name.strip().lower()).suffix
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    instead = _INSTEAD.get(suffix.removeprefix("."))
    if instead is not None:
        raise DocumentRefusedError(
            f"Save it as {instead} and send that: {suffix} is not read.", WhyLeftOut.KIND
        )
    if suffix.removeprefix(".") in _ARCHIVES:
        raise DocumentRefusedError(
            "Unpack it and send each document by itself: archives are not read.", WhyLeftOut.KIND
        )
    raise DocumentRefusedError(
        "Save it as .docx, .xlsx, .pdf, .eml, .html or .txt and send that.", WhyLeftOut.KIND
    )


def fresh_kind(name: str) -> Kind:
    """Return the kind that a file of this name becomes: a picture becomes a PDF."""
    kind = named_kind(name)
    return Kind.PDF if kind is Kind.IMAGE else kind


def _agrees(kind: Kind, content: bytes) -> bool:
    if kind in _ZIPPED:
        return content.startswith(_PACKED)
    if kind is Kind.PDF:
        return b"%PDF-" in content[:_PDF_MARK_WITHIN] and not content.startswith(_PACKED)
    if kind is Kind.IMAGE:
        return content.startswith(_PICTURES)
    binary = (*_PACKED, *_PICTURES[:-1], *_OTHER[:6], b"%PDF-")
    return kind in _LETTERS and not content.startswith(binary)
