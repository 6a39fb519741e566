"""The benchmarks of the log: their verdicts can be no, and small ones measure."""

from dataclasses import replace

import pytest

from tests.bench import log_pages
from tests.bench.log_large import EXPORTED, LEAVES, LargeLog, measure
from tests.bench.log_pages import PageTimes
from tests.bench.log_rates import BUSY, CHAIN, FLOOR_OF, MANY, ONE, POSTGRESQL, LogRates
from tests.bench.log_report import LogSpeed, log_tables

SIDES = (ONE, MANY, POSTGRESQL, CHAIN, BUSY, *FLOOR_OF.values())
RATES = LogRates(
    rounds=5,
    raw=8_000.0,
    rates=dict.fromkeys(SIDES, 5_000.0),
    ratios=dict.fromkeys(SIDES, 3.5),
    of_chain=12.0,
    of_idle=0.8,
    longest_wait=4.0,
)
LARGE = LargeLog(
    entries=LEAVES,
    cases=100_000,
    append_us=5.0,
    map_us=20.0,
    start_seconds=2.0,
    memory_mb=90.0,
    inclusion_ms=0.5,
    page_ms=9.0,
    exported=EXPORTED,
    verify_seconds=7.0,
    python_seconds=4.0,
    javascript_seconds=8.0,
    entry_bytes=1_075.0,
    stored_bytes=700.0,
    proof_bytes=640.0,
    map_proof_bytes=544.0,
    case_file_bytes=12_000,
)
PAGES = PageTimes(entries=LEAVES, milliseconds={"newest": 5.0, "one kind": 9.0})


def verdicts(rates: LogRates, large: LargeLog, pages: PageTimes = PAGES) -> list[str]:
    """The last column of the table of promises; what promises nothing has none."""
    table, _ = log_tables(LogSpeed(rates=rates, large=large, pages=pages))
    return [str(one) for one in table.columns[-1].cells if one]


def test_what_holds_is_said_to_hold() -> None:
    """Twelve promises, each with its figure."""
    assert verdicts(RATES, LARGE) == ["yes"] * 12


@pytest.mark.parametrize(
    ("at", "rates", "large"),
    [
        pytest.param(0, {"ratios": {**RATES.ratios, ONE: 0.59}}, {}, id="one-client"),
        pytest.param(1, {"ratios": {**RATES.ratios, MANY: 2.9}}, {}, id="many"),
        pytest.param(2, {"of_chain": 9.9}, {}, id="postgresql"),
        pytest.param(3, {"of_idle": 0.59}, {}, id="busy"),
        pytest.param(4, {"longest_wait": 21.0}, {}, id="wait"),
        pytest.param(5, {}, {"append_us": 10.1}, id="append"),
        pytest.param(6, {}, {"inclusion_ms": 1.1}, id="inclusion"),
        pytest.param(7, {}, {"page_ms": 20.1}, id="page"),
        pytest.param(8, {}, {"verify_seconds": 10.1}, id="export"),
        pytest.param(9, {}, {"python_seconds": 10.1}, id="export-python"),
        pytest.param(10, {}, {"javascript_seconds": 10.1}, id="export-javascript"),
    ],
)
def test_what_does_not_hold_is_said_not_to(
    at: int, rates: dict[str, object], large: dict[str, object]
) -> None:
    """One figure beyond its limit is one NO, and no other."""
    found = verdicts(replace(RATES, **rates), replace(LARGE, **large))  # type: ignore[arg-type]  # names of a table

    assert [number for number, one in enumerate(found) if one == "NO"] == [at]


def test_a_smaller_log_holds_no_promise() -> None:
    """What was promised of a million entries is not shown by fewer."""
    small = replace(LARGE, entries=LEAVES // 10, exported=EXPORTED // 10)
    pages = replace(PAGES, entries=LEAVES // 10)

    assert verdicts(RATES, small, pages)[5:] == ["not measured"] * 7


def test_one_slow_question_is_a_no() -> None:
    """However quick the others are: whoever asks that one waits."""
    slow = replace(PAGES, milliseconds={**PAGES.milliseconds, "one rule": 20.1})

    assert verdicts(RATES, LARGE, slow) == ["yes"] * 11 + ["NO"]


def test_pages_of_a_small_log_are_measured() -> None:
    """Each question is asked and timed, of a log that takes a moment to make."""
    found = log_pages.measure(400)

    assert found.entries == 400
    assert set(found.milliseconds) == set(log_pages._questions(400))
    assert found.worst > 0


def test_a_small_log_is_measured() -> None:
    """The measuring itself works, on a log that takes a moment to make."""
    found = measure(500)

    assert (found.entries, found.cases, found.exported) == (500, 50, 500)
    assert found.map_proof_bytes > 0
    assert found.case_file_bytes > found.proof_bytes > 0
    assert LargeLog.read({name: getattr(found, name) for name in LargeLog.__slots__}) == found
