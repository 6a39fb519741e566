"""A receipt proves what was removed to whoever has the original, and tells nobody else anything."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from broker.cli import app
from broker.domain.errors import RedactionError
from redaction.receipt import commitment
from redaction.receipt_check import Removal, compare

_NOTES: tuple[dict[str, object], ...] = (
    {
        "id": "one",
        "text": "Neighbour Wilhelmina Tosh of HX1 9ZZ rang 07700 900461 about Mara Ellwood.",
        "parties": [{"role": "victim", "names": ["Mara Ellwood"]}],
    },
    {"id": "two", "text": "Nothing was said by anybody.", "parties": []},
)
_NAMES_FILE = Path(__file__).parents[2] / "redaction" / "names.yaml"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with notes, their results and the salts, as the command left them."""
    folder = tmp_path_factory.mktemp("receipts")
    _write(folder / "in.jsonl", _NOTES)
    done = _call(
        "redact", "--input", folder / "in.jsonl", "--output", folder / "out.jsonl",
        "--salts", folder / "out.jsonl.salts",
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    return folder


def test_every_commitment_opens_for_whoever_has_the_original(run: Path) -> None:
    """A reviewer with original, result and salts finds that the receipt tells the truth."""
    done = _call("redact", "check", "--receipt", run / "out.jsonl", "--original", run / "in.jsonl")

    assert done.exit_code == 0, done.output
    assert "2 of 2 receipts hold" in done.output


@pytest.mark.parametrize(
    ("changed", "file"),
    [
        ("Wilhelmina", "in.jsonl"),
        ("07700", "in.jsonl"),
        ("about", "in.jsonl"),
        ("rang", "out.jsonl"),
    ],
)
def test_what_was_changed_afterwards_does_not_hold(
    run: Path, tmp_path: Path, changed: str, file: str
) -> None:
    """Another original, or a result that somebody worked on, is found out."""
    for name in ("in.jsonl", "out.jsonl", "out.jsonl.salts"):
        text = (run / name).read_text("utf-8")
        (tmp_path / name).write_text(
            text.replace(changed, "x" * len(changed)) if name == file else text
        )
    done = _call(
        "redact", "check", "--receipt", tmp_path / "out.jsonl", "--original", tmp_path / "in.jsonl"
    )

    assert done.exit_code == 1, done.output
    assert "1 of 2 receipts hold" in done.output
    assert "Wilhelmina" not in done.output


def test_another_runs_salts_open_nothing(run: Path, tmp_path: Path) -> None:
    """Salts are for one run: those of another are refused, not tried."""
    other = tmp_path / "other.jsonl"
    _call(
        "redact",
        "--input",
        run / "in.jsonl",
        "--output",
        other,
        "--salts",
        tmp_path / "other.salts",
    )
    done = _call(
        "redact", "check", "--receipt", run / "out.jsonl", "--original", run / "in.jsonl",
        "--salts", tmp_path / "other.salts",
    )  # fmt: skip

    assert done.exit_code == 2
    assert "one run" in done.output


def test_salts_are_for_their_owner_and_never_written_over(run: Path) -> None:
    """With its salt a receipt can be guessed, so the file is private and the result has none."""
    salts = run / "out.jsonl.salts"
    kept = [json.loads(line)["salt"] for line in salts.read_text().splitlines()]
    again = _call(
        "redact", "--input", run / "in.jsonl", "--output", run / "x.jsonl", "--salts", salts
    )

    assert salts.stat().st_mode & 0o077 == 0
    assert not [salt for salt in kept if salt in (run / "out.jsonl").read_text()]
    assert again.exit_code == 2
    assert not (run / "x.jsonl").exists()


def test_a_dictionary_guesses_nothing_from_a_receipt(run: Path) -> None:
    """Every name we know, 100,000 telephone numbers and postcodes: no commitment gives in.

    Tried with all that a recipient has: no salt, its hash as the salt, the request's own values.
    """
    rows = [json.loads(line) for line in (run / "out.jsonl").read_text().splitlines()]
    made = {one for row in rows for one in row["receipt"]["commitments"]}
    wrong = [b"", *(bytes.fromhex(row["receipt"]["salt_sha256"]) for row in rows)]
    guesses = {*_guesses(), "Wilhelmina Tosh", "07700 900461", "HX1 9ZZ", "Mara Ellwood"}

    assert made
    assert not [guess for guess in guesses for salt in wrong if commitment(salt, guess) in made]
    assert not {hashlib.sha256(guess.encode()).hexdigest() for guess in guesses} & made


def test_the_same_name_is_committed_to_anew_in_every_receipt(run: Path, tmp_path: Path) -> None:
    """Two recipients who compare receipts cannot tell that the same was removed."""
    _call("redact", "--input", run / "in.jsonl", "--output", tmp_path / "again.jsonl")
    first, second = (
        {one for line in path.read_text().splitlines()
         for one in json.loads(line)["receipt"]["commitments"]}
        for path in (run / "out.jsonl", tmp_path / "again.jsonl")
    )  # fmt: skip

    assert len(first) == len(second) > 0
    assert not first & second


def test_removals_out_of_order_are_refused() -> None:
    """A receipt whose removals overlap describes no text."""
    salt = b"s" * 32
    removals = [
        Removal(start=start, end=end, replacement="x", commitment=commitment(salt, "ab"))
        for start, end in ((2, 4), (0, 2))
    ]

    with pytest.raises(RedactionError):
        compare("abab", None, removals, salt, hashlib.sha256(salt).hexdigest())


def _guesses() -> Iterator[str]:
    stored = yaml.safe_load(_NAMES_FILE.read_text("utf-8"))
    given = [*stored["names"].split(), *stored["also-words"].split()]
    yield from (name.title() for name in given)
    yield from (f"{name.title()} Tosh" for name in given)
    yield from (f"07700 900{number:03}" for number in range(1_000))
    yield from (f"07700900{number:03}" for number in range(1_000))
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    yield from (
        f"HX{district} {sector}{one}{other}"
        for district in range(1, 8)
        for sector in range(10)
        for one in letters
        for other in letters
    )


def _write(path: Path, rows: tuple[dict[str, object], ...]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])
