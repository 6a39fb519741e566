"""`marac-broker ledger`: read and verify the disclosure log. Entries hold nothing personal."""

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from broker.bootstrap import store_from_environment
from broker.commands import ledger_outside, ledger_witness
from broker.commands.files import whole_or_not_at_all
from broker.commands.ledger_case import by_one_of, compare, export_case
from broker.commands.ledger_outside import Authority, Stamp, Vouchers, Witnesses, with_cosignatures
from broker.domain.errors import InvalidRequestError, LedgerError
from broker.domain.ledger import LedgerEntry
from broker.domain.ports import LedgerReader
from broker.ledger.case_evidence import read_statement
from broker.ledger.checkpoint import Check, LogKey
from broker.ledger.compare import Statement
from broker.ledger.evidence import VERSION, Verifier
from broker.ledger.export import Head, entry_line, head_line, verified
from broker.ledger.export_events import log_exported, log_shown

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
app.command()(compare)
app.command()(ledger_outside.stamp)
app.add_typer(
    ledger_witness.app, name="witness", help="Be a witness: cosign a log that only grows."
)

T = TypeVar("T")

_PAGE = 20
_EXPORT_PAGE = 1_000
"""Entries read at once while exporting; about 3 MB."""


@app.command()
def show(
    start: Annotated[int, typer.Option(min=0, help="Index of the first entry.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many entries.")] = _PAGE,
) -> None:
    """Write entries as they are in the log, one JSON object a line. That they were is one too."""
    with closing(store_from_environment()) as store:
        store.ledger.record(log_shown(store.ledger.clock.now()))
        for entry in store.log.entries(start, limit):
            typer.echo(entry.canonical.decode())


@app.command()
def prove(
    index: Annotated[int | None, typer.Argument(min=0, help="Index of the entry.")] = None,
    since: Annotated[
        int | None, typer.Option(min=1, metavar="SIZE", help="Size of a checkpoint that was kept.")
    ] = None,
) -> None:
    """Write one JSON object: an entry's proof, or that the log has only grown since a checkpoint.

    Both are for the newest checkpoint, which is in it (broker/ledger/FORMAT.md).
    """
    if (index is None) == (since is None):
        raise InvalidRequestError("Give the index of an entry, or --since with a size.")
    with closing(store_from_environment()) as store:
        written = _grown(store.log, since) if index is None else _included(store.log, index)
    typer.echo(json.dumps(written, ensure_ascii=False, indent=2))


def _included(log: LedgerReader, index: int) -> dict[str, object]:
    entry, checkpoint = log.entry(index), log.checkpoint()
    if entry is None or checkpoint is None:
        raise LedgerError("The log is not as long as that: ask for an earlier entry.")
    proof = log.inclusion(index, checkpoint.size)
    return {
        "version": VERSION,
        "entry": entry.canonical.decode(),
        "leaf_hash": b64encode(entry.leaf_hash).decode(),
        "index": proof.index,
        "size": proof.size,
        "path": [b64encode(one).decode() for one in proof.path],
        "checkpoint": checkpoint.note,
    }


def _grown(log: LedgerReader, since: int | None) -> dict[str, object]:
    checkpoint = log.checkpoint()
    if checkpoint is None or since is None:
        raise LedgerError("The log has no entry yet.")
    path = log.consistency(since, checkpoint.size)
    return {
        "version": VERSION,
        "since": since,
        "size": checkpoint.size,
        "path": [b64encode(one).decode() for one in path],
        "checkpoint": checkpoint.note,
    }


@app.command()
def verify(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="An export, a proof or a receipt; else the own log."),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            help="The log's key as `ledger export` says it, name+id+base64; once for each it had."
        ),
    ] = None,
    kept: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A checkpoint or a case's file from earlier."),
    ] = None,
    witness: Witnesses = None,
    stamp: Stamp = None,
    tsa: Authority = None,
) -> None:
    """Recompute everything stored, or in the file; exit status 1 names the first entry at fault."""
    vouchers = Vouchers(witnesses=witness, stamp=stamp, authority=tsa)
    if file is not None:
        said = _verify_file(file, key or [], kept)
        typer.echo("\n".join((*vouchers.say(file), said)))
        return
    if key or kept is not None or vouchers.named:
        raise InvalidRequestError("These options go with a FILE; the own log has its own key.")
    with closing(store_from_environment()) as store:
        checkpoint = store.log.verify()
    typer.echo(f"{checkpoint.size} entries verify, up to this checkpoint:\n\n{checkpoint.note}")


def _verify_file(file: Path, keys: list[str], kept: Path | None) -> str:
    """Return what the file proves; nothing but the file and the keys is asked."""
    if not keys:
        raise InvalidRequestError("Give the log's key, which the file cannot vouch for: --key.")
    try:
        earlier = None if kept is None else by_one_of(keys, partial(_statement, kept))
        return by_one_of(keys, partial(_proven, file, earlier))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequestError("A file cannot be read; check names and permissions.") from error


def _statement(kept: Path, key: LogKey, check: Check) -> Statement:
    with kept.open("rb") as opened:
        return read_statement(opened, key, check)


def _proven(file: Path, kept: Statement | None, key: LogKey, check: Check) -> str:
    with file.open("rb") as opened:
        return Verifier(key=key, check=check, kept=kept).verify(opened)


@app.command()
def checkpoint() -> None:
    """Write the newest signed checkpoint, for a witness to keep."""
    with closing(store_from_environment()) as store:
        newest = store.log.checkpoint()
        if newest is None:
            raise LedgerError("The log has no entry yet.")
        typer.echo(with_cosignatures(store, newest).note, nl=False)


@app.command()
def export(
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to; else standard output.")
    ] = None,
    case: Annotated[
        str | None, typer.Option(help="One case's entries only, and the proof that it has no more.")
    ] = None,
    since: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --case: a checkpoint or a file from earlier."),
    ] = None,
) -> None:
    """Write the log, or one case's part of it, for others to verify (broker/ledger/FORMAT.md).

    What verifies its checkpoint is written to standard error. That it was written is an entry.
    """
    if case is None and since is not None:
        raise InvalidRequestError("--since goes with --case; for the log: ledger prove --since.")
    with closing(store_from_environment()) as store:
        if case is not None:
            export_case(store, case, since, output)
            return
        store.ledger.record(log_exported(None, store.ledger.clock.now()))
        head = head_of(store.log)
        head = replace(head, checkpoint=with_cosignatures(store, head.checkpoint))
        with whole_or_not_at_all(output) as file:
            file.write(head_line(head))
            pages = canonicals(store.log, head.checkpoint.size)
            for entry in verified(head, pages):
                file.write(entry_line(entry))
        typer.echo(f"{head.checkpoint.size} entries; key {store.log.key.verifier_text()}", err=True)


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
