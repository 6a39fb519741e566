"""Cosignatures of witnesses, C2SP tlog-cosignature v1. DO NOT change a byte: others check them.

A line on the checkpoint's note, like the log's own:

    — <witness's name> <base64 of key id, 8 bytes of POSIX seconds, Ed25519 signature>

The signature is over `cosignature/v1`, `time <seconds>` and the note's text, each ended by a new
line. It says: at that time this was the newest checkpoint of the log that I had seen, and
it goes on from every one that I cosigned before.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from broker.domain.errors import LedgerVerificationError, SettingsError
from broker.domain.ledger import Checkpoint
from broker.ledger.checkpoint import Sign, parse_checkpoint
from broker.ledger.note_keys import KEY_ID_BYTES, key_id, key_text, read_key_text

COSIGNATURE_ALGORITHM = b"\x04"
"""C2SP signed-note signature type of a timestamped Ed25519 cosignature."""
TIME_BYTES = 8
SIGNATURE_BYTES = 64
"""RFC 8032 section 5.1.6."""
_DASH = "\u2014 "


class CheckBy(Protocol):
    """Whether the signature is that public key's over the message."""

    def __call__(self, public_key: bytes, message: bytes, signature: bytes, /) -> bool:
        """Never raises: what is malformed does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessKey:
    """A witness's public key under the witness's name."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        """Refuse a name that signed notes cannot carry."""
        unfit = not self.name or "+" in self.name or any(one.isspace() for one in self.name)
        if unfit or not self.name.isprintable():
            raise SettingsError("Name the witness without spaces and plus signs: example.org/eye.")

    @property
    def key_id(self) -> bytes:
        """First bytes of SHA-256(name, newline, algorithm, public key)."""
        return key_id(self.name, COSIGNATURE_ALGORITHM, self.public_key)

    def verifier_text(self) -> str:
        """Return `name+keyid+base64`, the line that brokers and verifiers are given."""
        return key_text(self.name, COSIGNATURE_ALGORITHM, self.public_key)

    @classmethod
    def of_verifier(cls, text: str) -> "WitnessKey":
        """Read the line that `verifier_text` writes.

        Raises:
            SettingsError: it is not one, or its parts do not belong together.

        """
        found = read_key_text(text, COSIGNATURE_ALGORITHM)
        if found is None:
            raise SettingsError("Give the witness's key as it says it: name+key id+base64.")
        name, public_key = found
        return cls(name=name, public_key=public_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """Whose it is, and when it was made."""

    name: str
    at: datetime


def cosign(key: WitnessKey, sign: Sign, checkpoint: Checkpoint, at: datetime) -> str:
    """Return the witness's line for a checkpoint, without its line end; `at` to the second."""
    seconds = int(at.timestamp())
    signature = sign(_message(_text(checkpoint.note), seconds))
    blob = key.key_id + seconds.to_bytes(TIME_BYTES) + signature
    return f"{_DASH}{key.name} {b64encode(blob).decode()}"


def cosignatures(keys: Sequence[WitnessKey], check: CheckBy, note: str) -> tuple[Cosignature, ...]:
    """Return which of these witnesses cosigned a note; the newest of each, in the keys' order.

    Raises:
        LedgerVerificationError: a line under a known witness's key does not hold.

    """
    text, lines = _text(note), _lines(note)
    found = []
    for key in keys:
        made = [one for line in lines if (one := _made_by(key, check, text, line)) is not None]
        if made:
            found.append(Cosignature(name=key.name, at=max(made)))
    return tuple(found)


def with_lines(note: str, lines: Sequence[str]) -> str:
    """Return the note with more signature lines; a newer line takes the place of a key's older."""
    mine = {_owner(line): line for line in lines}
    kept = [line for line in _lines(note) if _owner(line) not in mine]
    whole = f"{_text(note)}\n" + "".join(f"{line}\n" for line in [*kept, *mine.values()])
    parse_checkpoint(whole)
    return whole


def _made_by(key: WitnessKey, check: CheckBy, text: str, line: str) -> datetime | None:
    """Return when that key cosigned; None where the line is another key's."""
    name, blob = _parts(line)
    if name != key.name or blob[:KEY_ID_BYTES] != key.key_id:
        return None
    timed, signature = blob[KEY_ID_BYTES:][:TIME_BYTES], blob[KEY_ID_BYTES + TIME_BYTES :]
    seconds = int.from_bytes(timed)
    if len(signature) != SIGNATURE_BYTES or not check(
        key.public_key, _message(text, seconds), signature
    ):
        raise LedgerVerificationError(f"The cosignature of {key.name} does not hold.")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise LedgerVerificationError(f"The cosignature of {key.name} has no such time.") from error


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _text(note: str) -> str:
    return note.partition("\n\n")[0] + "\n"


def _lines(note: str) -> list[str]:
    return note.partition("\n\n")[2].splitlines()


def _owner(line: str) -> tuple[str, bytes]:
    name, blob = _parts(line)
    return name, blob[:KEY_ID_BYTES]


def _parts(line: str) -> tuple[str, bytes]:
    """Return the name and the bytes of a signature line."""
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        blob = b64decode(encoded, validate=True)
    except Base64Error as error:
        raise LedgerVerificationError("A line of the checkpoint is not base64.") from error
    if f"{dash} " != _DASH or not name or b64encode(blob).decode() != encoded:
        raise LedgerVerificationError("A line of the checkpoint is no signature.")
    return name, blob
