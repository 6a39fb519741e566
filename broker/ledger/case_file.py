"""One case's entries as one file, for an advocate who trusts nobody. DO NOT reorder or rename.

JSON Lines in RFC 8785 form. First the head: the checkpoint, what its map says of the case, and, if
asked for, the proof that the log has only grown since an earlier checkpoint. Then one object an
entry of the case, in order: the entry's own bytes and the path from it to the signed root. Nothing
in it tells anything about another case. FORMAT.md has the table for other people's software.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from broker.domain.errors import InvalidRequestError, LedgerError, LedgerVerificationError
from broker.domain.ids import CaseTag
from broker.domain.ledger import JsonValue, LedgerEntry
from broker.ledger.case_map import MapProof, OtherLeaf
from broker.ledger.entry import MAX_ENTRY_BYTES, canonical_bytes, parse_entry
from broker.ledger.plain import Members, members, path_of

VERSION = 1
MAX_HEAD_BYTES = 1_048_576
"""Bytes of the first line: two checkpoints and three lists of hashes, with room to spare."""
MAX_LINE_BYTES = 2 * MAX_ENTRY_BYTES
"""Bytes of an entry and its path."""
_HEAD = {"case_tag", "checkpoint", "count", "map", "since", "version"}
_LINE = {"entry", "path"}
_OTHER_HASHES = 2

Path = tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """That the log has only grown since an earlier checkpoint, whose note this is."""

    note: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """What a file says; nothing of it is believed before it was verified (see case_evidence).

    Args:
        note: the checkpoint that everything here is proven against.
        entries: every entry of the case, each with the path to the root.
        proof: what the map says of the case.

    """

    tag: CaseTag
    note: str
    entries: tuple[tuple[LedgerEntry, Path], ...]
    proof: MapProof
    since: Growth | None = None


def file_lines(one: CaseFile) -> Iterator[bytes]:
    """Yield the lines of the file."""
    other, since = one.proof.other, one.since
    head: dict[str, JsonValue] = {
        "case_tag": one.tag,
        "checkpoint": one.note,
        "count": len(one.entries),
        "map": {
            "other": None if other is None else _texts((other.key, other.value)),
            "path": _texts(one.proof.path),
        },
        "since": None if since is None else {"checkpoint": since.note, "path": _texts(since.path)},
        "version": VERSION,
    }
    yield canonical_bytes(head) + b"\n"
    for entry, path in one.entries:
        yield b'{"entry":' + entry.canonical + b',"path":' + canonical_bytes(_texts(path)) + b"}\n"


def _texts(hashes: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(b64encode(one).decode() for one in hashes)


def begins_a_case_file(line: bytes) -> bool:
    """Whether a file with this first line is meant to be one."""
    try:
        return {"case_tag", "count"} <= members(line).keys()
    except (ValueError, LedgerError, RecursionError):
        return False


def read_case_file(file: BinaryIO) -> CaseFile:
    """Read a file from its beginning.

    Raises:
        InvalidRequestError: it is none of this version.
        LedgerVerificationError: the line of an entry is not as it was written.

    """
    head = _head(file.readline(MAX_HEAD_BYTES))
    entries = tuple(
        _entry(number, line)
        for number, line in enumerate(iter(lambda: file.readline(MAX_LINE_BYTES), b""), 1)
    )
    if len(entries) != head["count"]:
        raise LedgerVerificationError(
            f"Entry number {len(entries) + 1} of the case is missing: ask for the file again."
        )
    return CaseFile(
        tag=CaseTag(str(head["case_tag"])),
        note=str(head["checkpoint"]),
        entries=entries,
        proof=_map_proof(head["map"]),
        since=None if head["since"] is None else _growth(head["since"]),
    )


def _head(line: bytes) -> Members:
    try:
        head = members(line)
        sound = (
            head.keys() == _HEAD
            and type(head["version"]) is int
            and head["version"] == VERSION
            and isinstance(head["case_tag"], str)
            and type(head["count"]) is int
            and canonical_bytes(head) + b"\n" == line
        )
    except (ValueError, LedgerError, RecursionError):
        sound = False
    if not sound:
        raise InvalidRequestError("The file is no file of a case: make it with ledger export.")
    return head


def _entry(number: int, line: bytes) -> tuple[LedgerEntry, Path]:
    try:
        found = members(line)
        raw = canonical_bytes(found["entry"])
        entry, path = parse_entry(raw), path_of(found["path"])
        same = canonical_bytes(found) + b"\n" == line
    except (ValueError, KeyError, LedgerError, RecursionError):
        same = False
    if not same or found.keys() != _LINE or len(raw) > MAX_ENTRY_BYTES:
        raise LedgerVerificationError(
            f"The line of entry number {number} of the case was changed: ask for the file again."
        )
    return entry, path


def _map_proof(found: JsonValue) -> MapProof:
    """Return what the file says that the map says; a LedgerVerificationError if nothing."""
    told = cast("Members", found) if isinstance(found, dict) else {}
    if told.keys() != {"other", "path"}:
        raise LedgerVerificationError("The map's proof of the case cannot be read.")
    path, other = path_of(told["path"]), None
    if told["other"] is not None:
        hashes = path_of(told["other"])
        if len(hashes) != _OTHER_HASHES:
            raise LedgerVerificationError("The map's proof of the case cannot be read.")
        other = OtherLeaf(key=hashes[0], value=hashes[1])
    return MapProof(path=path, other=other)


def _growth(found: JsonValue) -> Growth:
    told = cast("Members", found) if isinstance(found, dict) else {}
    if "path" not in told or not isinstance(told.get("checkpoint"), str):
        raise LedgerVerificationError("The proof of growth cannot be read.")
    return Growth(note=str(told["checkpoint"]), path=path_of(told["path"]))
