"""What the Python verifier writes out for itself, held to the libraries that we use."""

import json
from hashlib import sha256
from itertools import pairwise

import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from broker.ledger.standalone import verify_log
from broker.ledger.tree import Frontier
from tests.foreign.logs import frontier, log_of

# RFC 8032 section 7.1: public key, message, signature of the first three tests.
RFC_8032 = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
)
SEEDS, MESSAGES = st.binary(min_size=32, max_size=32), st.binary(max_size=200)
WHOLE = st.characters(codec="utf-8")
"""Halves of characters have no bytes, and so no place in an entry."""
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=1 - 2**53, max_value=2**53 - 1)
    | st.text(WHOLE),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(WHOLE), inner),
)


def by_library(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """What OpenSSL says of a signature."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032, ids=["1", "2", "3"])
def test_the_signatures_of_the_standard_hold(key: str, message: str, signature: str) -> None:
    """RFC 8032's own examples; one changed bit, and they do not."""
    public, said, made = map(bytes.fromhex, (key, message, signature))

    assert verify_log.signature_holds(public, said, made)
    for part in (0, 31, 32, 60):
        wrong = made[:part] + bytes([made[part] ^ 1]) + made[part + 1 :]
        assert not verify_log.signature_holds(public, said, wrong)
    assert not verify_log.signature_holds(public, said + b"!", made)


@given(seed=SEEDS, message=MESSAGES, bit=st.integers(min_value=0, max_value=511))
def test_signatures_are_judged_as_openssl_judges_them(
    seed: bytes, message: bytes, bit: int
) -> None:
    """Any key, any message, and the signature with any bit of it changed."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, made = key.public_key().public_bytes_raw(), key.sign(message)
    wrong = (int.from_bytes(made, "little") ^ (1 << bit)).to_bytes(64, "little")

    assert verify_log.signature_holds(public, message, made)
    assert not verify_log.signature_holds(public, message, wrong)
    assert not by_library(public, message, wrong)


@given(public=SEEDS, message=MESSAGES, made=st.binary(min_size=64, max_size=64))
def test_noise_is_judged_as_openssl_judges_it(public: bytes, message: bytes, made: bytes) -> None:
    """Bytes that are no point, or no number below the order, break nothing."""
    one_way = int.from_bytes(public, "little") % 2**255 < verify_log.P
    expected = one_way and by_library(public, message, made)

    assert verify_log.signature_holds(public, message, made) == expected


@given(seed=SEEDS)
def test_a_signature_cannot_be_written_a_second_way(seed: bytes) -> None:
    """Adding the group's order to the number in a signature gives none (section 5.1.7)."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    made = key.sign(b"entry")
    number = int.from_bytes(made[32:], "little") + verify_log.ORDER
    second = made[:32] + number.to_bytes(32, "little")

    assert not verify_log.signature_holds(key.public_key().public_bytes_raw(), b"entry", second)


@pytest.mark.parametrize("length", [0, 31, 33, 63, 65])
def test_a_key_or_signature_of_another_length_is_none(length: int) -> None:
    """Short, long and empty ones are refused."""
    key, message, made = (bytes.fromhex(one) for one in RFC_8032[1])

    assert not verify_log.signature_holds(key, message, bytes(length))
    assert not verify_log.signature_holds(bytes(length), message, made)


@given(value=st.dictionaries(st.text(WHOLE), JSON))
def test_json_is_written_as_the_library_writes_it(value: dict[str, object]) -> None:
    """RFC 8785: any text, any nesting, members in UTF-16 order; and read again as it was."""
    written = verify_log.canonical(value).encode()

    assert written == rfc8785.dumps(json.loads(json.dumps(value)))
    assert verify_log.object_of(written) == value


def test_roots_are_those_of_our_tree() -> None:
    """Every size to 70, computed level by level where the broker appends."""
    leaves, made = [], Frontier()
    for number in range(70):
        leaves.append(sha256(bytes([number])).digest())
        made, _ = made.append(leaves[-1])
        assert verify_log.root_of(leaves) == made.root()


def test_proofs_hold_only_for_what_they_were_made_for() -> None:
    """Every index of every tree to 12 entries: no proof serves another index, size or root."""
    log = log_of(12)
    roots = [frontier(log.entries[:size]).root() for size in range(1, 13)]
    for size, root in enumerate(roots, 1):
        for index, entry in enumerate(log.entries[:size]):
            path = log.inclusion(index, size).path
            right = (entry.leaf_hash, index, size, path, root)
            assert verify_log.is_included(*right)
            for at in {*range(size)} - {index}:
                assert not verify_log.is_included(entry.leaf_hash, at, size, path, root)
            assert not verify_log.is_included(entry.leaf_hash, index, size, (*path, root), root)
            assert not verify_log.is_included(entry.leaf_hash, size, size, path, root)
    for older, newer in pairwise(roots):
        assert (
            not verify_log.is_included(log.entries[0].leaf_hash, 0, 1, (), newer) or older == newer
        )
