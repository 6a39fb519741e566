"""`marac-broker keys custody`: the broker's own keys, for its operator."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated

import typer

from broker import settings as settings_module
from broker.bootstrap import SystemClock, custody_of, store_of
from broker.service.own_keys import LOG, PACKAGE, OwnKeys
from broker.storage import Store
from keys.signing import write_public_jwk

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

Key = Annotated[str, typer.Argument(help="log, package or wrapping.")]


@app.callback()
def custody() -> None:
    """Show, rotate and re-wrap with the broker's own keys."""


@app.command("list")
def list_keys() -> None:
    """Write the public keys there ever were, oldest first: the log's, then the packages'.

    Whoever checks an old receipt or opens an old package needs the key of its time.
    """
    with _opened() as (own, store):
        known = store.log.key
        for size, _ in known.earlier:
            typer.echo(f"{LOG}\tuntil entry {size - 1}\t{known.at(size).verifier_text()}")
        typer.echo(f"{LOG}\tin force\t{known.verifier_text()}")
        newest = own.custody.public_key(PACKAGE)
        for public_key in own.custody.public_keys(PACKAGE):
            state = "newest" if public_key == newest else "earlier"
            typer.echo(f"{PACKAGE}\t{state}\t{write_public_jwk(public_key)}")


@app.command()
def rotate(key: Key) -> None:
    """Make a new key and use it from now on; nothing that the old one signed is lost."""
    with _opened() as (own, _):
        entry = own.rotate(key)
    typer.echo(f"The {key} key was rotated; entry {entry.index} says so.")
    typer.echo(_THEN[key])


@app.command()
def rewrap() -> None:
    """Wrap data keys anew that an older wrapping key wrapped; harmless when there are none."""
    with _opened() as (own, store):
        done = store.rewrap_secrets(own.custody) + own.rewrap(store.archive)
    typer.echo(f"{done} data keys were wrapped anew.")


_THEN = {
    "log": "Give the new key to everybody who checks the log: marac-broker keys custody list.",
    "package": "Give recipients the new key beside the old one now, because every replica signs"
    " with it in a few seconds: marac-broker keys custody list.",
    "wrapping": "Run marac-broker keys custody rewrap, so that the old key is no longer needed.",
}


@contextmanager
def _opened() -> Iterator[tuple[OwnKeys, Store]]:
    settings = settings_module.from_environment(os.environ)
    held = custody_of(settings)
    with closing(store_of(settings)) as store:
        own = OwnKeys(
            custody=held, ledger=store.ledger, in_force=lambda: store.log.key, clock=SystemClock()
        )
        yield own, store
