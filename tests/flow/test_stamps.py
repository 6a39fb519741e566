"""A time stamping authority says when a checkpoint was there; nobody else's word is taken."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from broker.commands import ledger
from broker.domain.errors import (
    InvalidRequestError,
    LedgerVerificationError,
    SettingsError,
    SourceUnavailableError,
)
from keys.stamps import StampRequest, check_stamp
from tests.authorities import StampingAuthority
from tests.foreign.logs import log_of

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LOG = log_of(5)
NOTE = LOG.checkpoint().note
AUTHORITY = StampingAuthority.make(AT)


def run(*words: str | Path) -> str:
    """Run one of the commands; its error, if it ends with one, is raised."""
    done = CliRunner().invoke(ledger.app, [str(one) for one in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two checkpoints, and the certificate."""
    (tmp_path / "checkpoint.txt").write_text(NOTE)
    (tmp_path / "earlier.txt").write_text(LOG.checkpoint(4).note)
    (tmp_path / "log.jsonl").write_bytes(LOG.export())
    (tmp_path / "tsa.pem").write_bytes(AUTHORITY.pem)
    return tmp_path


def stamp(folder: Path, url: str) -> str:
    """Have the checkpoint stamped."""
    output = folder / "stamp.tsr"
    words = ("--authority", url, "--tsa", folder / "tsa.pem", "--output", output)
    return run("stamp", folder / "checkpoint.txt", *words)


def verify(folder: Path, name: str) -> str:
    """Check a file with the stamp."""
    key = LOG.key.verifier_text()
    words = ("--stamp", folder / "stamp.tsr", "--tsa", folder / "tsa.pem")
    return run("verify", folder / name, "--key", key, *words)


def test_a_stamp_says_when_a_checkpoint_was_there(folder: Path) -> None:
    """Over HTTP from an authority; checked with the checkpoint, or the log that ends with it."""
    with AUTHORITY.serving() as url:
        assert "Stamped at 2026-03-02T09:30:00Z." in stamp(folder, url)

    for name in ("checkpoint.txt", "log.jsonl"):
        assert verify(folder, name).startswith("Stamped at 2026-03-02T09:30:00Z.\n")


def test_a_stamp_of_another_checkpoint_does_not_count(folder: Path) -> None:
    """Nor does one by an authority that the reader was not given."""
    with AUTHORITY.serving() as url:
        stamp(folder, url)
    with pytest.raises(LedgerVerificationError, match="does not hold"):
        verify(folder, "earlier.txt")

    (folder / "tsa.pem").write_bytes(StampingAuthority.make(AT).pem)
    with pytest.raises(LedgerVerificationError, match="does not hold"):
        verify(folder, "checkpoint.txt")


def test_an_answer_to_somebody_else_is_not_kept(folder: Path) -> None:
    """What does not verify at once is not written down: a stranger's stamp, an old answer."""
    with StampingAuthority.make(AT).serving() as url, pytest.raises(LedgerVerificationError):
        stamp(folder, url)
    old = AUTHORITY.answer(StampRequest.over(NOTE).encoded())
    with pytest.raises(LedgerVerificationError):
        check_stamp(old, NOTE, (AUTHORITY.root,), StampRequest.over(NOTE).nonce)
    with pytest.raises(SourceUnavailableError):
        stamp(folder, "http://127.0.0.1:9")
    assert not (folder / "stamp.tsr").exists()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_a_changed_stamp_never_tells_another_time(at: int, flip: int) -> None:
    """Whatever byte is changed: it does not hold, or says what it said."""
    changed = bytearray(AUTHORITY.answer(StampRequest.over(NOTE).encoded()))
    changed[at % len(changed)] ^= flip
    try:
        found = check_stamp(bytes(changed), NOTE, (AUTHORITY.root,))
    except LedgerVerificationError:
        return
    assert found == AT


def test_half_a_question_is_told_so(folder: Path) -> None:
    """A stamp without a certificate proves nothing; a file that is no certificate neither."""
    key = LOG.key.verifier_text()
    with pytest.raises(InvalidRequestError, match="together"):
        run("verify", folder / "checkpoint.txt", "--key", key, "--stamp", folder / "log.jsonl")
    (folder / "tsa.pem").write_text("no certificate")
    with pytest.raises(SettingsError, match="PEM"):
        stamp(folder, "http://127.0.0.1:9")
