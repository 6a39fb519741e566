"""Putting one case's file together (see broker.ledger.case_file) from what is stored.

It is made against the newest checkpoint. Entries that come while it is made belong to the next one.
"""

from broker.domain.errors import LedgerError
from broker.domain.ids import CaseTag
from broker.domain.ledger import Checkpoint, LedgerEntry
from broker.ledger.case_file import CaseFile, Growth
from broker.ledger.case_map import MapProof
from broker.storage.case_heads import CaseHeads
from broker.storage.engine import reading
from broker.storage.nodes import read_inclusions
from broker.storage.reader import StoredLog


def case_file(log: StoredLog, tag: CaseTag, since: Checkpoint | None = None) -> CaseFile:
    """Return everything that shows one case's entries to be these and no others.

    Args:
        log: where they are.
        tag: the case; one that has no entry gets the proof of that.
        since: a checkpoint that somebody kept, from which growth is to be shown.

    Raises:
        LedgerError: no checkpoint commits to a map yet, or `since` is of a longer log.
        LedgerVerificationError: the newest checkpoint commits to another map.

    """
    newest = log.checkpoint()
    if newest is None or newest.map_root is None:
        raise LedgerError(
            "The log's newest checkpoint commits to no map of cases yet: ask again after the "
            "broker's next entry."
        )
    growth = None
    if since is not None:
        growth = Growth(note=since.note, path=log.consistency(since.size, newest.size))
    entries = tuple(one for one in log.entries_of_case(tag) if one.index < newest.size)
    return CaseFile(
        tag=tag,
        note=newest.note,
        entries=_with_paths(log, entries, newest.size),
        proof=_map_proof(log, tag, newest),
        since=growth,
    )


def _with_paths(
    log: StoredLog, entries: tuple[LedgerEntry, ...], size: int
) -> tuple[tuple[LedgerEntry, tuple[bytes, ...]], ...]:
    with reading(log.readers) as connection:
        proofs = read_inclusions(connection, [one.index for one in entries], size)
    return tuple((one, proof.path) for one, proof in zip(entries, proofs, strict=True))


def _map_proof(log: StoredLog, tag: CaseTag, newest: Checkpoint) -> MapProof:
    cases = CaseHeads()
    with reading(log.readers) as connection:
        cases.follow(connection, newest)
    return cases.map.proof(tag)
