"""The salts of receipts, kept apart from them: with its salt a receipt can be checked, and guessed.

DO NOT REORDER: one JSON object a line, `{version, salt_sha256, salt}`; a receipt names its salt by
the hash. The file is for its owner only and is never written over.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from broker.domain.errors import InvalidRequestError

SALTS_VERSION = 1
OWNER_ONLY = 0o600


class SaltFile:
    """Where the salts of one run go; nowhere, if nobody named a file."""

    def __init__(self, path: Path | None) -> None:
        """Create the file at once, so that a name that is taken stops the run before it begins."""
        self._path = path
        if path is not None:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY))

    def keep(self, salt: bytes) -> None:
        """Append one salt."""
        if self._path is not None:
            row = {
                "version": SALTS_VERSION,
                "salt_sha256": hashlib.sha256(salt).hexdigest(),
                "salt": salt.hex(),
            }
            with self._path.open("a", encoding="ascii") as lines:
                lines.write(json.dumps(row) + "\n")


def read_salts(path: Path) -> dict[str, bytes]:
    """Return every salt of a file by its hash.

    Raises:
        InvalidRequestError: a line that is none of ours.

    """
    with path.open("rb") as lines:
        return dict(_salts(lines))


def _salts(lines: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            salt = {SALTS_VERSION: row["salt"]}[row["version"]]
            yield str(row["salt_sha256"]), bytes.fromhex(salt)
        except (ValueError, TypeError, KeyError):
            raise InvalidRequestError(
                f"Use the file that redact --salts wrote: line {number} is none of its lines."
            ) from None
