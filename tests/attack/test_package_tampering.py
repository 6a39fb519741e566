"""A package that was changed anywhere, by anything, is refused and shows nothing."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.errors import PackageRefusedError
from keys.opening import open_package
from tests.builders import NOW
from tests.unit.keys.world import SECRET, broker_key, private_key, registered, seal

PACKAGE = seal(None, registered(), registered("deputy")).content
OTHER = seal(None, registered(), registered("deputy")).content


def check_refused(package: bytes) -> None:
    """Refused in one sentence that holds nothing of the content."""
    with pytest.raises(PackageRefusedError) as caught:
        open_package(package, private_key(), [broker_key()], now=NOW)
    assert SECRET not in str(caught.value)


@given(at=st.integers(0, len(PACKAGE) - 1), byte=st.integers(0, 255))
def test_any_changed_byte_is_refused(at: int, byte: int) -> None:
    """Whichever byte becomes whichever other byte."""
    changed = PACKAGE[:at] + bytes([byte]) + PACKAGE[at + 1 :]
    if changed != PACKAGE:
        check_refused(changed)


@pytest.mark.parametrize("bit", range(8))
@pytest.mark.parametrize("back", range(1, 5))
def test_no_spare_bit_at_the_end_goes_unseen(back: int, bit: int) -> None:
    """The last base64 character of a signature has four bits that lenient readers ignore."""
    at = len(PACKAGE) - back
    check_refused(PACKAGE[:at] + bytes([PACKAGE[at] ^ (1 << bit)]) + PACKAGE[at + 1 :])


@given(st.integers(0, len(PACKAGE) - 1))
def test_any_truncation_is_refused(size: int) -> None:
    """A half-written file is not half a package."""
    check_refused(PACKAGE[:size])


@given(st.binary(min_size=1, max_size=40))
def test_anything_appended_is_refused(more: bytes) -> None:
    """Not even white space at the end."""
    check_refused(PACKAGE + more)
    check_refused(more + PACKAGE)


@given(start=st.integers(0, len(PACKAGE) - 2), size=st.integers(1, 64))
def test_anything_cut_out_is_refused(start: int, size: int) -> None:
    """A piece missing in the middle."""
    check_refused(PACKAGE[:start] + PACKAGE[start + size :])


@given(st.integers(0, 2))
def test_parts_of_two_packages_do_not_make_a_third(part: int) -> None:
    """Header, payload and signature belong together; the headers alone are the same."""
    own, foreign = PACKAGE.split(b"."), OTHER.split(b".")
    own[part] = foreign[part]
    mixed = b".".join(own)
    if mixed == PACKAGE:
        assert part == 0
    else:
        check_refused(mixed)


@given(st.binary(max_size=2000))
def test_anything_else_at_all_is_refused(noise: bytes) -> None:
    """Whatever lies in the folder, opening it never crashes."""
    check_refused(noise)


def test_a_package_larger_than_any_is_refused_before_it_is_read() -> None:
    """A bomb costs one comparison."""
    with pytest.raises(PackageRefusedError, match="larger than any package"):
        open_package(PACKAGE + b"A" * 9_000_000, private_key(), [broker_key()], now=NOW)


def test_the_untouched_package_opens() -> None:
    """Otherwise all of the above would prove nothing."""
    opened = open_package(PACKAGE, private_key(), [broker_key()], now=NOW)

    assert opened.content.items[0].text == SECRET


def test_it_opens_until_it_expires_and_not_a_second_longer() -> None:
    """The moment of expiry itself is too late."""
    end = NOW + timedelta(days=21)
    opened = [
        open_package(PACKAGE, private_key(), [broker_key()], now=one)
        for one in (NOW, end - timedelta(seconds=1))
    ]
    for late in (end, end + timedelta(days=1)):
        with pytest.raises(PackageRefusedError, match="expired"):
            open_package(PACKAGE, private_key(), [broker_key()], now=late)

    assert all(one.content == two.content for one, two in pairwise(opened))
