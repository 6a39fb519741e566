"""C2SP tlog-checkpoint as a C2SP signed note. DO NOT change a byte: foreign software reads it.

    <origin>
    <size>
    <base64 of the root>
    marac-map-v1 <base64 of the root of the map of cases>

    — <key name> <base64 of key id and signature>

The key's name is the origin. The fourth line is an extension line of C2SP tlog-checkpoint: notes
from before the map have none, and lines that we do not know are signed over and otherwise ignored.
Further signature lines are witnesses' and are kept, not judged.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Collection
from dataclasses import dataclass

from broker.domain.errors import LedgerVerificationError, SettingsError
from broker.domain.ledger import Checkpoint
from broker.ledger.note_keys import KEY_ID_BYTES, key_id, key_text, read_key_text

Sign = Callable[[bytes], bytes]
"""Message to 64-byte Ed25519 signature."""
Check = Callable[[bytes, bytes], bool]
"""Message and signature: whether the log's key made it."""

ED25519_ALGORITHM = b"\x01"
"""C2SP signed-note signature type."""
ROOT_BYTES = 32
MAX_NOTE_BYTES = 16_384
"""A checkpoint and some hundred witnesses; bounds what a parser is fed."""
MAP_LINE = "marac-map-v1 "
"""How the extension line begins that commits to the map of cases (see case_map)."""
_ORIGIN = re.compile(r"[^\s+\x00-\x1f\x7f]{1,255}")
_MAP_ROOT = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")
"""32 bytes in the one way that base64 has for them."""
_NOTE = re.compile(
    r"(?P<text>(?P<origin>[^\n]+)\n(?P<size>[1-9][0-9]{0,17})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"(?P<extensions>(?:[^\n]+\n)*))\n"
    r"(?P<signatures>(?:\u2014 [^\s+]+ [A-Za-z0-9+/]+={0,2}\n)+)"
)


class UnknownMapError(LedgerVerificationError):
    """It is a note, and what it says of the map cannot be read: changed, or signed so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKey:
    """The log's public key under the log's name.

    Args:
        earlier: keys that the log had before, oldest first, each behind the size of the last
            checkpoint that it signed: what it signed later counts for nothing.
        others: keys that the log had at times which whoever checks does not know: what one of them
            signed counts like what `public_key` signed.

    """

    origin: str
    public_key: bytes
    earlier: tuple[tuple[int, bytes], ...] = ()
    others: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a name that signed notes cannot carry."""
        if _ORIGIN.fullmatch(self.origin) is None:
            raise SettingsError("Name the log without spaces and plus signs: example.org/marac.")

    @property
    def key_id(self) -> bytes:
        """First bytes of SHA-256(name, newline, algorithm, public key)."""
        return key_id(self.origin, ED25519_ALGORITHM, self.public_key)

    def at(self, size: int) -> "LogKey":
        """Return the key of the time at which the log had that size."""
        for last, public_key in self.earlier:
            if size <= last:
                return LogKey(origin=self.origin, public_key=public_key)
        return self

    def verifier_text(self) -> str:
        """Return `name+keyid+base64`, the line that Go's note package and witnesses read."""
        return key_text(self.origin, ED25519_ALGORITHM, self.public_key)

    @classmethod
    def of_verifier(cls, text: str) -> "LogKey":
        """Read the line that `verifier_text` writes.

        Raises:
            SettingsError: it is not one, or its parts do not belong together.

        """
        found = read_key_text(text, ED25519_ALGORITHM)
        if found is None:
            raise SettingsError("Give the log's key as its operator does: name+key id+base64.")
        origin, public_key = found
        return cls(origin=origin, public_key=public_key)


def sign_checkpoint(
    key: LogKey, sign: Sign, size: int, root: bytes, map_root: bytes | None = None
) -> Checkpoint:
    """Return the signed statement that the tree of `size` and its map of cases have those roots."""
    text = f"{key.origin}\n{size}\n{b64encode(root).decode()}\n"
    if map_root is not None:
        text += f"{MAP_LINE}{b64encode(map_root).decode()}\n"
    signature = b64encode(key.key_id + sign(text.encode())).decode()
    note = f"{text}\n\u2014 {key.origin} {signature}\n"
    return Checkpoint(origin=key.origin, size=size, root=root, note=note, map_root=map_root)


def parse_checkpoint(note: str) -> Checkpoint:
    """Return what a note says, its signature unchecked.

    Raises:
        LedgerVerificationError: it is not a checkpoint.

    """
    found = _NOTE.fullmatch(note) if len(note) <= MAX_NOTE_BYTES else None
    if found is None:
        raise LedgerVerificationError("The checkpoint is not a C2SP signed note.")
    return Checkpoint(
        origin=found["origin"],
        size=int(found["size"]),
        root=b64decode(found["root"]),
        note=note,
        map_root=_map_root(found["extensions"].split("\n")),
    )


def _map_root(extensions: list[str]) -> bytes | None:
    """Return what the note commits to as its map of cases; None where it has no such line."""
    ours = [line for line in extensions if f"{line} ".startswith(MAP_LINE)]
    if not ours:
        return None
    encoded = ours[0].removeprefix(MAP_LINE)
    if len(ours) > 1 or _MAP_ROOT.fullmatch(encoded) is None:
        raise UnknownMapError("The checkpoint commits to the map of cases in no known way.")
    return b64decode(encoded)


def check_checkpoint(key: LogKey, check: Check, note: str) -> Checkpoint:
    """Return what a note says, once the log's own signature on it holds.

    Raises:
        LedgerVerificationError: another log's, unsigned by us, or changed.

    """
    checkpoint = parse_checkpoint(note)
    text, _, signatures = note.partition("\n\n")
    public_keys = (key.at(checkpoint.size).public_key, *key.others)
    ids = {key_id(key.origin, ED25519_ALGORITHM, one) for one in public_keys}
    ours = [_signature(key.origin, ids, line) for line in signatures.splitlines()]
    made = [one for one in ours if one is not None]
    if checkpoint.origin != key.origin or not made:
        raise LedgerVerificationError("The checkpoint is not signed by this log's key.")
    if not all(check(f"{text}\n".encode(), one) for one in made):
        raise LedgerVerificationError("The checkpoint's signature does not hold.")
    return checkpoint


def _signature(origin: str, ids: Collection[bytes], line: str) -> bytes | None:
    """Return the signature of a line that names a key of ours, or None for somebody else's."""
    _, name, encoded = line.split(" ")
    try:
        blob = b64decode(encoded, validate=True)
    except Base64Error as error:
        raise LedgerVerificationError("A signature on the checkpoint is not base64.") from error
    # Witnesses' lines too: other software reads loose base64 in other ways.
    if b64encode(blob).decode() != encoded:
        raise LedgerVerificationError("A signature on the checkpoint is not plain base64.")
    if name != origin or blob[:KEY_ID_BYTES] not in ids:
        return None
    return blob[KEY_ID_BYTES:]
