"""What was found: numbers only, summed up, as the table shows them and as `--json` writes them."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from tests.bench import world as worlds
from tests.bench.floors import floor_sum
from tests.bench.load import RELEASED, Measured
from tests.bench.log_report import LogSpeed
from tests.bench.policy_change import ChangeSpeed
from tests.bench.policy_findings import PolicySpeed
from tests.bench.policy_proof import ProofSpeed
from tests.bench.policy_replay import ReplaySpeed
from tests.bench.redaction_report import RedactionSpeed
from tests.bench.sealing_speed import SealingSpeed

VERSION = 1
"""Of the JSON: add members, never rename one."""
BROKER = "broker"
STRAIGHT_LINE = "straight line"
# The straight line knows no note from another, so that both kinds are held against the same run.
YARDSTICK_KIND = {
    worlds.STRUCTURED_ONLY: worlds.STRUCTURED_ONLY,
    worlds.UNCHANGED: worlds.NEVER_SEEN,
    worlds.NEVER_SEEN: worlds.NEVER_SEEN,
}

Place = tuple[str, str, int]
"""Side, kind and clients of one measurement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Several rounds of one figure: the middle, the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> "Spread":
        """Sum up."""
        return cls(median=median(figures), least=min(figures), most=max(figures))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One kind of request, from one number of clients, to one side, over all rounds.

    Args:
        p50_ms: milliseconds, of all releases of all rounds together; so is `p99_ms`.
        cpu_ms: milliseconds of processor time per release, all processes of the side; neighbours
            on the machine do not change it as they change the rate. None: not told.
        errors: status and how often it came instead of a release; 0 is no answer.
        of_straight_line: this side's rate over the yardstick's, round by round.
        of_floor: this side's rate times the sum of the stages' floors, round by round.

    """

    side: str
    kind: str
    clients: int
    rate: Spread
    p50_ms: float
    p99_ms: float
    cpu_ms: float | None
    releases: int
    errors: Mapping[int, int]
    of_straight_line: Spread
    of_floor: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Resident memory in megabytes, of a process and of those it started."""

    main: float
    workers: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What it costs to have a side at all."""

    listening_seconds: float
    warm: Memory | None
    after_load: Memory | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What was measured beside the rounds, in seconds.

    Args:
        stages: side, kind of request, stage.
        delivery: of one package, alone.
        delivering: structured shares per second at 8 clients, with delivery running and without.

    """

    stages: Mapping[str, Mapping[str, Mapping[str, float]]]
    delivery: float
    delivering: Mapping[str, float]
    import_seconds: float
    footprints: Mapping[str, Footprint]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """What was found about rules: deciding, proving, publishing and replaying."""

    policies: PolicySpeed
    proof: ProofSpeed
    change: ChangeSpeed
    replay: ReplaySpeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything one run found. Times are in seconds unless the name says otherwise."""

    version: int = VERSION
    rounds: int
    seconds_per_measurement: float
    machine: str
    cells: tuple[Cell, ...]
    floors: Mapping[str, Spread]
    floor_sums: Mapping[str, Mapping[int, float]]
    costs: Costs
    deciding: Deciding
    packages: SealingSpeed | None = None
    redaction: RedactionSpeed | None = None
    logging: LogSpeed | None = None

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return asdict(self)

    def cell(self, side: str, kind: str, clients: int) -> Cell:
        """Return one cell."""
        place = (side, kind, clients)
        return next(one for one in self.cells if (one.side, one.kind, one.clients) == place)


def cells_of(
    measured: Mapping[Place, Sequence[Measured]], floors: Mapping[str, Sequence[float]]
) -> tuple[Cell, ...]:
    """Sum up what was measured, each round held against its own round."""
    return tuple(_cell(place, measured, floors) for place in measured)


def _cell(
    place: Place,
    measured: Mapping[Place, Sequence[Measured]],
    floors: Mapping[str, Sequence[float]],
) -> Cell:
    side, kind, clients = place
    rounds = measured[place]
    yardstick = measured[STRAIGHT_LINE, YARDSTICK_KIND[kind], clients]
    latencies = sorted(took for one in rounds for took in one.latencies)
    statuses = sum((Counter(one.statuses) for one in rounds), Counter[int]())
    return Cell(
        side=side,
        kind=kind,
        clients=clients,
        rate=Spread.of([one.rate for one in rounds]),
        p50_ms=percentile(latencies, 0.50) * 1000,
        p99_ms=percentile(latencies, 0.99) * 1000,
        cpu_ms=_cpu_ms(rounds),
        releases=len(latencies),
        errors={status: n for status, n in statuses.items() if status != RELEASED},
        of_straight_line=Spread.of(
            [_over(mine.rate, theirs.rate) for mine, theirs in zip(rounds, yardstick, strict=True)]
        ),
        of_floor=Spread.of(
            [
                one.rate * floor_sum(kind, clients, {name: of[turn] for name, of in floors.items()})
                for turn, one in enumerate(rounds)
            ]
        ),
    )


def _cpu_ms(rounds: Sequence[Measured]) -> float | None:
    spent = [one.cpu_seconds for one in rounds if one.cpu_seconds is not None]
    releases = sum(len(one.latencies) for one in rounds)
    return sum(spent) / releases * 1000 if len(spent) == len(rounds) and releases else None


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the smallest figure that at least `share` of all do not exceed; nan of nothing."""
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _over(one: float, other: float) -> float:
    return one / other if other else math.inf
