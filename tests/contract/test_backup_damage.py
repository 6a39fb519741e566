"""A copy of the database that was changed by anybody without our keys is refused."""

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.domain.errors import CustodyError, InvalidRequestError
from broker.storage.copy_file import read_copy_head, read_pages
from tests.contract.county import settle
from tests.contract.test_backup import copied
from tests.simulators import MemoryVault, open_test_store


@pytest.fixture(scope="module")
def one_copy(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> bytes:
    """A copy to damage."""
    file = tmp_path_factory.mktemp("copied") / "broker.db"
    file.write_bytes(migrated_sqlite.read_bytes())
    store = open_test_store(f"sqlite:///{file}")
    try:
        settle(store)
        return copied(store)
    finally:
        store.close()


def whole(copy: bytes) -> int:
    """Read a copy to its end; return how many pages it has."""
    file = io.BytesIO(copy)
    _, line = read_copy_head(file)
    return len(list(read_pages(file, MemoryVault(), line)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_copy_is_refused(one_copy: bytes, data: st.DataObject) -> None:
    """A flipped byte anywhere, its end cut off, or something behind it."""
    assert whole(one_copy)
    at = data.draw(st.integers(0, len(one_copy) - 1))
    flip = data.draw(st.integers(1, 255))
    changed = one_copy[:at] + bytes([one_copy[at] ^ flip]) + one_copy[at + 1 :]

    for damaged in (changed, one_copy[:at], one_copy + bytes([flip])):
        with pytest.raises((CustodyError, InvalidRequestError)):
            whole(damaged)


def test_pieces_in_another_order_are_refused(one_copy: bytes) -> None:
    """Whoever has the file, and no key, cannot leave out or repeat a page."""
    head, _, rest = one_copy.partition(b"\n")
    pieces = []
    while rest:
        end = 4 + int.from_bytes(rest[:4])
        pieces.append(rest[:end])
        rest = rest[end:]
    assert whole(head + b"\n" + b"".join(pieces)) == len(pieces) - 2

    for wrong in (
        [pieces[0], *pieces[2:]],
        [pieces[0], pieces[2], pieces[1], *pieces[3:]],
        [*pieces[:2], pieces[1], *pieces[2:]],
    ):
        with pytest.raises(CustodyError):
            whole(head + b"\n" + b"".join(wrong))
