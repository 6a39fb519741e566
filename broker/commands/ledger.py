"""`marac-broker ledger`: read and verify the disclosure log. Entries hold nothing personal."""

import json
from base64 import b64encode
from contextlib import closing
from typing import Annotated

import typer

from broker.bootstrap import store_from_environment
from broker.domain.errors import LedgerError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

_PAGE = 20


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
