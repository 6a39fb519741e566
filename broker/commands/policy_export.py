"""`marac-broker policies export`: a pack for other people's software."""

from pathlib import Path
from typing import Annotated

import typer

import policies as room
from broker.commands.policy_options import Area, today, told
from broker.domain.errors import InvalidRequestError
from policies.odrl import odrl_text


def export(
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Folder of a pack; else the packaged one."),
    ] = None,
    area: Area = None,
    *,
    odrl: Annotated[
        bool, typer.Option("--odrl", help="ODRL 2.2 in JSON-LD, with DPV terms (policies/odrl.py).")
    ] = False,
) -> None:
    """Write a pack, as it is in force today, to standard output."""
    with told():
        if not odrl:
            raise InvalidRequestError("Say in which form: --odrl.")
        day = today()
        typer.echo(odrl_text(room.load(directory, today=day, area=area).pack, day))
