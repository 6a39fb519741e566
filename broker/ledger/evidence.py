"""What a file of the log proves to somebody who holds the log's key. DO NOT reorder or rename.

An export, the proof of one entry, the proof that the log has only grown, or a receipt as the
broker answers with it. standalone/ beside this checks the same files without any of our software,
and tests hold all three to one verdict. FORMAT.md has the tables.
"""

from base64 import b64encode
from dataclasses import dataclass
from typing import BinaryIO, cast

from broker.domain.errors import InvalidRequestError, LedgerError, LedgerVerificationError
from broker.domain.ledger import Checkpoint, InclusionProof, JsonValue, LedgerEntry
from broker.domain.words import EventKind
from broker.ledger.case_evidence import (
    NOT_DERIVED,
    check_finding,
    check_kept,
    verify_case_file,
)
from broker.ledger.case_file import MAX_HEAD_BYTES, begins_a_case_file, read_case_file
from broker.ledger.checkpoint import MAX_NOTE_BYTES, Check, LogKey, check_checkpoint
from broker.ledger.compare import Finding, Statement, consistent
from broker.ledger.entry import MAX_ENTRY_BYTES, parse_entry, time_text
from broker.ledger.export import read_entries, read_head, verified
from broker.ledger.plain import (
    Members,
    hex_of,
    is_whole,
    members,
    object_of,
    path_of,
    unreadable,
    whole,
)
from broker.ledger.tree import Frontier, check_consistency, check_inclusion
from broker.ledger.verify import fault

