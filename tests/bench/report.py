"""The findings as plain tables. The figures are what is reported.

A verdict stands only where something was promised: in the tables about deciding.
"""

from collections.abc import Mapping
from typing import Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.bench import world as worlds
from tests.bench.findings import (
    BROKER,
    STRAIGHT_LINE,
    YARDSTICK_KIND,
    Cell,
    Findings,
    Footprint,
    Memory,
    Spread,
)
from tests.bench.log_report import log_tables
from tests.bench.policy_change import change_table
from tests.bench.policy_proof import proof_table
from tests.bench.policy_replay import replay_table
from tests.bench.policy_report import policy_tables
from tests.bench.redaction_report import redaction_table
from tests.bench.sealing_speed import sealing_table

_STAGES: Final = {
    "authenticate": "authenticate",
    "earlier_receipt": "answered before?",
    "gather": "gather",
    "decide": "decide",
    "record_decision": "record the decision",
    "fetch": "fetch",
    "redact": "redact",
    "seal": "seal",
    "record_disclosure": "record the disclosure",
}
"""Stages in their order, and what the table calls them."""


def render(found: Findings, console: Console) -> None:
    """Print everything."""
    console.print(
        f"{found.rounds} rounds, {found.seconds_per_measurement} s each, sides by turns; middle"
        f" [least..most] of the rounds. {found.machine}",
        markup=False,
    )
    for table in (_rates(found), _ratios(found), _floors(found), _stages(found), _costs(found)):
        console.print()
        console.print(table)
    console.print(_delivery(found), markup=False)
    rules = found.deciding
    others = (proof_table(rules.proof), change_table(rules.change), replay_table(rules.replay))
    sealing = () if found.packages is None else (sealing_table(found.packages),)
    log = () if found.logging is None else log_tables(found.logging)
    reading = () if found.redaction is None else (redaction_table(found.redaction),)
    tables = (*policy_tables(rules.policies), *others, *reading, *sealing, *log)
    for table in tables:
        console.print()
        console.print(table)


def _rates(found: Findings) -> Table:
    table = _table("Shares answered with a release", "request", "clients", "side")
    for heading in ("req/s", "p50 ms", "p99 ms", "CPU ms", "releases", "other answers"):
        table.add_column(heading, justify="right")
    for one in sorted(found.cells, key=_order):
        table.add_row(
            _kind(one),
            str(one.clients),
            one.side,
            _spread(one.rate),
            f"{one.p50_ms:.2f}",
            f"{one.p99_ms:.2f}",
            _maybe(one.cpu_ms),
            str(one.releases),
            _errors(one.errors),
        )
    return table


def _ratios(found: Findings) -> Table:
    table = _table("The broker's rate, as a ratio", "request", "clients")
    table.add_column("over the straight line", justify="right")
    table.add_column("over 1 / sum of floors", justify="right")
    table.add_column("CPU, straight line / broker", justify="right")
    table.add_column("sum of floors, us", justify="right")
    for one in sorted(found.cells, key=_order):
        if one.side == BROKER:
            table.add_row(
                one.kind,
                str(one.clients),
                _spread(one.of_straight_line),
                _spread(one.of_floor),
                _maybe(_cpu_ratio(found, one)),
                _micro(found.floor_sums[one.kind][one.clients]),
            )
    table.caption = (
        "The straight line reads every note anew: both kinds of note are held against that. "
        "Floors are taken alone on one core; work on two cores at once can pass 1."
    )
    return table


def _cpu_ratio(found: Findings, cell: Cell) -> float | None:
    other = found.cell(STRAIGHT_LINE, YARDSTICK_KIND[cell.kind], cell.clients)
    return other.cpu_ms / cell.cpu_ms if other.cpu_ms and cell.cpu_ms else None


def _floors(found: Findings) -> Table:
    table = _table("Floors: the bare operation, in the same rounds", "operation")
    table.add_column("us", justify="right")
    table.add_column("per second", justify="right")
    for name, seconds in found.floors.items():
        table.add_row(
            name,
            _spread(_scaled(seconds, 1e6)),
            f"{1 / seconds.median:,.0f}",
        )
    return table


def _stages(found: Findings) -> Table:
    """Show each stage's share and time, one column for each side and kind."""
    table = _table("Stages of one request, alone: share of the time (us)", "stage")
    columns = [(side, kind) for side, kinds in found.costs.stages.items() for kind in kinds]
    for side, kind in columns:
        shown = "any note" if side == STRAIGHT_LINE and kind == worlds.NEVER_SEEN else kind
        table.add_column(f"{side}\n{shown}", justify="right")
    for stage, words in _STAGES.items():
        cells = [_share(found.costs.stages[side][kind], stage) for side, kind in columns]
        table.add_row(words, *cells)
    totals = [sum(found.costs.stages[side][kind].values()) for side, kind in columns]
    table.add_row("together", *(_micro(total) for total in totals))
    return table


def _share(stages: Mapping[str, float], stage: str) -> str:
    if stage not in stages:
        return "-"
    share = stages[stage] / sum(stages.values())
    return f"{share:.1%} ({_micro(stages[stage])})"


def _costs(found: Findings) -> Table:
    table = _table("Start and memory", "side")
    for heading in (
        "start to listening, s",
        "memory after first answers, MB",
        "after the load, MB",
    ):
        table.add_column(heading, justify="right")
    for side, cost in found.costs.footprints.items():
        table.add_row(side, *_cost(cost))
    table.caption = f"`import broker.cli` in a fresh process: {found.costs.import_seconds:.2f} s."
    return table


def _cost(cost: Footprint) -> tuple[str, str, str]:
    return f"{cost.listening_seconds:.1f}", _memory(cost.warm), _memory(cost.after_load)


def _memory(memory: Memory | None) -> str:
    if memory is None:
        return "not told by this system"
    return " + ".join(f"{one:.0f}" for one in (memory.main, *memory.workers))


def _delivery(found: Findings) -> str:
    busy, quiet = (
        found.costs.delivering["with_delivery"],
        found.costs.delivering["without_delivery"],
    )
    alone = _micro(found.costs.delivery)
    return (
        f"\nDelivery is not part of the rates above. Alone it takes {alone} us a package; with it"
        f" running, structured shares at 8 clients go from {_figure(quiet)}/s to {_figure(busy)}/s."
    )


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", caption_justify="left", box=box.SIMPLE_HEAD)
    for heading in headings:
        table.add_column(heading)
    return table


def _order(cell: Cell) -> tuple[int, int, str]:
    return list(YARDSTICK_KIND).index(cell.kind), cell.clients, cell.side


def _kind(cell: Cell) -> str:
    is_any_note = cell.side == STRAIGHT_LINE and cell.kind == worlds.NEVER_SEEN
    return "any note" if is_any_note else cell.kind


def _scaled(spread: Spread, factor: float) -> Spread:
    return Spread(
        median=spread.median * factor, least=spread.least * factor, most=spread.most * factor
    )


def _spread(spread: Spread) -> str:
    shown = (_figure(one) for one in (spread.least, spread.most))
    return escape(f"{_figure(spread.median)} [{'..'.join(shown)}]")


def _figure(number: float) -> str:
    """Write three digits that count, and no more than the measurement knows."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def _maybe(number: float | None) -> str:
    return "not told" if number is None else _figure(number)


def _micro(seconds: float) -> str:
    return _figure(seconds * 1e6)


def _errors(errors: Mapping[int, int]) -> str:
    named = [f"{count} x {status or 'lost'}" for status, count in sorted(errors.items())]
    return ", ".join(named) or "0"
