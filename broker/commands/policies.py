"""`marac-broker policies`: check a pack, ask it, and be told why."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

import policies as room
from broker.domain.errors import BrokerError, InvalidRequestError
from policies.engine import editor_text, policy_lines
from policies.explain import for_advocate, for_ig_lead
from policies.factlines import read_facts, written
from policies.rules import Effect

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

_BAD_INPUT = 2

FactsFile = Annotated[str, typer.Option("--facts", help="JSON Lines of facts, or - for stdin.")]
Pack = Annotated[
    Path | None, typer.Option("--pack", help="Folder of a pack; without it the packaged one.")
]


@app.callback()
def policies() -> None:
    """Read, check and try the rules."""


@app.command()
def check(
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Folder of a pack; else the packaged one."),
    ] = None,
    *,
    casbin: Annotated[
        bool, typer.Option("--casbin", help="Write the lines for Casbin's own editor.")
    ] = False,
) -> None:
    """Read a pack strictly and hold it to Casbin; say everything that is wrong with it."""
    with _told():
        policy = room.load(directory, today=_today())
        if casbin:
            typer.echo(editor_text(policy.pack), nl=False)
            return
        for alarm in policy.alarms:
            typer.echo(alarm, err=True)
        typer.echo(_counts(policy))


@app.command()
def decide(facts: FactsFile, pack: Pack = None) -> None:
    """Answer facts with outcomes, one JSON object a line."""

    def lines(policy: room.PolicySet, source: Iterator[bytes]) -> Iterator[str]:
        for one in read_facts(source, policy.pack.vocabulary):
            yield written(policy.rule(one), policy.version)

    _answer(facts, pack, lines)


@app.command()
def explain(
    facts: FactsFile,
    pack: Pack = None,
    *,
    plain: Annotated[bool, typer.Option("--plain", help="For the advocate: no ids.")] = False,
) -> None:
    """Say in words why each line of facts is answered as it is."""
    say = for_advocate if plain else for_ig_lead

    def lines(policy: room.PolicySet, source: Iterator[bytes]) -> Iterator[str]:
        for one in read_facts(source, policy.pack.vocabulary):
            yield say(policy, policy.rule(one))

    _answer(facts, pack, lines)


def _answer(
    facts: str,
    pack: Path | None,
    lines: Callable[[room.PolicySet, Iterator[bytes]], Iterator[str]],
) -> None:
    """Answer every line or none: half an answer would be read as a whole one."""
    with _told():
        policy = room.load(pack, today=_today())
        with _opened(facts) as source:
            answers = list(lines(policy, source))
        for answer in answers:
            typer.echo(answer)


@contextmanager
def _opened(name: str) -> Iterator[Iterator[bytes]]:
    if name == "-":
        yield iter(sys.stdin.buffer)
        return
    try:
        with Path(name).open("rb") as file:
            yield file
    except OSError as error:
        say = "The file of facts cannot be read; check its name and permissions."
        raise InvalidRequestError(say) from error


@contextmanager
def _told() -> Iterator[None]:
    """Say what is wrong on standard error and leave with the status for bad input."""
    try:
        yield
    except BrokerError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(_BAD_INPUT) from error


def _counts(policy: room.PolicySet) -> str:
    rules = policy.pack.rules
    allows = sum(rule.effect is Effect.ALLOW for rule in rules)
    suspended = sum(rule.suspended for rule in rules)
    return (
        f"{len(rules)} rules ({allows} allow, {len(rules) - allows} deny, {suspended} suspended)"
        f" for {', '.join(policy.pack.served)}; {len(policy_lines(policy.pack))} lines in Casbin;"
        f" version {policy.version}"
    )


def _today() -> date:
    return datetime.now(UTC).date()
