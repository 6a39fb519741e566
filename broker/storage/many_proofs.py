"""Audit paths of many entries at once: a timeline has as many as its case has entries."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from broker.domain.errors import LedgerError, LedgerVerificationError
from broker.domain.ledger import InclusionProof
from broker.ledger.tree import Place, Span, cover, hash_of, inclusion_spans
from broker.storage.reader import read_nodes

PLACES_AT_ONCE = 2_000
"""Nodes that one query looks up; a query may have 32,766 values on SQLite."""


def read_inclusions(
    connection: Connection, indexes: Sequence[int], size: int
) -> tuple[InclusionProof, ...]:
    """Return the audit path of each entry; paths that meet share what is read.

    Raises:
        LedgerError: an index is not below the size.

    """
    try:
        spans = [inclusion_spans(index, size) for index in indexes]
    except ValueError as error:
        raise LedgerError("An entry is not in a tree of that size: ask for a larger.") from error
    nodes = _nodes(connection, {place for one in spans for span in one for place in cover(span)})
    return tuple(
        InclusionProof(index=index, size=size, path=_path(one, nodes))
        for index, one in zip(indexes, spans, strict=True)
    )


def _nodes(connection: Connection, places: Iterable[Place]) -> Mapping[Place, bytes]:
    wanted = sorted(places)
    found: dict[Place, bytes] = {}
    for start in range(0, len(wanted), PLACES_AT_ONCE):
        found.update(read_nodes(connection, wanted[start : start + PLACES_AT_ONCE]))
    return found


def _path(spans: Iterable[Span], nodes: Mapping[Place, bytes]) -> tuple[bytes, ...]:
    try:
        return tuple(hash_of(span, nodes.__getitem__) for span in spans)
    except KeyError as error:
        raise LedgerVerificationError(
            "A node of the tree is missing: run marac-broker ledger verify."
        ) from error
