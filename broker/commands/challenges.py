"""`marac-broker challenges`: an advocate challenges a disclosure; the holder's lead answers."""

from typing import Annotated, Any

import typer

from broker.commands.research import Who, body_of, office_of
from broker.domain.challenge import ChallengeOutcome, ChallengeReason, Follow

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
Challenge = Annotated[str, typer.Argument(help="Challenge, as the list names it.")]
Text = Annotated[str, typer.Option(help="In a few words; kept sealed with the case.")]


@app.command("open")
def open_challenge(
    disclosure: Annotated[str, typer.Argument(help="Disclosure, as the timeline names it.")],
    who: Who,
    *,
    reason: Annotated[ChallengeReason, typer.Option(help="What is wrong.")],
    text: Text,
) -> None:
    """Challenge a disclosure about a client of yours."""
    body = {"disclosure_id": disclosure, "reason": reason.value, "text": text}
    with office_of(who) as (_, office):
        _tell(body_of(office.post("/v1/challenges", body)))


@app.command("list")
def list_challenges(who: Who) -> None:
    """Write the challenges that are yours to see, due first come first, one a line."""
    with office_of(who) as (_, office):
        for one in body_of(office.get("/v1/challenges"))["challenges"]:
            _tell(one)


@app.command("answer")
def answer_challenge(
    challenge: Challenge,
    who: Who,
    *,
    outcome: Annotated[ChallengeOutcome, typer.Option(help="What you found.")],
    follows: Annotated[
        list[Follow] | None, typer.Option(help="What has to be done; may be repeated.")
    ] = None,
    text: Text,
) -> None:
    """Answer a challenge to your agency's disclosure."""
    then = [one.value for one in follows or ()]
    body = {"outcome": outcome.value, "follows": then, "text": text}
    with office_of(who) as (_, office):
        _tell(body_of(office.post(f"/v1/challenges/{challenge}/answer", body)))


@app.command("close")
def close_challenge(
    challenge: Challenge,
    who: Who,
    *,
    settled: Annotated[
        bool, typer.Option("--settled/--disputed", help="Whether your client accepts the answer.")
    ],
    text: Text,
) -> None:
    """Close a challenge of yours."""
    with office_of(who) as (_, office):
        body = {"settled": settled, "text": text}
        _tell(body_of(office.post(f"/v1/challenges/{challenge}/close", body)))


def _tell(one: dict[str, Any]) -> None:
    found = one["outcome"] or "-"
    line = (one["challenge_id"], one["step"], one["due_at"], one["case_id"], one["reason"], found)
    typer.echo("\t".join(line))
