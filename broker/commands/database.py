"""`marac-broker database`: prepare the database, copy it, restore it."""

import os

import typer

from broker import bootstrap
from broker import settings as settings_module
from broker.commands.database_copy import backup, restore

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
app.command()(backup)
app.command()(restore)


@app.callback()
def database() -> None:
    """Prepare the database, copy it, restore it."""


@app.command()
def upgrade() -> None:
    """Create the tables, or bring them up to date; does nothing when they are.

    The broker's own keys are made too where there are none yet.
    """
    bootstrap.prepare(settings_module.from_environment(os.environ))
    typer.echo("The database is of this version.")
