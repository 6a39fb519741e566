"""`marac-broker retention`: destroy what has reached its term, and keep what must be kept."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from broker.bootstrap import open_keeping
from broker.commands.research import body_of, office_of
from broker.domain.errors import InvalidRequestError, LedgerError, SettingsError
from broker.domain.retention import HoldKind, HoldVerb
from broker.ledger.certificates import CERTIFIED, Certificate, certificate_of
from broker.service.keeping import Keeping
from broker.service.retention import Ran, preview, run
from broker.settings import from_environment

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

_PATH = "/v1/retention"
Who = Annotated[str, typer.Option("--as", help="IG lead of the county, such as coordinator-3.")]
Case = Annotated[str, typer.Argument(help="The case, such as MR-0401.")]
Kind = Annotated[HoldKind, typer.Option(help="Why it is held.")]
Reason = Annotated[str, typer.Option(help="Why, in a sentence; kept sealed with the case.")]
Folder = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Write each certificate as JSON and as text.")
]


@app.command("run")
def run_now(
    *,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Such as 2033-12-01T00:00+00:00; else now.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go; keep all.")
    ] = False,
    certificates: Folder = None,
) -> None:
    """Destroy what has reached its term; `serve` does the same once a day."""
    with open_keeping(from_environment(os.environ)) as keeping:
        moment = keeping.clock.now() if at is None else _moment(at)
        done = preview(keeping, moment) if dry_run else run(keeping, moment)
        for line in _lines(done, dry_run=dry_run):
            typer.echo(line)
        made = [_certificate(keeping, one.index) for one in done.erased]
    for one in made:
        typer.echo(f"certificate\tentry {one.entry}\tcase {one.case_tag or '-'}")
        if certificates is not None:
            _write(certificates, one)
    if not dry_run and not done.scrubbed:
        typer.echo("A reader kept the database's files as they were: run it once more.", err=True)
        raise typer.Exit(1)


@app.command("certificate")
def show_certificate(
    index: Annotated[int, typer.Argument(min=0, help="Index of the entry that says so.")],
    *,
    output: Folder = None,
) -> None:
    """Write the signed certificate of one destruction, made of the log and always the same."""
    with open_keeping(from_environment(os.environ)) as keeping:
        made = _certificate(keeping, index)
    if output is None:
        typer.echo(made.document.decode())
    else:
        _write(output, made)


@app.command("list")
def list_retention(who: Who) -> None:
    """Write what is held, what is due or waits for people, and what was destroyed, one a line."""
    with office_of(who) as (_, office):
        found = body_of(office.get(_PATH))
    for hold in found["holds"]:
        cells = ("hold", hold["case_id"], hold["kind"], hold["step"], hold["by"], hold["at"])
        typer.echo("\t".join(cells))
    for state in ("due", "undecided"):
        for one in found[state]:
            typer.echo("\t".join((state, one["case_id"], one["term"], one["over_at"] or "-")))
    for one in found["certificates"]:
        typer.echo("\t".join(_destroyed(one["document"]["statement"])))


@app.command("hold")
def hold(case: Case, who: Who, *, kind: Kind, reason: Reason) -> None:
    """Keep a case from being destroyed; it is kept at once, and placed by a second IG lead."""
    _change(case, who, HoldVerb.PLACE, kind, reason)


@app.command("lift")
def lift(case: Case, who: Who, *, kind: Kind, reason: Reason) -> None:
    """Let go of a case again; nothing changes until a second IG lead says so too."""
    _change(case, who, HoldVerb.LIFT, kind, reason)


def _change(case: str, who: str, verb: HoldVerb, kind: HoldKind, reason: str) -> None:
    sent = {"verb": verb.value, "kind": kind.value, "reason": reason}
    with office_of(who) as (_, office):
        done = body_of(office.post(f"/v1/cases/{quote(case, safe='')}/holds", sent))
    typer.echo("\t".join((done["case_id"], done["kind"], done["step"])))


def _lines(done: Ran, *, dry_run: bool) -> list[str]:
    """Return what was done, or would be, in words without anybody's id."""
    verb = "would be" if dry_run else "were"
    cases = [one for one in done.due if one.tag is not None]
    return [
        f"{len(cases)} cases {verb} destroyed",
        f"{done.held} cases are over their term and held",
        f"{done.waiting} cases could not be destroyed now",
        f"{done.undecided} cases wait for people to decide",
        f"{done.packages} packages {verb} dropped",
        f"term keys {verb} destroyed: {', '.join(done.term_keys) or 'none'}",
    ]


def _certificate(keeping: Keeping, index: int) -> Certificate:
    entry, checkpoint = keeping.log.entry(index), keeping.log.checkpoint()
    if entry is None or checkpoint is None or entry.kind not in CERTIFIED:
        raise LedgerError("Nothing was destroyed by that entry: see marac-broker retention list.")
    return certificate_of(entry, checkpoint.origin, keeping.certifier.certify)


def _write(folder: Path, made: Certificate) -> None:
    """Write both forms. They are made of the log, so one that is there already is the same."""
    name = f"certificate-{made.entry}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_bytes(made.document)
        (folder / f"{name}.txt").write_text(made.text, encoding="utf-8")
    except OSError as error:
        say = "The certificates cannot be written; `retention certificate` makes them again."
        raise SettingsError(say) from error


def _destroyed(statement: dict[str, Any]) -> tuple[str, ...]:
    return (
        "destroyed",
        str(statement["case_tag"] or statement.get("period")),
        str(statement["term"]),
        str(statement["at"]),
        f"entry {statement['entry']}",
    )


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InvalidRequestError("Give a moment with its zone, such as 2033-12-01T00:00+00:00.")
    return found.astimezone(UTC)
