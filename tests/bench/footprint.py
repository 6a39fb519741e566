"""What it costs to have it running at all: time to import, memory after start.

Memory is read where Linux tells it; elsewhere it is not reported rather than guessed.
"""

import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Final

from tests.bench.children import STDERR_CHARACTERS, ChildError
from tests.bench.findings import Memory

IMPORTS: Final = 3
"""Fresh processes that are asked, the middle one counts."""
_PROBE = "import time; t = time.perf_counter(); import broker.cli; print(time.perf_counter() - t)"


def import_seconds() -> float:
    """Return how long `import broker.cli` takes in a fresh process.

    Raises:
        ChildError: it cannot be imported.

    """
    return median(_import_once() for _ in range(IMPORTS))


def _import_once() -> float:
    done = subprocess.run(
        [sys.executable, "-c", _PROBE], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ChildError(f"broker.cli cannot be imported:\n{done.stderr[-STDERR_CHARACTERS:]}")
    return float(done.stdout)


def memory_of(pid: int) -> Memory | None:
    """Return the resident memory of a process and of every process below it."""
    main = _resident(pid)
    if main is None:
        return None
    below = (_resident(one) for one in _below(pid))
    return Memory(main=main, workers=tuple(sorted(one for one in below if one is not None)))


def _resident(pid: int) -> float | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return None


def _below(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text(encoding="ascii").split()):
            found += [child, *_below(child)]
    return found
