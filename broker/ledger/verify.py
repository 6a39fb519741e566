"""Verifying a log from its bytes alone, entry by entry, naming the first that is at fault."""

from dataclasses import dataclass, field

from broker.domain.errors import LedgerError, LedgerVerificationError
from broker.domain.ids import CaseTag
from broker.domain.ledger import Checkpoint, LedgerEntry
from broker.ledger.case_map import CaseHead, CaseMap
from broker.ledger.checkpoint import Check, LogKey, check_checkpoint
from broker.ledger.entry import parse_entry
from broker.ledger.tree import Frontier, Node


def fault(index: int, what: str) -> LedgerVerificationError:
    """Return the error that names an entry."""
    return LedgerVerificationError(
        f"Entry {index}: {what}. Compare it with a backup and with receipts already given out.",
        index,
    )


@dataclass(slots=True, kw_only=True)
class Run:
    """A run of entries from the first on. Feed it in order; it remembers the frontier and chains.

    Args:
        case_heads: how far every case has come.
        mapped: a checkpoint committed to the map of cases, so that every later one must.

    """

    frontier: Frontier = field(default_factory=Frontier)
    case_heads: dict[CaseTag, CaseHead] = field(default_factory=dict, repr=False)
    mapped: bool = False
    _map: CaseMap = field(default_factory=CaseMap, repr=False)
    _moved: dict[CaseTag, CaseHead] = field(default_factory=dict, repr=False)

    def feed(self, canonical: bytes) -> tuple[LedgerEntry, tuple[Node, ...]]:
        """Take the next entry; return it with the subtrees that it completed.

        Raises:
            LedgerVerificationError: unreadable, out of place, or its case's chain is broken.

        """
        index = self.frontier.size
        try:
            entry = parse_entry(canonical)
        except LedgerError as error:
            raise fault(index, "its bytes were changed") from error
        if entry.index != index:
            raise fault(index, f"it says that it is entry {entry.index}")
        self._check_chain(entry)
        self.frontier, nodes = self.frontier.append(entry.leaf_hash)
        return entry, nodes

    def _check_chain(self, entry: LedgerEntry) -> None:
        """Check that it follows the case's entry before it, with none left out between."""
        expected = (0, "")
        if entry.case_tag is not None:
            before = self.case_heads.get(entry.case_tag)
            expected = (1, "") if before is None else (before.count + 1, before.newest.hex())
            head = CaseHead(count=expected[0], newest=entry.leaf_hash)
            self.case_heads[entry.case_tag] = self._moved[entry.case_tag] = head
        if (entry.case_number, entry.case_previous) != expected:
            raise fault(entry.index, "it does not follow the entry of its case before it")

    def case_map(self) -> CaseMap:
        """Return the map of the cases so far."""
        if self._moved:
            self._map = self._map.put(self._moved)
            self._moved = {}
        return self._map

    def check_checkpoint(self, key: LogKey, check: Check, note: str) -> Checkpoint:
        """Check a checkpoint that was made when the log was as long as it is now.

        Raises:
            LedgerVerificationError: it is not ours, or is of another tree.

        """
        newest = self.frontier.size - 1
        try:
            checkpoint = check_checkpoint(key, check, note)
        except LedgerVerificationError as error:
            raise fault(newest, "the checkpoint after it does not verify") from error
        if (checkpoint.size, checkpoint.root) != (self.frontier.size, self.frontier.root()):
            raise fault(newest, "the signed checkpoint after it is of another tree")
        self.check_map(checkpoint)
        return checkpoint

    def check_map(self, checkpoint: Checkpoint) -> None:
        """Check that the checkpoint commits to the map of exactly these cases.

        Raises:
            LedgerVerificationError: to another, or to none where an earlier one did.

        """
        newest = self.frontier.size - 1
        if checkpoint.map_root is None:
            if self.mapped:
                raise fault(newest, "the checkpoint after it no longer commits to the map of cases")
            return
        self.mapped = True
        if checkpoint.map_root != self.case_map().root:
            raise fault(newest, "the checkpoint after it commits to another map of cases")
