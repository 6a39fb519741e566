"""`marac-broker disclosures`: what the log says, for advocates, IG leads and auditors of a county.

Everything is asked of the running broker, which decides who may and logs that they did.
"""

import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.table import Table

from broker.commands.files import whole_or_not_at_all
from broker.commands.research import Who, body_of, office_of
from broker.exports.write import Form

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
Case = Annotated[str, typer.Option(help="Case, such as MR-0401.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write what the broker said, as JSON.")]
_SECONDS = 19
"""Characters of a moment up to its seconds."""


@app.command()
def timeline(who: Who, case: Case, *, as_json: AsJson = False) -> None:
    """Write what happened to a client's information, what to read first before the rest."""
    with office_of(who) as (_, office):
        found = body_of(office.get(f"/v1/cases/{case}/timeline"))
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    events = {one["case_number"]: one for one in found["events"]}
    if found["first"]:
        _table("Read this first", [events[one] for one in found["first"]])
    _table("Everything, in its order", list(events.values()))


def _table(title: str, events: list[dict[str, Any]]) -> None:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("No", justify="right")
    table.add_column("When (UTC)", no_wrap=True)
    table.add_column("What", overflow="fold")
    for one in events:
        why = [f"Withheld: {each['category']}. {each['sentence']}" for each in one["withheld"]]
        removed = ", ".join(f"{reason} {count}" for reason, count in one["removed"].items())
        lines = [_marked(one), *why, *([f"Removed: {removed}"] if removed else [])]
        when = one["at"][:_SECONDS].replace("T", " ")
        table.add_row(str(one["case_number"]), when, "\n".join(lines))
    Console(markup=False, highlight=False).print(table)


def _marked(one: dict[str, Any]) -> str:
    mark = one["attention"]
    return f"{mark.upper()}: {one['sentence']}" if mark else str(one["sentence"])


@app.command()
def search(  # noqa: PLR0913  # one option for each thing that can be asked for
    who: Who,
    *,
    kind: Annotated[str | None, typer.Option(help="Kind of event, such as decision.")] = None,
    purpose: Annotated[str | None, typer.Option(help="Such as marac-research.")] = None,
    outcome: Annotated[str | None, typer.Option(help="Such as deny.")] = None,
    agency_kind: Annotated[str | None, typer.Option(help="Such as housing-la.")] = None,
    rule: Annotated[str | None, typer.Option(help="Such as R07-identity.")] = None,
    case: Annotated[str | None, typer.Option(help="Case, such as MR-0401.")] = None,
    case_tag: Annotated[str | None, typer.Option(help="A case as the log names it.")] = None,
    since: Annotated[str | None, typer.Option(help="Such as 2026-11-01T00:00:00Z.")] = None,
    until: Annotated[str | None, typer.Option(help="The first moment that is too late.")] = None,
    after: Annotated[str | None, typer.Option(help="What the page before ended with.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
) -> None:
    """Write one page of the log, newest first, one entry a line; the page is logged."""
    asked = {
        "kind": kind,
        "purpose": purpose,
        "outcome": outcome,
        "agency_kind": agency_kind,
        "rule": rule,
        "case": case,
        "case_tag": case_tag,
        "since": since,
        "until": until,
        "after": after,
        "limit": str(limit),
    }
    with office_of(who) as (_, office):
        query = urlencode({name: value for name, value in asked.items() if value})
        page = body_of(office.get(f"/v1/log/search?{query}"))
    for one in page["entries"]:
        entry = one["entry"]
        typer.echo(
            f"{entry['index']}\t{entry['at'][:_SECONDS]}\t{entry['kind']}\t{one['sentence']}"
        )
    typer.echo(f"{page['searched']} of {page['size']} entries searched.", err=True)
    if page["next"]:
        typer.echo(f"There may be more: --after {page['next']}", err=True)


@app.command()
def export(
    who: Who,
    case: Case,
    *,
    form: Annotated[Form, typer.Option("--format", help="What the file is.")],
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="A new file.")] = None,
) -> None:
    """Write a case's timeline to a file, for people or for other software."""
    with office_of(who) as (_, office):
        answer = office.get(f"/v1/cases/{case}/export?form={form.value}")
        if not answer.is_success:
            body_of(answer)
        with whole_or_not_at_all(output) as file:
            file.write(answer.content)
