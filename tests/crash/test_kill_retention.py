import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DRIVER_SECONDS = 480
"""Far more than it takes on an idle machine: it bounds a hang and measures nothing."""
LINES = 20
"""Fewer than a run passes: so many were died at, at least."""


@pytest.mark.timeout(DRIVER_SECONDS + 60)
def test_killed_at_any_line_nothing_is_half_destroyed(
    migrated_sqlite: Path, tmp_path: Path
) -> None:
    """Power fails between any two lines: the next run ends what was begun, and logs it once."""
    shutil.copy(migrated_sqlite, tmp_path / "broker.db")
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.retention_driver", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=DRIVER_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    reports = [json.loads(line) for line in done.stdout.splitlines()]

    assert len(reports) > LINES
    for one in reports:
        # Three cases were on file; each ended once, whoever was killed in between.
        assert (one["tombstones"], one["cases"]) == (3, 3), one
        assert one["on_file"] == []
        assert (one["waiting"], one["rows"]) == (0, 0)
        assert one["scrubbed"]
        assert len(one["term_keys"]) == 1
        assert one["periods"] == one["term_keys"]
