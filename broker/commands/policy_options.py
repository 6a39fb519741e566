"""What every `marac-broker policies` command does alike: today's date, and how it says no."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from broker.domain.errors import BrokerError

Area = Annotated[
    str | None, typer.Option("--area", help="Whose rules and numbers; without it everybody's.")
]
NEGATIVE = 1
"""Exit status of a negative finding (design section 11)."""
BAD_INPUT = 2
"""Exit status of input that cannot be read (design section 11)."""


@contextmanager
def told() -> Iterator[None]:
    """Say what is wrong on standard error and leave with the status for bad input."""
    try:
        yield
    except BrokerError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_INPUT) from error


def today() -> date:
    """Return the date on which reviews are judged."""
    return datetime.now(UTC).date()
