"""`marac-broker demo`: the whole of it, once, on this machine alone."""

import json
from typing import Annotated

import typer
from rich.console import Console

from broker.demo.run import progress_bar, run
from broker.demo.show import show


def demo(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for machines.")] = False,
) -> None:
    """Run one research round of an invented county and show what came of it."""
    with progress_bar() as progress:
        people, result = run(progress)
    if as_json:
        typer.echo(json.dumps(result.as_json(), indent=2))
    else:
        show(Console(width=None), people, result)
