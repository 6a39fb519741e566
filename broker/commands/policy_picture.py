"""`marac-broker policies picture`: who may get what, as one page to look at."""

from pathlib import Path
from typing import Annotated

import typer

import policies as room
from broker.commands.policy_options import Area, today, told
from broker.domain.errors import InvalidRequestError
from policies.picture import page


def picture(
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Folder of a pack; else the packaged one."),
    ] = None,
    *,
    output: Annotated[
        Path, typer.Option("--output", help="The page to write, such as rules.html.")
    ],
    against: Annotated[
        Path | None, typer.Option("--against", help="Folder of an older pack; changes are framed.")
    ] = None,
    area: Area = None,
) -> None:
    """Draw who may get what at the most, one page for a browser or a printer."""
    with told():
        policy = room.load(directory, today=today(), area=area)
        old = None if against is None else room.load(against, today=today(), area=area)
        drawn = page(policy, old)
        try:
            output.write_text(drawn, encoding="utf-8")
        except OSError as error:
            say = "The page cannot be written there; name a folder that exists and is yours."
            raise InvalidRequestError(say) from error
    typer.echo(f"Wrote {output}; open it in a browser.")
