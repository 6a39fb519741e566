"""`marac-broker policies`: check a pack, ask it, and be told why."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

import policies as room
from broker.commands.policy_analyse import analyse
from broker.commands.policy_change import approve, draft, fetch, publish, rollback, submit, versions
from broker.commands.policy_check import check
from broker.commands.policy_difference import difference
from broker.commands.policy_export import export
from broker.commands.policy_options import Area, today, told
from broker.commands.policy_picture import picture
from broker.commands.policy_replay import replay
from broker.domain.errors import InvalidRequestError
from policies.explain import for_advocate, for_ig_lead
from policies.factlines import read_facts, written

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

FactsFile = Annotated[str, typer.Option("--facts", help="JSON Lines of facts, or - for stdin.")]
Pack = Annotated[
    Path | None, typer.Option("--pack", help="Folder of a pack; without it the packaged one.")
]


@app.callback()
def policies() -> None:
    """Read, check and try the rules."""


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


app.command()(check)
app.command()(analyse)
app.command()(difference)
app.command()(picture)
app.command()(replay)
app.command()(export)
for step in (draft, submit, approve, publish, rollback, versions, fetch):
    app.command()(step)
