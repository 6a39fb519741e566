"""What the demo shows a person: one table, one page before and after, one timeline, one proof."""

from collections import Counter

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from broker.demo.county.model import County
from broker.demo.record import Row
from broker.demo.result import Before, Result, TimelineLine

_COLOURS = {
    "permit": "green",
    "permit-redacted": "green",
    "permit-verbal-only": "yellow",
    "refer-human": "yellow",
    "held": "yellow",
    "deny": "red",
    "rejected": "red",
}
EXCERPT_CHARACTERS = 1_500


def show(console: Console, county: County, result: Result) -> None:
    """Show everything, in the order in which it happened."""
    console.print(_requests(county, result.rows))
    console.print(_summary(result))
    if result.before is not None:
        console.print(_before_and_after(result.before))
    console.print(_timeline(result.timeline_of, result.timeline))
    console.print(_proof(result))


def _requests(county: County, rows: tuple[Row, ...]) -> Table:
    table = Table(title="Every request of the research round", expand=True, show_lines=True)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("who asked whom, about whom, for what", ratio=4)
    table.add_column("outcome, deciding rules", min_width=18, ratio=2)
    table.add_column("why", ratio=5)
    for row in rows:
        planned = row.asked.planned
        asker = county.agency(county.practitioner(planned.requester).agency_id).kind
        holder = county.agency(planned.holder).kind
        what = ", ".join(planned.categories)
        outcome = Text(row.outcome, style=_COLOURS.get(row.outcome, ""))
        outcome.append(f"\n{', '.join(row.rules) or 'no rule'}", style="dim")
        table.add_row(
            str(row.number),
            f"{asker} asked {holder} about {planned.subject_id} for {planned.purpose}: {what}",
            outcome,
            _first_sentence(row.sentence),
        )
    return table


def _first_sentence(text: str) -> str:
    """The table has room for what decided; `--json` gives all of it."""
    first, stop, _ = text.partition(". ")
    return first + "." if stop else text


def _summary(result: Result) -> Text:
    outcomes = Counter(row.outcome for row in result.rows)
    parts = [f"{count} {outcome}" for outcome, count in outcomes.most_common()]
    delivered = sum(row.asked.opened is not None for row in result.rows)
    removed = sum(
        one.count
        for row in result.rows
        if row.asked.opened
        for one in row.asked.opened.content.removed
    )
    text = (
        f"{result.lists} practitioners read the meeting's list, then asked:"
        f" {len(result.rows)} requests in {result.seconds:.1f} s: {', '.join(parts)}.\n"
        f"{delivered} packages were sealed, logged, delivered and opened by their recipients;"
        f" {removed} details had been removed from them.\n"
    )
    return Text(text, style="bold")


def _before_and_after(before: Before) -> Panel:
    table = Table.grid(expand=True, padding=(0, 2))
    table.add_column(ratio=1)
    table.add_column(ratio=1)
    table.add_row(Text("as the holder has it", style="dim"), Text("as it left", style="dim"))
    table.add_row(
        Text(before.original[:EXCERPT_CHARACTERS]), Text(before.redacted[:EXCERPT_CHARACTERS])
    )
    lines = Group(
        Text(f"{before.holder} to {before.recipient}, under {before.profile}", style="bold"),
        table,
        Text("removed: " + ", ".join(f"{n} {reason}" for reason, n in before.removed)),
        *(Text(f"- {term}") for term in before.terms),
    )
    return Panel(lines, title="One package, opened with the recipient's private key")


def _timeline(case_id: str, lines: tuple[TimelineLine, ...]) -> Table:
    table = Table(title=f"What the advocate of {case_id} sees", expand=True)
    table.add_column("no.", justify="right", no_wrap=True)
    table.add_column("when (UTC)", no_wrap=True)
    table.add_column("what happened")
    table.add_column("proof", no_wrap=True)
    for one in lines:
        proof = Text("checked", style="green") if one.proved else Text("FAILED", style="red")
        table.add_row(str(one.number), one.at, one.sentence, proof)
    return table


def _proof(result: Result) -> Panel:
    found = (
        Text(f"Detected: {result.tampered}", style="green")
        if result.tampered_entry == result.changed_entry
        else Text("NOT DETECTED", style="red")
    )
    lines = Group(
        Text(f"Verified: {result.log_size} entries under this signed checkpoint:", style="green"),
        Text(result.checkpoint, style="dim"),
        Text(f"Then one byte of entry {result.changed_entry} was changed in the database."),
        found,
    )
    return Panel(lines, title="The disclosure log")
