"""A zip that is a document: opened within limits, its XML parsed without a way out.

Nothing in it is believed: neither the sizes it states nor its names, and no part of it is written
to a file. An archive inside it is never opened.
"""

import io
import posixpath
import struct
import zipfile
import zlib

from lxml import etree

from broker.domain.documents import WhyLeftOut
from broker.domain.errors import DocumentRefusedError, RedactionError

MAX_ENTRIES = 2_000
MAX_PART_BYTES = 32 * 1024 * 1024
"""Of one part, unpacked; a sheet of MAX_CELLS cells has about 4 MB."""
MAX_RATIO = 200
"""Unpacked to packed bytes of a part; text packs to about a tenth, a bomb to a thousandth."""
_SMALL = 1024 * 1024
"""Bytes below which the ratio says nothing."""
BROKEN = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, NotImplementedError,
    OSError, RecursionError, TypeError, ValueError, struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What readers of other people's raise over files that were damaged, by chance or on purpose:
`NotImplementedError` is zipfile's and pypdf's, for a compression or a feature that they lack."""
_BOMB = "Save the document anew and send that: this file unpacks to more than a document holds."
DAMAGED = "Open the document, save it anew and send that: this file is damaged."


class Archive:
    """The parts of one file, read on demand."""

    def __init__(self, content: bytes) -> None:
        """Open and check the listing.

        Raises:
            RedactionError: no zip, encrypted, with macros, or too much of anything.

        """
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except BROKEN:
            raise DocumentRefusedError(DAMAGED, WhyLeftOut.DAMAGED) from None
        entries = self._zip.infolist()
        names = {one.filename for one in entries}
        if len(entries) > MAX_ENTRIES or len(names) < len(entries):
            raise DocumentRefusedError(_BOMB, WhyLeftOut.TOO_LARGE)
        if any(one.flag_bits & 1 for one in entries) or "EncryptedPackage" in names:
            raise DocumentRefusedError(
                "Save the document without a password and send that.", WhyLeftOut.LOCKED
            )
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            raise DocumentRefusedError(
                "Save the document as .docx or .xlsx: this one holds macros.", WhyLeftOut.MACROS
            )
        self._names = names

    @property
    def names(self) -> frozenset[str]:
        """Every part's name."""
        return frozenset(self._names)

    def read(self, name: str) -> bytes:
        """Return a part, counted while it unpacks: the size it states may be a lie."""
        try:
            entry = self._zip.getinfo(name)
            with self._zip.open(entry) as part:
                content = part.read(MAX_PART_BYTES + 1)
        except BROKEN:
            raise DocumentRefusedError(DAMAGED, WhyLeftOut.DAMAGED) from None
        packed = max(entry.compress_size, 1)
        if len(content) > MAX_PART_BYTES or (
            len(content) > _SMALL and len(content) / packed > MAX_RATIO
        ):
            raise DocumentRefusedError(_BOMB, WhyLeftOut.TOO_LARGE)
        return content

    def xml(self, name: str) -> etree._Element:
        """Return a part as XML."""
        return parsed(self.read(name))

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """Return what a part refers to inside the file: id to (last word of the kind, name)."""
        folder, leaf = posixpath.split(name)
        listing = f"{folder}/_rels/{leaf}.rels".lstrip("/")
        if listing not in self._names:
            return {}
        return {
            one.get("Id", ""): (
                one.get("Type", "").rpartition("/")[2],
                _inside(folder, one.get("Target", "")),
            )
            for one in self.xml(listing)
            if isinstance(one.tag, str) and one.get("TargetMode") != "External"
        }


def parsed(content: bytes) -> etree._Element:
    """Parse XML that may be hostile: no entities, no network, no document type at all.

    Raises:
        RedactionError: it declares a document type, or is not well formed.

    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise DocumentRefusedError(DAMAGED, WhyLeftOut.DAMAGED) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise RedactionError(
            "Save the document anew and send that: this one declares entities of its own."
        )
    return root


def _inside(folder: str, target: str) -> str:
    """Return the name of a part from a reference to it."""
    if target.startswith("/"):
        return posixpath.normpath(target).lstrip("/")
    return posixpath.normpath(posixpath.join(folder, target))
