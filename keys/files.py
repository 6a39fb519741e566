"""Key files: written whole or not at all, readable by their owner only.

A new one is never written over another; custody alone replaces its own, under a lock.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from broker.domain.errors import CustodyError

OWNER_ONLY = 0o600
OWNER_ONLY_FOLDER = 0o700
MAX_KEY_FILE_BYTES = 64 * 1024
"""A key file is a few hundred bytes; what is larger is something else."""


def write_new(path: Path, content: bytes) -> None:
    """Write durably; refuse if there is a file already.

    The content goes to a name of its own first and is then linked, which fails if the name is
    taken: if we crash before the link, there is no key; after it, a whole one.

    Raises:
        CustodyError: the file is there, or the folder cannot be written.

    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        _write(fresh, content)
        os.link(fresh, path)
        _sync_folder(path.parent)
    except FileExistsError as error:
        raise CustodyError(
            f"{path.name} is there already and is never overwritten; choose another folder."
        ) from error
    except OSError as error:
        raise CustodyError(
            f"{path.name} could not be written; check the folder's rights and the disk."
        ) from error
    finally:
        fresh.unlink(missing_ok=True)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep every other process out that would replace a file of this folder, while the block runs.

    Raises:
        CustodyError: the folder is not there.

    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise CustodyError("The folder of the keys cannot be opened; check its name.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_again(path: Path, content: bytes) -> None:
    """Replace durably; `alone_in` the folder, so that nobody else's file is lost.

    The content goes to a name of its own first and then takes the place of the old: if we crash
    before that, the old file is there whole; after it, the new one.

    Raises:
        CustodyError: the folder cannot be written.

    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(fresh, content)
        fresh.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise CustodyError(
            f"{path.name} could not be written; check the folder's rights and the disk."
        ) from error
    finally:
        fresh.unlink(missing_ok=True)


def read_whole(path: Path) -> bytes:
    """Read a key file.

    Raises:
        CustodyError: it is missing, unreadable or far too large.

    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_KEY_FILE_BYTES + 1)
    except OSError as error:
        raise CustodyError(f"{path.name} cannot be read; check that it is there.") from error
    if len(content) > MAX_KEY_FILE_BYTES:
        raise CustodyError(f"{path.name} is far too large for a key; check which file it is.")
    return content


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def changed_at(folder: Path, name: str) -> int | None:
    """Return when a file was replaced, in nanoseconds; None while it cannot be seen."""
    try:
        return os.stat(f"{folder}/{name}").st_mtime_ns  # noqa: PTH116  # asked for each seal
    except OSError:
        return None
