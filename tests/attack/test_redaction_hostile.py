"""Texts made to hang, crash or slip through: each is read in time or refused, and work goes on."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.domain.errors import RedactionError
from broker.domain.record import MAX_TEXT_CHARACTERS
from redaction.finish import check_text
from redaction.pool import WorkerPool
from redaction.recognisers.forms import FORMS
from tests.builders import victim

_LIMIT = 20.0
"""Processor seconds of one text: the service's own default."""
_FULL = MAX_TEXT_CHARACTERS - 1
_HOSTILE = {
    "eight thousand brackets": "(" * 8_000,
    "square brackets": "[removed: " * 800,
    "nested quotes": "\"'(" * 4_000,
    "bidirectional overrides": "\u202e\u2066" * 5_000 + "draw\u202dlled Ellwood",
    "a hundred combining marks a letter": ("a" + "\u0301" * 99) * 400,
    "combining marks alone": "\u0301" * 40_000,
    "deep entities": "&amp;" * 8_000 + "#77;",
    "deep percents": "%25" * 12_000 + "4D",
    "open tags": "<b" * 12_000,
    "tags in a word": "M<b>" * 6_000,
    "soft breaks": "=\n" * 2_000,
    "emoji": "\U0001f600" * 20_000,
    "digits one by one": "1 " * 2_000,
    "digits without end": "1" * _FULL,
    "dots": "1." * 12_000,
    "dashes": "a-" * 12_000,
    "apostrophes": "o'" * 12_000,
    "underscores": "_a" * 12_000,
    "at signs": "@a." * 10_000,
    "a word of dots and at": "a at b dot " * 800,
    "blank after a cue": "nhs" + " " * 40_000,
    "cues without numbers": "nhs no: " * 600,
    "lines": "\n" * 10_000,
    "lines of one letter": "a\n" * 2_000,
    "spoken without end": "double " * 2_000 + "one",
    "radio alphabet": "alpha one " * 1_000,
    "look-alikes": "\u041c\u0430" * 10_000,
    "full width": "\uff2d" * 20_000,
    "slashes": "1/" * 12_000,
    "chat": "a: b\n" * 2_000,
    "capitals": "A" * _FULL,
    "initials": "A. " * 2_000,
    "street without end": "1 a b c " * 800,
    "quotes and deeds": "'abc' " * 1_500,
}

_REFUSED = {
    "a million characters": "Mara. " * 170_000,
    "megabyte": "Mara" * 250_000,
    "control character": "Mara\x00Ellwood",
    "escape": "Mara\x1b[2J",
    "combining marks": "Mara" + "\u0301" * 100_000,
    "half of a pair": "Mara\ud83d",
}


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    """One worker for every text, replaced when it fails."""
    pool = WorkerPool(1)
    pool.warm()
    yield pool
    pool.close()


@pytest.mark.parametrize("kind", sorted(_HOSTILE))
def test_a_hostile_text_ends_in_time_and_the_next_is_read(pool: WorkerPool, kind: str) -> None:
    """It is read or refused within its limit; the worker, or a fresh one, reads on."""
    with contextlib.suppress(RedactionError):
        (found,) = pool.detect([_HOSTILE[kind]], (victim(),), _LIMIT)
        assert all(one.end <= len(_HOSTILE[kind]) for one in found)
    (after,) = pool.detect(["Neighbour Joan Tosh rang."], (victim(),), _LIMIT)

    assert any(one.start <= 10 < one.end for one in after)


@pytest.mark.parametrize("number", range(len(FORMS)))
def test_no_form_of_an_identifier_can_be_made_to_hang(number: int) -> None:
    """Every pattern ends on long runs of what it nearly accepts: the time grows with the text."""
    for run in ("A", "1", "A1", "1/", "1-", "1 ", "AB12", "12-", "a/c ", "sort code "):
        text = (run * 6_000)[:12_000] + "!"
        assert sum(1 for _ in FORMS[number].pattern.finditer(text)) <= len(text)


@pytest.mark.parametrize(
    "text", [_REFUSED[kind] for kind in sorted(_REFUSED)], ids=sorted(_REFUSED)
)
def test_what_cannot_be_read_is_refused_before_it_is_read(text: str) -> None:
    """Too long or with control characters: an error that says what to do, and not what it says."""
    with pytest.raises(RedactionError) as refused:
        check_text(text)

    assert "Mara" not in str(refused.value)


def test_the_command_holds_such_a_note_with_nothing_of_it(tmp_path: Path) -> None:
    """One of them in a file: it is held, empty; the others have their answers."""
    notes = [{"id": "good", "text": "Nothing."}, {"id": "bad", "text": _REFUSED["megabyte"]}]
    source, result = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(json.dumps(one) + "\n" for one in notes), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "broker.cli", "redact", "--input", source, "--output", result],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    good, bad = (json.loads(line) for line in result.read_text("utf-8").splitlines())

    assert done.returncode == 0, done.stderr
    assert (good["held"], good["redacted_text"]) == (False, "Nothing.")
    assert (bad["held"], bad["redacted_text"], bad["spans"]) == (True, "", [])
    assert "Mara" not in done.stderr + done.stdout + result.read_text("utf-8")
    assert not list(tmp_path.glob("*.partial"))
