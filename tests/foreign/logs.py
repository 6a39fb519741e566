"""Small logs to check, and what somebody might do to one."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

from broker.api.schemas import ReceiptOut
from broker.domain.ids import CaseTag
from broker.domain.ledger import Checkpoint, EntryDraft, InclusionProof, JsonValue, LedgerEntry
from broker.domain.words import EventKind
from broker.ledger.case_file import CaseFile, Growth, file_lines
from broker.ledger.case_map import CaseHead, CaseMap, map_of
from broker.ledger.checkpoint import LogKey, sign_checkpoint
from broker.ledger.entry import place_entry
from broker.ledger.export import Head, entry_line, head_line
from broker.ledger.receipts import make_receipt
from broker.ledger.tree import Frontier, Place, consistency_spans, hash_of, inclusion_path
from keys.signing import verify
from tests.builders import NOW
from tests.simulators import ORIGIN, MemoryCustody

CASES = (CaseTag("c" * 32), None, CaseTag("d" * 32), CaseTag("c" * 32), CaseTag("c" * 32))
HARD: dict[str, JsonValue] = {
    # U+10000 sorts before U+E000 in UTF-16 and after it by code point; the others are escaped.
    "\U00010000": 1,
    "\ue000": 2,
    "line\n\u2028\x7f\x01": ("\u00e9\u20ac", '"\\/', {}, (), None, True, False, -(2**53) + 1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A log whose key we hold, as its broker does."""

    entries: tuple[LedgerEntry, ...]
    custody: MemoryCustody = field(default_factory=MemoryCustody)
    origin: str = ORIGIN
    mapped: bool = True

    @property
    def key(self) -> LogKey:
        """The log's key."""
        return LogKey(origin=self.origin, public_key=self.custody.public_key("log"))

    def lookup(self, place: Place) -> bytes:
        """Return a node of the tree."""
        start = place.position << place.level
        return frontier(self.entries[start : start + (1 << place.level)]).root()

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        """Sign the tree that the log had when it was as long as that."""
        first = self.entries[:size]
        root = frontier(first).root()
        return self.sign(len(first), root, self.map(size).root if self.mapped else None)

    def sign(self, size: int, root: bytes, map_root: bytes | None) -> Checkpoint:
        """Sign anything."""
        return sign_checkpoint(
            self.key, lambda said: self.custody.sign("log", said), size, root, map_root
        )

    def map(self, size: int | None = None) -> CaseMap:
        """Return the map of the cases that the log had when it was as long as that."""
        heads = {
            one.case_tag: CaseHead(count=one.case_number, newest=one.leaf_hash)
            for one in self.entries[:size]
            if one.case_tag is not None
        }
        return map_of(heads.items())

    def case_file(
        self, tag: CaseTag, size: int | None = None, since: Checkpoint | None = None
    ) -> CaseFile:
        """One case's file, as `ledger export --case` makes it."""
        size = len(self.entries) if size is None else size
        return CaseFile(
            tag=tag,
            note=self.checkpoint(size).note,
            entries=tuple(
                (one, self.inclusion(one.index, size).path)
                for one in self.entries[:size]
                if one.case_tag == tag
            ),
            proof=self.map(size).proof(tag),
            since=None if since is None else self.grown(since, size),
        )

    def grown(self, since: Checkpoint, size: int) -> Growth:
        """That the log has only grown, as a case's file has it in it."""
        spans = consistency_spans(since.size, size)
        return Growth(note=since.note, path=tuple(hash_of(span, self.lookup) for span in spans))

    def export(self) -> bytes:
        """The whole log, as `ledger export` writes it."""
        head = Head(checkpoint=self.checkpoint(), newest_at=self.entries[-1].at)
        return head_line(head) + b"".join(map(entry_line, self.entries))

    def inclusion(self, index: int, size: int) -> InclusionProof:
        """Return the audit path."""
        return InclusionProof(index=index, size=size, path=inclusion_path(index, size, self.lookup))

    def proof(self, index: int, size: int | None = None) -> dict[str, Any]:
        """The proof of one entry, as `ledger prove` writes it."""
        size = len(self.entries) if size is None else size
        entry, proof = self.entries[index], self.inclusion(index, size)
        return {
            "version": 1,
            "entry": entry.canonical.decode(),
            "leaf_hash": b64encode(entry.leaf_hash).decode(),
            "index": index,
            "size": size,
            "path": [b64encode(one).decode() for one in proof.path],
            "checkpoint": self.checkpoint(size).note,
        }

    def growth(self, since: int, size: int | None = None) -> dict[str, Any]:
        """The proof that the log has only grown, as `ledger prove --since` writes it."""
        size = len(self.entries) if size is None else size
        path = [hash_of(span, self.lookup) for span in consistency_spans(since, size)]
        return {
            "version": 1,
            "since": since,
            "size": size,
            "path": [b64encode(one).decode() for one in path],
            "checkpoint": self.checkpoint(size).note,
        }

    def receipt(self, index: int) -> dict[str, Any]:
        """The receipt of a disclosure, as the broker answers with it."""
        note, proof = self.checkpoint().note, self.inclusion(index, len(self.entries))
        made = make_receipt(
            self.key,
            lambda said, by: verify(self.key.public_key, said, by),
            self.entries[index],
            note,
            proof,
        )
        written: dict[str, Any] = json.loads(ReceiptOut.of(made).model_dump_json())
        return written


def written_file(one: CaseFile) -> bytes:
    """Return the bytes of one case's file."""
    return b"".join(file_lines(one))


def frontier(entries: Iterable[LedgerEntry]) -> Frontier:
    """Return the tree over the entries."""
    made = Frontier()
    for one in entries:
        made, _ = made.append(one.leaf_hash)
    return made


def log_of(size: int, change: Callable[[int, EntryDraft], EntryDraft] = lambda _, one: one) -> Log:
    """Return a log of disclosures, some of two cases, some of none, with hard text in them."""
    entries: list[LedgerEntry] = []
    heads: dict[CaseTag | None, tuple[int, str]] = {}
    for index in range(size):
        tag = CASES[index % len(CASES)]
        draft = EntryDraft(
            kind=EventKind.DISCLOSURE,
            at=NOW + timedelta(microseconds=index),
            case_tag=tag,
            detail={"disclosure": f"{index:032x}", "hard": HARD},
        )
        number, previous = heads.get(tag, (0, ""))
        number = 0 if tag is None else number + 1
        entry = place_entry(
            change(index, draft), index=index, case_number=number, case_previous=previous
        )
        heads[tag] = (number, "" if tag is None else entry.leaf_hash.hex())
        entries.append(entry)
    return Log(entries=tuple(entries))


def rehashed(bodies: Sequence[bytes], head: bytes) -> bytes:
    """Return an export of any bytes, with fitting hashes beside them: all but the signature."""
    return head + b"".join(
        b'["' + sha256(b"\x00" + one).hexdigest().encode() + b'",' + one + b"]\n" for one in bodies
    )


def signed(bodies: Sequence[bytes], log: Log, at: str) -> bytes:
    """Return an export of any bytes, signed by a broker that signs anything."""
    made = Frontier()
    for one in bodies:
        made, _ = made.append(sha256(b"\x00" + one).digest())
    note = sign_checkpoint(
        log.key, lambda said: log.custody.sign("log", said), len(bodies), made.root()
    ).note
    head = json.dumps(
        {"checkpoint": note, "newest_at": at, "version": 1},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return rehashed(bodies, head.encode() + b"\n")
