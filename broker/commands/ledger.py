"""`marac-broker ledger`: read and verify the disclosure log. Entries hold nothing personal."""

import json
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from broker.bootstrap import store_from_environment
from broker.domain.errors import InvalidRequestError, LedgerError
from broker.domain.ledger import LedgerEntry
from broker.domain.ports import LedgerReader
from broker.ledger.export import Head, entry_line, head_line, verified

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

_PAGE = 20
_EXPORT_PAGE = 1_000
"""Entries read at once while exporting; about 3 MB."""


@app.command()
def show(
    start: Annotated[int, typer.Option(min=0, help="Index of the first entry.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many entries.")] = _PAGE,
) -> None:
    """Write entries as they are in the log, one JSON object a line."""
    with closing(store_from_environment()) as store:
        for entry in store.log.entries(start, limit):
            typer.echo(entry.canonical.decode())


@app.command()
def prove(index: Annotated[int, typer.Argument(min=0, help="Index of the entry.")]) -> None:
    """Write an entry, its inclusion proof and the newest checkpoint, as one JSON object."""
    with closing(store_from_environment()) as store:
        entry, checkpoint = store.log.entry(index), store.log.checkpoint()
        if entry is None or checkpoint is None:
            raise LedgerError("The log is not as long as that: ask for an earlier entry.")
        proof = store.log.inclusion(index, checkpoint.size)
    written = {
        "entry": entry.canonical.decode(),
        "leaf_hash": b64encode(entry.leaf_hash).decode(),
        "index": proof.index,
        "size": proof.size,
        "path": [b64encode(one).decode() for one in proof.path],
        "checkpoint": checkpoint.note,
    }
    typer.echo(json.dumps(written, ensure_ascii=False, indent=2))


@app.command()
def verify() -> None:
    """Recompute everything stored; exit status 1 names the first entry at fault."""
    with closing(store_from_environment()) as store:
        checkpoint = store.log.verify()
    typer.echo(f"{checkpoint.size} entries verify, up to this checkpoint:\n\n{checkpoint.note}")


@app.command()
def checkpoint() -> None:
    """Write the newest signed checkpoint, for a witness to keep."""
    with closing(store_from_environment()) as store:
        newest = store.log.checkpoint()
    if newest is None:
        raise LedgerError("The log has no entry yet.")
    typer.echo(newest.note, nl=False)


@app.command()
def export(
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to; else standard output.")
    ] = None,
) -> None:
    """Write the whole log as JSON Lines, for others to verify and replay (broker/ledger/FORMAT.md).

    What verifies its checkpoint is written to standard error.
    """
    with closing(store_from_environment()) as store:
        head = head_of(store.log)
        with _whole_or_not_at_all(output) as file:
            file.write(head_line(head))
            pages = canonicals(store.log, head.checkpoint.size)
            for entry in verified(head, pages):
                file.write(entry_line(entry))
        typer.echo(f"{head.checkpoint.size} entries; key {store.log.key.verifier_text()}", err=True)


@contextmanager
def _whole_or_not_at_all(output: Path | None) -> Iterator[BinaryIO]:
    """Open a new file, and take it away again if it cannot be written to its end."""
    if output is None:
        yield sys.stdout.buffer
        return
    try:
        file = output.open("xb")
    except OSError as error:
        say = "The file cannot be written; name one that is not there yet."
        raise InvalidRequestError(say) from error
    try:
        with file:
            yield file
    except BaseException as error:
        output.unlink(missing_ok=True)
        if isinstance(error, OSError):
            say = "The file could not be written whole and is gone again; make room for it."
            raise InvalidRequestError(say) from error
        raise


def head_of(log: LedgerReader) -> Head:
    """Return what the log says of itself now.

    Raises:
        LedgerError: it has no entry yet.

    """
    newest = log.checkpoint()
    last = None if newest is None else log.entry(newest.size - 1)
    if newest is None or last is None:
        raise LedgerError("The log has no entry yet.")
    return Head(checkpoint=newest, newest_at=last.at)


def canonicals(log: LedgerReader, size: int) -> Iterator[bytes]:
    """Yield the bytes of the first `size` entries, read in pages by their position."""
    start = 0
    while start < size:
        page: tuple[LedgerEntry, ...] = log.entries(start, min(_EXPORT_PAGE, size - start))
        if not page:
            return
        yield from (one.canonical for one in page)
        start += len(page)
