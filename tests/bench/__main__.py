"""`make bench`: measures the broker beside the yardstick and the floors, and prints the figures."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.console import Console

from tests.bench import world as worlds
from tests.bench.children import STDERR_CHARACTERS, Child, ChildError, start
from tests.bench.findings import (
    BROKER,
    STRAIGHT_LINE,
    Costs,
    Deciding,
    Findings,
    Footprint,
    Spread,
    cells_of,
)
from tests.bench.floors import floor_sum, operations
from tests.bench.footprint import import_seconds, memory_of
from tests.bench.log_large import LargeLog
from tests.bench.log_pages import PageTimes
from tests.bench.log_rates import LogRates
from tests.bench.log_report import LogSpeed
from tests.bench.outside import Asker, outside
from tests.bench.policy_change import ChangeSpeed
from tests.bench.policy_findings import PolicySpeed
from tests.bench.policy_proof import ProofSpeed
from tests.bench.policy_replay import measure
from tests.bench.redaction_report import RedactionSpeed
from tests.bench.report import render
from tests.bench.rounds import CLIENTS, FULL, QUICK, Bench, Plan
from tests.bench.sealing_speed import SealingSpeed
from tests.bench.world import KINDS, WORLD_FILE, World

MODULES: Final = {
    STRAIGHT_LINE: "tests.bench.straight_line_server",
    BROKER: "tests.bench.product_server",
}
PAGE_CHARACTERS: Final = 132
"""Width of the report where there is no terminal."""
DELIVERING_CLIENTS: Final = 8
DELIVERING_TIMES: Final = 3


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
    machine = _machine()
    with console.status("starting") as status, ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        world, asker = stack.enter_context(outside(folder))
        worlds.build_holders_database(world)
        world.write()
        with ExitStack() as children:
            bench = _bench(plan, world, asker, children)
            status.update("warming up")
            bench.warm_up()
            warm = {side: memory_of(child.pid) for side, child in bench.sides.items()}
            bench.run(status.update)
            footprints = {
                side: Footprint(
                    listening_seconds=child.ready_seconds,
                    warm=warm[side],
                    after_load=memory_of(child.pid),
                )
                for side, child in bench.sides.items()
            }
            status.update("once more, delivering")
            delivering = _delivering(bench)
        status.update("stage by stage")
        stages = _alone("tests.bench.stages", plan.stage_count)
        status.update("importing")
        costs = Costs(
            stages={side: stages[side] for side in (BROKER, STRAIGHT_LINE)},
            delivery=stages["delivery"],
            delivering=delivering,
            import_seconds=import_seconds(plan.imports),
            footprints=footprints,
        )
        status.update("deciding")
        policies = PolicySpeed.read(_alone("tests.bench.policy_speed", plan.policy_rounds))
        status.update("proving")
        proof = ProofSpeed.read(_alone("tests.bench.policy_proof", 1))
        status.update("publishing")
        change = ChangeSpeed.read(_alone("tests.bench.policy_change", plan.publications))
        status.update("replaying")
        replay = measure(plan.replayed)
        status.update("sealing and opening")
        packages = SealingSpeed.read(_alone("tests.bench.sealing_speed", plan.policy_rounds))
        status.update("redacting")
        reading = RedactionSpeed.read(_alone("tests.bench.redaction_speed", plan.policy_rounds))
        logging = _logging(plan, status.update)
    deciding = Deciding(policies=policies, proof=proof, change=change, replay=replay)
    found = _findings(bench, costs, machine, deciding)
    return replace(found, packages=packages, redaction=reading, logging=logging)


def _logging(plan: Plan, say: Callable[[str], object]) -> LogSpeed:
    say("logging, beside the bare disk")
    rates = LogRates.read(_alone("tests.bench.log_rates", plan.log_rounds))
    say("logging, a large log")
    large = LargeLog.read(_alone("tests.bench.log_large", plan.log_entries))
    say("logging, searching a large log")
    pages = PageTimes.read(_alone("tests.bench.log_pages", plan.log_entries))
    return LogSpeed(rates=rates, large=large, pages=pages)


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


def _delivering(bench: Bench) -> dict[str, float]:
    """Return the broker's rate for structured shares without and with delivery running."""
    quiet = bench.structured_rates(DELIVERING_CLIENTS, DELIVERING_TIMES)
    bench.sides[BROKER].tell()
    busy = bench.structured_rates(DELIVERING_CLIENTS, DELIVERING_TIMES)
    return {"without_delivery": median(quiet), "with_delivery": median(busy)}


def _alone(module: str, count: int) -> dict[str, Any]:
    """Measure in a process of its own, and return what it announced."""
    command = [sys.executable, "-m", module, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ChildError(f"{module} failed:\n{done.stderr[-STDERR_CHARACTERS:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _findings(bench: Bench, costs: Costs, machine: str, deciding: Deciding) -> Findings:
    floors = {name: Spread.of(each) for name, each in bench.floors.items()}
    middle = {name: one.median for name, one in floors.items()}
    return Findings(
        rounds=bench.plan.rounds,
        seconds_per_measurement=bench.plan.seconds,
        machine=machine,
        cells=cells_of(bench.measured, bench.floors),
        floors=floors,
        floor_sums={kind: {n: floor_sum(kind, n, middle) for n in CLIENTS} for kind in KINDS},
        costs=costs,
        deciding=deciding,
    )


def _machine() -> str:
    """Say what it runs on, and what else runs there: a busy machine measures its neighbours."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    version = platform.python_version()
    return f"{os.cpu_count()} cores, {platform.system()}, Python {version}; load before: {load}."


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--rounds", type=int, help="instead of the usual number")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    chosen = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else PAGE_CHARACTERS)
    plan = QUICK if chosen.quick else FULL
    try:
        found = run(replace(plan, rounds=chosen.rounds or plan.rounds), console)
    except ChildError as error:
        sys.exit(str(error))
    render(found, console)
    if chosen.json:
        chosen.json.write_text(json.dumps(found.as_json(), indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
