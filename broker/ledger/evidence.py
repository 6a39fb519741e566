"""What a file of the log proves to somebody who holds the log's key. DO NOT reorder or rename.

An export, the proof of one entry, the proof that the log has only grown, or a receipt as the
broker answers with it. standalone/ beside this checks the same files without any of our software,
and tests hold all three to one verdict. FORMAT.md has the tables.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import BinaryIO, cast

from broker.domain.errors import InvalidRequestError, LedgerError, LedgerVerificationError
from broker.domain.ledger import Checkpoint, InclusionProof, JsonValue, LedgerEntry
from broker.domain.words import EventKind
from broker.ledger.checkpoint import MAX_NOTE_BYTES, Check, LogKey, check_checkpoint
from broker.ledger.entry import MAX_ENTRY_BYTES, parse_entry, time_text
from broker.ledger.export import read_entries, read_head, verified
from broker.ledger.tree import Frontier, check_consistency, check_inclusion
from broker.ledger.verify import fault

VERSION = 1
MAX_PROOF_BYTES = 1_048_576
"""Of a file with one proof: an entry, a checkpoint, sixty hashes, and an answer around them."""
_PROOF = {"version", "entry", "leaf_hash", "index", "size", "path", "checkpoint"}
_GROWTH = {"version", "since", "size", "path", "checkpoint"}
_RECEIPT = {"entry", "checkpoint", "proof"}

Members = dict[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """Whoever checks: with the log's key, and perhaps a checkpoint from an earlier day.

    Args:
        kept: its signature has been checked.

    """

    key: LogKey
    check: Check
    kept: Checkpoint | None = None

    def verify(self, file: BinaryIO) -> str:
        """Return what the file proves, in one sentence.

        Raises:
            InvalidRequestError: it is no such file, or needs a checkpoint that was kept.
            LedgerVerificationError: it does not hold.

        """
        first = file.readline(2 * MAX_NOTE_BYTES)
        if _begins_an_export(first):
            file.seek(0)
            return self._export(file)
        found = _single(first + file.read(MAX_PROOF_BYTES))
        if found.keys() == _RECEIPT:
            return self._receipt(found)
        if found.keys() == _PROOF and _is_whole(found["version"], VERSION):
            return self._proof(found)
        if found.keys() == _GROWTH and _is_whole(found["version"], VERSION):
            return self._growth(found)
        raise _no_such_file()

    def _signed(self, note: JsonValue) -> Checkpoint:
        if not isinstance(note, str):
            raise LedgerVerificationError("The checkpoint is not a C2SP signed note.")
        return check_checkpoint(self.key, self.check, note)

    def _export(self, file: BinaryIO) -> str:
        head = read_head(file)
        signed = self._signed(head.checkpoint.note)
        frontier, root = Frontier(), None
        for entry in verified(head, read_entries(file)):
            frontier, _ = frontier.append(entry.leaf_hash)
            if self.kept is not None and frontier.size == self.kept.size:
                root = frontier.root()
        if self.kept is not None and root is None:
            raise fault(signed.size, "the checkpoint that was kept covers it, this file does not")
        if self.kept is not None and root != self.kept.root:
            raise LedgerVerificationError(
                f"The first {self.kept.size} entries are not those of the checkpoint that was kept."
            )
        return f"{signed.size} entries verify."

    def _proof(self, found: Members) -> str:
        return _proven(self._entry(found))

    def _entry(self, found: Members) -> LedgerEntry:
        canonical, proof = _inclusion(found)
        signed = self._signed(found["checkpoint"])
        entry = parse_entry(canonical)
        sound = (
            (proof.index, proof.size) == (entry.index, signed.size)
            and found["leaf_hash"] == b64encode(entry.leaf_hash).decode()
            and len(canonical) <= MAX_ENTRY_BYTES
            and check_inclusion(entry.leaf_hash, entry.index, signed.size, proof.path, signed.root)
        )
        if not sound:
            raise fault(entry.index, "the proof does not lead from it to the signed root")
        return entry

    def _receipt(self, found: Members) -> str:
        told, proof = _object(found["entry"]), _object(found["proof"])
        leaf = _hex(told.get("leaf_hash"))
        entry = self._entry(
            {
                "entry": told.get("canonical"),
                "leaf_hash": b64encode(leaf).decode(),
                "checkpoint": _object(found["checkpoint"]).get("note"),
                **{name: proof.get(name) for name in ("index", "size", "path")},
            }
        )
        said = time_text(entry.at)
        same = (
            entry.kind is EventKind.DISCLOSURE
            and told.get("at") in {said, said.replace(".000000Z", "Z")}
            and _is_whole(told.get("index"), entry.index)
            and _is_whole(told.get("case_number"), entry.case_number)
            and told.get("kind") == entry.kind
        )
        if not same:
            raise fault(entry.index, "the receipt tells it otherwise than the log")
        return _proven(entry)

    def _growth(self, found: Members) -> str:
        if self.kept is None:
            raise InvalidRequestError("Give the checkpoint that was kept, too: --kept FILE.")
        path = _path(found["path"])
        signed = self._signed(found["checkpoint"])
        kept = (self.kept.size, self.kept.root)
        stated = (_whole(found["since"]), _whole(found["size"])) == (kept[0], signed.size)
        if not stated or not check_consistency(kept, (signed.size, signed.root), path):
            raise LedgerVerificationError(
                "The log does not begin with the one whose checkpoint was kept: keep both as proof."
            )
        return f"The log of {signed.size} entries begins with the {kept[0]} that were kept."


def _proven(entry: LedgerEntry) -> str:
    return f"Entry {entry.index}, {entry.kind} of {time_text(entry.at)}, is in the signed log."


def _begins_an_export(line: bytes) -> bool:
    try:
        return "newest_at" in _read(line)
    except (ValueError, LedgerError, RecursionError):
        return False


def _read(raw: bytes) -> Members:
    """Return the members of a JSON object; ValueError or LedgerError for anything else."""
    return _object(json.loads(raw.decode(), parse_float=_no_fraction, parse_constant=_no_fraction))


def _no_fraction(_: str) -> None:
    raise ValueError("only whole numbers")


def _single(raw: bytes) -> Members:
    """Return a file's one object: a proof, a receipt, or the receipt of an answer."""
    try:
        if len(raw) > MAX_PROOF_BYTES:
            raise _no_such_file()
        found = _read(raw)
    except (ValueError, LedgerError, RecursionError) as error:
        raise _no_such_file() from error
    receipt = found.get("receipt")
    return cast("Members", receipt) if isinstance(receipt, dict) else found


