import ast
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from broker.service.share import share
from tests.crash.driver import stride_of
from tests.mailboxes import delivered, mailbox_server

DRIVER_SECONDS = 480
"""Far more than it takes on an idle machine: it bounds a hang and measures nothing."""


def _reports(database_url: str, folder: Path) -> tuple[list[dict[str, Any]], list[str]]:
    mailboxes = folder / "mailboxes"
    with mailbox_server(mailboxes) as url:
        done = subprocess.run(
            [sys.executable, "-m", "tests.crash.driver", database_url, str(folder), url],
            capture_output=True,
            text=True,
            timeout=DRIVER_SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], delivered(mailboxes)


def _lines_of_share() -> int:
    """Count the statements that share() can pass on its way to a receipt."""
    (function,) = ast.parse(inspect.getsource(share)).body
    assert isinstance(function, ast.FunctionDef)
    return sum(
        not isinstance(one, ast.Expr) or isinstance(one.value, ast.Call) for one in function.body
    )


@pytest.mark.timeout(DRIVER_SECONDS + 60)
def test_killed_at_any_line_nothing_leaves_unlogged_or_twice(
    database_url: str, tmp_path: Path
) -> None:
    """Power fails between any two lines: nothing left, or it left once and the log says so."""
    reports, left = _reports(database_url, tmp_path)

    shared = [one for one in reports if one["function"] == "share"]
    stride = stride_of(database_url)
    assert len(shared) >= _lines_of_share() // stride
    assert any(one["receipt"] is None for one in shared)
    assert any(one["receipt"] for one in shared)
    assert sum(one["function"] == "deliver" for one in reports) >= 5 // stride
    for one in reports:
        before, after = one["before"], one["after"]
        # After the restart and before anybody asks again: all that is logged is delivered or, where
        # the recipient left meanwhile, stopped; one of the two, and once.
        ended = before["delivered"] + before["delivery-stopped"]
        assert sorted(ended) == sorted(set(before["disclosure"]))
        assert (one["receipt"] in before["disclosure"]) == (one["receipt"] is not None)
        # Asking again under the same key releases what was not, and never a second time.
        assert one["receipt"] in (None, one["again"])
        assert after["disclosure"].count(one["again"]) == 1
        ends = "delivery-stopped" if one["function"] == "stop" else "delivered"
        assert after[ends].count(one["again"]) == 1
        assert len(after["disclosure"]) == len(before["disclosure"]) + (one["receipt"] is None)
    last = reports[-1]["after"]
    assert len(last["delivery-stopped"]) >= 5 // stride
    assert left == sorted(set(last["disclosure"]) - set(last["delivery-stopped"]))
