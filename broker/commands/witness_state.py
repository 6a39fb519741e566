"""What a witness keeps: its own key, and for each log the newest checkpoint that it cosigned.

    <folder>/custody.key           the witness's key, under a passphrase
    <folder>/name                  the witness's name
    <folder>/<hash of log>.json    {"version": 1, "log": verifier line, "note": the note or null}

A checkpoint is on the disk before its cosignature leaves, and one process at a time judges, so the
witness never signs two trees, whatever dies in between. A log's file is made by `watch` and by
nothing else: a log whose file is gone is a log that the witness does not know.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from broker.domain.errors import CustodyError, SettingsError
from broker.ledger.checkpoint import LogKey, parse_checkpoint
from broker.ledger.cosignature import WitnessKey, cosign, with_lines
from broker.ledger.witness import Answer, Asked, WitnessRefusalError, judge, origin_of
from keys.custody.file import FileCustody
from keys.files import alone_in, read_whole, write_again, write_new
from keys.signing import verify

VERSION: Final = 1
NAME_FILE: Final = "name"
LOG_KEY: Final = "log"
"""Of the two signing keys that custody makes; a witness needs one."""


def _now() -> datetime:
    return datetime.now(UTC)


class Witness:
    """A witness over its folder. Make one with `create` or `open`."""

    __slots__ = ("_custody", "_folder", "_now", "key")

    def __init__(
        self, folder: Path, name: str, custody: FileCustody, now: Callable[[], datetime] = _now
    ) -> None:
        """Hold the key in memory."""
        self._folder, self._custody, self._now = folder, custody, now
        self.key = WitnessKey(name=name, public_key=custody.public_key(LOG_KEY))

    @classmethod
    def create(cls, folder: Path, name: str, passphrase: str) -> "Witness":
        """Make a witness.

        Raises:
            CustodyError: the folder has one already, or cannot be written.
            SettingsError: the name does not fit a signed note.

        """
        WitnessKey(name=name, public_key=b"")
        custody = FileCustody.create(folder, passphrase)
        write_new(folder / NAME_FILE, f"{name}\n".encode())
        return cls(folder, name, custody)

    @classmethod
    def open(cls, folder: Path, passphrase: str) -> "Witness":
        """Open a witness; CustodyError for another passphrase or a folder that has none."""
        custody = FileCustody.open(folder, passphrase)
        return cls(folder, read_whole(folder / NAME_FILE).decode().strip(), custody)

    def watch(self, log: LogKey) -> None:
        """Begin to cosign a log, or go on under the new key that its operator announced."""
        path = self._path(log.origin)
        with alone_in(self._folder):
            note = _read(path)[1] if path.exists() else None
            write_again(path, _written(log, note))

    def newest(self, origin: str) -> str | None:
        """Return the newest note that was cosigned of a log, with the cosignature."""
        path = self._path(origin)
        return _read(path)[1] if path.exists() else None

    def cosign(self, asked: Asked) -> str:
        """Return the cosignature's line, once the checkpoint is on the disk.

        Raises:
            WitnessRefusalError: it is not a checkpoint to cosign, or not of a log we know.
            LedgerVerificationError: the note is no checkpoint.
            CustodyError: the state cannot be written; nothing was signed that anybody saw.

        """
        path = self._path(origin_of(asked))
        with alone_in(self._folder):
            if not path.exists():
                raise WitnessRefusalError(Answer.UNKNOWN_LOG, "This witness does not know the log.")
            log, note = _read(path)
            kept = None if note is None else parse_checkpoint(note)
            shown = judge(log, partial(verify, log.public_key), kept, asked)
            line = cosign(self.key, partial(self._custody.sign, LOG_KEY), shown, self._now())
            write_again(path, _written(log, with_lines(shown.note, [line])))
        return line

    def _path(self, origin: str) -> Path:
        return self._folder / f"{sha256(origin.encode()).hexdigest()[:32]}.json"


def _written(log: LogKey, note: str | None) -> bytes:
    members = {"version": VERSION, "log": log.verifier_text(), "note": note}
    return json.dumps(members, indent=1).encode()


def _read(path: Path) -> tuple[LogKey, str | None]:
    """Read a log's file; one that cannot be read stops the witness rather than its memory."""
    try:
        members = json.loads(read_whole(path))
        log, note = LogKey.of_verifier(members["log"]), members["note"]
        sound = members["version"] == VERSION and (note is None or parse_checkpoint(note))
    except (ValueError, KeyError, TypeError, SettingsError) as error:
        raise _spoilt(path) from error
    if not sound:
        raise _spoilt(path)
    return log, note


def _spoilt(path: Path) -> CustodyError:
    return CustodyError(
        f"{path.name} is not as this witness wrote it: restore it from a copy, "
        "because without it nobody knows what was cosigned."
    )
