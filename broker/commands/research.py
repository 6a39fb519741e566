"""`marac-broker research`: ask a running county's broker, as one of its practitioners would."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console

from broker.commands.opening import shown
from broker.demo.county import county
from broker.demo.county.model import County, PlannedRequest
from broker.demo.office import SHEET, Office, Sheet
from broker.demo.round import http_for_offices
from broker.domain.errors import SettingsError
from broker.domain.ids import AgencyId, CaseId, Category, PractitionerId, Purpose, SubjectId

COLLECT_SECONDS = 30.0

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
Who = Annotated[str, typer.Option("--as", help="Practitioner of the county, such as housing-1.")]


@app.command("list")
def list_cases(who: Who) -> None:
    """Write the cases that the practitioner's agency may research, and who is in them."""
    with office_of(who) as (people, office):
        answer = office.get(f"/v1/meetings/{people.meeting.meeting_id}/cases")
    for case in body_of(answer)["cases"]:
        for person in case["people"]:
            names = ", ".join(person["names"])
            line = (case["case_id"], person["subject_id"], person["role"], names)
            typer.echo("\t".join(line))


@app.command()
def ask(  # noqa: PLR0913  # one option for each thing a request says
    who: Who,
    *,
    holder: Annotated[str, typer.Option(help="Agency that holds it, such as ashmere-police.")],
    case: Annotated[str, typer.Option(help="Case, such as MR-0401.")],
    subject: Annotated[str, typer.Option(help="Whom it is about, such as 0401-victim.")],
    category: Annotated[list[str], typer.Option(help="What is asked for; may be repeated.")],
    purpose: Annotated[str, typer.Option(help="Why.")] = "marac-research",
    reasons: Annotated[str | None, typer.Option(help="Where consent is absent.")] = None,
) -> None:
    """Ask, and if something is released collect it, open it, show it and acknowledge it."""
    planned = PlannedRequest(
        requester=PractitionerId(who),
        holder=AgencyId(holder),
        case_id=CaseId(case),
        subject_id=SubjectId(subject),
        purpose=Purpose(purpose),
        categories=tuple(Category(one) for one in category),
        recipient=PractitionerId(who),
        reasons=reasons,
        scenario="",
    )
    with office_of(who) as (people, office):
        body = body_of(office.ask(planned, people.meeting.meeting_id, secrets.token_hex(16)))
        typer.echo(f"{body['status']}: {body['next_step']}", err=True)
        for one in body["categories"]:
            typer.echo(f"{one['category']}: {one['outcome']}. {one['sentence']}", err=True)
        if body["disclosure_id"]:
            _receive(office, body["disclosure_id"])


def _receive(office: Office, disclosure_id: str) -> None:
    deadline = time.monotonic() + COLLECT_SECONDS
    while (package := office.collect(disclosure_id)) is None:
        if time.monotonic() > deadline:
            raise SettingsError("The package is logged and not delivered yet; look again later.")
        time.sleep(0.1)
    opened = office.open(package, disclosure_id)
    Console().print(shown(opened))
    office.acknowledge(disclosure_id).raise_for_status()


@contextmanager
def office_of(who: str) -> Iterator[tuple[County, Office]]:
    """Open a practitioner's office in the county that runs beside the broker of MARAC_STATE."""
    folder = Path(os.environ.get("MARAC_STATE", "var")) / "county"
    if not (folder / SHEET).exists():
        raise SettingsError(
            "No county runs here: start one with make run COUNTY=1, or set --state."
        )
    sheet = Sheet.read(folder)
    people = county(sheet.made_at)
    known = {one.practitioner_id: one.agency_id for one in people.practitioners}
    if who not in known:
        raise SettingsError(f"Nobody in the county is called that; try {', '.join(sorted(known))}.")
    with http_for_offices() as http:
        yield people, Office(sheet, http, known[PractitionerId(who)], PractitionerId(who))


def body_of(answer: httpx.Response) -> dict[str, Any]:
    """Return what the broker said, or end with its problem in one sentence."""
    body: dict[str, Any] = answer.json()
    if not answer.is_success:
        raise typer.Exit(_tell(f"{body['title']} {body['detail']}"))
    return body


def _tell(problem: str) -> int:
    typer.echo(problem, err=True)
    return 1
