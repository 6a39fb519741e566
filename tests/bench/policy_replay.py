"""How long it takes to replay recorded decisions from an exported log, from command to answer.

The command runs as an IG lead runs it, in a process of its own: it starts, reads and verifies every
entry, rules again, and writes what differs under a pack with one guard more.
"""

import csv
import io
import os
import resource
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from rich import box
from rich.table import Table

from policies.agreement import drawn
from tests.bench.children import ChildError
from tests.unit.policies.logs import decision, write_large
from tests.unit.policies.packs import GUARDS, as_facts, files, policy

LIMIT_SECONDS: Final = 20.0
"""For LIMITED_DECISIONS, on one core."""
LIMITED_DECISIONS: Final = 100_000
_DIFFERENT: Final = 2_000
"""Decisions that are made; a log repeats them, each time in another case."""
_ENTRIES_A_CASE: Final = 25
_KIB_A_MB: Final = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySpeed:
    """One replay.

    Args:
        log_bytes: length of the exported file.
        seconds: processor time of the whole command, start included.
        wall_seconds: as the clock on the wall has it, whatever else the machine does.
        peak_mb: the most memory that the command held.

    """

    decisions: int
    log_bytes: int
    seconds: float
    wall_seconds: float
    peak_mb: float

    @property
    def holds(self) -> bool | None:
        """Whether what was promised holds; None where fewer decisions were replayed."""
        return None if self.decisions < LIMITED_DECISIONS else self.seconds <= LIMIT_SECONDS


def measure(decisions: int) -> ReplaySpeed:
    """Make an exported log of that many decisions, and replay it."""
    with tempfile.TemporaryDirectory() as folder:
        log, pack = Path(folder) / "log.jsonl", Path(folder) / "pack"
        _write_log(log, decisions)
        _write_pack(pack)
        began = time.perf_counter()
        usage = _run("policies", "replay", str(pack), "--log", str(log))
        wall = time.perf_counter() - began
        return ReplaySpeed(
            decisions=decisions,
            log_bytes=log.stat().st_size,
            seconds=usage.ru_utime + usage.ru_stime,
            wall_seconds=wall,
            peak_mb=usage.ru_maxrss / _KIB_A_MB,
        )


def replay_table(found: ReplaySpeed) -> Table:
    """Return the finding as a table."""
    table = Table(title="Replaying an exported log", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("decisions", "log, MB", "CPU s", "wall s", "peak memory, MB", "limit", "holds"):
        table.add_column(heading, justify="right")
    table.add_row(
        f"{found.decisions:,}",
        f"{found.log_bytes / 1e6:,.0f}",
        f"{found.seconds:.1f}",
        f"{found.wall_seconds:.1f}",
        f"{found.peak_mb:,.0f}",
        f"<= {LIMIT_SECONDS:g} CPU s for {LIMITED_DECISIONS:,}",
        {True: "yes", False: "NO", None: "not measured"}[found.holds],
    )
    return table


def _write_log(path: Path, decisions: int) -> None:
    facts = (as_facts(words) for words in drawn(policy().pack, _DIFFERENT, seed="replay"))
    made = [decision(policy(), one) for one in facts]
    cases = max(1, decisions // _ENTRIES_A_CASE)
    write_large(path, islice(cycle(made), decisions), cases)


def _write_pack(folder: Path) -> None:
    """Write the packaged pack with one guard more, so that there is something to say."""
    for name, content in {**files(), GUARDS: _one_more(files()[GUARDS])}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _one_more(guards: bytes) -> bytes:
    rows = list(csv.DictReader(io.StringIO(guards.decode("utf-8-sig"))))
    cells: Mapping[str, str] = {**rows[0], "id": "Z99", "agreement": "*", "risk": "medium"}
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows([*rows, cells])
    return sheet.getvalue().encode()


def _run(*words: str) -> resource.struct_rusage:
    """Run the command, and return what it used."""
    child = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "broker.cli", *words],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) != 1:  # Something differs: the command says so with 1.
        raise ChildError("The replay did not find what the guard changes.")
    return usage
