"""Keys of months: what they protect is gone with them, and only with them."""

import stat
from pathlib import Path

import pytest

from broker.domain.erasure import Period
from broker.domain.errors import CustodyError
from keys.records import KEYS_IN_MEMORY, CaseVault, key_id
from keys.term_keys import HEADER, FileTermKeys
from tests.simulators import MemoryCustody

NOVEMBER, DECEMBER = Period("2026-11"), Period("2026-12")
CUSTODY = MemoryCustody()


def test_a_month_is_begun_once_and_never_before_a_later_one(tmp_path: Path) -> None:
    """Replicas that begin the same month get one key; a month that is over stays over."""
    one, other = (FileTermKeys(tmp_path / "terms", CUSTODY) for _ in range(2))
    assert one.kept() == ()
    assert one.begin(DECEMBER)
    assert not other.begin(DECEMBER)
    assert not other.begin(NOVEMBER)
    assert other.kept() == (DECEMBER,)
    file = tmp_path / "terms" / "2026-12.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes().startswith(HEADER)


def test_a_destroyed_month_opens_nothing_any_more(tmp_path: Path) -> None:
    """Not even for who has custody and the wrapped key; what was wrapped anew opens as before."""
    terms = FileTermKeys(tmp_path, CUSTODY)
    terms.begin(NOVEMBER)
    vault = CaseVault(CUSTODY, terms)
    old = vault.new_key("case")
    sealed = vault.seal(old, "case", b"14 Tanners Yard")
    terms.begin(DECEMBER)
    new = vault.rewrapped(old, "case")
    assert new != old
    assert vault.rewrapped(new, "case") == new

    content = (tmp_path / "2026-11.key").read_bytes()
    terms.destroy(NOVEMBER)
    terms.destroy(NOVEMBER)  # Again, as after a crash.
    assert not (tmp_path / "2026-11.key").exists()
    fresh = CaseVault(CUSTODY, FileTermKeys(tmp_path, CUSTODY))
    assert fresh.open(new, "case", sealed) == b"14 Tanners Yard"
    with pytest.raises(CustodyError, match="2026-11"):
        fresh.open(old, "case", sealed)
    # The file itself, not only its name, was what opened it.
    (tmp_path / "2026-11.key").write_bytes(content)
    assert fresh.open(old, "case", sealed) == b"14 Tanners Yard"


def test_a_key_from_before_there_were_months_is_wrapped_anew(tmp_path: Path) -> None:
    """A database of an earlier version comes under the months with the first run."""
    before = CaseVault(CUSTODY)
    old = before.new_key("case")
    sealed = before.seal(old, "case", b"note")
    terms = FileTermKeys(tmp_path, CUSTODY)
    terms.begin(NOVEMBER)
    vault = CaseVault(CUSTODY, terms)
    new = vault.rewrapped(old, "case")
    assert vault.open(new, "case", sealed) == b"note"
    with pytest.raises(CustodyError):
        CaseVault(CUSTODY).open(new, "case", sealed)


def test_a_forgotten_key_leaves_memory_in_every_form(tmp_path: Path) -> None:
    """The key that was destroyed goes, and so does its form of the month before."""
    terms = FileTermKeys(tmp_path, CUSTODY)
    terms.begin(NOVEMBER)
    vault = CaseVault(CUSTODY, terms)
    old = vault.new_key("case")
    vault.seal(old, "case", b"")
    terms.begin(DECEMBER)
    new = vault.rewrapped(old, "case")
    vault.seal(new, "case", b"")
    kept = vault.new_key("other")
    vault.seal(kept, "other", b"")

    vault.forget({key_id(new)})

    assert [wrapped for wrapped, _ in vault._unwrapped] == [kept]


def test_the_shared_key_is_never_let_go_of(tmp_path: Path) -> None:
    """However many cases are read, what was in memory of it is not asked of an old month again."""
    terms = FileTermKeys(tmp_path, CUSTODY)
    terms.begin(NOVEMBER)
    vault = CaseVault(CUSTODY, terms)
    shared = vault.new_key("directory")
    sealed = vault.seal(shared, "directory", b"agency")
    terms.begin(DECEMBER)
    terms.destroy(NOVEMBER)
    one = vault.new_key("case-0")
    for number in range(KEYS_IN_MEMORY + 8):
        vault.seal(
            CUSTODY.wrap(bytes(32), f"data-key/1|case-{number}".encode()), f"case-{number}", b""
        )
    vault.forget({key_id(one)})

    assert vault.open(shared, "directory", sealed) == b"agency"


@pytest.mark.parametrize("content", [b"", b"marac-term-key/1\n", HEADER + bytes(60), b"x" * 100])
def test_a_damaged_key_file_opens_nothing(tmp_path: Path, content: bytes) -> None:
    """What is cut short or is something else is refused, not guessed at."""
    terms = FileTermKeys(tmp_path, CUSTODY)
    (tmp_path / "2026-11.key").write_bytes(content)
    with pytest.raises(CustodyError):
        terms.of(NOVEMBER)


def test_a_folder_that_is_not_shared_is_said_to_be_so(tmp_path: Path) -> None:
    """A replica with a folder of its own is told what is wrong, in one sentence."""
    terms = FileTermKeys(tmp_path / "one", CUSTODY)
    terms.begin(NOVEMBER)
    vault = CaseVault(CUSTODY, terms)
    key = vault.new_key("case")
    sealed = vault.seal(key, "case", b"note")
    stranger = CaseVault(CUSTODY, FileTermKeys(tmp_path / "two", CUSTODY))
    with pytest.raises(CustodyError, match="does not share the folder"):
        stranger.open(key, "case", sealed)
