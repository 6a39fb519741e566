"""`marac-broker policies difference`: what a new version changes, over every case there is."""

import json
from pathlib import Path
from typing import Annotated

import typer

import policies as room
from broker.commands.policy_options import NEGATIVE, Area, today, told
from policies.difference import difference as difference_of
from policies.edits import edits
from policies.grid import Grid
from policies.telling import as_object, sentences


def difference(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Folder of the pack in force.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Folder of the pack to come.")],
    *,
    area: Area = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object for scripts.")] = False,
) -> None:
    """Say what changes between two packs, over all cases; status 1 if any answer does."""
    with told():
        before, after = (room.load(one, today=today(), area=area) for one in (old, new))
    found = difference_of(before, after)
    edited = edits(before.pack, after.pack)
    if as_json:
        typer.echo(json.dumps(as_object(found, edited)))
    else:
        for line in sentences(found, Grid.of(before.pack, after.pack), edited):
            typer.echo(line)
    if found.changes:
        raise typer.Exit(NEGATIVE)
