"""A recovery key: two officers open it, each with a passphrase, and one of them never can."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from broker.commands.keys import app as keys_app
from broker.domain.errors import CustodyError
from keys.hybrid import HybridPrivateKey
from keys.recipient import RecipientPrivateKey, read_key
from keys.two_officers import Pair, needs_two, read_recovery_key, write_recovery_pair

OWNER = "housing-1"
FIRST, SECOND = "larch meadow kettle", "granite willow spoon"
KINDS: Mapping[str, Callable[[], Pair]] = {
    "classical": RecipientPrivateKey.generate,
    "hybrid": HybridPrivateKey.generate,
}


def written(folder: Path, kind: str = "classical") -> tuple[Pair, Path]:
    """Make a recovery key; return it and its file."""
    key: Pair = KINDS[kind]()
    path, _ = write_recovery_pair(key, folder, OWNER, FIRST, SECOND)  # type: ignore[arg-type]
    return key, path


@pytest.mark.parametrize("kind", KINDS)
def test_two_officers_open_it_in_either_order(tmp_path: Path, kind: str) -> None:
    """Both passphrases give back the very key, whoever types first."""
    key, path = written(tmp_path, kind)

    assert needs_two(path)
    assert read_recovery_key(path, FIRST, SECOND).thumbprint == key.thumbprint
    assert read_recovery_key(path, SECOND, FIRST).thumbprint == key.thumbprint


WRONG = {
    "the first one alone": (FIRST, FIRST),
    "the second one alone": (SECOND, SECOND),
    "one of them and a guess": (FIRST, "a guess that is long"),
}


@pytest.mark.parametrize("name", WRONG)
def test_one_officer_does_not_open_it(tmp_path: Path, name: str) -> None:
    """Neither passphrase is enough, and nothing says which of the two was wrong."""
    _, path = written(tmp_path)

    with pytest.raises(CustodyError, match="two passphrases do not open"):
        read_recovery_key(path, *WRONG[name])


def test_it_is_not_read_as_an_ordinary_key(tmp_path: Path) -> None:
    """A program that asks for one passphrase gets nothing out of it."""
    _, path = written(tmp_path)

    for passphrase in (FIRST, SECOND):
        with pytest.raises(CustodyError):
            read_key(path, passphrase)


def test_one_passphrase_chosen_twice_is_refused(tmp_path: Path) -> None:
    """Then one officer would know both; nothing is written."""
    key = RecipientPrivateKey.generate()

    with pytest.raises(CustodyError, match="the same one"):
        write_recovery_pair(key, tmp_path, OWNER, FIRST, FIRST)  # type: ignore[arg-type]  # an id
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", [25, 60, -3])
def test_a_damaged_file_opens_nothing(tmp_path: Path, place: int) -> None:
    """A changed character anywhere: one sentence."""
    _, path = written(tmp_path)
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(bytes(content))

    with pytest.raises(CustodyError):
        read_recovery_key(path, FIRST, SECOND)


def generate(folder: Path, *more: str) -> Result:
    """Run `marac-broker keys generate --recovery`, the officers typing."""
    words = ["generate", "--out", str(folder), "--owner", OWNER, "--recovery", *more]
    typed = f"{FIRST}\n{FIRST}\n{SECOND}\n{SECOND}\n"
    return CliRunner().invoke(keys_app, words, input=typed)


@pytest.mark.parametrize("more", [(), ("--hybrid",)], ids=["classical", "hybrid"])
def test_officers_make_one_by_command(tmp_path: Path, more: tuple[str, ...]) -> None:
    """Each types a passphrase twice, none is shown, and both open what was made."""
    made = generate(tmp_path, *more)

    assert made.exit_code == 0, made.output
    assert FIRST not in made.output
    path = tmp_path / f"{OWNER}.recovery.key"
    assert read_recovery_key(path, FIRST, SECOND).thumbprint in made.output
    assert path.stat().st_mode & 0o077 == 0
