import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ledger.tree import (
    Frontier,
    Place,
    check_consistency,
    check_inclusion,
    consistency_spans,
    hash_of,
    inclusion_path,
    inclusion_spans,
    leaf_hash,
)

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/ledger-rfc6962.json").read_text())
MAX_LEAVES = 130


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """RFC 6962 section 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: Sequence[bytes], *, whole: bool) -> list[bytes]:
    """RFC 6962 section 2.1.2, word for word."""
    n = len(leaves)
    if m == n:
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < n:
        k *= 2
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole=whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], whole=False), naive_root(leaves[:k])]


def grown(leaves: Sequence[bytes]) -> tuple[Frontier, dict[Place, bytes]]:
    """The tree as the store grows it: frontier and every node it kept."""
    frontier, nodes = Frontier(), dict[Place, bytes]()
    for leaf in leaves:
        frontier, new = frontier.append(leaf_hash(leaf))
        nodes.update(new)
    return frontier, nodes


some_leaves = st.integers(1, MAX_LEAVES).map(lambda n: [f"entry {i}".encode() for i in range(n)])


@pytest.mark.parametrize("size", range(1, 9))
def test_root_of_published_leaves(size: int) -> None:
    """The root is the one that Certificate Transparency published for the same leaves."""
    leaves = [bytes.fromhex(one) for one in VECTORS["leaves"][:size]]

    assert VECTORS["roots"][size - 1] == grown(leaves)[0].root().hex()


def test_empty_tree() -> None:
    """The root of no entries is the hash of nothing."""
    assert sha256(b"").digest() == Frontier().root()


@given(some_leaves)
def test_root_is_the_definition_s(leaves: list[bytes]) -> None:
    """Growing entry by entry gives the root that the definition gives at once."""
    assert naive_root(leaves) == grown(leaves)[0].root()


@given(some_leaves, st.data())
def test_inclusion_path_is_the_definition_s(leaves: list[bytes], data: st.DataObject) -> None:
    """The audit path from stored nodes is the definition's, for any older size too, and checks."""
    size = data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, size - 1))
    _, nodes = grown(leaves)

    path = [hash_of(span, nodes.__getitem__) for span in inclusion_spans(index, size)]

    assert naive_path(index, leaves[:size]) == path
    root = naive_root(leaves[:size])
    assert check_inclusion(leaf_hash(leaves[index]), index, size, path, root)


@given(some_leaves, st.data())
def test_a_batch_proves_its_own_entries(leaves: list[bytes], data: st.DataObject) -> None:
    """Whoever appended an entry can prove it without reading what was there before."""
    before = data.draw(st.integers(0, len(leaves) - 1))
    index = data.draw(st.integers(before, len(leaves) - 1))
    frontier, _ = grown(leaves[:before])
    known = dict(frontier.nodes())
    for leaf in leaves[before:]:
        frontier, new = frontier.append(leaf_hash(leaf))
        known.update(new)

    path = inclusion_path(index, len(leaves), known.__getitem__)

    assert naive_path(index, leaves) == list(path)


@given(some_leaves, st.data())
def test_inclusion_refuses_anything_else(leaves: list[bytes], data: st.DataObject) -> None:
    """Another leaf, index, root or a changed, shorter or longer path proves nothing."""
    index = data.draw(st.integers(0, len(leaves) - 1))
    root, leaf, size = naive_root(leaves), leaf_hash(leaves[index]), len(leaves)
    path = naive_path(index, leaves)
    other = sha256(b"other").digest()

    assert not check_inclusion(other, index, size, path, root)
    assert not check_inclusion(leaf, index, size, path, other)
    assert not check_inclusion(leaf, index, size, [*path, other], root)
    assert not check_inclusion(leaf, size, size, path, root)
    assert not check_inclusion(leaf, -1, size, path, root)
    for i in range(size):
        assert (i == index) == check_inclusion(leaf, i, size, path, root)
    if path:
        assert not check_inclusion(leaf, index, size, path[:-1], root)
        assert not check_inclusion(leaf, index, size, [other, *path[1:]], root)


@given(some_leaves, st.data())
def test_consistency_is_the_definition_s(leaves: list[bytes], data: st.DataObject) -> None:
    """The consistency proof is the definition's, and shows that nothing was rewritten."""
    old = data.draw(st.integers(1, len(leaves)))
    _, nodes = grown(leaves)

    path = [hash_of(span, nodes.__getitem__) for span in consistency_spans(old, len(leaves))]

    assert naive_subproof(old, leaves, whole=True) == path
    was, now = (old, naive_root(leaves[:old])), (len(leaves), naive_root(leaves))
    assert check_consistency(was, now, path)


@given(some_leaves, st.data())
def test_consistency_refuses_a_rewritten_log(leaves: list[bytes], data: st.DataObject) -> None:
    """A log with an old entry changed, or a proof changed, is not consistent with what it was."""
    old = data.draw(st.integers(1, len(leaves)))
    changed = data.draw(st.integers(0, old - 1))
    forged = [*leaves[:changed], b"forged", *leaves[changed + 1 :]]
    was, now = (old, naive_root(leaves[:old])), (len(leaves), naive_root(forged))
    honest = naive_subproof(old, leaves, whole=True)
    other = sha256(b"other").digest()

    assert not check_consistency(was, now, naive_subproof(old, forged, whole=True))
    assert not check_consistency(was, now, honest)
    assert not check_consistency(was, (len(leaves), naive_root(leaves)), [*honest, other])
    assert not check_consistency((0, other), now, honest)
    assert not check_consistency(now, was, honest) or now == was


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_no_path_for_an_entry_that_is_not_there(index: int, size: int) -> None:
    """Asking for a proof outside the tree is an error, not an empty proof."""
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_spans(index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3)])
def test_no_consistency_between_impossible_sizes(old: int, new: int) -> None:
    """The empty tree is consistent with everything, so no proof starts from it."""
    with pytest.raises(ValueError, match="older tree"):
        consistency_spans(old, new)
