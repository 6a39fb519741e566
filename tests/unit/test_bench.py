"""The benchmark's own parts: a yardstick that works, and a report that says what was measured."""

import io
import json
import math
import os
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from rich.console import Console

from tests.bench import findings, floors, load, rounds
from tests.bench import world as worlds
from tests.bench.children import start
from tests.bench.findings import BROKER, STRAIGHT_LINE
from tests.bench.footprint import cpu_seconds_of
from tests.bench.notes import NOTE_CHARACTERS, note
from tests.bench.outside import outside
from tests.bench.report import render
from tests.unit.test_bench_policies import some_policy_speed
from tests.unit.test_bench_proof import some_change, some_proof
from tests.unit.test_bench_replay import some_replay

FAST = 0.010
SLOW = 0.040


def measured(seconds: float, clients: int, *, lost: int = 0) -> load.Measured:
    """Ten answers, one after the other."""
    return load.Measured(
        clients=clients,
        seconds=seconds * 10,
        latencies=(seconds,) * 10,
        statuses={load.RELEASED: 10} | ({500: lost} if lost else {}),
        cpu_seconds=seconds * 5,
    )


def some_findings() -> findings.Findings:
    """Two rounds in which the broker is four times as fast, and the straight line fails twice."""
    cells: dict[findings.Place, list[load.Measured]] = defaultdict(list)
    for clients in rounds.CLIENTS:
        for kind in worlds.KINDS:
            cells[BROKER, kind, clients] = [measured(FAST, clients)] * 2
            if kind != worlds.UNCHANGED:
                cells[STRAIGHT_LINE, kind, clients] = [measured(SLOW, clients, lost=1)] * 2
    names = (floors.DURABLE, floors.SEAL, floors.LOOK_UP, floors.ROWS, floors.ES256, floors.NER)
    doors = tuple(floors.door(clients) for clients in rounds.CLIENTS)
    bare = {name: [0.0005, 0.0005] for name in (*names, *doors)}
    middle = {name: each[0] for name, each in bare.items()}
    stages = {worlds.STRUCTURED_ONLY: {"decide": 0.001, "redact": 0.003}}
    memory = findings.Memory(main=100.0, workers=(170.0, 171.0))
    return findings.Findings(
        rounds=2,
        seconds_per_measurement=1.0,
        machine="2 cores.",
        cells=findings.cells_of(cells, bare),
        floors={name: findings.Spread.of(each) for name, each in bare.items()},
        floor_sums={
            kind: {n: floors.floor_sum(kind, n, middle) for n in rounds.CLIENTS}
            for kind in worlds.KINDS
        },
        costs=findings.Costs(
            stages={BROKER: stages, STRAIGHT_LINE: stages},
            delivery=0.002,
            delivering={"with_delivery": 50.0, "without_delivery": 100.0},
            import_seconds=1.0,
            footprints={
                BROKER: findings.Footprint(listening_seconds=2.0, warm=memory, after_load=None)
            },
        ),
        deciding=findings.Deciding(
            policies=some_policy_speed(),
            proof=some_proof(),
            change=some_change(),
            replay=some_replay(),
        ),
    )


def test_the_yardstick_releases_what_the_rules_allow(tmp_path: Path) -> None:
    """The straight-line broker answers a real request over HTTP, or there is nothing to compare."""
    with outside(tmp_path) as (world, asker):
        worlds.build_holders_database(world)
        child = start("tests.bench.straight_line_server", world.write())
        try:
            bodies = [worlds.body(0, categories) for categories, _ in worlds.KINDS.values()]
            requests = load.requests_for(asker, child.port, bodies)
            found = load.measure(child.port, requests, clients=1, seconds=30.0)
        finally:
            child.stop()
    assert found.statuses == {load.RELEASED: len(bodies)}
    assert child.process.returncode is not None


def test_a_ratio_is_taken_within_its_round() -> None:
    """Four times as fast is written as four, whatever the machine did between the rounds."""
    cell = some_findings().cell(BROKER, worlds.STRUCTURED_ONLY, 8)
    assert cell.of_straight_line.median == pytest.approx(SLOW / FAST)
    assert cell.of_straight_line.least == pytest.approx(cell.of_straight_line.most)


def test_processor_time_is_counted_per_release() -> None:
    """What a release costs the machine is told even where neighbours slow everything down."""
    found = some_findings()
    assert found.cell(BROKER, worlds.UNCHANGED, 1).cpu_ms == pytest.approx(FAST / 2 * 1000)
    assert cpu_seconds_of(os.getpid()) is None or sys.platform == "linux"


def test_an_answer_that_is_no_release_counts_as_nothing_but_an_error() -> None:
    """A side that fails fast must not look fast."""
    cell = some_findings().cell(STRAIGHT_LINE, worlds.STRUCTURED_ONLY, 1)
    assert cell.errors == {500: 2}
    assert cell.rate.median == pytest.approx(1 / SLOW)
    nothing = load.Measured(clients=1, seconds=1.0, latencies=(), statuses={500: 9})
    assert nothing.rate == 0
    assert math.isnan(findings.percentile((), 0.5))


def test_the_floor_of_a_share_holds_both_durable_writes_and_every_decision() -> None:
    """Leaving a stage out of the floor would hold the broker to less than it must do."""
    figures = dict.fromkeys((floors.ES256, floors.ROWS, floors.SEAL, floors.door(1)), 0.0)
    figures |= {floors.DURABLE: 3.0, floors.LOOK_UP: 5.0, floors.NER: 100.0}
    assert floors.floor_sum(worlds.UNCHANGED, 1, figures) == 2 * 3.0 + 2 * 5.0
    assert floors.floor_sum(worlds.NEVER_SEEN, 1, figures) == 2 * 3.0 + 2 * 5.0 + 100.0


def test_the_percentile_is_a_figure_that_was_measured() -> None:
    """p50 and p99 are answers that somebody waited for, not numbers between two of them."""
    ordered = [float(number) for number in range(1, 101)]
    assert findings.percentile(ordered, 0.50) == 50.0
    assert findings.percentile(ordered, 0.99) == 99.0
    assert findings.percentile([7.0], 0.99) == 7.0


def test_the_report_shows_every_side_and_every_error() -> None:
    """Whoever reads the table sees both sides, the failures, the shares and the memory."""
    page = io.StringIO()
    render(some_findings(), Console(file=page, width=140))
    text = page.getvalue()
    for words in (
        BROKER,
        STRAIGHT_LINE,
        worlds.NEVER_SEEN,
        "2 x 500",
        "4.00",
        "75.0%",
        "170 + 171",
    ):
        assert words in text
    assert json.loads(json.dumps(some_findings().as_json()))["version"] == findings.VERSION


def test_no_two_notes_are_alike_and_each_is_two_kilobytes() -> None:
    """A never-seen note must be one that nobody has seen, of the size that is promised."""
    notes = [note(f"{edition}/{number}") for edition in range(3) for number in range(40)]
    assert len(set(notes)) == len(notes)
    assert all(NOTE_CHARACTERS <= len(one) < NOTE_CHARACTERS * 1.1 for one in notes)
    assert note("1/1") == note("1/1")
