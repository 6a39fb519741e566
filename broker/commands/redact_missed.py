"""`marac-broker redact missed`: what a recipient could still read becomes a test without it."""

import json
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer
import yaml

from broker.domain.errors import RedactionError
from redaction.labels import Label

BAD_INPUT = 2
MISSED_VERSION = 1


def missed(
    label: Annotated[str, typer.Option(help="What kind of thing it is, such as PERSON.")],
    to: Annotated[Path, typer.Option(help="The file of such tests; created if there is none.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before writing.")] = False,  # noqa: FBT002  # Typer's flags are values
) -> None:
    """Turn a missed identifier into a regression test that keeps no personal data.

    Reads two lines from standard input, so that no shell keeps them: the sentence, and in it what
    should have gone, exactly as it stands there.
    """
    try:
        kind = _label(label)
        sentence = sys.stdin.readline().rstrip("\n")
        value = sys.stdin.readline().rstrip("\n")
        row = {"label": kind.value, "text": _invented(sentence, value)}
        rows = [*_rows(to), row]
    except RedactionError as error:
        sys.stderr.write(f"{error.args[0]}\n")
        raise typer.Exit(BAD_INPUT) from None
    sys.stdout.write(f"{row['label']}: {row['text']}\n")
    if not yes:
        sys.stdout.write("Nothing of it may be anybody's. Write it with --yes.\n")
        return
    to.write_text(_file(rows), encoding="utf-8")


def _label(name: str) -> Label:
    if name not in tuple(Label):
        raise RedactionError(f"Use one of {', '.join(sorted(Label))} as the label.")
    return Label(name)


def _invented(sentence: str, value: str) -> str:
    from redaction.lexicon import lexicon  # noqa: PLC0415  # spaCy, which no other command needs
    from redaction.missed import invented_row  # noqa: PLC0415  # beside it
    from redaction.service import RedactionService  # noqa: PLC0415  # beside it

    service = RedactionService(spans=_Nothing(), span_key=secrets.token_bytes(32), workers=1)
    try:
        (found,) = service.detect([sentence], ())
    finally:
        service.close()
    return invented_row(sentence, value, [(one.start, one.end) for one in found], lexicon())


class _Nothing:
    """A span store that keeps nothing: the sentence must leave no trace."""

    def get(self, _: bytes) -> bytes | None:
        return None

    def put(self, key: bytes, spans: bytes) -> None:
        """Keep nothing."""


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    try:
        stored = yaml.safe_load(path.read_text("utf-8"))
        rows = {MISSED_VERSION: stored["missed"]}[stored["version"]]
        return [{"label": str(row["label"]), "text": str(row["text"])} for row in rows]
    except (yaml.YAMLError, ValueError, TypeError, KeyError):
        raise RedactionError(f"Use a file that this command wrote: {path.name} is none.") from None


def _file(rows: list[dict[str, str]]) -> str:
    """Return the file; JSON's strings are YAML's too, and escape what cannot be seen."""
    lines = [
        "# What recipients could still read, each in a sentence of the same shape with invented",
        "# values; what stands between << and >> must go. Written by `marac-broker redact missed`.",
        f"version: {MISSED_VERSION}",
        "missed:",
    ]
    for row in rows:
        lines += [f"  - label: {row['label']}", f"    text: {json.dumps(row['text'])}"]
    return "\n".join(lines) + "\n"