VERSION = 1
MAX_PROOF_BYTES = 1_048_576
"""Of a file with one proof: an entry, a checkpoint, sixty hashes, and an answer around them."""
NOT_COMPARED = "Not compared with what you kept: give it with --kept FILE."
NOT_SHOWN = (
    "Not shown: that no newer entry was left off. Compare a later file with this checkpoint.",
    "Not shown: that everybody is shown this log. Compare checkpoints with somebody else's.",
    "Not shown: that what was written down is true, or that everything was written down.",
)
_PROOF = {"version", "entry", "leaf_hash", "index", "size", "path", "checkpoint"}
_GROWTH = {"version", "since", "size", "path", "checkpoint"}
_RECEIPT = {"entry", "checkpoint", "proof"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """Whoever checks: with the log's key, and perhaps with what they kept on an earlier day.

    Args:
        kept: a checkpoint or a case's file, verified (see case_evidence.read_statement).

    """

    key: LogKey
    check: Check
    kept: Statement | None = None

    def verify(self, file: BinaryIO) -> str:
        """Return what the file proves, in sentences.

        Raises:
            InvalidRequestError: it is no such file, or needs a checkpoint that was kept.
            LedgerVerificationError: it does not hold.

        """
        first = file.readline(MAX_HEAD_BYTES)
        if begins_a_case_file(first):
            file.seek(0)
            return self._case(file)
        if begins_an_export(first):
            file.seek(0)
            return self._export(file)
        if first == f"{self.key.origin}\n".encode():
            return self._checkpoint(first + file.read(4 * MAX_NOTE_BYTES))
        found = _single(first + file.read(MAX_PROOF_BYTES))
        if _is_receipt(found):
            return self._receipt(found)
        if found.keys() == _PROOF and is_whole(found["version"], VERSION):
            return self._proof(found)
        if found.keys() == _GROWTH and is_whole(found["version"], VERSION):
            return self._growth(found)
        raise _no_such_file()

    def entry_in(self, file: BinaryIO) -> tuple[LedgerEntry, Checkpoint]:
        """Return the entry that a proof or a receipt is about, and the checkpoint it is under.

        Raises:
            InvalidRequestError: it is neither.
            LedgerVerificationError: it does not hold.

        """
        found = _single(file.read(MAX_PROOF_BYTES + 1))
        if _is_receipt(found):
            self._receipt(found)
            note = object_of(found["checkpoint"])["note"]
            return parse_entry(str(object_of(found["entry"])["canonical"]).encode()), self._signed(
                note
            )
        if found.keys() == _PROOF and is_whole(found["version"], VERSION):
            return self._entry(found), self._signed(found["checkpoint"])
        raise _no_such_file()

    def _signed(self, note: JsonValue) -> Checkpoint:
        if not isinstance(note, str):
            raise LedgerVerificationError("The checkpoint is not a C2SP signed note.")
        return check_checkpoint(self.key, self.check, note)

    def _checkpoint(self, raw: bytes) -> str:
        try:
            signed = self._signed(raw.decode())
        except UnicodeDecodeError as error:
            raise LedgerVerificationError("The checkpoint is not a C2SP signed note.") from error
        if self.kept is not None:
            check_finding(consistent(self.kept.signed, signed, None))
        return "\n".join((f"The log's key signed a log of {signed.size} entries.", *NOT_SHOWN))

    def _case(self, file: BinaryIO) -> str:
        made = verify_case_file(read_case_file(file), self.key, self.check)
        kept = [NOT_COMPARED if self.kept is None else check_kept(self.kept, made)]
        return "\n".join((*made.sentences(), *kept, NOT_DERIVED, *NOT_SHOWN))

    def _export(self, file: BinaryIO) -> str:
        head = read_head(file)
        signed = self._signed(head.checkpoint.note)
        frontier, root = Frontier(), None
        kept = None if self.kept is None else self.kept.signed
        for entry in verified(head, read_entries(file)):
            frontier, _ = frontier.append(entry.leaf_hash)
            if kept is not None and frontier.size == kept.size:
                root = frontier.root()
        if kept is not None and root is None:
            raise fault(signed.size, "the checkpoint that was kept covers it, this file does not")
        if kept is not None and root != kept.root:
            raise LedgerVerificationError(
                f"The first {kept.size} entries are not those of the checkpoint that was kept."
            )
        if kept is not None:
            _check_still_mapped(kept, signed)
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
        told, proof = object_of(found["entry"]), object_of(found["proof"])
        leaf = hex_of(told.get("leaf_hash"))
        entry = self._entry(
            {
                "entry": told.get("canonical"),
                "leaf_hash": b64encode(leaf).decode(),
                "checkpoint": object_of(found["checkpoint"]).get("note"),
                **{name: proof.get(name) for name in ("index", "size", "path")},
            }
        )
        said = time_text(entry.at)
        same = (
            entry.kind is EventKind.DISCLOSURE
            and told.get("at") in {said, said.replace(".000000Z", "Z")}
            and is_whole(told.get("index"), entry.index)
            and is_whole(told.get("case_number"), entry.case_number)
            and told.get("kind") == entry.kind
        )
        if not same:
            raise fault(entry.index, "the receipt tells it otherwise than the log")
        return _proven(entry)

    def _growth(self, found: Members) -> str:
        if self.kept is None:
            raise InvalidRequestError("Give the checkpoint that was kept, too: --kept FILE.")
        path, kept = path_of(found["path"]), self.kept.signed
        signed = self._signed(found["checkpoint"])
        stated = (whole(found["since"]), whole(found["size"])) == (kept.size, signed.size)
        if not stated or not check_consistency(
            (kept.size, kept.root), (signed.size, signed.root), path
        ):
            raise LedgerVerificationError(
                "The log does not begin with the one whose checkpoint was kept: keep both as proof."
            )
        _check_still_mapped(kept, signed)
        return f"The log of {signed.size} entries begins with the {kept.size} that were kept."


def _check_still_mapped(kept: Checkpoint, now: Checkpoint) -> None:
    """Check that a log which once committed to its cases still does, and to the same."""
    if kept.map_root is not None and now.map_root is None:
        check_finding(Finding.UNMAPPED)
    if kept.size == now.size:
        check_finding(consistent(kept, now, None))


def _proven(entry: LedgerEntry) -> str:
    return f"Entry {entry.index}, {entry.kind} of {time_text(entry.at)}, is in the signed log."


def _is_receipt(found: Members) -> bool:
    """Whether it is one; those of the first brokers had no version."""
    return found.keys() - {"version"} == _RECEIPT and is_whole(
        found.get("version", VERSION), VERSION
    )


def begins_an_export(line: bytes) -> bool:
    """Whether a file with this first line is meant to be a whole log."""
    try:
        return "newest_at" in members(line)
    except (ValueError, LedgerError, RecursionError):
        return False


def _single(raw: bytes) -> Members:
    """Return a file's one object: a proof, a receipt, or the receipt of an answer."""
    try:
        if len(raw) > MAX_PROOF_BYTES:
            raise _no_such_file()
        found = members(raw)
    except (ValueError, LedgerError, RecursionError) as error:
        raise _no_such_file() from error
    receipt = found.get("receipt")
    return cast("Members", receipt) if isinstance(receipt, dict) else found


def _no_such_file() -> InvalidRequestError:
    return InvalidRequestError(
        "The file is neither an export nor a proof nor a receipt: make it with ledger export or "
        "ledger prove."
    )


def _inclusion(found: Members) -> tuple[bytes, InclusionProof]:
    """Return the entry's bytes and the path that is said to lead from it."""
    text = found["entry"]
    try:
        canonical = text.encode() if isinstance(text, str) else b""
    except UnicodeEncodeError as error:
        raise unreadable() from error
    index, size = whole(found["index"]), whole(found["size"])
    return canonical, InclusionProof(index=index, size=size, path=path_of(found["path"]))
