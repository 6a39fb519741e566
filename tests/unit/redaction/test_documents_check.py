"""`marac-broker redact check` for a document: its receipt is held against the original."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker.commands.redact_group import app
from redaction.service import RedactionService
from tests.unit.redaction.originals import PARTIES, SENTENCE, Lent


@pytest.fixture(autouse=True)
def lent(service: RedactionService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run uses the service that all tests of a process share."""
    monkeypatch.setattr(
        "broker.commands.redact_document.RedactionService", lambda **_: Lent(service)
    )


def _redact(folder: Path, salts: str) -> None:
    """Redact a note in a folder, with its receipt beside it."""
    (folder / "note.txt").write_text(SENTENCE, encoding="utf-8")
    (folder / "parties.json").write_text(json.dumps(PARTIES), encoding="utf-8")
    paths = {
        "--input": "note.txt", "--output": "fresh.txt", "--parties": "parties.json",
        "--receipt": "r.json", "--salts": salts,
    }  # fmt: skip
    chosen = [word for flag, name in paths.items() for word in (flag, str(folder / name))]

    assert CliRunner().invoke(app, chosen).exit_code == 0


def _checked(folder: Path) -> tuple[int, str]:
    """Hold the receipt in a folder against the note in it."""
    paths = {"--receipt": "r.json", "--original": "note.txt", "--salts": "s.jsonl"}
    chosen = [word for flag, name in paths.items() for word in (flag, str(folder / name))]
    result = CliRunner().invoke(app, ["check", *chosen])
    return result.exit_code, result.stdout + result.stderr


def test_a_reviewer_can_hold_the_receipt_against_the_original(tmp_path: Path) -> None:
    """Every commitment opens with the salt, and none where the original is another."""
    _redact(tmp_path, "s.jsonl")
    status, said = _checked(tmp_path)
    (tmp_path / "note.txt").write_text(SENTENCE.replace("Marabelle", "Annabelle"), "utf-8")
    other_status, other = _checked(tmp_path)
    (tmp_path / "note.txt").write_text("\f\nNothing.", "utf-8")
    third_status, third = _checked(tmp_path)

    assert (status, said) == (0, "1 of 1 receipts hold; 4 of 4 commitments open.\n")
    assert (other_status, other.splitlines()[0]) == (
        1, "paragraph 1: 1 of 4 removals were of something else",
    )  # fmt: skip
    assert (third_status, "not in order" in third) == (2, True)


def test_a_receipt_without_its_salt_can_be_held_against_nothing(tmp_path: Path) -> None:
    """The salts of another run open no commitment, and the sentence says what is missing."""
    _redact(tmp_path, "a.jsonl")
    (tmp_path / "s.jsonl").write_bytes(b"")
    status, said = _checked(tmp_path)

    assert (status, said.count("\n")) == (2, 1)
    assert "a part is missing" in said
