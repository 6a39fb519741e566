import json
from base64 import b64decode
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from broker.commands import ledger
from broker.domain.errors import InvalidRequestError, LedgerError, LedgerVerificationError
from broker.ledger.checkpoint import LogKey, check_checkpoint
from broker.ledger.entry import parse_entry
from broker.ledger.export import read_entries, read_head, verified
from broker.ledger.tree import check_inclusion
from broker.storage import Store
from broker.storage.tables import log_entries
from tests.contract.county import disclose, settle
from tests.simulators import open_test_store


@pytest.fixture
def told(store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with six entries, which the commands open anew."""
    settle(store)
    disclose(store)
    monkeypatch.setattr(ledger, "store_from_environment", lambda: open_test_store(database_url))
    return store


def run(*words: str) -> str:
    """What the command writes; its error, if it ends with one, is raised."""
    result = CliRunner().invoke(ledger.app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_show_writes_entries_as_they_are(told: Store) -> None:
    """One entry a line, in the bytes that were hashed."""
    lines = run("show", "--start", "2", "--limit", "3").splitlines()

    assert [parse_entry(line.encode()) for line in lines] == list(told.log.entries(2, 3))


def test_prove_is_enough_for_a_stranger(told: Store) -> None:
    """The written proof leads from the entry's bytes to the signed checkpoint."""
    proof = json.loads(run("prove", "3"))

    checkpoint = check_checkpoint(told.log.key, told.log.check, proof["checkpoint"])
    entry = parse_entry(proof["entry"].encode())
    path = [b64decode(one) for one in proof["path"]]
    assert (proof["index"], proof["size"]) == (3, checkpoint.size)
    assert check_inclusion(entry.leaf_hash, 3, proof["size"], path, checkpoint.root)
    with pytest.raises(LedgerError):
        run("prove", "6")


def test_checkpoint_writes_the_note(told: Store) -> None:
    """The note comes out byte for byte, ready for a witness."""
    newest = told.log.checkpoint()
    assert newest is not None
    assert newest.note == run("checkpoint")


def test_verify_says_so_or_names_the_entry(told: Store) -> None:
    """A sound log is called sound; with an entry exchanged for another, that entry is named."""
    assert run("verify").startswith("6 entries verify")
    with told.engines[0].begin() as connection:
        mine = update(log_entries).where(log_entries.c.index == 4)
        connection.execute(mine.values(canonical=b"{}"))

    with pytest.raises(LedgerVerificationError, match="Entry 4"):
        run("verify")


def test_an_export_is_the_whole_log_for_a_stranger(
    told: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exported file holds every entry, page by page, under a checkpoint that they add up to."""
    monkeypatch.setattr(ledger, "_EXPORT_PAGE", 4)
    file = tmp_path / "log.jsonl"
    assert told.log.key.verifier_text() in run("export", "--output", str(file))

    with file.open("rb") as opened:
        head = read_head(opened)
        entries = tuple(verified(head, read_entries(opened)))
    assert told.log.entries(0, 10) == entries
    assert told.log.checkpoint() == check_checkpoint(
        LogKey.of_verifier(told.log.key.verifier_text()), told.log.check, head.checkpoint.note
    )
    assert [json.loads(line) for line in file.read_bytes().splitlines()[1:]] == [
        [one.leaf_hash.hex(), json.loads(one.canonical)] for one in entries
    ]
    with pytest.raises(InvalidRequestError, match="not there yet"):
        run("export", "--output", str(file))


def test_an_export_of_a_changed_log_stops(told: Store, tmp_path: Path) -> None:
    """What does not verify is not handed out as the log, and no half of it is left behind."""
    with told.engines[0].begin() as connection:
        changed = told.log.entries(2, 1)[0].canonical.replace(b"Z", b"Y", 1)
        connection.execute(
            update(log_entries).where(log_entries.c.index == 2).values(canonical=changed)
        )

    with pytest.raises(LedgerVerificationError):
        run("export", "--output", str(tmp_path / "log.jsonl"))
    assert not (tmp_path / "log.jsonl").exists()


def test_an_export_to_a_full_disk_leaves_nothing_that_looks_whole(
    told: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk is full in the middle, the file goes and a sentence says so."""

    def full(_: object) -> bytes:
        raise OSError(28, "No space left on device")

    assert told.log.checkpoint() is not None
    monkeypatch.setattr(ledger, "entry_line", full)
    with pytest.raises(InvalidRequestError, match="make room"):
        run("export", "--output", str(tmp_path / "log.jsonl"))
    assert not (tmp_path / "log.jsonl").exists()
