"""`marac-broker redact`: a file of notes in, a file of redacted notes out."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from broker.commands.redact import redact
from redaction.notes import chosen_profile

_APP = typer.Typer()
_APP.command()(redact)
_NOTES: list[dict[str, Any]] = [
    {
        "id": "n-1",
        "text": "Mara Ellwood left 8 Larch Court, ring 07700 900461. Quill told us.",
        "parties": [
            {"role": "victim", "names": ["Mara Ellwood"], "addresses": ["8 Larch Court"]},
            {"role": "informant", "names": ["Perpetua Quill"], "on_case": True},
        ],
        "agency": "police",
    },
    {"id": "n-2", "text": "Nothing to report.", "parties": []},
    {"id": "n-3", "text": "Quill " + "A" * 6_000, "parties": []},
    {"id": "n-4", "text": "Quill rang the bell \x07.", "parties": []},
]


def _run(folder: Path, lines: list[str], *more: str) -> tuple[int, str, list[dict[str, Any]]]:
    """Run the command; return its status, its standard error and what it wrote."""
    source, target = folder / "notes.jsonl", folder / "out.jsonl"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = CliRunner().invoke(_APP, ["--input", str(source), "--output", str(target), *more])
    written = target.read_text("utf-8").splitlines() if target.exists() else []
    return result.exit_code, result.stderr, [json.loads(line) for line in written]


def test_without_a_profile_every_identifier_of_everybody_goes(tmp_path: Path) -> None:
    """Offsets count in the original, further keys are carried along, the text itself is not."""
    status, _, rows = _run(tmp_path, [json.dumps(note) for note in _NOTES])
    first, second, *unread = rows
    text = str(_NOTES[0]["text"])
    spans = first["spans"]

    assert status == 0
    assert [row["id"] for row in rows] == ["n-1", "n-2", "n-3", "n-4"]
    assert (first["agency"], first["held"], second["spans"]) == ("police", False, [])
    assert isinstance(spans, list)
    assert [text[one["start"] : one["end"]] for one in spans] == [
        "Mara Ellwood",
        "8 Larch Court",
        "07700 900461",
        "Quill",
    ]
    assert [one.get("party_role") for one in spans] == ["victim", "victim", None, "informant"]
    assert not [gone for gone in ("Mara", "Larch", "0770", "Quill") if gone in json.dumps(first)]
    assert second["redacted_text"] == "Nothing to report."
    # A note that cannot be read is held with nothing of it, and costs no other note its answer.
    assert [(row["held"], row["redacted_text"], row["spans"]) for row in unread] == [
        (True, "", []),
        (True, "", []),
    ]


def test_a_kind_of_recipient_chooses_its_profile(tmp_path: Path) -> None:
    """Probation reads a token for the victim; housing has the profile that names her."""
    _, _, (probation,) = _run(tmp_path, [json.dumps(_NOTES[0])], "--recipient-kind", "probation")

    assert "[Person " in str(probation["redacted_text"])
    assert chosen_profile(None, "housing-la").name == "P-VICTIM-SAFE"
    assert chosen_profile("P-STATS", "housing-la").name == "P-STATS P-VICTIM-SAFE"


@pytest.mark.parametrize(
    "bad",
    [
        "{not json", "[]", '{"id": 1, "text": "x"}', '{"id": "n"}',
        '{"id": "n", "text": "x", "parties": {}}',
        '{"id": "n", "text": "x", "parties": [{"role": "wizard", "names": []}]}',
        '{"id": "n", "text": "x", "parties": [{"role": "victim", "names": "Mara"}]}',
        '{"id": "n", "text": "x", "parties": ["Mara"]}',
    ],
)  # fmt: skip
def test_a_bad_line_is_named_and_nothing_is_written(tmp_path: Path, bad: str) -> None:
    """One sentence with the line's number, status 2, no output, not even of the good lines."""
    status, error, rows = _run(tmp_path, [json.dumps(_NOTES[1]), bad])

    assert status == 2
    assert "line 2" in error
    assert error.count("\n") == 1
    assert rows == []
    assert "Mara" not in error


@pytest.mark.parametrize("more", [("--profile", "P-NONE"), ("--recipient-kind", "newspaper")])
def test_an_unknown_choice_stops_the_command(tmp_path: Path, more: tuple[str, str]) -> None:
    """A misspelt profile is not the gentlest one."""
    status, error, rows = _run(tmp_path, [json.dumps(_NOTES[1])], *more)

    assert (status, rows) == (2, [])
    assert "Use " in error


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    """No traceback for a wrong path."""
    gone = str(tmp_path / "gone.jsonl")
    result = CliRunner().invoke(_APP, ["--input", gone, "--output", str(tmp_path / "out.jsonl")])

    assert result.exit_code == 2
    assert result.stderr.startswith("Check the path")
