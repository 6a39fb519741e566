"""`marac-broker alerts`: patterns in the log, for whoever's duty it is to look."""

from typing import Annotated, Any

import typer

from broker.commands.research import Who, body_of, office_of

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.command("list")
def list_alerts(
    who: Who,
    *,
    acknowledged: Annotated[
        bool, typer.Option("--acknowledged", help="Those that somebody has looked at.")
    ] = False,
) -> None:
    """Write the alerts that are yours to look at, newest first, one a line."""
    state = "acknowledged" if acknowledged else "open"
    with office_of(who) as (_, office):
        for one in body_of(office.get(f"/v1/alerts?state={state}"))["alerts"]:
            _tell(one)


@app.command("acknowledge")
def acknowledge_alert(
    alert: Annotated[str, typer.Argument(help="Alert, as the list names it.")], who: Who
) -> None:
    """Say that you have looked at an alert."""
    with office_of(who) as (_, office):
        _tell(body_of(office.post(f"/v1/alerts/{alert}/acknowledgement")))


def _tell(one: dict[str, Any]) -> None:
    about = one["agency_kind"] or "-"
    line = (
        *(one["alert_id"], one["raised_at"], one["rule"], one["watch"]),
        *(about, one["case_tag"], one["sentence"]),
    )
    typer.echo("\t".join(str(each or "-") for each in line))
