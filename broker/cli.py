"""The command. Everything it does is in a room; here words meet functions."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from broker.commands.later import Later, LaterGroup
from broker.domain.errors import BrokerError, LedgerVerificationError
from broker.release import SOFTWARE

_COMMANDS = (
    Later(
        "open",
        "opening:open_package_command",
        "Check a package, decrypt it and show it; nothing is written to disk but by --save.",
    ),
    Later("serve", "serve:serve", "Serve the API."),
    Later(
        "demo",
        "demo:demo",
        "Run one research round of an invented county and show what came of it.",
    ),
    LaterGroup("policies", "Read, check and try the rules."),
    LaterGroup("keys", "Make, register and replace recipients' keys."),
    LaterGroup("ledger", "Read and verify the disclosure log."),
    LaterGroup("disclosures", "Read, search and write down the log."),
    LaterGroup("challenges", "Challenge a disclosure, and answer."),
    LaterGroup("alerts", "See patterns in the log, and look at them."),
    LaterGroup("database", "Prepare, copy, restore the database."),
    LaterGroup("research", "Ask a running county's broker."),
    LaterGroup("retention", "Destroy what has reached its term."),
    LaterGroup("receipts", "Say what became of a package."),
    LaterGroup("tasks", "See what has to be done because of a decision."),
    LaterGroup("reviews", "See to records that wait for a person."),
    LaterGroup(
        "redact",
        "Redact a file of notes or a document; check receipts; keep what was missed as a test.",
        "redact_group",
    ),
    LaterGroup("connectors", "Try the holders' systems."),
)


class _Rooms(TyperGroup):
    """Knows every command by name, and imports the one that is run."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401  # Typer's own
        super().__init__(**attributes)
        for one in _COMMANDS:
            self.add_command(one)


app = typer.Typer(
    name="marac-broker",
    cls=_Rooms,
    help="Share one thing, with one recipient, for one stated purpose, and prove it was allowed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(wanted: bool) -> None:  # noqa: FBT001  # Typer's callback shape
    if wanted:
        typer.echo(SOFTWARE)
        raise typer.Exit


@app.callback()
def settings(
    *,
    state: Annotated[
        Path | None,
        typer.Option(help="Folder of an embedded broker, instead of MARAC_* variables."),
    ] = None,
    version: Annotated[  # noqa: ARG001  # acts through its callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say and leave.")
    ] = False,
) -> None:
    """Say where the broker's settings are."""
    if state is not None:
        os.environ["MARAC_STATE"] = str(state)


def main() -> None:
    """Run the command; an error is one sentence on standard error.

    Exit status 1 for a negative finding, 2 for bad input or a broker that cannot start.
    """
    try:
        app()
    except LedgerVerificationError as finding:
        print(finding, file=sys.stderr)
        sys.exit(1)
    except BrokerError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
