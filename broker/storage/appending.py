"""Appending entries inside one transaction: the log's rows and nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from broker.domain.errors import LedgerVerificationError
from broker.domain.ids import CaseTag
from broker.domain.ledger import Checkpoint, EntryDraft, InclusionProof, LedgerEntry
from broker.domain.words import EventKind
from broker.ledger.case_map import CaseHead
from broker.ledger.checkpoint import Check, LogKey, check_checkpoint, sign_checkpoint
from broker.ledger.entry import place_entry
from broker.ledger.tree import Frontier, Node, Place, inclusion_path
from broker.storage.case_heads import CaseHeads
from broker.storage.direct import Rows, add_rows, run
from broker.storage.log_keys import LogKeys
from broker.storage.tables import log_checkpoints, log_entries

HASH_BYTES = 32
_HEAD = "SELECT size, frontier, note FROM log_checkpoints ORDER BY size DESC LIMIT 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest checkpoint and the tree that it covers."""

    frontier: Frontier
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The tree as one transaction left it, as far as proving its own entries needs.

    Args:
        nodes: the right edge before the transaction, and every subtree that it completed.

    """

    head: Head
    nodes: Mapping[Place, bytes] = field(repr=False)

    def inclusion(self, index: int) -> InclusionProof:
        """Return the audit path of an entry that the transaction appended."""
        size = self.head.frontier.size
        path = inclusion_path(index, size, self.nodes.__getitem__)
        return InclusionProof(index=index, size=size, path=path)


def split_frontier(size: int, packed: bytes) -> Frontier:
    """Return the frontier that a checkpoint's row keeps as hashes in a row."""
    hashes = tuple(packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES))
    return Frontier(size=size, hashes=hashes)


def packed_nodes(completed: Iterable[Node]) -> bytes:
    """Return the subtrees that an entry completed as its row keeps them, from its leaf upwards."""
    return b"".join([hashed for _, hashed in completed])


def ask_head(connection: Connection) -> Rows:
    """Ask for the newest checkpoint's row, which `head_in` reads."""
    return run(connection, _HEAD)


def head_in(rows: Rows, known: Head | None = None) -> Head | None:
    """Return the newest checkpoint, unverified: `known` itself where it is that one still."""
    row = rows.fetchone()
    if row is None:
        return None
    size, packed, note = row
    if known is not None and note == known.note:
        frontier = known.frontier
        if size == frontier.size and packed == b"".join(frontier.hashes):
            return known
    return Head(frontier=split_frontier(size, packed), note=note)


def read_head(connection: Connection) -> Head | None:
    """Return the newest checkpoint's row, unverified; None before the first entry.

    Raises:
        SQLAlchemyError: the database does not answer.

    """
    row = connection.exec_driver_sql(_HEAD).one_or_none()
    if row is None:
        return None
    return Head(frontier=split_frontier(row.size, row.frontier), note=row.note)


def check_head(head: Head, key: LogKey, check: Check) -> Checkpoint:
    """Return the checkpoint that the head was signed as: nothing is built on a broken tree.

    Raises:
        LedgerVerificationError: it is not of exactly this frontier; names the newest entry.

    """
    newest = head.frontier.size - 1
    try:
        checkpoint = check_checkpoint(key, check, head.note)
    except LedgerVerificationError as error:
        raise LedgerVerificationError(_BROKEN_HEAD, newest) from error
    expected = (head.frontier.size, head.frontier.root())
    if (checkpoint.size, checkpoint.root) != expected:
        raise LedgerVerificationError(_BROKEN_HEAD, newest)
    return checkpoint


_BROKEN_HEAD = (
    "The newest checkpoint does not match the tree or this log's key: run marac-broker ledger "
    "verify, and restore from a backup."
)


class Appender:
    """The log as one transaction extends it. Lives as long as the transaction.

    Args:
        connection: of the transaction.
        keys: what signs.
        head: the newest checkpoint, read under the log's lock.
        known: the head that this process wrote last and need not check again.
        cases: how far they have come by then; another broker's entries since are read.

    """

    def __init__(
        self,
        connection: Connection,
        keys: LogKeys,
        head: Head | None,
        known: Head | None,
        cases: CaseHeads,
    ) -> None:
        """Check the head where somebody else wrote it."""
        self._connection, self._keys, self._cases = connection, keys, cases
        self._head = head
        if head is not None and head != known:
            keys.look_again(connection)
            cases.follow(connection, check_head(head, keys.now, keys.check))
        self._frontier = Frontier() if head is None else head.frontier
        self._before = self._frontier
        self._moved: dict[CaseTag, CaseHead] = {}
        self._entries: list[LedgerEntry] = []
        self._rows: list[dict[str, object]] = []
        self._nodes: list[Node] = []
        self._map = cases.map

    def place(self, draft: EntryDraft, detail: bytes | None = None) -> LedgerEntry:
        """Return the draft as the next entry, which it becomes only when it is kept.

        Args:
            draft: what happened, with the digests of what it writes.
            detail: its detail's bytes (see place_entry).

        """
        tag = draft.case_tag
        number, previous = (0, "")
        if tag is not None:
            head = self._moved.get(tag) or self._cases.head_of(tag)
            number, previous = (1, "") if head is None else (head.count + 1, head.newest.hex())
        return place_entry(
            draft,
            index=self._frontier.size,
            case_number=number,
            case_previous=previous,
            detail=detail,
        )

    def keep(self, entry: LedgerEntry) -> None:
        """Take the placed entry into the tree."""
        self._frontier, nodes = self._frontier.append(entry.leaf_hash)
        self._nodes.extend(nodes)
        self._entries.append(entry)
        self._rows.append(_entry_row(entry, nodes))
        if entry.case_tag is not None:
            head = CaseHead(count=entry.case_number, newest=entry.leaf_hash)
            self._moved[entry.case_tag] = head

    @property
    def head(self) -> Head | None:
        """The newest checkpoint: the one that was found, or the one that was written."""
        return self._head

    def finish(self) -> Batch | None:
        """Write the entries, the nodes and one signed checkpoint; None when there is no entry."""
        if not self._entries:
            return None
        size, root = self._frontier.size, self._frontier.root()
        self._map = self._cases.map.put(self._moved)
        keys = self._keys
        note = sign_checkpoint(keys.now, keys.sign, size, root, self._map.root).note
        packed = b"".join(self._frontier.hashes)
        row = {"size": size, "frontier": packed, "note": note}
        add_rows(self._connection, log_entries, self._rows)
        add_rows(self._connection, log_checkpoints, [row])
        self._head = Head(frontier=self._frontier, note=note)
        return Batch(head=self._head, nodes=dict((*self._before.nodes(), *self._nodes)))

    @property
    def rotated(self) -> bool:
        """Whether this was the last checkpoint of a key, so that keys must be looked up again."""
        return any(one.kind is EventKind.LOG_KEY_ROTATED for one in self._entries)

    def committed(self) -> None:
        """Have the next transaction know what this one made durable."""
        if self._entries:
            self._cases.advance(self._frontier.size, self._moved, self._map)


def _entry_row(entry: LedgerEntry, completed: Sequence[Node]) -> dict[str, object]:
    return {
        "index": entry.index,
        "nodes": packed_nodes(completed),
        "canonical": entry.canonical,
        "case_tag": entry.case_tag,
        "case_number": entry.case_number,
    }
