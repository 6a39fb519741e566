"""`make bench`: measures the broker beside the yardstick and the floors, and prints the figures."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.console import Console

from tests.bench import world as worlds
from tests.bench.children import STDERR_CHARACTERS, Child, ChildError, start
from tests.bench.findings import BROKER, STRAIGHT_LINE, Costs, Findings, Footprint, Spread, cells_of
from tests.bench.floors import floor_sum, operations
from tests.bench.footprint import import_seconds, memory_of
from tests.bench.load import measure, requests_for
from tests.bench.outside import Asker, outside
from tests.bench.product_server import DELIVERING
from tests.bench.report import render
from tests.bench.rounds import CLIENTS, FULL, QUICK, Bench, Plan
from tests.bench.world import KINDS, WORLD_FILE, World

MODULES: Final = {
    STRAIGHT_LINE: "tests.bench.straight_line_server",
    BROKER: "tests.bench.product_server",
}
DELIVERING_CLIENTS: Final = 8
DELIVERING_TIMES: Final = 3
DELIVERING_REQUESTS: Final = 1_500
"""At the most, for each of those times."""


@contextmanager
def running(module: str, world: Path, *arguments: str) -> Iterator[Child]:
    """Run a child, and end it."""
    child = start(module, world, *arguments)
    try:
        yield child
    finally:
        child.stop()


def run(plan: Plan, console: Console) -> Findings:
    """Measure everything; nothing is left running."""
    with console.status("starting") as status, ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        world, asker = stack.enter_context(outside(folder))
        worlds.build_holders_database(world)
        told = world.write()
        with ExitStack() as children:
            bench = _bench(plan, world, asker, children)
            at_start = {side: memory_of(child.pid) for side, child in bench.sides.items()}
            status.update("warming up")
            bench.warm_up()
            bench.run(status.update)
            footprints = {
                side: Footprint(
                    ready_seconds=child.ready_seconds,
                    at_start=at_start[side],
                    after_load=memory_of(child.pid),
                )
                for side, child in bench.sides.items()
            }
            quiet = _structured_rate(asker, bench.sides[BROKER], plan)
        status.update("once more, delivering")
        with running(MODULES[BROKER], told, DELIVERING) as child:
            busy = _structured_rate(asker, child, plan)
        status.update("stage by stage")
        stages = _stages(plan)
        status.update("importing")
        costs = Costs(
            stages={side: stages[side] for side in (BROKER, STRAIGHT_LINE)},
            delivery=stages["delivery"],
            delivering={"with_delivery": busy, "without_delivery": quiet},
            import_seconds=import_seconds(),
            footprints=footprints,
        )
    return _findings(bench, costs)


def _bench(plan: Plan, world: World, asker: Asker, children: ExitStack) -> Bench:
    told = world.folder / WORLD_FILE
    return Bench(
        world=world,
        asker=asker,
        plan=plan,
        sides={
            side: children.enter_context(running(module, told)) for side, module in MODULES.items()
        },
        bare_door=children.enter_context(running("tests.bench.floor_server", told)),
        operations=operations(world),
    )


def _structured_rate(asker: Asker, child: Child, plan: Plan) -> float:
    """Return the middle rate of some measurements, for the comparison with delivery running."""
    categories, cases = KINDS[worlds.STRUCTURED_ONLY]
    bodies = [worlds.body(cases[n % len(cases)], categories) for n in range(DELIVERING_REQUESTS)]
    rates = []
    for _ in range(DELIVERING_TIMES):
        requests = requests_for(asker, child.port, bodies)
        found = measure(child.port, requests, clients=DELIVERING_CLIENTS, seconds=plan.seconds)
        rates.append(found.rate)
    return median(rates)


def _stages(plan: Plan) -> dict[str, Any]:
    """Time the stages in a process of their own."""
    command = [sys.executable, "-m", "tests.bench.stages", str(plan.stage_count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ChildError(f"tests.bench.stages failed:\n{done.stderr[-STDERR_CHARACTERS:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _findings(bench: Bench, costs: Costs) -> Findings:
    floors = {name: Spread.of(each) for name, each in bench.floors.items()}
    middle = {name: one.median for name, one in floors.items()}
    return Findings(
        rounds=bench.plan.rounds,
        seconds_per_measurement=bench.plan.seconds,
        machine=f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}.",
        cells=cells_of(bench.measured, bench.floors),
        floors=floors,
        floor_sums={kind: {n: floor_sum(kind, n, middle) for n in CLIENTS} for kind in KINDS},
        costs=costs,
    )


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    chosen = parser.parse_args()
    console = Console()
    try:
        found = run(QUICK if chosen.quick else FULL, console)
    except ChildError as error:
        sys.exit(str(error))
    render(found, console)
    if chosen.json:
        chosen.json.write_text(json.dumps(found.as_json(), indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
