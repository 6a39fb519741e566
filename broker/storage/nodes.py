"""Proofs from the nodes that are stored: whatever is asked, its nodes are read with one query.

How the tree lies in the database is known to `read_nodes` alone; the rest asks for places.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, text

from broker.domain.errors import LedgerError, LedgerVerificationError
from broker.domain.ledger import InclusionProof
from broker.ledger.case_map import HASH_BYTES
from broker.ledger.tree import Place, Span, consistency_spans, cover, hash_of, inclusion_spans

_LEVEL_BITS: Final = 6
_LEVELS: Final = (1 << _LEVEL_BITS) - 1
"""A place is passed as one number, the level in its lowest bits: no tree has 64 levels."""
# The statement is the same for any number of places, so that it is compiled once. A subtree lies in
# the row of the entry that completed it, at its level (see tables).
_READ: Final = {
    name: text(
        f"SELECT wanted.value, entries.nodes FROM {places} CROSS JOIN log_entries AS entries "  # noqa: S608  of constants
        'WHERE entries."index" = '
        "(((wanted.value >> 6) + 1) << CAST(wanted.value & 63 AS integer)) - 1"
    )
    for name, places in (
        ("sqlite", "json_each(:places) AS wanted"),
        ("postgresql", "unnest(CAST(:places AS bigint[])) AS wanted(value)"),
    )
}


def read_nodes(connection: Connection, places: Iterable[Place]) -> dict[Place, bytes]:
    """Return the stored nodes at these places; one that is missing is left out."""
    numbers = [position << _LEVEL_BITS | level for level, position in places]
    if not numbers:
        return {}
    dialect = connection.dialect.name
    passed = str(numbers) if dialect == "sqlite" else numbers
    rows = connection.execute(_READ[dialect], {"places": passed})
    found = ((Place(of & _LEVELS, of >> _LEVEL_BITS), nodes) for of, nodes in rows)
    hashes = ((place, _hash_at(place.level, nodes)) for place, nodes in found)
    return {place: hashed for place, hashed in hashes if len(hashed) == HASH_BYTES}


def _hash_at(level: int, nodes: bytes) -> bytes:
    return nodes[level * HASH_BYTES : (level + 1) * HASH_BYTES]


def read_inclusion(connection: Connection, index: int, size: int) -> InclusionProof:
    """Return the audit path from stored nodes; LedgerError if `index >= size`."""
    (proof,) = read_inclusions(connection, (index,), size)
    return proof


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
    nodes = _nodes_of(connection, (span for one in spans for span in one))
    return tuple(
        InclusionProof(index=index, size=size, path=_hashes(one, nodes))
        for index, one in zip(indexes, spans, strict=True)
    )


def read_consistency(connection: Connection, old: int, new: int) -> tuple[bytes, ...]:
    """Return the consistency proof from stored nodes; LedgerError unless `1 <= old <= new`."""
    try:
        spans = consistency_spans(old, new)
    except ValueError as error:
        raise LedgerError("Ask from a smaller size, at least 1, to a larger.") from error
    return _hashes(spans, _nodes_of(connection, spans))


def _nodes_of(connection: Connection, spans: Iterable[Span]) -> Mapping[Place, bytes]:
    return read_nodes(connection, {place for span in set(spans) for place in cover(span)})


def _hashes(spans: Iterable[Span], nodes: Mapping[Place, bytes]) -> tuple[bytes, ...]:
    try:
        return tuple(hash_of(span, nodes.__getitem__) for span in spans)
    except KeyError as error:
        raise LedgerVerificationError(
            "A node of the tree is missing: run marac-broker ledger verify."
        ) from error
