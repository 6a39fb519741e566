"""The benchmark of replaying: it runs what an IG lead runs, and its verdict can be no."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from tests.bench.policy_replay import LIMIT_SECONDS, ReplaySpeed, measure, replay_table


def some_replay() -> ReplaySpeed:
    """As many as promised, in half the time."""
    return ReplaySpeed(
        decisions=100_000,
        log_bytes=200_000_000,
        seconds=LIMIT_SECONDS / 2,
        wall_seconds=LIMIT_SECONDS,
        peak_mb=120.0,
    )


def test_a_replay_is_measured_from_command_to_answer() -> None:
    """The command starts, reads every entry and finds what another guard changes."""
    found = measure(300)

    assert found.decisions == 300
    assert found.seconds > 0
    assert found.log_bytes > 300 * 1_000
    assert found.peak_mb > 1
    assert found.holds is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [({}, "yes"), ({"seconds": LIMIT_SECONDS + 1}, "NO"), ({"decisions": 10}, "not measured")],
    ids=["in time", "too slow", "too few"],
)
def test_the_verdict_is_what_was_found(changes: dict[str, int], says: str) -> None:
    """The table says yes, no, or that too few were replayed to tell."""
    page = io.StringIO()
    Console(file=page, width=132).print(replay_table(replace(some_replay(), **changes)))

    assert page.getvalue().rstrip().splitlines()[-1].split("100,000")[-1].strip() == says
