"""How far every case has come, as one hash. DO NOT change what is hashed: checkpoints sign it.

A sparse Merkle tree from a case's key to what is known of the case: how many entries it has and
the leaf hash of the newest. A key is 256 bits, the first bit decides at the root. A subtree over
no case is EMPTY, over one case that case's leaf, over more a node: so that a proof is about
log2(cases) hashes, and a key leads to one answer only, whoever made the tree.

    key   SHA-256(case tag)                       leaf  SHA-256(0x02 || key || value)
    value SHA-256(0x04 || count, 8 bytes || head)     node  SHA-256(0x03 || left || right)

A tree never changes: putting cases into it makes another, which shares whatever is as it was.
FORMAT.md has the table for other people's software.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from broker.domain.ids import CaseTag

KEY_BITS = 256
HASH_BYTES = 32
EMPTY = bytes(HASH_BYTES)
"""Hash of a subtree without a case: no SHA-256 that anybody can find an input for."""
_TOP = 1 << (KEY_BITS - 1)
"""The first bit of a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseHead:
    """How far one case has come.

    Args:
        count: entries of the case.
        newest: leaf hash of the last of them.

    """

    count: int
    newest: bytes


class _Leaf(NamedTuple):
    hash: bytes
    key: int
    value: bytes


# A plain tuple, because making nodes is most of the work: its hash, what is left and what is right.
_Inner = tuple[bytes, "_Node", "_Node"]
_Node = _Leaf | _Inner
_NOTHING = _Leaf(EMPTY, -1, b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLeaf:
    """The leaf that stands where the case's would be: two hashes, which name nobody."""

    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MapProof:
    """What leads from one case's place to the root.

    Args:
        path: the hash beside each node on the way, nearest to the leaf first.
        other: for a case that is absent, the leaf in its place; None where there is none, and
            for a case that is present.

    """

    path: tuple[bytes, ...]
    other: OtherLeaf | None = None


def key_of(tag: CaseTag) -> bytes:
    """Return where a case stands in the map."""
    return sha256(tag.encode()).digest()


def value_of(head: CaseHead) -> bytes:
    """Return what the map says of a case; the salted entry in it keeps the count from guessers."""
    return sha256(b"\x04" + head.count.to_bytes(8, "big") + head.newest).digest()


def check_case(root: bytes, tag: CaseTag, head: CaseHead | None, proof: MapProof) -> bool:
    """Whether the map of that root says exactly this of the case; None: that it has no entry."""
    key, depth = key_of(tag), len(proof.path)
    other = () if proof.other is None else (proof.other.key, proof.other.value)
    # A hash of another length could be cut elsewhere, and so read as another case's.
    if depth > KEY_BITS or any(len(one) != HASH_BYTES for one in (*proof.path, *other)):
        return False
    if head is not None and proof.other is not None:
        return False
    if head is not None:
        made = _leaf_hash(key, value_of(head))
    elif proof.other is None:
        made = EMPTY
    elif proof.other.key == key or _bits(proof.other.key, depth) != _bits(key, depth):
        return False
    else:
        made = _leaf_hash(proof.other.key, proof.other.value)
    turns = _bits(key, depth)
    for beside in proof.path:
        pair = beside + made if turns & 1 else made + beside
        made, turns = sha256(b"\x03" + pair).digest(), turns >> 1
    return made == root


@dataclass(frozen=True, slots=True)
class CaseMap:
    """The map of one moment."""

    _root: _Node = _NOTHING

    @property
    def root(self) -> bytes:
        """What a checkpoint commits to."""
        return self._root[0]

    def put(self, heads: Mapping[CaseTag, CaseHead]) -> "CaseMap":
        """Return the map in which these cases have come that far."""
        leaves = sorted((_leaf(tag, head) for tag, head in heads.items()), key=_key)
        if len(leaves) == 1:
            return CaseMap(_put(self._root, leaves[0]))
        return CaseMap(_put_all(self._root, _TOP, leaves))

    def proof(self, tag: CaseTag) -> MapProof:
        """Return what leads from the case's place to the root, whether or not it has an entry."""
        key = int.from_bytes(key_of(tag), "big")
        path, at, bit = list[bytes](), self._root, _TOP
        while not isinstance(at, _Leaf):
            _, left, right = at
            at, beside = (right, left) if key & bit else (left, right)
            path.append(beside[0])
            bit >>= 1
        other = None
        if at is not _NOTHING and at.key != key:
            other = OtherLeaf(key=at.key.to_bytes(HASH_BYTES, "big"), value=at.value)
        return MapProof(path=tuple(reversed(path)), other=other)


def map_of(heads: Iterable[tuple[CaseTag, CaseHead]]) -> CaseMap:
    """Return the map of these cases and no others."""
    return CaseMap().put(dict(heads))


def _leaf_hash(key: bytes, value: bytes) -> bytes:
    return sha256(b"\x02" + key + value).digest()


def _bits(key: bytes, depth: int) -> int:
    return int.from_bytes(key, "big") >> (KEY_BITS - depth)


def _key(leaf: _Leaf) -> int:
    return leaf.key


def _leaf(tag: CaseTag, head: CaseHead) -> _Leaf:
    key, value = key_of(tag), value_of(head)
    return _Leaf(_leaf_hash(key, value), int.from_bytes(key, "big"), value)


def _inner(left: _Node, right: _Node) -> _Inner:
    return sha256(b"\x03" + left[0] + right[0]).digest(), left, right


def _put(root: _Node, leaf: _Leaf) -> _Node:
    """Put one leaf in its place; a loop, because this is what most transactions wait for."""
    key, bit, at = leaf.key, _TOP, root
    way = list[_Inner]()
    while not isinstance(at, _Leaf):
        way.append(at)
        at = at[2] if key & bit else at[1]
        bit >>= 1
    made = _put_all(at, bit, (leaf,))
    for _, left, right in reversed(way):
        bit <<= 1
        if key & bit:
            made = sha256(b"\x03" + left[0] + made[0]).digest(), left, made
        else:
            made = sha256(b"\x03" + made[0] + right[0]).digest(), made, right
    return made


def _put_all(node: _Node, bit: int, leaves: Sequence[_Leaf]) -> _Node:
    """Put leaves, in the order of their keys, into a subtree in which `bit` decides."""
    if not leaves:
        return node
    if isinstance(node, _Leaf):
        leaves = _with(node, leaves)
        if len(leaves) == 1:
            return leaves[0]
        node = (EMPTY, _NOTHING, _NOTHING)
    _, left, right = node
    middle = _first_right(leaves, bit)
    below = bit >> 1
    return _inner(_put_all(left, below, leaves[:middle]), _put_all(right, below, leaves[middle:]))


def _with(old: _Leaf, leaves: Sequence[_Leaf]) -> Sequence[_Leaf]:
    """Return the leaves with the one that stood there, unless one of them is in its stead."""
    if old is _NOTHING or any(one.key == old.key for one in leaves):
        return leaves
    return sorted((old, *leaves), key=_key)


def _first_right(leaves: Sequence[_Leaf], bit: int) -> int:
    """Return how many of the leaves belong to the left, by halves: they are in order."""
    low, high = 0, len(leaves)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if leaves[middle].key & bit else (middle + 1, high)
    return low
