"""What it costs to have it running: time to import, memory, processor time.

Memory and processor time are read where Linux tells them; elsewhere they are not reported rather
than guessed.
"""

import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from tests.bench.children import STDERR_CHARACTERS, ChildError
from tests.bench.findings import Memory

_PROBE = "import time; t = time.perf_counter(); import broker.cli; print(time.perf_counter() - t)"


def import_seconds(times: int) -> float:
    """Return how long `import broker.cli` takes in a fresh process, the middle of some.

    Raises:
        ChildError: it cannot be imported.

    """
    return median(_import_once() for _ in range(times))


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


def cpu_seconds_of(pid: int) -> float | None:
    """Return the processor time that a process and those below it have used so far."""
    spent = [_cpu_seconds(one) for one in (pid, *_below(pid))]
    return None if None in spent else sum(one for one in spent if one is not None)


def _cpu_seconds(pid: int) -> float | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    # proc(5): the command's name is in brackets and may hold blanks; utime, stime are 14 and 15.
    after_name = fields.rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


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
