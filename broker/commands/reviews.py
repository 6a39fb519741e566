"""`marac-broker reviews`: what waits for a person of a running county, and what they say to it."""

from typing import Annotated, Any

import typer

from broker.commands.opening import printable
from broker.commands.research import Who, body_of, office_of
from broker.demo.office import Office

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
Which = Annotated[str, typer.Argument(help="Review, as the list names it.")]
Places = Annotated[
    list[str] | None,
    typer.Option("--take-out", help="ITEM:ORDER:START:END:REASON, with a redact-reason."),
]
Numbers = Annotated[
    list[str] | None,
    typer.Option("--explain", help="ITEM:ORDER:START:END:WHY, of a flagged number or word."),
]
Texts = Annotated[list[str] | None, typer.Option("--leave-out", help="ITEM:ORDER of a whole text.")]
_OPENS, _CLOSES = "\N{MUCH LESS-THAN}", "\N{MUCH GREATER-THAN}"
_TWO, _FIVE = 2, 5


@app.command("list")
def list_reviews(who: Who) -> None:
    """Write what waits for the practitioner, due first come first, one a line."""
    with office_of(who) as (_, office):
        after: str | None = ""
        while after is not None:
            page = body_of(office.get(f"/v1/reviews{after}"))
            for one in page["reviews"]:
                flags = ", ".join(one["flags"])
                line = (one["review_id"], one["state"], one["due_at"], one["case_id"], flags)
                typer.echo("\t".join(line))
            after = f"?after={page['next']}" if page["next"] else None


@app.command()
def show(review: Which, who: Who) -> None:
    """Write the redacted text, with what holds it between double angles, and what was removed."""
    with office_of(who) as (_, office):
        _show(body_of(office.get(f"/v1/reviews/{review}")))


@app.command()
def edit(
    review: Which,
    who: Who,
    *,
    take_out: Places = None,
    explain: Numbers = None,
    leave_out: Texts = None,
) -> None:
    """Take out, explain a number or a word, or leave a text out, in place of earlier edits."""
    edits = {
        "taken_out": [_place(one, "reason") for one in take_out or ()],
        "explained": [_place(one, "because") for one in explain or ()],
        "left_out": [_text(one) for one in leave_out or ()],
    }
    with office_of(who) as (_, office):
        _show(body_of(office.put(f"/v1/reviews/{review}/edits", edits)))


@app.command()
def release(
    review: Which,
    who: Who,
    *,
    seen: Annotated[str, typer.Option(help="Digest of what was shown.")],
) -> None:
    """Say that what was shown may leave."""
    with office_of(who) as (_, office):
        _say(office, f"/v1/reviews/{review}/release", {"digest": seen})


@app.command()
def refuse(
    review: Which, who: Who, *, because: Annotated[str, typer.Option(help="Why, for yourself.")]
) -> None:
    """Say that it does not leave, and destroy it."""
    with office_of(who) as (_, office):
        _say(office, f"/v1/reviews/{review}/refuse", {"because": because})


def _say(office: Office, path: str, said: dict[str, str]) -> None:
    body = body_of(office.post(path, said))
    line = (body["review_id"], body["status"], body["disclosure_id"] or "-")
    typer.echo("\t".join(line))


def _show(body: dict[str, Any]) -> None:
    if not body["permitted"]:
        typer.echo("It is no longer permitted: refuse it.", err=True)
        return
    for one in body["texts"]:
        name = "title" if one["order"] == 0 else one["name"] or "text"
        typer.echo(f"{one['item']}:{one['order']} {one['category']}, {name}")
        typer.echo(f"    {printable(_marked(one))}")
        for flag in one["flagged"]:
            what = "open" if flag["open"] else "met"
            typer.echo(f"    {flag['kind']} at {flag['start']}:{flag['end']}, {what}")
        for line in one["removed"]:
            typer.echo(f"    removed: {line['label']}, {line['reason']} ({line['rule']})")
    typer.echo(f"people needed: {body['people_needed']}; digest: {body['digest']}")
    typer.echo("may be released" if body["releasable"] else "may not be released as it is")


def _marked(text: dict[str, Any]) -> str:
    """Return what would leave, or the draft with its open places marked."""
    still = [one for one in text["flagged"] if one["open"]]
    if text["leaves"] is None:
        return "(left out)"
    if not still:
        return str(text["leaves"])
    shown = str(text["text"])
    for one in sorted(still, key=lambda flag: -int(flag["start"])):
        start, end = one["start"], one["end"]
        shown = f"{shown[:start]}{_OPENS}{shown[start:end]}{_CLOSES}{shown[end:]}"
    return shown


def _place(said: str, last: str) -> dict[str, int | str]:
    parts = said.split(":", _FIVE - 1)
    if len(parts) < _FIVE:
        raise typer.BadParameter(f"Write ITEM:ORDER:START:END and the {last}.")
    item, order, start, end = map(_number, parts[: _FIVE - 1])
    return {"item": item, "order": order, "start": start, "end": end, last: parts[-1]}


def _text(said: str) -> dict[str, int]:
    parts = said.split(":")
    if len(parts) != _TWO:
        raise typer.BadParameter("Write ITEM:ORDER.")
    item, order = map(_number, parts)
    return {"item": item, "order": order}


def _number(said: str) -> int:
    if not (said.isascii() and said.isdigit()):
        raise typer.BadParameter("Write places in whole numbers, as the text is shown with.")
    return int(said)
