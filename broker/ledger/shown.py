"""What somebody was shown of a log, from any file that the broker gives out, for comparing two."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from broker.domain.errors import InvalidRequestError
from broker.domain.ids import CaseTag
from broker.domain.ledger import Checkpoint
from broker.ledger.case_evidence import verify_case_file
from broker.ledger.case_file import MAX_HEAD_BYTES, begins_a_case_file, read_case_file
from broker.ledger.checkpoint import MAX_NOTE_BYTES, check_checkpoint
from broker.ledger.compare import Finding, Statement, compared
from broker.ledger.evidence import Verifier, begins_an_export
from broker.ledger.export import read_entries, read_head, verified
from broker.ledger.tree import Frontier, Place, consistency_spans, hash_of

Path = tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one file shows, once it was verified by itself.

    Args:
        statement: the checkpoint, and a case's entries where the file is of one case.
        since: the earlier checkpoint that the file itself is proven to go on from, and how.
        cases: of a whole log, the entries of every case.
        nodes: of a whole log, its tree.

    """

    statement: Statement
    since: tuple[Checkpoint, Path] | None = None
    cases: Mapping[CaseTag, tuple[tuple[int, bytes], ...]] = field(default_factory=dict)
    nodes: Mapping[Place, bytes] = field(default_factory=dict, repr=False)

    def of_case(self, tag: CaseTag | None) -> Statement:
        """Return what a whole log says of the case that the other file is of."""
        if self.statement.tag is not None or tag is None or not self.nodes:
            return self.statement
        leaves = self.cases.get(tag, ())
        return Statement(signed=self.statement.signed, tag=tag, leaves=leaves, whole=True)

    def path_from(self, old: Checkpoint) -> Path | None:
        """Return the consistency proof from an older checkpoint, if the file has what it takes."""
        if self.since is not None and (self.since[0].size, self.since[0].root) == (
            old.size,
            old.root,
        ):
            return self.since[1]
        if self.nodes and old.size <= self.statement.signed.size:
            spans = consistency_spans(old.size, self.statement.signed.size)
            return tuple(hash_of(span, self.nodes.__getitem__) for span in spans)
        return None


def compare_shown(kept: Shown, now: Shown, path: Path | None = None) -> Finding:
    """Compare what somebody kept with what is shown now, or to somebody else.

    Args:
        kept: the earlier of the two.
        now: the later.
        path: consistency proof between the two, where neither file has it in it.

    """
    old = kept.of_case(now.statement.tag)
    new = now.of_case(kept.statement.tag)
    return compared(old, new, path or now.path_from(old.signed))


def read_shown(file: BinaryIO, verifier: Verifier) -> Shown:
    """Return what a file shows: a checkpoint, a case's file, a proof, a receipt or a whole log.

    Raises:
        InvalidRequestError: it is none of these.
        LedgerVerificationError: it does not hold by itself.

    """
    key, check = verifier.key, verifier.check
    first = file.readline(MAX_HEAD_BYTES)
    file.seek(0)
    if begins_a_case_file(first):
        found = read_case_file(file)
        made = verify_case_file(found, key, check)
        path = () if found.since is None else found.since.path
        since = None if made.since is None else (made.since, path)
        return Shown(statement=made.statement, since=since)
    if begins_an_export(first):
        return _whole_log(file, verifier)
    if first.lstrip().startswith(b"{"):
        entry, signed = verifier.entry_in(file)
        leaves = ((entry.case_number, entry.leaf_hash),)
        return Shown(statement=Statement(signed=signed, tag=entry.case_tag, leaves=leaves))
    try:
        note = file.read(4 * MAX_NOTE_BYTES).decode()
    except UnicodeDecodeError as error:
        raise InvalidRequestError("The file is nothing that a log gives out.") from error
    return Shown(statement=Statement(signed=check_checkpoint(key, check, note)))


def _whole_log(file: BinaryIO, verifier: Verifier) -> Shown:
    head = read_head(file)
    signed = check_checkpoint(verifier.key, verifier.check, head.checkpoint.note)
    frontier, nodes = Frontier(), dict[Place, bytes]()
    cases = defaultdict[CaseTag, list[tuple[int, bytes]]](list)
    for entry in verified(head, read_entries(file)):
        frontier, completed = frontier.append(entry.leaf_hash)
        nodes.update(completed)
        if entry.case_tag is not None:
            cases[entry.case_tag].append((entry.case_number, entry.leaf_hash))
    return Shown(
        statement=Statement(signed=signed),
        cases={tag: tuple(leaves) for tag, leaves in cases.items()},
        nodes=nodes,
    )
