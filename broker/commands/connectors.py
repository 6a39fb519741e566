"""`marac-broker connectors`: which holders can be asked, and whether their systems are sound."""

import os
import sys

import typer

from broker import settings as settings_module
from broker.bootstrap import read_connectors
from broker.domain.errors import SettingsError
from broker.domain.ids import AgencyId
from broker.domain.ports import Connector
from connectors.conformance import check_connector
from connectors.settings import connectors_from

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.command("list")
def list_connectors() -> None:
    """Write every holder that can be asked, with the kind of its system."""
    for agency, connector in sorted(_connectors().items()):
        typer.echo(f"{agency}\t{connector.name}")


@app.command("test")
def test_connector(name: str) -> None:
    """Ask one holder's system everything a connector must answer well; exit 1 for a broken promise.

    Reads only, and asks about people who do not exist.
    """
    connector = _connectors().get(AgencyId(name))
    if connector is None:
        raise SettingsError("No connector has that name; see `marac-broker connectors list`.")
    typer.echo(connector.check())
    findings = tuple(check_connector(connector))
    for finding in findings:
        kept = "kept  " if finding.kept else "BROKEN"
        typer.echo(f"{kept} {finding.promise} {finding.detail}".rstrip())
    if not all(finding.kept for finding in findings):
        sys.exit(1)


def _connectors() -> dict[AgencyId, Connector]:
    settings = settings_module.from_environment(os.environ)
    return dict(connectors_from(read_connectors(settings)))
