"""A log as one file, for whoever verifies or replays it elsewhere. DO NOT reorder or rename.

JSON Lines. First the head, one object in RFC 8785 form with `version`; then one array an entry,
`["<leaf hash in hex>",<the entry's own bytes>]`, in order and as many as the checkpoint says. The
hash beside an entry lets a reader name the entry that was changed; that all of them are right is
what the checkpoint's root says. FORMAT.md has the table for other people's software.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from json import loads
from typing import BinaryIO

from broker.domain.errors import InvalidRequestError, LedgerError, LedgerVerificationError
from broker.domain.ledger import Checkpoint, JsonValue, LedgerEntry
from broker.ledger.checkpoint import MAX_NOTE_BYTES, UnknownMapError, parse_checkpoint
from broker.ledger.entry import MAX_ENTRY_BYTES, canonical_bytes, time_text
from broker.ledger.verify import Run, fault

VERSION = 1
_HEX_DIGITS = 2 * sha256().digest_size
_BEGINS = re.compile(rb'\["([0-9a-f]{64})",')
_WRAPPING_BYTES = len('["",]\n') + _HEX_DIGITS
_MAX_HEAD_BYTES = 2 * MAX_NOTE_BYTES
"""Bytes of a head: a checkpoint with its line ends escaped, and a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the first line says; true once the last entry has been read.

    Args:
        newest_at: when the last entry was made.

    """

    checkpoint: Checkpoint
    newest_at: datetime


def head_line(head: Head) -> bytes:
    """Return the first line."""
    members: dict[str, JsonValue] = {
        "checkpoint": head.checkpoint.note,
        "newest_at": time_text(head.newest_at),
        "version": VERSION,
    }
    return canonical_bytes(members) + b"\n"


def entry_line(entry: LedgerEntry) -> bytes:
    """Return the line of one entry."""
    return b'["' + entry.leaf_hash.hex().encode() + b'",' + entry.canonical + b"]\n"


def read_head(file: BinaryIO) -> Head:
    """Read the first line.

    Raises:
        InvalidRequestError: this is no export of this version.
        LedgerVerificationError: its checkpoint commits to a map that cannot be read.

    """
    line = file.readline(_MAX_HEAD_BYTES)
    try:
        members = loads(line)
        head = Head(
            checkpoint=parse_checkpoint(members["checkpoint"]),
            newest_at=datetime.fromisoformat(members["newest_at"]),
        )
        same = head_line(head) == line and members["version"] is not True
    except UnknownMapError:
        raise
    except (ValueError, KeyError, TypeError, LedgerError, RecursionError):
        same = False
    if not same:
        raise InvalidRequestError("The file is no export of a log: make it with ledger export.")
    return head


def read_entries(file: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes of each entry, held to the hash that stands beside them.

    Raises:
        LedgerVerificationError: names the first entry whose line is not as it was written.

    """
    index = 0
    while line := file.readline(MAX_ENTRY_BYTES + _WRAPPING_BYTES):
        begins = _BEGINS.match(line)
        if begins is None or not line.endswith(b"]\n"):
            raise fault(index, "its line was changed, or cut short")
        canonical = line[begins.end() : -2]
        if sha256(b"\x00" + canonical).hexdigest().encode() != begins[1]:
            raise fault(index, "its line was changed")
        yield canonical
        index += 1


def verified(head: Head, canonicals: Iterable[bytes]) -> Iterator[LedgerEntry]:
    """Yield the entries in order. Believe none of them before the last has been yielded.

    Raises:
        LedgerVerificationError: an entry is not what follows the ones before it, or all of them
            together are not the tree of the checkpoint.

    """
    run, size = Run(), head.checkpoint.size
    entry = None
    for canonical in canonicals:
        if run.frontier.size == size:
            raise fault(size, "the checkpoint does not cover it")
        entry, _ = run.feed(canonical)
        yield entry
    if run.frontier.size != size:
        raise fault(run.frontier.size, "it is missing")
    if run.frontier.root() != head.checkpoint.root:
        raise LedgerVerificationError(
            "The entries are not those that the checkpoint was signed for: fetch the export again."
        )
    run.check_map(head.checkpoint)
    if entry is None or entry.at != head.newest_at:
        raise fault(size - 1, "it is not of the time that the head gives")
