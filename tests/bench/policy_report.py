"""The findings about deciding as tables, with what was promised and whether it holds."""

from collections.abc import Iterator
from typing import Final

from rich import box
from rich.table import Table

from tests.bench.policy_findings import (
    CEDAR,
    CEDAR_LIMIT,
    COLD,
    DICT,
    LIMITED_SIZE,
    STOCK,
    STOCK_LIMIT,
    TABLE_LIMIT,
    WARM,
    WARM_LIMIT,
    PolicySize,
    PolicySpeed,
)

_ENGINES: Final = {
    DICT: "dict look-up",
    WARM: "answer, remembered",
    COLD: "answer, never asked before",
    STOCK: "stock pycasbin",
    CEDAR: "cedarpy",
}


def policy_tables(found: PolicySpeed) -> Iterator[Table]:
    """Return the tables about deciding."""
    yield _times(found)
    yield _ratios(found)
    yield _promises(found)


def _times(found: PolicySpeed) -> Table:
    table = _table("Deciding, us a question, and what a pack costs", found)
    for name, words in _ENGINES.items():
        cells = [_figure(_micro(one, name)) for one in found.sizes]
        if any(name in one.seconds for one in found.sizes):
            table.add_row(words, *cells)
        else:
            table.add_row(words, *("not installed" for _ in found.sizes))
    for step, words in (
        ("read", "reading its files, CPU s"),
        ("compile", "compiling the table, CPU s"),
        ("compare", "comparing with Casbin, CPU s"),
    ):
        table.add_row(words, *(_figure(one.load[step]) for one in found.sizes))
    table.add_row("lines in Casbin's form", *(f"{one.lines:,}" for one in found.sizes))
    table.add_row("table, KB", *(_figure(one.table_bytes / 1024) for one in found.sizes))
    return table


def _ratios(found: PolicySpeed) -> Table:
    table = _table("Deciding, as a ratio taken round by round", found)
    for name, words in (
        (WARM, "remembered / dict look-up"),
        (STOCK, "stock pycasbin / never asked before"),
        (CEDAR, "cedarpy / never asked before"),
    ):
        table.add_row(words, *(_figure(one.ratios.get(name)) for one in found.sizes))
    table.caption = (
        "Another engine is asked one question, whether one outcome is allowed; ours answers which"
        " outcome it is, with every rule that matched."
    )
    return table


def _promises(found: PolicySpeed) -> Table:
    table = Table(title="Deciding, as promised", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("promise", "limit", "found", "holds"):
        table.add_column(heading)
    for words, limit, figure, holds in _held(found):
        table.add_row(words, limit, _figure(figure), _verdict(holds=holds))
    return table


def _held(found: PolicySpeed) -> Iterator[tuple[str, str, float | None, bool | None]]:
    worst = max(one.ratios[WARM] for one in found.sizes)
    yield "remembered / dict, worst size", f"<= {WARM_LIMIT:g}", worst, worst <= WARM_LIMIT
    limited = [one for one in found.sizes if one.rules == LIMITED_SIZE]
    for name, limit in ((STOCK, STOCK_LIMIT), (CEDAR, CEDAR_LIMIT)):
        ratio = next((one.ratios.get(name) for one in limited), None)
        holds = None if ratio is None else ratio >= limit
        yield f"{name} / never asked, {LIMITED_SIZE:,} rules", f">= {limit:g}", ratio, holds
    largest = found.sizes[-1]
    seconds = sum(largest.load.values())
    holds = seconds <= TABLE_LIMIT
    words = f"read, compile and compare {largest.rules:,} rules, CPU s"
    yield words, f"<= {TABLE_LIMIT:g}", seconds, holds


def _verdict(*, holds: bool | None) -> str:
    return {True: "yes", False: "NO", None: "not measured"}[holds]


def _micro(size: PolicySize, name: str) -> float | None:
    seconds = size.seconds.get(name)
    return None if seconds is None else seconds * 1e6


def _table(title: str, found: PolicySpeed) -> Table:
    table = Table(
        title=f"{title}; {found.rounds} rounds",
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("")
    for one in found.sizes:
        table.add_column(f"{one.rules:,} rules", justify="right")
    return table


def _figure(number: float | None) -> str:
    """Write three digits that count."""
    if number is None:
        return "-"
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"
