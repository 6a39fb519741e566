"""`marac-broker redact --parties`: a document in, a fresh document out, or one sentence."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from broker.commands.redact import redact
from redaction.documents.read import read
from tests.unit.redaction.originals import PARTIES, SENTENCE, Lent, residue

_APP = typer.Typer()
_APP.command()(redact)


@pytest.fixture(autouse=True)
def lent(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the first test starts workers of its own, as the command does."""
    if request.node.originalname != "test_a_document_and_its_receipt_are_written":
        service = request.getfixturevalue("service")
        monkeypatch.setattr(
            "broker.commands.redact_document.RedactionService", lambda **_: Lent(service)
        )


def _run(
    folder: Path, *more: str, text: str = SENTENCE, parties: object = PARTIES
) -> tuple[int, str]:
    """Run the command on a text file; return its status and its standard error."""
    (folder / "note.txt").write_text(text, encoding="utf-8")
    (folder / "parties.json").write_text(json.dumps(parties), encoding="utf-8")
    paths = {"--input": "note.txt", "--output": "fresh.txt", "--parties": "parties.json"}
    chosen = [word for flag, name in paths.items() for word in (flag, str(folder / name))]
    result = CliRunner().invoke(_APP, [*chosen, *more])
    return result.exit_code, result.stderr


def test_a_document_and_its_receipt_are_written(tmp_path: Path) -> None:
    """The receipt says of each removal where it was and why; it holds no word of it."""
    receipt = tmp_path / "receipt.json"
    status, _ = _run(tmp_path, "--receipt", str(receipt), "--profile", "P-REVIEW")
    fresh = (tmp_path / "fresh.txt").read_bytes()
    told = json.loads(receipt.read_text("utf-8"))
    spans, made = told["spans"], told["receipt"]

    assert status == 0
    assert residue(fresh) == residue(receipt.read_bytes()) == []
    assert SENTENCE[spans[0]["start"] : spans[0]["end"]] == "Marabelle Ellwood"
    assert {one["where"] for one in spans} == {"paragraph 1"}
    assert len(made["commitments"]) == len(made["rules"]) == len(spans)
    assert (told["kind"], told["held"], made["profile"], made["flags"]) == (
        "text", False, "P-REVIEW", [],
    )  # fmt: skip


def test_a_kind_of_recipient_chooses_the_profile_of_a_document_too(tmp_path: Path) -> None:
    """Probation reads a token for the victim."""
    status, _ = _run(tmp_path, "--recipient-kind", "probation")
    (cell,) = read("a.txt", (tmp_path / "fresh.txt").read_bytes()).cells()

    assert status == 0
    assert "[Person " in cell.text


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    """Whoever sends the fresh document knows what it lacks."""
    page = tmp_path / "note.html"
    page.write_text("<p>Nothing new.<script>x</script><!-- x -->", encoding="utf-8")
    status, error = _run(tmp_path, "--input", str(page), "--output", str(tmp_path / "fresh.html"))

    assert (status, error) == (0, "Left out of the fresh document: comment: 1, script: 1.\n")


def test_a_held_document_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 1, the kinds of what was found and where, no value, no file, no receipt."""
    monkeypatch.setattr(Lent, "detect", lambda _, texts, __: [() for _ in texts], raising=False)
    monkeypatch.setattr(Lent, "__init__", lambda _, __: None)
    status, error = _run(tmp_path, "--receipt", str(tmp_path / "receipt.json"))

    assert status == 1
    assert error.startswith("Have a person look at the document; nothing was written.")
    assert "party-name paragraph 1" in error
    assert residue(error.encode()) == []
    assert {one.name for one in tmp_path.iterdir()} == {"note.txt", "parties.json"}


@pytest.mark.parametrize(
    "parties",
    ["Mara", {"people": []}, [{"role": "wizard", "names": []}], [{"names": ["Mara"]}], [3]],
)
def test_parties_that_cannot_be_read_stop_the_command(tmp_path: Path, parties: object) -> None:
    """A misread list of people would leave them all in."""
    status, error = _run(tmp_path, parties=parties)

    assert status == 2
    assert error.startswith("Write the parties as")
    assert "Mara" not in error
    assert not (tmp_path / "fresh.txt").exists()


def test_parties_may_stand_in_an_object_as_in_a_note(tmp_path: Path) -> None:
    """The same file can be cut from a note."""
    status, _ = _run(tmp_path, parties={"parties": PARTIES})

    assert status == 0
    assert residue((tmp_path / "fresh.txt").read_bytes()) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--output", "fresh.docx"], "Name the output with .txt"),
        (["--output", "note.txt"], "the original would be lost"),
        (["--input", "gone.txt"], "Check the path"),
        (["--profile", "P-NONE"], "Use "),
        (["--input", "note.zip"], "Unpack it"),
    ],
)
def test_a_wrong_path_or_choice_is_one_sentence(tmp_path: Path, more: list[str], said: str) -> None:
    """Status 2, and the original is as it was."""
    flag, name = more
    value = name if flag == "--profile" else str(tmp_path / name)
    status, error = _run(tmp_path, flag, value)

    assert status == 2
    assert said in error
    assert error.count("\n") == 1
    assert (tmp_path / "note.txt").read_text("utf-8") == SENTENCE


@pytest.mark.parametrize("suffix", [".docx", ".xlsx", ".pdf", ".eml", ".html"])
def test_a_document_without_its_people_is_refused(tmp_path: Path, suffix: str) -> None:
    """Nobody redacts a document by forgetting who is in it."""
    source = tmp_path / f"a{suffix}"
    source.write_bytes(b"x")
    result = CliRunner().invoke(_APP, ["--input", str(source), "--output", str(tmp_path / "out")])

    assert result.exit_code == 2
    assert "--parties" in result.stderr


def test_notes_have_their_receipts_in_their_lines(tmp_path: Path) -> None:
    """--receipt is for a document; asking for one of many notes is a mistake."""
    notes = tmp_path / "notes.jsonl"
    notes.write_text('{"id": "n", "text": "Seen."}\n', encoding="utf-8")
    result = CliRunner().invoke(
        _APP,
        ["--input", str(notes), "--output", str(tmp_path / "o"), "--receipt", str(tmp_path / "r")],
    )

    assert result.exit_code == 2
    assert "--receipt" in result.stderr
