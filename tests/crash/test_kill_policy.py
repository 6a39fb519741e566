import json
import subprocess
import sys
from itertools import pairwise

import pytest

from tests.crash.driver import stride_of

DRIVER_SECONDS = 240


@pytest.mark.timeout(DRIVER_SECONDS + 60)
def test_killed_at_any_line_the_old_or_the_new_policy_is_in_force(database_url: str) -> None:
    """Power fails between any two lines of a publication: it is whole, or it never was."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.policy_driver", database_url],
        capture_output=True,
        text=True,
        timeout=DRIVER_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    reports = [json.loads(line) for line in done.stdout.splitlines()]

    grown = [
        len(later["published"]) - len(earlier["published"]) for earlier, later in pairwise(reports)
    ]
    assert len(reports) > 12 // stride_of(database_url)
    assert set(grown) == {0, 1}
    for one in reports:
        # What is published is in force on the next start, once, and everything goes by it.
        assert one["published"][-1] == one["in_force"] == one["disclosed_by"]
        assert one["put_in_force"] == one["published"]
        assert one["numbers"] == list(range(len(one["published"]), 0, -1))
    sizes = [one["size"] for one in reports]
    assert sizes == sorted(sizes)
