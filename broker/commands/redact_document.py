"""`marac-broker redact --parties`: one document in, a fresh one of the same kind out.

DO NOT RENAME the keys of the receipt: other people's scripts use them. A document that the verifier
holds is not written at all; standard error says which kinds of things were found, and where.
"""

import json
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from broker.commands.redact_rows import people_of, receipt_row, span_row
from broker.commands.redact_salts import SaltFile
from broker.domain.errors import InvalidRequestError
from broker.domain.people import Person
from broker.domain.record import Redaction
from redaction.notes import chosen_profile
from redaction.service import RedactionService

if TYPE_CHECKING:
    from redaction.documents.files import RedactedFile

HELD = 1
"""Exit status for a negative finding (design section 11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPaths:
    """Where everything is read and written."""

    document: Path
    fresh: Path
    parties: Path
    receipt: Path | None


class _NothingKept:
    """A span store for one run: every document is read once."""

    def get(self, _: bytes) -> bytes | None:
        return None

    def put(self, key: bytes, spans: bytes) -> None:
        """Keep nothing."""


def redact_document(
    paths: DocumentPaths, profile: str | None, recipient_kind: str | None, salts: SaltFile
) -> None:
    """Redact one document, or say why it is held.

    Raises:
        InvalidRequestError: the people or the paths are not usable.
        RedactionError: the document is refused.

    """
    from redaction.documents.files import redact_file  # noqa: PLC0415  # notes do without

    chosen = chosen_profile(profile, recipient_kind)
    people = _people(paths.parties)
    _check(paths)
    content = paths.document.read_bytes()
    service = RedactionService(spans=_NothingKept(), span_key=secrets.token_bytes(32), workers=1)
    try:
        done = redact_file(paths.document.name, content, people, chosen, service)
    finally:
        service.close()
    if done.rewritten.flags:
        _say_held(done.rewritten.flags)
        raise typer.Exit(HELD)
    salts.keep(done.rewritten.receipt.salt)
    _write(paths, done)


def _people(path: Path) -> tuple[Person, ...]:
    """Read the parties of a note: a list, or an object that holds one."""
    try:
        stored = json.loads(path.read_text("utf-8-sig"))
        return people_of(stored.get("parties") if isinstance(stored, dict) else stored)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        problem = error.args[0] if isinstance(error, TypeError) else "it is not such a list"
        raise InvalidRequestError(
            f"Write the parties as [{{role, names, identifiers, addresses}}]: {problem}."
        ) from None


def _check(paths: DocumentPaths) -> None:
    """Refuse a fresh document of another kind, and one on top of the original."""
    from redaction.documents.kinds import (  # noqa: PLC0415  # see redact_document
        FRESH,
        SUFFIXES,
        fresh_kind,
    )

    kind = fresh_kind(paths.document.name)
    suffix, _ = FRESH[kind]
    if SUFFIXES.get(paths.fresh.suffix.lower()) is not kind:
        raise InvalidRequestError(f"Name the output with {suffix}: it is of the input's kind.")
    if paths.fresh.resolve() == paths.document.resolve():
        raise InvalidRequestError("Name another output: the original would be lost.")


def _say_held(flags: tuple[str, ...]) -> None:
    sys.stderr.write(
        "Have a person look at the document; nothing was written. The verifier found: "
        f"{', '.join(flags)}.\n"
    )


def _write(paths: DocumentPaths, done: "RedactedFile") -> None:
    """Write the receipt first: a fresh document without its receipt must not exist."""
    if paths.receipt is not None:
        _put(paths.receipt, (json.dumps(_receipt(done), indent=2) + "\n").encode())
    _put(paths.fresh, done.content)
    left = ", ".join(f"{what}: {count}" for what, count in done.left_out)
    if left:
        sys.stderr.write(f"Left out of the fresh document: {left}.\n")


def _receipt(done: "RedactedFile") -> Mapping[str, Any]:
    made = done.rewritten
    return {
        "kind": done.kind,
        "spans": [_placed(one) for one in made.removals],
        "left_out": dict(done.left_out),
        "held": False,
        "receipt": receipt_row(made.receipt, made.flags),
    }


def _placed(one: Redaction) -> dict[str, Any]:
    """Return one removal with its place; offsets count within that text."""
    return {"where": one.field_name, **span_row(one)}


def _put(path: Path, content: bytes) -> None:
    """Write beside the target and move it there when complete: no half-written file is left."""
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
