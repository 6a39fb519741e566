"""`marac-broker tasks`: what a practitioner of a running county has to do, and that it is done."""

from typing import Annotated

import typer

from broker.commands.research import Who, body_of, office_of

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.command("list")
def list_tasks(
    who: Who,
    *,
    done: Annotated[bool, typer.Option("--done", help="Show what was done instead.")] = False,
) -> None:
    """Write the practitioner's tasks, overdue ones first, one a line."""
    with office_of(who) as (_, office):
        answer = office.get(f"/v1/tasks{'?state=done' if done else ''}")
        for one in body_of(answer)["tasks"]:
            when = one["done_at"] or one["due_at"]
            line = (one["task_id"], one["state"], when, one["case_id"] or "-", one["what"])
            typer.echo("\t".join(line))


@app.command("done")
def finish_task(
    task: Annotated[str, typer.Argument(help="Task, as the list names it.")],
    who: Who,
    *,
    note: Annotated[str, typer.Option(help="How it was done, in a few words.")],
) -> None:
    """Say how a task was done."""
    with office_of(who) as (_, office):
        body = body_of(office.post(f"/v1/tasks/{task}/done", {"evidence": note}))
        typer.echo(f"{body['task_id']}\t{body['state']}\tentry {body['done_entry']}")
