"""Scans and pictures: read by tesseract where the system has it, and refused by name where not.

What comes out is the text alone; the picture itself never travels. tesseract runs inside the
reading process's limits, over a pipe, and writes no file.
"""

import io
import shutil
import subprocess
from collections.abc import Sequence

from broker.domain.documents import WhyLeftOut
from broker.domain.errors import DocumentRefusedError
from redaction.documents.document import Document, Kind
from redaction.documents.draft import Draft
from redaction.documents.plain_text import add_paragraphs

PROGRAM = "tesseract"
MAX_PIXELS = 40_000_000
"""About an A4 page at 600 dots per inch."""
SECONDS = 60
_WHITE_DPI = "200"
_NO_PROGRAM = (
    "Have it typed, or install tesseract on this machine: {} is a picture, and its words "
    "cannot be read."
)
_UNREADABLE = "Have it typed, or scan it anew: {} is a picture whose words cannot be read."


def read_image(content: bytes) -> Document:
    """Return the words of a picture, as a document that is written as a PDF."""
    draft = Draft(Kind.PDF)
    draft.leave_out("image")
    add_paragraphs(draft, read_pictures([content], "the file"))
    return draft.done()


def read_pictures(pictures: Sequence[bytes], place: str) -> str:
    """Return the words of pictures of one page, in order.

    Raises:
        RedactionError: no tesseract, no picture, or not a word in it.

    """
    if shutil.which(PROGRAM) is None:
        raise DocumentRefusedError(_NO_PROGRAM.format(place), WhyLeftOut.PICTURE)
    text = "\n\n".join(_words(_plain(one, place), place) for one in pictures)
    if not any(map(str.isalnum, text)):
        raise DocumentRefusedError(_UNREADABLE.format(place), WhyLeftOut.PICTURE)
    return text


def _plain(content: bytes, place: str) -> bytes:
    """Return a picture as plain grey pixels: whatever else its file holds goes no further."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415  # only scans need it

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "TIFF", "BMP", "GIF")) as one:
            if one.width * one.height > MAX_PIXELS or getattr(one, "n_frames", 1) > 1:
                raise DocumentRefusedError(
                    "Split or shrink the picture: it is larger than one page.", WhyLeftOut.PICTURE
                )
            grey = one.convert("L")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise DocumentRefusedError(_UNREADABLE.format(place), WhyLeftOut.PICTURE) from None
    written = io.BytesIO()
    grey.save(written, "PNG")
    return written.getvalue()


def _words(picture: bytes, place: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603  # fixed arguments, no shell
            [PROGRAM, "stdin", "stdout", "--dpi", _WHITE_DPI, "-l", "eng"],
            input=picture,
            capture_output=True,
            timeout=SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError):
        raise DocumentRefusedError(_UNREADABLE.format(place), WhyLeftOut.PICTURE) from None
    return done.stdout.decode("utf-8", "replace").replace("\f", "\n")
