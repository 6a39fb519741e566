"""Documents of an opened package as files: where the recipient says, and under names of our own.

The folder is opened once and written into by that handle, each file is new and readable by its
owner alone, and nothing that is there is ever written over.
"""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from broker.domain.errors import InvalidRequestError
from keys.content import Document, PackageContent
from keys.encoding import read_b64u

OWNER_ONLY = 0o600
FOLDER_OWNER_ONLY = 0o700
_ID = re.compile("[0-9a-f]{32}")
_SHORT = 8
"""Hex digits of the disclosure's id: enough to tell a recipient's packages apart."""
_STRANGE = "Ask for it to be sent again: its documents cannot be given a name."
_SUFFIXES = frozenset((".docx", ".eml", ".html", ".pdf", ".txt", ".xlsx"))
"""Kinds that are saved; none of them is a program."""


def save_documents(content: PackageContent, folder: Path) -> Sequence[Path]:
    """Write the documents; return where they are.

    Raises:
        InvalidRequestError: there is none, the folder cannot be used, or one is there already.

    """
    named = list(_named(content))
    if not named:
        raise InvalidRequestError("Open it without --save: no document is in this package.")
    try:
        folder.mkdir(FOLDER_OWNER_ONLY, exist_ok=True)
        within = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise InvalidRequestError(
            f"Name a folder that can be written to ({type(error).__name__})."
        ) from None
    try:
        for name, one in named:
            _write(within, name, read_b64u(one.content))
    finally:
        os.close(within)
    return [folder / name for name, _ in named]


def _named(content: PackageContent) -> Iterator[tuple[str, Document]]:
    """Yield each document with the name it gets; of its own name only the kind is used."""
    documents = [one for item in content.items for one in item.documents]
    if not _ID.fullmatch(content.disclosure_id):
        raise InvalidRequestError(_STRANGE)
    for number, one in enumerate(documents, 1):
        suffix = PurePosixPath(one.name).suffix
        if suffix not in _SUFFIXES:
            raise InvalidRequestError(
                "Ask for it to be sent again: a document is of no known kind."
            )
        yield f"{content.disclosure_id[:_SHORT]}-document-{number}{suffix}", one


def _write(within: int, name: str, content: bytes) -> None:
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        descriptor = os.open(name, flags, OWNER_ONLY, dir_fd=within)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except FileExistsError:
        raise InvalidRequestError(
            f"Name another folder: {name} is there already, and nothing is written over."
        ) from None
    except OSError as error:
        raise InvalidRequestError(
            f"Make room or name another folder: {name} could not be written whole"
            f" ({type(error).__name__}); delete what there is of it."
        ) from None
