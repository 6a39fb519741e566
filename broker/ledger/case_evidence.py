"""What one case's file proves: these entries and no others, in the log that the key signed.

Checked here: the signature; each entry's path to the signed root; numbers and chain from the first
on; that the signed map has exactly so many; growth since an earlier checkpoint; and that what was
kept from an earlier day is still there. standalone/ checks the same without our software.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO

from broker.domain.errors import InvalidRequestError, LedgerVerificationError
from broker.domain.ledger import Checkpoint, LedgerEntry
from broker.ledger.case_file import MAX_HEAD_BYTES, CaseFile, begins_a_case_file, read_case_file
from broker.ledger.case_map import CaseHead, check_case
from broker.ledger.checkpoint import MAX_NOTE_BYTES, Check, LogKey, check_checkpoint
from broker.ledger.compare import Finding, Statement, compared, consistent
from broker.ledger.tree import check_inclusion
from broker.ledger.verify import fault

LATE = timedelta(minutes=2)
"""Clocks of two brokers a minute apart, and an entry that waited its thirty seconds: more is
odd."""
NOT_DERIVED = (
    "Not shown: that the map was made from the log. Whoever checks the whole log checks that, too."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvidence:
    """A case's file that holds.

    Args:
        since: the earlier checkpoint that the log has only grown from; None where none was given.

    """

    statement: Statement
    entries: tuple[LedgerEntry, ...]
    since: Checkpoint | None

    def sentences(self) -> tuple[str, ...]:
        """Say what was verified."""
        signed, count = self.statement.signed, len(self.entries)
        return (
            f"The log's key signed a log of {signed.size} entries and the map of its cases.",
            f"Entries of this case in the signed map: {count}. These are they, first to last."
            if count
            else "Entries of this case in the signed map: none.",
            *(
                [f"The log begins with the {self.since.size} entries of an earlier checkpoint."]
                if self.since
                else []
            ),
            *_odd_times(self.entries),
        )


def verify_case_file(file: CaseFile, key: LogKey, check: Check) -> CaseEvidence:
    """Return what the file proves.

    Raises:
        LedgerVerificationError: it does not hold; names the entry where one is at fault.

    """
    signed = check_checkpoint(key, check, file.note)
    if signed.map_root is None:
        raise LedgerVerificationError(
            "The checkpoint commits to no map of cases, so that entries may be left out: have the "
            "broker upgraded, and ask again after its next entry."
        )
    _check_chain(file, signed)
    entries = tuple(entry for entry, _ in file.entries)
    head = CaseHead(count=len(entries), newest=entries[-1].leaf_hash) if entries else None
    if not check_case(signed.map_root, file.tag, head, file.proof):
        raise LedgerVerificationError(
            "The signed map of cases says otherwise, so that entries of the case are hidden: keep "
            "the file as proof."
        )
    leaves = tuple((one.case_number, one.leaf_hash) for one in entries)
    statement = Statement(signed=signed, tag=file.tag, leaves=leaves, whole=True)
    return CaseEvidence(
        statement=statement, entries=entries, since=_since(file, signed, key, check)
    )


def _check_chain(file: CaseFile, signed: Checkpoint) -> None:
    """Check that each entry is in the log, and that they are the case's from the first on."""
    last, previous = -1, ""
    for number, (entry, path) in enumerate(file.entries, 1):
        if entry.case_tag != file.tag:
            raise fault(entry.index, "it is of another case")
        if (entry.case_number, entry.case_previous) != (number, previous):
            raise fault(entry.index, "it does not follow the entry of its case before it")
        included = check_inclusion(entry.leaf_hash, entry.index, signed.size, path, signed.root)
        if entry.index <= last or not included:
            raise fault(entry.index, "the proof does not lead from it to the signed root")
        last, previous = entry.index, entry.leaf_hash.hex()


def _since(file: CaseFile, signed: Checkpoint, key: LogKey, check: Check) -> Checkpoint | None:
    """Return the earlier checkpoint, once it is known that the log has only grown since."""
    if file.since is None:
        return None
    since = check_checkpoint(key, check, file.since.note)
    if since.size == signed.size and file.since.path:
        raise LedgerVerificationError("The proof of growth is of another log.")
    check_finding(consistent(since, signed, file.since.path))
    return since


def check_finding(found: Finding) -> None:
    """Check that what is shown now goes on from what was kept.

    Raises:
        LedgerVerificationError: it does not, and how.
        InvalidRequestError: nobody can tell from these files.

    """
    if found is Finding.UNPROVEN:
        raise InvalidRequestError(SENTENCES[found])
    if not found.holds:
        raise LedgerVerificationError(SENTENCES[found])


def check_kept(kept: Statement, now: CaseEvidence) -> str:
    """Return a sentence, once the file is known to go on from what was kept.

    Raises:
        LedgerVerificationError: it does not.
        InvalidRequestError: it does not go back to what was kept.

    """
    old = kept.signed
    found = compared(kept, now.statement, None)
    if found is Finding.UNPROVEN and now.since is not None and now.since.size == old.size:
        # The file's own proof starts at what was kept, or at another log of that size: growth from
        # there was checked with the file.
        begins = consistent(old, now.since, None)
        found = Finding.GROWN if begins is Finding.SAME else begins
    check_finding(found)
    return f"It goes on from the {old.size} entries of what you kept."


def read_statement(file: BinaryIO, key: LogKey, check: Check) -> Statement:
    """Return what somebody kept: a checkpoint, or a case's file, which is checked like any other.

    Raises:
        InvalidRequestError: it is neither.
        LedgerVerificationError: it does not hold.

    """
    first = file.readline(MAX_HEAD_BYTES)
    if begins_a_case_file(first):
        file.seek(0)
        return verify_case_file(read_case_file(file), key, check).statement
    note = (first + file.read(4 * MAX_NOTE_BYTES)).decode()
    return Statement(signed=check_checkpoint(key, check, note))


def _odd_times(entries: Sequence[LedgerEntry]) -> Iterator[str]:
    """Yield a sentence for each entry that says a much earlier time than one before it."""
    latest = None
    for one in entries:
        if latest is not None and one.at < latest - LATE:
            yield f"Ask about entry {one.index}: it says an earlier time than one before."
        latest = one.at if latest is None else max(latest, one.at)


SENTENCES = {
    Finding.SAME: "Both are of the same log, at the same size.",
    Finding.GROWN: "The later log begins with the earlier one: nothing of it was changed.",
    Finding.UNPROVEN: (
        "Nobody can tell from these files whether the later log begins with the earlier: ask for "
        "one made with --since and what you kept."
    ),
    Finding.OTHER_LOG: "The two are of different logs: their names differ.",
    Finding.OLDER_HEAD: (
        "What is shown now is older than what you kept: ask for the newest checkpoint."
    ),
    Finding.FORKED: (
        "The log was rewritten, or two people were shown two logs: keep both files, which prove it."
    ),
    Finding.UNMAPPED: "The log no longer commits to the map of its cases: keep both files.",
    Finding.OTHER_MAP: (
        "Two maps of the cases were signed for one log: keep both files, which prove it."
    ),
    Finding.CASE_SHRUNK: (
        "Entries of the case that were shown before are no longer counted: keep both files, which "
        "prove it."
    ),
    Finding.CASE_REWRITTEN: (
        "An entry of the case is not what was shown before: keep both files, which prove it."
    ),
}
