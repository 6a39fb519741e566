"""`marac-broker redact`: a file of notes, one JSON object a line, or one document; no broker runs.

DO NOT RENAME the keys of input and output: other people's scripts use them (design section 11).
A note that the verifier holds is written without its text; its spans say what was found.
"""

import json
import secrets
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track

from broker.commands.redact_document import DocumentPaths, redact_document
from broker.commands.redact_rows import people_of, receipt_row, span_row, text_of
from broker.commands.redact_salts import SaltFile
from broker.domain.errors import InvalidRequestError, RedactionError
from broker.domain.people import Person
from redaction.notes import RedactedNote, chosen_profile, redact_note
from redaction.profiles import Profile
from redaction.service import RedactionService

WORKERS = 2
BAD_INPUT = 2
"""Exit status for input that cannot be used (design section 11)."""
DOCUMENTS = frozenset({".docx", ".xlsx", ".pdf", ".eml", ".htm", ".html"})
"""Files that are never notes; a .txt may hold either."""
_AHEAD = 64
"""Notes read ahead of the one being written."""
_CONSUMED = frozenset({"id", "text", "parties"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Note:
    note_id: str
    text: str = field(repr=False)
    people: tuple[Person, ...] = field(repr=False)
    carried: Mapping[str, Any] = field(repr=False)


class _NothingKept:
    """A span store for one run: every note of a file is read once."""

    def get(self, _: bytes) -> bytes | None:
        return None

    def put(self, key: bytes, spans: bytes) -> None:
        """Keep nothing."""


def redact(  # noqa: PLR0913, PLR0917  # every one is an option of the command
    input_file: Annotated[
        Path, typer.Option("--input", help="Notes, one JSON object a line; or one document.")
    ],
    output_file: Annotated[
        Path, typer.Option("--output", help="Where the results, or the fresh document, go.")
    ],
    recipient_kind: Annotated[
        str | None, typer.Option(help="Kind of agency that will read it, such as probation.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="Redaction profile; without one the strictest applies.")
    ] = None,
    parties: Annotated[
        Path | None, typer.Option(help="For a document: the people of the case, a JSON list.")
    ] = None,
    receipt: Annotated[
        Path | None, typer.Option(help="For a document: where its receipt goes.")
    ] = None,
    salts: Annotated[
        Path | None,
        typer.Option(help="A new file for what a reviewer needs to check receipts."),
    ] = None,
) -> None:
    """Redact a file of notes, or one document; without a profile every identifier goes."""
    try:
        if parties is not None:
            paths = DocumentPaths(
                document=input_file, fresh=output_file, parties=parties, receipt=receipt
            )
            redact_document(paths, profile, recipient_kind, SaltFile(salts))
        else:
            _check_notes(input_file, receipt)
            _write(
                output_file,
                _redacted(
                    _read(input_file), chosen_profile(profile, recipient_kind), SaltFile(salts)
                ),
            )
    except (InvalidRequestError, RedactionError, OSError) as error:
        sentence = error.args[0] if not isinstance(error, OSError) else _file_sentence(error)
        sys.stderr.write(f"{sentence}\n")
        raise typer.Exit(BAD_INPUT) from None


def _check_notes(input_file: Path, receipt: Path | None) -> None:
    """Say what a document needs, where one was meant; any other file is read as notes."""
    if input_file.suffix.lower() in DOCUMENTS:
        raise InvalidRequestError(
            "Name the people of the case with --parties to redact a document."
        )
    if receipt is not None:
        raise InvalidRequestError("Leave --receipt out: each note's result carries its own.")


def _file_sentence(error: OSError) -> str:
    return f"Check the path {error.filename}: {error.strerror}."


def _read(path: Path) -> list[_Note]:
    """Read every line before the first is redacted, so that a bad file changes nothing."""
    notes = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                notes.append(_parsed(line, number))
    return notes


def _parsed(line: bytes, number: int) -> _Note:
    try:
        stored = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        return _note(stored)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        problem = error.args[0] if isinstance(error, TypeError) else "it is not such an object"
        raise InvalidRequestError(
            f"Write line {number} as {{id, text, parties: [{{role, names}}]}}: {problem}."
        ) from None


def _note(stored: object) -> _Note:
    if not isinstance(stored, dict):
        raise TypeError("it is not a JSON object")
    return _Note(
        note_id=text_of(stored, "id"),
        text=text_of(stored, "text"),
        people=people_of(stored.get("parties", [])),
        carried={key: value for key, value in stored.items() if key not in _CONSUMED},
    )


def _redacted(notes: list[_Note], profile: Profile, salts: SaltFile) -> Iterator[dict[str, Any]]:
    """Yield the results in the order of the file, two notes at a time."""
    workers = max(1, min(WORKERS, len(notes)))
    service = RedactionService(
        spans=_NothingKept(), span_key=secrets.token_bytes(32), workers=workers
    )
    try:
        service.warm()
        waiting = iter(notes)
        with ThreadPoolExecutor(workers) as threads:
            while batch := list(islice(waiting, _AHEAD)):
                done = threads.map(
                    lambda note: redact_note(note.text, note.people, profile, service), batch
                )
                for note, one in zip(batch, _shown(done, len(batch)), strict=True):
                    salts.keep(one.receipt.salt)
                    yield _row(note, one)
    finally:
        service.close()


def _shown(done: Iterable[RedactedNote], count: int) -> Iterable[RedactedNote]:
    console = Console(stderr=True)
    if not console.is_terminal:
        return done
    return track(done, description="Redacting", total=count, console=console, transient=True)


def _row(note: _Note, done: RedactedNote) -> dict[str, Any]:
    held = bool(done.flags)
    return {
        **note.carried,
        "id": note.note_id,
        "redacted_text": "" if held else done.text,
        "spans": [span_row(one) for one in done.removals],
        "held": held,
        "receipt": receipt_row(done.receipt, done.flags),
    }


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write beside the target and move it there when complete: no half-written file is left."""
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("w", encoding="utf-8") as output:
            for row in rows:
                output.write(json.dumps(row, ensure_ascii=False) + "\n")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
