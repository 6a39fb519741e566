import json
from base64 import b64decode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.ids import CaseTag
from broker.ledger.case_map import (
    EMPTY,
    KEY_BITS,
    CaseHead,
    CaseMap,
    MapProof,
    OtherLeaf,
    check_case,
    key_of,
    map_of,
    value_of,
)
from broker.ledger.standalone import verify_log

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/ledger-map-v1.json").read_text("utf-8"))
TAGS = st.integers(min_value=0, max_value=400).map(lambda one: CaseTag(f"{one:032x}"))
HEADS = st.builds(CaseHead, count=st.integers(1, 2**53), newest=st.binary(min_size=32, max_size=32))
CASES = st.dictionaries(TAGS, HEADS, max_size=60)


def slow_root(heads: dict[CaseTag, CaseHead]) -> bytes:
    """The root as the stand-alone program makes it, which shares no code with ours."""
    return verify_log.map_root_over(
        {tag: (head.count, head.newest.hex()) for tag, head in heads.items()}
    )


def vector_head(one: dict[str, Any]) -> CaseHead | None:
    """What a frozen case says; None for one that is absent."""
    return (
        CaseHead(count=one["count"], newest=bytes.fromhex(one["newest"])) if one["count"] else None
    )


def test_the_frozen_map_has_the_frozen_roots() -> None:
    """The first version's map, case by case: what these roots say may never change."""
    made = CaseMap()
    assert made.root == EMPTY
    for one in VECTORS["cases"]:
        head = vector_head(one)
        assert head is not None
        made = made.put({CaseTag(one["tag"]): head})
        assert made.root.hex() == one["root"]


def test_the_frozen_proofs_hold() -> None:
    """Present, absent beside another case, and absent where nobody is."""
    root = bytes.fromhex(VECTORS["cases"][-1]["root"])
    kinds = set()
    for one in VECTORS["proofs"]:
        other = one["other"] and OtherLeaf(
            key=bytes.fromhex(one["other"][0]), value=bytes.fromhex(one["other"][1])
        )
        proof = MapProof(path=tuple(map(b64decode, one["path"])), other=other)
        kinds.add((one["count"] > 0, other is None))
        assert check_case(root, CaseTag(one["tag"]), vector_head(one), proof)
    assert kinds == {(True, True), (False, False), (False, True)}


@given(heads=CASES, later=CASES)
def test_a_map_depends_on_its_cases_and_on_nothing_else(
    heads: dict[CaseTag, CaseHead], later: dict[CaseTag, CaseHead]
) -> None:
    """One by one, all at once or in two parts: one root, and the one that others compute."""
    both = {**heads, **later}
    one_by_one = map_of(heads.items())
    for tag, head in later.items():
        one_by_one = one_by_one.put({tag: head})

    assert map_of(heads.items()).put(later).root == one_by_one.root
    assert map_of(both.items()).root == one_by_one.root == slow_root(both)


@given(heads=CASES, asked=TAGS)
def test_every_case_is_proven_as_it_is_and_no_other_way(
    heads: dict[CaseTag, CaseHead], asked: CaseTag
) -> None:
    """Present with its count, or absent: of the two, and of two counts, only one can be proven."""
    made = map_of(heads.items())
    proof, head = made.proof(asked), heads.get(asked)

    assert check_case(made.root, asked, head, proof)
    wrong = CaseHead(count=(head.count if head else 0) + 1, newest=bytes(32))
    assert not check_case(made.root, asked, wrong, proof)
    if head is not None:
        hidden = replace(head, count=head.count - 1)
        assert not check_case(made.root, asked, hidden, proof)
        assert not check_case(made.root, asked, None, proof)


@given(heads=st.dictionaries(TAGS, HEADS, min_size=1, max_size=60))
def test_a_case_that_is_there_cannot_be_shown_as_absent(heads: dict[CaseTag, CaseHead]) -> None:
    """Neither with its own leaf under another name, nor with a neighbour's, nor cut elsewhere."""
    made, tag = map_of(heads.items()), min(heads)
    proof, key, value = made.proof(tag), key_of(tag), value_of(heads[tag])
    others = [made.proof(one) for one in heads if one != tag]
    for forged in (
        replace(proof, other=OtherLeaf(key=key, value=value)),
        replace(proof, other=OtherLeaf(key=key + value[:1], value=value[1:])),
        replace(proof, other=OtherLeaf(key=key[:-1], value=key[-1:] + value)),
        *(
            replace(one, other=OtherLeaf(key=key_of(theirs), value=value_of(heads[theirs])))
            for theirs, one in zip((one for one in heads if one != tag), others, strict=True)
        ),
        replace(proof, path=proof.path[1:]),
    ):
        assert not check_case(made.root, tag, None, forged)


def test_a_map_that_was_is_not_changed_by_one_that_is() -> None:
    """A transaction that is undone leaves the map as it was."""
    before = map_of([(CaseTag("a" * 32), CaseHead(count=1, newest=bytes(32)))])
    root = before.root

    after = before.put({CaseTag("b" * 32): CaseHead(count=1, newest=bytes(32))})

    assert after.root != root == before.root


def test_proofs_are_short() -> None:
    """Of ten thousand cases each is proven with about fourteen hashes, none with many more."""
    heads = {
        CaseTag(sha256(bytes([n >> 8, n & 255])).hexdigest()[:32]): CaseHead(
            count=1, newest=bytes(32)
        )
        for n in range(10_000)
    }
    made = map_of(heads.items())
    lengths = [len(made.proof(tag).path) for tag in heads]

    assert 13 < sum(lengths) / len(lengths) < 16
    assert max(lengths) < 40


@pytest.mark.parametrize("length", [KEY_BITS, KEY_BITS + 1])
def test_a_path_longer_than_a_key_proves_nothing(length: int) -> None:
    """There is no place deeper than the last bit."""
    proof = MapProof(path=(EMPTY,) * length)

    assert not check_case(EMPTY, CaseTag("a" * 32), None, proof)
