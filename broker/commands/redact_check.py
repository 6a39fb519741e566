"""`marac-broker redact check`: a reviewer holds receipts against the originals."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from broker.commands.redact_check_document import check_document
from broker.commands.redact_salts import read_salts
from broker.domain.errors import InvalidRequestError, RedactionError
from redaction.receipt_check import Compared, Removal, compare

BAD_INPUT = 2
DIFFERS = 1
"""Exit status where a receipt does not tell the truth about its original."""


def check(
    receipt: Annotated[
        Path, typer.Option(help="What redact --output wrote; for a document, --receipt.")
    ],
    original: Annotated[Path, typer.Option(help="What redact --input read.")],
    salts: Annotated[
        Path | None, typer.Option(help="What redact --salts wrote; else RECEIPT.salts.")
    ] = None,
) -> None:
    """Check receipts against the originals: every commitment opens, nothing else was changed."""
    try:
        kept = read_salts(salts or receipt.with_name(receipt.name + ".salts"))
        compared = check_document(receipt, original, kept) or _notes(receipt, original, kept)
    except OSError as error:
        _end(f"Check the path {error.filename}: {error.strerror}.", BAD_INPUT)
    except (InvalidRequestError, RedactionError) as error:
        _end(str(error.args[0]), BAD_INPUT)
    for note, one in compared:
        if not one.holds:
            sys.stdout.write(f"{note}: {_sentence(one)}\n")
    wrong = sum(not one.holds for _, one in compared)
    opened = sum(one.removals - len(one.unopened) for _, one in compared)
    every = sum(one.removals for _, one in compared)
    sys.stdout.write(
        f"{len(compared) - wrong} of {len(compared)} receipts hold; "
        f"{opened} of {every} commitments open.\n"
    )
    raise typer.Exit(DIFFERS if wrong else 0)


def _notes(receipt: Path, original: Path, kept: dict[str, bytes]) -> list[tuple[str, Compared]]:
    texts = {row["id"]: row["text"] for row in _rows(original)}
    return [(row["id"], _compared(row, texts, kept)) for row in _rows(receipt)]


def _sentence(one: Compared) -> str:
    told = f"{len(one.unopened)} of {one.removals} removals were of something else"
    return told if one.unopened else "the result was changed where the receipt says nothing"


def _compared(row: dict[str, Any], texts: dict[str, str], salts: dict[str, bytes]) -> Compared:
    try:
        made, spans = row["receipt"], row["spans"]
        removals = [
            Removal(
                start=span["start"],
                end=span["end"],
                replacement=span["replacement"],
                commitment=commitment,
            )
            for span, commitment in zip(spans, made["commitments"], strict=True)
        ]
        salt, text = salts[made["salt_sha256"]], texts[row["id"]]
        result = None if row["held"] else row["redacted_text"]
    except (KeyError, TypeError, ValueError):
        raise InvalidRequestError(
            "Give the receipts, originals and salts of one run: a part of one is missing."
        ) from None
    return compare(text, result, removals, salt, made["salt_sha256"])


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            row = _object(line)
            if not isinstance(row.get("id"), str):
                raise InvalidRequestError(
                    f"Use a file of redact: line {number} of {path.name} is no note of it."
                )
            yield row


def _object(line: bytes) -> dict[str, Any]:
    """Return a JSON object, an empty one for anything else."""
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def _end(sentence: str, status: int) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    raise typer.Exit(status) from None
