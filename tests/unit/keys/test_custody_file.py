"""The file of our own keys: old ones open for ever, and nobody's new key is lost."""

import os
from pathlib import Path

import pytest

from broker.domain.errors import CustodyError
from keys.custody.file import FILE_NAME, HEADER, FileCustody
from keys.signing import verify
from tests.custodies import PASSPHRASE

FIRST_FILE = (
    "marac-custody/1\n"
    "ASONhCm2Cv0a9FD_snBT96K2uSFA7fDc1z3BkOON5iWVPJbc0U7vk3oqdMM1uguhoPo__HfxUB5wwNsh1gRTAbzD"
    "lkX7Y23WYO8PFV8w1Gf03mE_ePazYVnTYGrKFSQLQR9a3ToKiHAhelzXnXUO-ACOry6LCAKM1bnCed1C7M3DXGrq"
    "qBjapGkwkHfwK6yxL7248uG9qzPGlPMKqSiEO56JZx-"
    "9H3R29DvgsuZZVvSwQ9CNtHFCnrMfBnE1XqNCvKoa4ia_ZIBqFY-kP-"
    "JqEXUxy1o08IFDusTthLeZZ27nSfXaFxLotS8g04sV5lRtqS1uPfiWA-M"
)
"""Made by the first version of this program."""
LOG = bytes.fromhex("eb84ccc8707440ba3b8a723265ed9bcc1c0d99140e833e95fe1879996448491b")
SIGNED = bytes.fromhex(
    "e6b537e56e914f4ae15670b7acbd4baa4f2e9b5f3c539188cf62a1a6dd590a630be2a39d0473a126aba61188"
    "cf9274efcbc58f44444a8c5ed700f2f6122ece0b"
)
WRAPPED = bytes.fromhex(
    "01f54d674cfce60b73335216a0a22af36c722d9e2828d62c6a3c3aea407c356e18312c2ef77986a556832786"
    "f2e78b94a2b4f34e1e3d3c8bda9ca621c9"
)


@pytest.fixture
def first(tmp_path: Path) -> FileCustody:
    """A broker whose file is of the first version."""
    (tmp_path / FILE_NAME).write_text(FIRST_FILE, encoding="ascii")
    return FileCustody.open(tmp_path, PASSPHRASE)


def test_a_file_of_the_first_version_opens_for_ever(first: FileCustody) -> None:
    """What it signed verifies, what it wrapped unwraps."""
    assert first.public_keys("log") == (LOG,)
    assert first.sign("log", b"message") == SIGNED
    assert first.unwrap(WRAPPED, b"case MR-0417") == b"d" * 32
    assert not first.is_current(WRAPPED)
    with pytest.raises(CustodyError):
        first.unwrap(WRAPPED, b"case MR-0418")


def test_a_rotation_writes_the_newer_version_and_keeps_the_old_keys(
    first: FileCustody, tmp_path: Path
) -> None:
    """The file is replaced whole, readable by its owner only."""
    for key in ("log", "package", "wrapping"):
        first.rotate(key)

    again = FileCustody.open(tmp_path, PASSPHRASE)
    assert (tmp_path / FILE_NAME).read_bytes().startswith(HEADER)
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == [FILE_NAME]
    assert again.public_keys("log")[0] == LOG
    assert again.unwrap(WRAPPED, b"case MR-0417") == b"d" * 32
    assert verify(LOG, b"message", again.sign("log", b"message", LOG))


def test_two_operators_who_rotate_lose_no_key(tmp_path: Path) -> None:
    """Each reads the file again before writing it, so the other's new key stays."""
    one = FileCustody.create(tmp_path, PASSPHRASE)
    other = FileCustody.open(tmp_path, PASSPHRASE)

    one.rotate("package")
    other.rotate("package")
    other.rotate("wrapping")

    keys = FileCustody.open(tmp_path, PASSPHRASE).public_keys("package")
    assert len(set(keys)) == 3
    assert one.public_keys("package") == other.public_keys("package") == keys


def test_a_running_broker_wraps_with_the_newest_key(tmp_path: Path) -> None:
    """It sees that the file was replaced, without being started anew."""
    running = FileCustody.create(tmp_path, PASSPHRASE)
    FileCustody.open(tmp_path, PASSPHRASE).rotate("wrapping")

    assert running.is_current(running.wrap(b"data key", b"a case"))


def test_a_crash_while_rotating_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new content has a name of its own until it is whole; the old keys still open."""
    custody = FileCustody.create(tmp_path, PASSPHRASE)
    before = (tmp_path / FILE_NAME).read_bytes()

    def full(_: int) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(CustodyError, match="could not be written"):
            custody.rotate("log")

    assert (tmp_path / FILE_NAME).read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [FILE_NAME]
    assert len(custody.public_keys("log")) == 1