def _no_such_file() -> InvalidRequestError:
    return InvalidRequestError(
        "The file is neither an export nor a proof nor a receipt: make it with ledger export or "
        "ledger prove."
    )


def _unreadable() -> LedgerVerificationError:
    return LedgerVerificationError("The proof cannot be read: ask for it again.")


def _is_whole(value: JsonValue, number: int) -> bool:
    """Whether it is that number; in Python `true` would pass for 1."""
    return type(value) is int and value == number


def _object(value: JsonValue) -> Members:
    if not isinstance(value, dict):
        raise _unreadable()
    return value


def _whole(value: JsonValue) -> int:
    if type(value) is not int:
        raise _unreadable()
    return value


def _hex(value: JsonValue) -> bytes:
    try:
        raw = bytes.fromhex(str(value))
    except ValueError as error:
        raise _unreadable() from error
    if raw.hex() != value:
        raise _unreadable()
    return raw


def _path(value: object) -> tuple[bytes, ...]:
    if not isinstance(value, list):
        raise _unreadable()
    return tuple(_plain_base64(one) for one in value)


def _plain_base64(text: object) -> bytes:
    """Return the bytes of base64 that is written as it would be written again."""
    try:
        raw = b64decode(str(text), validate=True)
    except (Base64Error, ValueError) as error:
        raise _unreadable() from error
    if b64encode(raw).decode() != text:
        raise _unreadable()
    return raw


def _inclusion(found: Members) -> tuple[bytes, InclusionProof]:
    """Return the entry's bytes and the path that is said to lead from it."""
    text = found["entry"]
    try:
        canonical = text.encode() if isinstance(text, str) else b""
    except UnicodeEncodeError as error:
        raise _unreadable() from error
    index, size = _whole(found["index"]), _whole(found["size"])
    return canonical, InclusionProof(index=index, size=size, path=_path(found["path"]))
