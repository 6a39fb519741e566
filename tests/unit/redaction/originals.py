"""Original documents for the tests of documents, built part by part. Everybody is invented."""

import base64
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from email import policy
from email.parser import BytesParser

import pytest

from broker.commands.redact_rows import people_of
from broker.domain.errors import RedactionError
from broker.domain.people import Person
from redaction.documents.files import RedactedFile, redact_file
from redaction.documents.read import read
from redaction.notes import chosen_profile
from redaction.service import RedactionService

PARTIES = [
    {
        "role": "victim",
        "names": ["Marabelle Ellwood"],
        "addresses": ["8 Larch Court, Halifax"],
        "identifiers": ["07700 900461"],
    },
    {"role": "informant", "names": ["Perpetua Quillan"]},
]
VALUES = ("Marabelle", "Ellwood", "Larch Court", "07700 900461", "Perpetua", "Quillan")
"""What must not be found in a fresh document, in any spelling of bytes."""
SENTENCE = (
    "Marabelle Ellwood left 8 Larch Court, ring 07700 900461. Perpetua Quillan told the police."
)

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def people() -> tuple[Person, ...]:
    """The people of the case."""
    return people_of(PARTIES)


def redacted(name: str, content: bytes, service: RedactionService) -> RedactedFile:
    """What becomes of a file where every identifier of everybody goes."""
    return redact_file(name, content, people(), chosen_profile(None, None), service)


def residue(content: bytes, values: Sequence[str] = VALUES) -> list[str]:
    """Return which values any layer of a file still holds, packed, encoded or plain."""
    layers = list(_layers(content))
    return [value for value in values if any(_holds(layer, value) for layer in layers)]


def _holds(layer: bytes, value: str) -> bool:
    low = layer.lower()
    return any(
        spelling.encode(encoding).lower() in low
        for spelling in (value, value.lower(), value.upper(), value.replace(" ", ""))
        for encoding in ("utf-8", "utf-16-le", "utf-16-be")
    )


def _layers(content: bytes) -> Iterator[bytes]:
    yield content
    yield from map(_inflated, re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL))
    for packed in re.findall(rb"(?:[A-Za-z0-9+/]{60,}\s+)+[A-Za-z0-9+/]*={0,2}", content):
        yield base64.b64decode(b"".join(packed.split()) + b"===", validate=False)
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                yield entry.filename.encode() + entry.comment + entry.extra
                yield from _layers(archive.read(entry))
    if content.startswith(b"From:"):
        for part in BytesParser(policy=policy.default).parsebytes(content).walk():
            payload = part.get_payload(decode=True)
            yield str(part.items()).encode()
            if isinstance(payload, bytes):
                yield from _layers(payload)


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return stream


def zipped(parts: Mapping[str, bytes | str]) -> bytes:
    """Return a zip of these parts."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return written.getvalue()


def with_parts(content: bytes, parts: Mapping[str, bytes | str]) -> bytes:
    """Return a zip with these parts put into it or in place of its own."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        own = {name: archive.read(name) for name in archive.namelist()}
    return zipped({**own, **parts})


def relations(*kinds_and_names: tuple[str, str]) -> str:
    """Return a listing of related parts."""
    rows = "".join(
        f'<Relationship Id="r{number}" Type="{_KINDS}{kind}" Target="{name}"/>'
        for number, (kind, name) in enumerate(kinds_and_names)
    )
    return f'<Relationships xmlns="{_RELATIONS}">{rows}</Relationships>'


def word(body: str, **parts: str) -> bytes:
    """Return a .docx around a body; each part is named for its kind: `footnotes="<w:...>"`."""
    related = [(kind, f"{kind}.xml") for kind in parts]
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations(("officeDocument", "word/document.xml")),
            "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": relations(*related),
            **{f"word/{kind}.xml": text.replace("{W}", _W) for kind, text in parts.items()},
        }
    )


def paragraph(text: str, settings: str = "", run: str = "") -> str:
    """Return a Word paragraph of one run."""
    return (
        f"<w:p><w:pPr>{settings}</w:pPr><w:r><w:rPr>{run}</w:rPr>"
        f'<w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
    )


def pdf(*pages: str, page: str = "", root: str = "", objects: Sequence[str] = ()) -> bytes:
    """Return a PDF whose pages draw what is given, in Helvetica as F1.

    Args:
        pages: content streams.
        page: more entries of every page.
        root: more entries of the catalogue.
        objects: more objects; the first has number 4.

    """
    first = 4 + len(objects)
    kids = " ".join(f"{first + 2 * at} 0 R" for at in range(len(pages)))
    bodies = [
        f"<< /Type /Catalog /Pages 2 0 R {root} >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        *objects,
    ]
    drawn = _OBJECTS if objects else ""
    for at, content in enumerate(pages):
        entries = (
            f"/Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {first + 2 * at + 1} 0 R",
            f"{page} /Resources << /Font << /F1 3 0 R >> {drawn} >>",
        )
        bodies += [
            f"<< {' '.join(entries)} >>",
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        ]
    return _assembled(bodies)


_OBJECTS = "/XObject << /X1 4 0 R >>"


def _assembled(bodies: Sequence[str]) -> bytes:
    written, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    listing = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(bodies) + 1
    tail = (
        f"xref\n0 {size}\n0000000000 65535 f \n{listing}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    )
    return written + f"{tail}startxref\n{len(written)}\n%%EOF\n".encode()


def line(text: str, *, at: tuple[int, int] = (72, 700), before: str = "") -> str:
    """Return the operations that show one line of text."""
    return f"BT /F1 12 Tf {before} {at[0]} {at[1]} Td ({text}) Tj ET"


def refused(name: str, content: bytes, said: str) -> None:
    """Refused in one sentence that begins with what to do and repeats nothing of the file."""
    with pytest.raises(RedactionError, match=said) as caught:
        read(name, content)
    sentence = str(caught.value)

    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert sentence[0].isupper()
    assert "Ellwood" not in sentence


class Lent:
    """The service that all tests of a process share: starting one of its own takes seconds."""

    def __init__(self, service: RedactionService) -> None:
        """Borrow a service."""
        self.detect = service.detect

    def close(self) -> None:
        """Leave it running: it is lent."""
