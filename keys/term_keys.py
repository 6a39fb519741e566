r"""Keys of one month each, so that an old copy of the database is worth nothing.

A data key is wrapped by custody and under the key of the month in which it was wrapped last. Every
month all of them are wrapped anew, and once copies of the database have reached their term the
month's key is destroyed: what such a copy holds then no longer opens, wherever it lies.

    YYYY-MM.key = "marac-term-key/1\n" || custody.wrap(32 random bytes, context)
    context     = "term-key/1|YYYY-MM"

Do not reorder or rename anything here under this version: what it wrapped cannot be made again.
The folder is the one thing that a copy of the database may not hold, and all replicas share it.
"""

import os
import re
from pathlib import Path
from threading import Lock
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.domain.erasure import Period
from broker.domain.errors import CustodyError
from broker.domain.ports import Custody
from keys.files import OWNER_ONLY_FOLDER, read_whole, write_new

FOLDER: Final = "terms"
"""Below the folder of our own keys."""
HEADER: Final = b"marac-term-key/1\n"
KEY_BYTES: Final = 32
_CONTEXT: Final = b"term-key/1|"
_NAME: Final = re.compile(r"([0-9]{4}-(?:0[1-9]|1[0-2]))\.key")


class FileTermKeys:
    """Implements erasure.TermKeys in a folder of files, which each replica reads when it needs."""

    __slots__ = ("_custody", "_folder", "_known", "_lock")

    def __init__(self, folder: Path, custody: Custody) -> None:
        """Use the folder; it is made with the first key."""
        self._folder = folder
        self._custody = custody
        self._lock = Lock()
        self._known: dict[Period, AESGCM] = {}

    def begin(self, period: Period) -> bool:
        """Make the month's key; False where it, or a later one, is there already.

        Raises:
            CustodyError: the folder cannot be written.

        """
        if any(one >= period for one in self.kept()):
            return False
        context = _CONTEXT + period.encode("ascii")
        content = HEADER + self._custody.wrap(os.urandom(KEY_BYTES), context)
        self._folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        try:
            write_new(self._path(period), content)
        except CustodyError:
            if not self._path(period).exists():
                raise
            return False  # Another replica made it in this moment: there is one, and it is whole.
        return True

    def kept(self) -> tuple[Period, ...]:
        """Return the months whose keys are there, oldest first."""
        try:
            found = [_NAME.fullmatch(one.name) for one in self._folder.iterdir()]
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise CustodyError("The folder of term keys cannot be read; check it.") from error
        return tuple(sorted(Period(one[1]) for one in found if one is not None))

    def destroy(self, period: Period) -> None:
        """Overwrite the month's key and remove it; nothing happens where it is gone.

        A crash in between leaves a file that opens nothing, and the next call removes it.
        """
        with self._lock:
            self._known.pop(period, None)
        path = self._path(period)
        try:
            with path.open("r+b", buffering=0) as file:
                file.write(os.urandom(path.stat().st_size))
                os.fsync(file.fileno())
            path.unlink()
            _sync(self._folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise CustodyError("A term key cannot be removed; check the folder.") from error

    def of(self, period: Period) -> AESGCM:
        """Return a month's key.

        Raises:
            CustodyError: it was destroyed, or this replica does not share the folder.

        """
        with self._lock:
            known = self._known.get(period)
        if known is not None:
            return known
        if period not in self.kept():
            raise CustodyError(
                f"The key of {period} is not there: what it protects has reached its term, or this "
                "broker does not share the folder of term keys."
            )
        content = read_whole(self._path(period))
        if not content.startswith(HEADER):
            raise CustodyError(f"The key of {period} is not of a version this program reads.")
        context = _CONTEXT + period.encode("ascii")
        made = AESGCM(self._custody.unwrap(content.removeprefix(HEADER), context))
        with self._lock:
            return self._known.setdefault(period, made)

    def forget_destroyed(self) -> None:
        """Drop keys from this process's memory that another one has destroyed."""
        kept = self.kept()
        with self._lock:
            self._known = {one: key for one, key in self._known.items() if one in kept}

    def _path(self, period: Period) -> Path:
        return self._folder / f"{period}.key"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
