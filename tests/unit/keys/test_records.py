"""Personal data at rest opens with its own case's key, under its own name, unchanged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.errors import CustodyError
from keys import records
from keys.records import CaseVault
from tests.unit.keys.world import custody

VAULT = CaseVault(custody())
KEY = VAULT.new_key("MR-0417")
SEALED = VAULT.seal(KEY, "MR-0417", b"14 Tanners Yard")


@given(plain=st.binary(max_size=5000), name=st.text(st.characters(codec="utf-8"), max_size=40))
def test_what_was_sealed_comes_back(plain: bytes, name: str) -> None:
    """For any content and any name."""
    key = VAULT.new_key(name)

    assert VAULT.open(key, name, VAULT.seal(key, name, plain)) == plain


def test_a_fresh_process_opens_what_an_earlier_one_sealed() -> None:
    """Nothing but custody is needed; no key lives only in memory."""
    assert CaseVault(custody()).open(KEY, "MR-0417", SEALED) == b"14 Tanners Yard"


def test_the_plain_text_is_not_in_what_is_stored() -> None:
    """Neither in the record nor in the wrapped key."""
    assert b"Tanners" not in SEALED + KEY


@given(at=st.integers(0, len(SEALED) - 1), bit=st.integers(0, 7))
def test_any_changed_bit_is_refused(at: int, bit: int) -> None:
    """An edited row is an error, never another record."""
    changed = SEALED[:at] + bytes([SEALED[at] ^ 1 << bit]) + SEALED[at + 1 :]
    with pytest.raises(CustodyError):
        VAULT.open(KEY, "MR-0417", changed)


@given(st.integers(0, len(SEALED) - 1))
def test_a_record_cut_short_is_refused(size: int) -> None:
    """A half-written row never reads as a record."""
    with pytest.raises(CustodyError):
        VAULT.open(KEY, "MR-0417", SEALED[:size])


def test_a_record_moved_to_another_case_does_not_open() -> None:
    """Not under the other name, not with the other key, not with both."""
    other = VAULT.new_key("MR-0418")
    for key, name in ((KEY, "MR-0418"), (other, "MR-0417"), (other, "MR-0418")):
        with pytest.raises(CustodyError):
            VAULT.open(key, name, SEALED)


def test_the_same_record_sealed_twice_looks_different() -> None:
    """Equal rows cannot be told by comparing them."""
    assert VAULT.seal(KEY, "MR-0417", b"same") != VAULT.seal(KEY, "MR-0417", b"same")
    assert VAULT.new_key("MR-0417") != VAULT.new_key("MR-0417")


def test_keys_in_memory_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A county's history does not fill the memory; the keys last used stay."""
    monkeypatch.setattr(records, "KEYS_IN_MEMORY", 3)
    vault = CaseVault(custody())
    keys = {name: vault.new_key(name) for name in ("a", "b", "c", "d")}
    for name in ("a", "b", "c", "a", "d"):
        vault.seal(keys[name], name, b"")

    assert [name for _, name in vault._unwrapped] == ["c", "a", "d"]
