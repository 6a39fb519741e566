"""`marac-broker policies`: check a pack, ask it, and be told why."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

import policies as room
from broker.commands.policy_analyse import analyse
from broker.commands.policy_difference import difference
from broker.commands.policy_options import Area, today, told
from broker.commands.policy_replay import replay
from broker.domain.errors import InvalidRequestError
from policies.engine import editor_text, policy_lines
from policies.explain import for_advocate, for_ig_lead
from policies.factlines import read_facts, written
from policies.rules import Effect

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

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
    area: Area = None,
    casbin: Annotated[
        bool, typer.Option("--casbin", help="Write the lines for Casbin's own editor.")
    ] = False,
) -> None:
    """Read a pack strictly and hold it to Casbin; say everything that is wrong with it."""
    with told():
        policy = room.load(directory, today=today(), area=area)
        if casbin:
            typer.echo(editor_text(policy.pack), nl=False)
            return
        for alarm in policy.alarms:
            typer.echo(alarm, err=True)
        typer.echo(_counts(policy))


@app.command()
def decide(
    facts: FactsFile,
    pack: Pack = None,
    area: Area = None,
    *,
    nearly: Annotated[
        bool, typer.Option("--nearly", help="Add the rules that one fact keeps from matching.")
    ] = False,
) -> None:
    """Answer facts with outcomes, one JSON object a line."""

    def lines(policy: room.PolicySet, source: Iterator[bytes]) -> Iterator[str]:
        for one in read_facts(source, policy.pack.vocabulary):
            misses = policy.nearly(one) if nearly else None
            yield written(policy.rule(one), policy.version, misses)

    _answer(facts, (pack, area), lines)


@app.command()
def explain(
    facts: FactsFile,
    pack: Pack = None,
    area: Area = None,
    *,
    plain: Annotated[bool, typer.Option("--plain", help="For the advocate: no ids.")] = False,
) -> None:
    """Say in words why each line of facts is answered as it is."""
    say = for_advocate if plain else for_ig_lead

    def lines(policy: room.PolicySet, source: Iterator[bytes]) -> Iterator[str]:
        for one in read_facts(source, policy.pack.vocabulary):
            yield say(policy, policy.rule(one))

    _answer(facts, (pack, area), lines)


def _answer(
    facts: str,
    chosen: tuple[Path | None, str | None],
    lines: Callable[[room.PolicySet, Iterator[bytes]], Iterator[str]],
) -> None:
    """Answer every line or none: half an answer would be read as a whole one."""
    with told():
        pack, area = chosen
        policy = room.load(pack, today=today(), area=area)
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


def _counts(policy: room.PolicySet) -> str:
    rules = policy.pack.rules
    allows = sum(rule.effect is Effect.ALLOW for rule in rules)
    suspended = sum(rule.suspended for rule in rules)
    return (
        f"{len(rules)} rules ({allows} allow, {len(rules) - allows} deny, {suspended} suspended)"
        f" for {', '.join(policy.pack.served)}; {len(policy_lines(policy.pack))} lines in Casbin;"
        f" version {policy.version}"
    )


app.command()(analyse)
app.command()(difference)
app.command()(replay)
