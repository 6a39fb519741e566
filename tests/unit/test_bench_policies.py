"""The benchmark of deciding: engines that are asked the same, and a verdict that can be no."""

import io
import json
from dataclasses import asdict, replace

import pytest
from rich.console import Console

from policies.agreement import drawn
from policies.engine import policy_lines
from policies.table import Table
from tests.bench import policy_peers, policy_speed
from tests.bench.policy_findings import CEDAR, COLD, DICT, STOCK, WARM, PolicySize, PolicySpeed
from tests.bench.policy_report import policy_tables
from tests.unit.policies.packs import policy


def some_policy_speed() -> PolicySpeed:
    """One size, as promised, without cedarpy."""
    one = PolicySize(
        rules=5_000,
        lines=18_000,
        seconds={DICT: 1e-7, WARM: 3e-7, COLD: 2e-5, STOCK: 2e-2},
        ratios={WARM: 3.0, STOCK: 1_000.0},
        load={"read": 1.0, "compile": 0.5, "compare": 2.0},
        table_bytes=2_048,
    )
    return PolicySpeed(sizes=(one,), rounds=3)


def _report(found: PolicySpeed) -> str:
    page = io.StringIO()
    for table in policy_tables(found):
        Console(file=page, width=132).print(table)
    return page.getvalue()


def _verdicts(found: PolicySpeed) -> list[str]:
    *_, promises = policy_tables(found)
    return [str(cell) for cell in promises.columns[-1].cells]


def test_a_promise_that_holds_is_said_to_hold() -> None:
    """Each promise with its limit, what was found, and whether it holds."""
    assert _verdicts(some_policy_speed()) == ["yes", "yes", "not measured", "yes"]
    assert "not installed" in _report(some_policy_speed())


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({WARM: 5.1}, 0),
        ({STOCK: 19.0}, 1),
        ({CEDAR: 2.9}, 2),
    ],
)
def test_a_ratio_that_misses_its_limit_is_said_to_miss_it(
    change: dict[str, float], place: int
) -> None:
    """The report says NO where a limit is passed, and only there."""
    one = some_policy_speed().sizes[0]
    slow = replace(one, ratios={CEDAR: 1_000.0, **one.ratios, **change})
    expected = ["yes"] * 4
    expected[place] = "NO"

    assert _verdicts(PolicySpeed(sizes=(slow,), rounds=1)) == expected


def test_a_load_that_takes_too_long_is_said_to() -> None:
    """Reading, compiling and comparing count together."""
    one = some_policy_speed().sizes[0]
    slow = replace(one, load={"read": 10.0, "compile": 18.0, "compare": 3.0})

    assert _verdicts(PolicySpeed(sizes=(slow,), rounds=1))[3] == "NO"


def test_the_figures_survive_being_told_by_another_process() -> None:
    """What the measuring process announces is read back as it was."""
    told = json.loads(json.dumps(asdict(some_policy_speed())))

    assert PolicySpeed.read(told).sizes == some_policy_speed().sizes


def test_stock_casbin_is_asked_what_the_table_answers() -> None:
    """The engine that is held against ours gives the same answers to the same questions."""
    pack = policy().pack
    table, asks = Table(pack), policy_peers.stock(pack)
    for words in drawn(pack, 30, "peers"):
        allowed = table.verdict(words).outcome.width >= policy_peers.ASKED.width
        assert asks(words) is allowed


def test_an_engine_that_answers_otherwise_stops_the_measurement() -> None:
    """A fast wrong answer is not a figure."""
    subject = policy_speed._subject(policy().pack)
    opposite = replace(subject, allowed=[not one for one in subject.allowed])

    assert policy_speed._round(subject, reverse=False)[STOCK] > 0
    with pytest.raises(ValueError, match="answered otherwise"):
        policy_speed._round(opposite, reverse=True)


def test_cedar_is_given_every_line() -> None:
    """Each line of Casbin becomes one policy of Cedar, a denial a forbid."""
    written = list(policy_peers._cedar_policies(policy().pack))
    lines = policy_lines(policy().pack)

    assert len(written) == len(lines)
    assert sum(one.startswith("forbid(") for one in written) == sum(
        line[1] == "deny" for line in lines
    )
    assert any("].contains(context." in one for one in written)
