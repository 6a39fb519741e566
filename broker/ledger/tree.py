"""RFC 6962 section 2.1 (RFC 9162 section 2.1) Merkle tree over nodes that are stored once.

A node is a complete subtree: `level` 0 is a leaf, `position` counts from the left. Complete
subtrees never change again, so every root and every proof of any size can be computed from
stored nodes; the functions here say which nodes they need and what to do with them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple


class Place(NamedTuple):
    """Where a complete subtree stands: over leaves [position << level, (position + 1) << level)."""

    level: int
    position: int

    @property
    def last_leaf(self) -> int:
        """Index of the entry whose appending completed the subtree."""
        return ((self.position + 1) << self.level) - 1


Node = tuple[Place, bytes]
Lookup = Callable[[Place], bytes]
Span = tuple[int, int]
"""Leaves from (inclusive) and to (exclusive)."""


def leaf_hash(canonical: bytes) -> bytes:
    """Return SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + canonical).digest()


def parent_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """The right edge of a tree: its maximal complete subtrees, largest first."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> tuple["Frontier", tuple[Node, ...]]:
        """Return the tree with one more leaf, and the subtrees that this completed."""
        made, position, rest = leaf, self.size, list(self.hashes)
        nodes = [(Place(0, position), made)]
        while position & 1:
            made = sha256(b"\x01" + rest.pop() + made).digest()
            position >>= 1
            nodes.append((Place(len(nodes), position), made))
        rest.append(made)
        return Frontier(size=self.size + 1, hashes=tuple(rest)), tuple(nodes)

    def root(self) -> bytes:
        """Return the Merkle tree hash."""
        return fold(self.hashes)

    def nodes(self) -> tuple[Node, ...]:
        """Return the subtrees with their places."""
        return tuple(zip(cover((0, self.size)), self.hashes, strict=True))


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the hash over adjoining complete subtrees, largest first; of none, SHA-256("")."""
    if not hashes:
        return sha256().digest()
    made = hashes[-1]
    for left in hashes[-2::-1]:
        made = sha256(b"\x01" + left + made).digest()
    return made


def cover(span: Span) -> tuple[Place, ...]:
    """Return the complete subtrees that make up a span, largest first.

    The span must be one that RFC 6962 splits a tree into: it begins at a multiple of a power of
    two that is at least as large as the span.
    """
    start, end = span
    places = []
    while start < end:
        level = (end - start).bit_length() - 1
        places.append(Place(level, start >> level))
        start += 1 << level
    return tuple(places)


def hash_of(span: Span, lookup: Lookup) -> bytes:
    """Return the Merkle tree hash of a span."""
    return fold([lookup(place) for place in cover(span)])


def _half(size: int) -> int:
    """Return the largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_spans(index: int, size: int) -> tuple[Span, ...]:
    """Return what the audit path of entry `index` hashes, in the order of RFC 6962 (leaf first)."""
    if not 0 <= index < size:
        raise ValueError("the entry is not in a tree of that size")
    return tuple(_path(index, (0, size)))


def inclusion_path(index: int, size: int, lookup: Lookup) -> tuple[bytes, ...]:
    """Return the audit path of entry `index`.

    For an entry that is not in an older tree, that tree's frontier and the subtrees completed
    since are enough: whatever stands beside its path is one of them.
    """
    return tuple(hash_of(span, lookup) for span in inclusion_spans(index, size))


def _path(index: int, within: Span) -> Iterator[Span]:
    start, end = within
    if end - start > 1:
        middle = start + _half(end - start)
        left, right = (start, middle), (middle, end)
        near, far = (left, right) if index < middle else (right, left)
        yield from _path(index, near)
        yield far


def consistency_spans(old_size: int, new_size: int) -> tuple[Span, ...]:
    """Return what the consistency proof hashes, in the order of RFC 6962 section 2.1.2."""
    if not 0 < old_size <= new_size:
        raise ValueError("the older tree must have an entry and be no larger than the newer")
    return tuple(_subproof(old_size, (0, new_size), whole=True))


def _subproof(old_size: int, within: Span, *, whole: bool) -> Iterator[Span]:
    start, end = within
    if old_size == end:
        if not whole:
            yield within
        return
    middle = start + _half(end - start)
    if old_size <= middle:
        yield from _subproof(old_size, (start, middle), whole=whole)
        yield (middle, end)
    else:
        yield from _subproof(old_size, (middle, end), whole=False)
        yield (start, middle)


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf to the root (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, made = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            made = parent_hash(sibling, made)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            made = parent_hash(made, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and made == root


def check_consistency(
    old: tuple[int, bytes], new: tuple[int, bytes], path: Sequence[bytes]
) -> bool:
    """Whether the newer tree (size, root) begins with the older (RFC 9162 section 2.1.4.2)."""
    (old_size, old_root), (new_size, new_root) = old, new
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not path and old_root == new_root
    proof = list(path)
    if old_size & (old_size - 1) == 0:
        proof.insert(0, old_root)
    return bool(proof) and _climb(old_size - 1, new_size - 1, proof) == (old_root, new_root)


def _climb(node: int, last: int, proof: list[bytes]) -> tuple[bytes, bytes] | None:
    while node & 1:
        node, last = node >> 1, last >> 1
    was = now = proof[0]
    for sibling in proof[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            was, now = parent_hash(sibling, was), parent_hash(sibling, now)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            now = parent_hash(now, sibling)
        node, last = node >> 1, last >> 1
    return (was, now) if last == 0 else None
