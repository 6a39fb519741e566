"""Reads the files that an entry of an export names, from one folder and from nowhere else.

A name is one step of a path; links are not followed. A file must have been in its place before the
export that names it: one that is newer, or that changes while it is read, is another file than was
meant. Whatever is wrong with one is said in a word, and the entry goes without it.
"""

import os
import re
import stat
from pathlib import Path
from typing import Final

from broker.domain.documents import (
    MAX_DOCUMENT_BYTES,
    MAX_NAME_BYTES,
    SourceDocument,
    WhyLeftOut,
)

SEPARATOR: Final = ";"
"""Stands between names in one cell."""
_PLAIN: Final = re.compile(r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*")


def names_in(cell: str) -> tuple[str, ...]:
    """Return the names that a cell holds."""
    return tuple(name for one in cell.split(SEPARATOR) if (name := one.strip()))


def opened(folder: Path) -> int:
    """Return the folder's descriptor: names are looked up in it whatever happens to its own path.

    Raises:
        OSError: it cannot be opened, or is a link.

    """
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def read_named(within: int, name: str, before: int, room: int) -> SourceDocument:
    """Return a file, or why it is not here.

    Args:
        within: the open folder.
        name: as the entry has it.
        before: nanoseconds since 1970; when the export that names it was written.
        room: bytes that it may have.

    """
    try:
        return _read(within, name, before, min(room, MAX_DOCUMENT_BYTES))
    except OSError:
        # A link, a folder or a file that is not ours to read is no file that was sent to us.
        return SourceDocument(name=name, fault=WhyLeftOut.MISSING)


def _read(within: int, name: str, before: int, most: int) -> SourceDocument:
    if not _PLAIN.fullmatch(name) or len(os.fsencode(name)) > MAX_NAME_BYTES:
        return SourceDocument(name=name, fault=WhyLeftOut.MISSING)
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(name, flags, dir_fd=within)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return SourceDocument(name=name, fault=WhyLeftOut.MISSING)
        content = file.read(most + 1)
        after = os.fstat(descriptor)
    if len(content) > most:
        return SourceDocument(name=name, fault=WhyLeftOut.TOO_LARGE)
    same = (found.st_size, found.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    if not same or found.st_mtime_ns > before or len(content) != found.st_size:
        return SourceDocument(name=name, fault=WhyLeftOut.CHANGED)
    return SourceDocument(name=name, content=content)
