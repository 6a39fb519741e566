"""Durable disclosures, as ratios to a raw fdatasync loop on the same disk in the same seconds.

Sides by turns: the raw loop, one client and many on SQLite, many on PostgreSQL, and the way a
first version does it: a hash chain whose head is a locked row; and what the same rows cost with
nothing between their parts. Once more while two processes of the redaction workers' priority keep
both cores busy.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any, Final

import psycopg

from tests.bench.children import announce
from tests.bench.log_floor import Floor
from tests.bench.log_load import Load, open_log, together
from tests.postgres import start_postgresql

ONE, MANY, POSTGRESQL, CHAIN, BUSY = "one", "many", "postgresql", "chain", "busy"
FLOOR_OF: Final = {ONE: "floor of one", MANY: "floor of many"}
CLIENTS: Final = 32
ALONE, AT_ONCE, CHAINED = 200, 1_600, 320
"""Disclosures of one measurement by one client and by many; links of the chain, which is slow."""
RAW_SECONDS: Final = 0.3
ENTRY_BYTES: Final = 1_024
_PREALLOCATED: Final = 4 * 1024 * 1024
_SPIN: Final = """
import sys
from redaction.worker import _yield_to_others
_yield_to_others()
print(flush=True)
while True:
    sum(range(10_000))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRates:
    """Middles over the rounds.

    Args:
        raw: durable writes a second of the bare loop.
        ratios: of each side's rate to the raw loop's of the same round.
        of_chain: PostgreSQL's rate, over the row-locked chain's of the same round.
        of_idle: the rate with both cores busy, over the idle one of the same round.
        longest_wait: with both cores busy, the longest wait over the middle one, the worst round.

    """

    rounds: int
    raw: float
    rates: Mapping[str, float]
    ratios: Mapping[str, float]
    of_chain: float
    of_idle: float
    longest_wait: float

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "LogRates":
        """Return what the measuring process announced."""
        return cls(**said)


@dataclass(slots=True, kw_only=True)
class _Round:
    raw: float
    rates: dict[str, float] = field(default_factory=dict)
    longest_wait: float = 0.0


def measure(rounds: int) -> LogRates:
    """Measure so many rounds."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = start_postgresql()  # Beside the folder: it is run by a user who may not enter it.
        stack.callback(server.stop)
        sqlite = stack.enter_context(_log(f"sqlite:///{folder / 'broker.db'}", folder / "one"))
        other = stack.enter_context(_log(server.new_database(), folder / "other"))
        chain = _Chain(server.new_database())
        stack.callback(chain.close)
        floor = Floor(sqlite, folder / "broker.db", folder)
        stack.callback(floor.close)
        sides = _Sides(sqlite=sqlite, postgresql=other, chain=chain, floor=floor)
        raw = _raw_loop(folder / "raw")
        made = [_one_round(sides, raw) for _ in range(rounds + 1)][1:]
    return _middles(made)


@contextmanager
def _log(url: str, keys: Path) -> Iterator[Load]:
    keys.mkdir()
    with open_log(url, keys) as load:
        yield load


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    sqlite: Load
    postgresql: Load
    chain: "_Chain"
    floor: Floor


def _one_round(sides: _Sides, raw: Callable[[], float]) -> _Round:
    found = _Round(raw=raw())
    for name, load, count, clients in (
        (ONE, sides.sqlite, ALONE, 1),
        (MANY, sides.sqlite, AT_ONCE, CLIENTS),
        (POSTGRESQL, sides.postgresql, AT_ONCE, CLIENTS),
    ):
        items = load.ready(count)
        found.raw = (found.raw + raw()) / 2
        found.rates[name], _ = load.durable(items, clients)
        if name in FLOOR_OF:
            found.rates[FLOOR_OF[name]] = sides.floor.rate(count, clients)
    found.rates[CHAIN] = sides.chain.rate(CHAINED)
    items = sides.sqlite.ready(AT_ONCE)
    with _both_cores_busy():
        found.rates[BUSY], waits = sides.sqlite.durable(items, CLIENTS)
    found.longest_wait = max(waits) / median(waits)
    return found


def _middles(made: Sequence[_Round]) -> LogRates:
    names = made[0].rates
    return LogRates(
        rounds=len(made),
        raw=median(one.raw for one in made),
        rates={name: median(one.rates[name] for one in made) for name in names},
        ratios={name: median(one.rates[name] / one.raw for one in made) for name in names},
        of_chain=median(one.rates[POSTGRESQL] / one.rates[CHAIN] for one in made),
        of_idle=median(one.rates[BUSY] / one.rates[MANY] for one in made),
        longest_wait=max(one.longest_wait for one in made),
    )


def _raw_loop(path: Path) -> Callable[[], float]:
    """Return what measures the bare loop: durable writes a second into a file that has its size."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.pwrite(file, bytes(_PREALLOCATED), 0)
    os.fsync(file)
    # macOS has no fdatasync; there fsync is the nearest thing.
    durable, entry = getattr(os, "fdatasync", os.fsync), os.urandom(ENTRY_BYTES)

    def rate() -> float:
        count, began = 0, time.perf_counter()
        while (passed := time.perf_counter() - began) < RAW_SECONDS:
            os.pwrite(file, entry, count * ENTRY_BYTES % _PREALLOCATED)
            durable(file)
            count += 1
        return count / passed

    return rate


class _Chain:
    """A hash chain in PostgreSQL whose head is a row that each writer locks."""

    def __init__(self, url: str) -> None:
        plain = url.replace("postgresql+psycopg://", "postgresql://")
        self._clients = [psycopg.connect(plain) for _ in range(CLIENTS)]
        with self._clients[0] as first:
            first.execute("CREATE TABLE head (hash bytea NOT NULL)")
            first.execute("CREATE TABLE chain (hash bytea PRIMARY KEY, entry bytea NOT NULL)")
            first.execute("INSERT INTO head VALUES (%s)", (bytes(32),))
        self._clients[0] = psycopg.connect(plain)

    def rate(self, links: int) -> float:
        """Return links a second, by all clients at once."""
        began = time.perf_counter()
        together(
            [lambda one=one: self._work(one, links // CLIENTS) for one in self._clients]  # type: ignore[misc]  # a default binds early
        )
        return links / (time.perf_counter() - began)

    def close(self) -> None:
        """Let go of the server."""
        for one in self._clients:
            one.close()

    @staticmethod
    def _work(client: psycopg.Connection, links: int) -> None:
        for _ in range(links):
            with client.transaction():
                row = client.execute("SELECT hash FROM head FOR UPDATE").fetchone()
                assert row is not None
                entry = os.urandom(ENTRY_BYTES)
                made = sha256(row[0] + entry).digest()
                client.execute("INSERT INTO chain VALUES (%s, %s)", (made, entry))
                client.execute("UPDATE head SET hash = %s", (made,))


@contextmanager
def _both_cores_busy() -> Iterator[None]:
    """Keep every core busy with what has the priority of a redaction worker."""
    busy = [
        subprocess.Popen([sys.executable, "-c", _SPIN], stdout=subprocess.PIPE)
        for _ in range(os.cpu_count() or 1)
    ]
    try:
        for one in busy:
            assert one.stdout is not None
            one.stdout.readline()
        yield
    finally:
        for one in busy:
            one.kill()
            one.communicate()


if __name__ == "__main__":
    announce(**asdict(measure(int(sys.argv[1]))))
