"""The measurement: both sides and the floors by turns, round after round, in one run.

A machine is never quiet for long, so nothing is compared across time: a ratio is taken within one
round, and the middle of the rounds counts.
"""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tests.bench import world as worlds
from tests.bench.children import Child
from tests.bench.findings import BROKER, STRAIGHT_LINE, Place
from tests.bench.floors import Operation, door, timed
from tests.bench.footprint import cpu_seconds_of
from tests.bench.load import Measured, measure, requests_for
from tests.bench.outside import Asker
from tests.bench.world import KINDS, World

CLIENTS: Final = (1, 8, 32)
WARM_UP_CLIENTS: Final = 4
WARM_UP_SECONDS: Final = 0.5
HEADROOM: Final = 2.0
"""Requests made ready, over what the last measurement would have used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long to look."""

    rounds: int
    seconds: float
    floor_seconds: float
    stage_count: int
    imports: int
    policy_rounds: int
    publications: int
    replayed: int
    log_rounds: int
    log_entries: int


FULL: Final = Plan(
    rounds=5,
    seconds=1.5,
    floor_seconds=0.15,
    stage_count=60,
    imports=3,
    policy_rounds=5,
    publications=7,
    replayed=100_000,
    log_rounds=5,
    log_entries=1_000_000,
)
QUICK: Final = Plan(
    rounds=2,
    seconds=0.3,
    floor_seconds=0.05,
    stage_count=16,
    imports=1,
    policy_rounds=1,
    publications=1,
    replayed=10_000,
    log_rounds=1,
    log_entries=10_000,
)


@dataclass(kw_only=True)
class Bench:
    """One run. `measured` and `floors` fill up, one figure for each round."""

    world: World
    asker: Asker
    plan: Plan
    sides: Mapping[str, Child]
    bare_door: Child
    operations: Mapping[str, Operation]
    measured: defaultdict[Place, list[Measured]] = field(default_factory=lambda: defaultdict(list))
    floors: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _rates: dict[tuple[str, str], float] = field(default_factory=dict)
    _edition: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def warm_up(self) -> None:
        """Open what is opened late, find what is in the steady notes, and learn rough rates."""
        for side, kind in self._subjects():
            if kind == worlds.UNCHANGED:
                self._send(side, kind, 1, len(KINDS[kind][1]), float("inf"))
            found = self._send(side, kind, WARM_UP_CLIENTS, worlds.FRESH_CASES, WARM_UP_SECONDS)
            self._rates[side, kind] = found.rate

    def run(self, tell: Callable[[str], None]) -> None:
        """Measure every place once a round, sides by turns."""
        for turn in range(self.plan.rounds):
            for clients in CLIENTS:
                tell(f"round {turn + 1} of {self.plan.rounds}, {clients} clients")
                subjects = self._subjects()
                for side, kind in subjects if turn % 2 else reversed(subjects):
                    self._measure(side, kind, clients)
                self._measure_door(clients)
            for name, operation in self.operations.items():
                self.floors[name].append(timed(operation, self.plan.floor_seconds))

    def structured_rates(self, clients: int, times: int) -> list[float]:
        """Return the broker's rates for structured shares, some times in a row."""
        place = (BROKER, worlds.STRUCTURED_ONLY)
        likely = int(self._rates[place] * self.plan.seconds * HEADROOM) + 2 * clients
        return [self._send(*place, clients, likely, self.plan.seconds).rate for _ in range(times)]

    def _subjects(self) -> list[tuple[str, str]]:
        """Return who is asked for what; the straight line knows no note from another."""
        return [
            (side, kind)
            for kind in KINDS
            for side in (STRAIGHT_LINE, BROKER)
            if side == BROKER or kind != worlds.UNCHANGED
        ]

    def _measure(self, side: str, kind: str, clients: int) -> None:
        likely = int(self._rates[side, kind] * self.plan.seconds * HEADROOM) + 2 * clients
        found = self._send(side, kind, clients, likely, self.plan.seconds)
        self._rates[side, kind] = max(found.rate, self._rates[side, kind])
        self.measured[side, kind, clients].append(found)

    def _send(self, side: str, kind: str, clients: int, count: int, seconds: float) -> Measured:
        child = self.sides[side]
        requests = requests_for(self.asker, child.port, self._bodies(kind, count))
        before = cpu_seconds_of(child.pid)
        found = measure(child.port, requests, clients=clients, seconds=seconds)
        after = cpu_seconds_of(child.pid)
        if before is None or after is None:
            return found
        return replace(found, cpu_seconds=after - before)

    def _bodies(self, kind: str, count: int) -> Sequence[Mapping[str, object]]:
        """Return bodies over all cases of the kind; no never-seen note is asked for twice."""
        categories, cases = KINDS[kind]
        if kind == worlds.NEVER_SEEN:
            worlds.rewrite_fresh_notes(self.world, next(self._edition))
            cases = cases[:count]
            count = len(cases)
        return [worlds.body(cases[n % len(cases)], categories) for n in range(count)]

    def _measure_door(self, clients: int) -> None:
        """Measure the least door, asked by the same generator with requests of the same size."""
        port = self.bare_door.port
        one = requests_for(self.asker, port, [worlds.body(0, worlds.STRUCTURED)])
        seconds = max(self.plan.floor_seconds, 0.2)
        found = measure(port, itertools.repeat(one[0]), clients=clients, seconds=seconds)
        self.floors[door(clients)].append(1 / found.rate)
