"""What the log was promised to do, and what was found."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rich import box
from rich.table import Table

from tests.bench.log_large import EXPORTED, LEAVES, LargeLog
from tests.bench.log_pages import PageTimes
from tests.bench.log_rates import CHAIN, FLOOR_OF, MANY, ONE, POSTGRESQL, LogRates

ONE_LIMIT: Final = 0.6
MANY_LIMIT: Final = 3.0
CHAIN_LIMIT: Final = 10.0
IDLE_LIMIT: Final = 0.6
WAIT_LIMIT: Final = 20.0
APPEND_LIMIT_US: Final = 10.0
INCLUSION_LIMIT_MS: Final = 1.0
PAGE_LIMIT_MS: Final = 20.0
VERIFY_LIMIT_SECONDS: Final = 10.0
NO_LIMIT: Final = ""
"""Of a line that says how far a promise could be kept by anybody."""

Line = tuple[str, str, float, bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSpeed:
    """Rates beside the disk, and the costs of a large log and of searching one."""

    rates: LogRates
    large: LargeLog
    pages: PageTimes


def log_tables(found: LogSpeed) -> tuple[Table, Table]:
    """Return the findings as tables."""
    return _promised(found), _sizes(found)


def _promised(found: LogSpeed) -> Table:
    title = (
        f"The disclosure log; {found.rates.rounds} rounds by turns, raw fdatasync loop "
        f"{found.rates.raw:,.0f}/s"
    )
    table = Table(title=title, title_justify="left", caption_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("promise", "limit", "found", "holds"):
        table.add_column(heading)
    for words, limit, figure, holds in (
        *_rates(found.rates),
        *_costs(found.large),
        *_searched(found.pages),
    ):
        verdict = {True: "yes", False: "NO", None: "not measured"}[holds]
        table.add_row(words, limit, f"{figure:,.3g}", "" if limit == NO_LIMIT else verdict)
    table.caption = (
        "Rates are of the log's stage alone: entry, chain, map, checkpoint, outbox row. Times of "
        f"the large log are processor time. Row-locked chain: {found.rates.rates[CHAIN]:,.0f}/s."
    )
    return table


def _rates(found: LogRates) -> Iterator[Line]:
    for name, words, limit in (
        (ONE, "durable disclosures, 1 client, SQLite / raw loop", ONE_LIMIT),
        (MANY, "32 clients, SQLite / raw loop", MANY_LIMIT),
    ):
        ratio = found.ratios[name]
        yield f"{words} ({found.rates[name]:,.0f}/s)", f">= {limit:g}", ratio, ratio >= limit
        floor = "the same rows, JSON and signature with nothing between / raw loop"
        yield floor, NO_LIMIT, found.ratios[FLOOR_OF[name]], None
    words = f"32 clients, PostgreSQL / row-locked hash chain ({found.rates[POSTGRESQL]:,.0f}/s)"
    yield words, f">= {CHAIN_LIMIT:g}", found.of_chain, found.of_chain >= CHAIN_LIMIT
    words = "32 clients, both cores busy with redaction / idle"
    yield words, f">= {IDLE_LIMIT:g}", found.of_idle, found.of_idle >= IDLE_LIMIT
    words = "longest wait / middle wait, both cores busy"
    yield words, f"<= {WAIT_LIMIT:g}", found.longest_wait, found.longest_wait <= WAIT_LIMIT


def _costs(found: LargeLog) -> Iterator[Line]:
    whole = found.entries >= LEAVES
    at = f"at {found.entries:,} entries"
    for words, limit, figure in (
        (f"append and root, us, {at}", APPEND_LIMIT_US, found.append_us),
        (f"inclusion proof, ms, {at}", INCLUSION_LIMIT_MS, found.inclusion_ms),
        (f"page of a timeline with proofs, ms, {at}", PAGE_LIMIT_MS, found.page_ms),
    ):
        yield words, f"<= {limit:g}", figure, figure <= limit if whole else None
    for by, seconds in (
        ("ledger verify", found.verify_seconds),
        ("verify_log.py", found.python_seconds),
        ("verify_log.mjs", found.javascript_seconds),
    ):
        words = f"an export of {found.exported:,} entries verified by {by}, s"
        holds = seconds <= VERIFY_LIMIT_SECONDS if found.exported >= EXPORTED else None
        yield words, f"<= {VERIFY_LIMIT_SECONDS:g}", seconds, holds


def _searched(found: PageTimes) -> Iterator[Line]:
    words = f"page of a search, the slowest question, ms, at {found.entries:,} entries"
    holds = found.worst <= PAGE_LIMIT_MS if found.entries >= LEAVES else None
    yield words, f"<= {PAGE_LIMIT_MS:g}", found.worst, holds


def _sizes(found: LogSpeed) -> Table:
    large = found.large
    title = f"How a log of {large.entries:,} entries of {large.cases:,} cases has grown"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("")
    table.add_column("found", justify="right")
    for words, figure in (
        ("the map's share of an append, us", f"{large.map_us:.1f}"),
        ("a broker's first append, s", f"{large.start_seconds:.2f}"),
        ("memory of the cases and their map, MB", f"{large.memory_mb:.0f}"),
        ("bytes of a disclosure's entry", f"{large.entry_bytes:,.0f}"),
        ("bytes stored for a small entry, tree and indexes with it", f"{large.stored_bytes:,.0f}"),
        ("bytes of an inclusion proof", f"{large.proof_bytes:,.0f}"),
        ("bytes of the map's proof of a case", f"{large.map_proof_bytes:,.0f}"),
        ("bytes of a case's file", f"{large.case_file_bytes:,}"),
        *(
            (f"page of a search, ms: {asked}", f"{took:.1f}")
            for asked, took in found.pages.milliseconds.items()
        ),
    ):
        table.add_row(words, figure)
    return table
