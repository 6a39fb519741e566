"""`marac-broker policies check`: hold a pack to its tests and its properties."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

import policies as room
from broker.commands.policy_options import NEGATIVE, Area, today, told
from policies.check import Findings, Watch, findings_of
from policies.decide import PACKAGED
from policies.engine import editor_text, policy_lines
from policies.files import read_directory
from policies.findings import lines
from policies.rules import Effect


def check(
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Folder of a pack; else the packaged one."),
    ] = None,
    *,
    area: Area = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Run its rows; spoil no rule, prove nothing.")
    ] = False,
    casbin: Annotated[
        bool, typer.Option("--casbin", help="Write the lines for Casbin's own editor.")
    ] = False,
) -> None:
    """Read a pack strictly, run its tests, spoil its rules, prove its properties.

    Status 1 if it does not pass, 2 if it cannot be read; each fault says what to look at.
    """
    with told():
        if casbin:
            policy = room.load(directory, today=today(), area=area)
            typer.echo(editor_text(policy.pack), nl=False)
            return
        found = _checked(PACKAGED if directory is None else directory, area, quick=quick)
    for alarm in found.policy.alarms:
        typer.echo(alarm, err=True)
    typer.echo(_counts(found.policy))
    for line in lines(found):
        typer.echo(line)
    if not found.passed:
        raise typer.Exit(NEGATIVE)


def _checked(directory: Path, area: str | None, *, quick: bool) -> Findings:
    with _shown() as watch:
        files = read_directory(directory)
        return findings_of(files, today(), area=area, quick=quick, watch=watch)


@contextmanager
def _shown() -> Iterator[Watch]:
    """Show a bar for each stage on a terminal; a script sees none."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    disable = not sys.stderr.isatty()
    with Progress(*columns, console=console, transient=True, disable=disable) as progress:
        stages: dict[str, TaskID] = {}

        def watch(stage: str, done: int, of: int) -> None:
            if stage not in stages:
                stages[stage] = progress.add_task(stage, total=of)
            progress.update(stages[stage], completed=done)

        yield watch


def _counts(policy: room.PolicySet) -> str:
    rules = policy.pack.rules
    allows = sum(rule.effect is Effect.ALLOW for rule in rules)
    suspended = sum(rule.suspended for rule in rules)
    return (
        f"{len(rules)} rules ({allows} allow, {len(rules) - allows} deny, {suspended} suspended)"
        f" for {', '.join(policy.pack.served)}; {len(policy_lines(policy.pack))} lines in Casbin;"
        f" version {policy.version}"
    )
