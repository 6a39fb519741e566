"""`marac-broker redact`: redact a file of notes, one JSON object a line, without a running broker.

DO NOT RENAME the keys of input and output: other people's scripts use them (design section 11).
A note that the verifier holds is written without its text; its spans say what was found.
"""

import hashlib
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

from broker.domain.errors import InvalidRequestError, RedactionError
from broker.domain.ids import SubjectId
from broker.domain.people import Address, Identifier, Person
from broker.domain.record import Redaction, RedactionReceipt
from broker.domain.words import SubjectRole
from redaction.notes import RedactedNote, chosen_profile, redact_note
from redaction.profiles import Profile
from redaction.service import RedactionService

RECEIPT_VERSION = 1
WORKERS = 2
BAD_INPUT = 2
"""Exit status for input that cannot be used (design section 11)."""
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


def redact(
    input_file: Annotated[Path, typer.Option("--input", help="Notes, one JSON object a line.")],
    output_file: Annotated[Path, typer.Option("--output", help="Where the results are written.")],
    recipient_kind: Annotated[
        str | None, typer.Option(help="Kind of agency that will read it, such as probation.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="Redaction profile; without one the strictest applies.")
    ] = None,
) -> None:
    """Redact a file of notes; without a profile every identifier of everybody goes."""
    try:
        chosen = chosen_profile(profile, recipient_kind)
        notes = _read(input_file)
        _write(output_file, _redacted(notes, chosen))
    except (InvalidRequestError, RedactionError, OSError) as error:
        sentence = error.args[0] if not isinstance(error, OSError) else _file_sentence(error)
        sys.stderr.write(f"{sentence}\n")
        raise typer.Exit(BAD_INPUT) from None


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
    parties = stored.get("parties", [])
    if not isinstance(parties, list):
        raise TypeError("parties is not a list")
    return _Note(
        note_id=_text(stored, "id"),
        text=_text(stored, "text"),
        people=tuple(
            _person(party, position)
            for position, party in enumerate(parties)
            if not isinstance(party, dict) or party.get("on_case", True) is not False
        ),
        carried={key: value for key, value in stored.items() if key not in _CONSUMED},
    )


def _person(party: object, position: int) -> Person:
    if not isinstance(party, dict):
        raise TypeError("a party is not an object")
    role = party.get("role")
    if role not in tuple(SubjectRole):
        raise TypeError(f"a party's role is not one of {', '.join(SubjectRole)}")
    names = _texts(party, "names")
    return Person(
        subject_id=SubjectId(f"party-{position}"),
        role=SubjectRole(role),
        names=names,
        identifiers=tuple(Identifier(kind="other", value=v) for v in _texts(party, "identifiers")),
        addresses=tuple(Address(text=text) for text in _texts(party, "addresses")),
    )


def _text(stored: Mapping[str, Any], key: str) -> str:
    value = stored.get(key)
    if not isinstance(value, str):
        raise TypeError(f"{key} is missing or no text")
    return value


def _texts(stored: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = stored.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError(f"{key} is not a list of texts")
    return tuple(value for value in values if value.strip())


def _redacted(notes: list[_Note], profile: Profile) -> Iterator[dict[str, Any]]:
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
                yield from map(_row, batch, _shown(done, len(batch)))
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
        "spans": [_span(one) for one in done.removals],
        "held": held,
        "receipt": _receipt(done.receipt, done.flags),
    }


def _span(one: Redaction) -> dict[str, Any]:
    role = {} if one.party_role is None else {"party_role": one.party_role}
    return {
        "start": one.start,
        "end": one.end,
        "label": one.label,
        **role,
        "reason": one.reason,
        "replacement": one.replacement,
    }


def _receipt(made: RedactionReceipt, flags: tuple[str, ...]) -> dict[str, Any]:
    """Return the receipt as JSON. Its salt stays behind: with it, names could be guessed."""
    return {
        "version": RECEIPT_VERSION,
        "profile": made.profile,
        "engine_version": made.engine_version,
        "counts": dict(made.counts()),
        "rules": [one.rule for one in made.removals],
        "commitments": [one.commitment for one in made.removals],
        "salt_sha256": hashlib.sha256(made.salt).hexdigest(),
        "flags": list(flags),
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
