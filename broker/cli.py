"""The command. Everything it does is in a room; here words meet functions."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from broker.bootstrap import SOFTWARE
from broker.commands import (
    alerts,
    challenges,
    connectors,
    database,
    demo,
    disclosures,
    keys,
    ledger,
    opening,
    policies,
    receipts,
    redact_group,
    research,
    retention,
    reviews,
    serve,
    tasks,
)
from broker.domain.errors import BrokerError, LedgerVerificationError

app = typer.Typer(
    name="marac-broker",
    help="Share one thing, with one recipient, for one stated purpose, and prove it was allowed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(policies.app, name="policies", help="Read, check and try the rules.")
app.add_typer(keys.app, name="keys", help="Make, register and replace recipients' keys.")
app.add_typer(ledger.app, name="ledger", help="Read and verify the disclosure log.")
app.add_typer(disclosures.app, name="disclosures", help="Read, search and write down the log.")
app.add_typer(challenges.app, name="challenges", help="Challenge a disclosure, and answer.")
app.add_typer(alerts.app, name="alerts", help="See patterns in the log, and look at them.")
app.add_typer(database.app, name="database", help="Prepare, copy, restore the database.")
app.add_typer(research.app, name="research", help="Ask a running county's broker.")
app.add_typer(retention.app, name="retention", help="Destroy what has reached its term.")
app.add_typer(receipts.app, name="receipts", help="Say what became of a package.")
app.add_typer(tasks.app, name="tasks", help="See what has to be done because of a decision.")
app.add_typer(reviews.app, name="reviews", help="See to records that wait for a person.")
app.add_typer(redact_group.app, name="redact")
app.add_typer(connectors.app, name="connectors", help="Try the holders' systems.")
app.command("open")(opening.open_package_command)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)


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
