import ast
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from broker.service import review_release
from tests.api.doors import new_sqlite
from tests.mailboxes import delivered, mailbox_server

DRIVER_SECONDS = 400
"""Far more than it takes on an idle machine: it bounds a hang and measures nothing."""


@pytest.fixture(scope="module")
def reports(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[dict[str, Any]], list[str]]:
    """What every death left behind, and what lies in the mailboxes at the end."""
    folder = tmp_path_factory.mktemp("crash")
    with mailbox_server(folder / "mailboxes") as mailbox:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tests.crash.review_driver"),
                *(new_sqlite(migrated_sqlite, folder), str(folder), mailbox),
            ],
            capture_output=True,
            text=True,
            timeout=DRIVER_SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], delivered(folder / "mailboxes")


def _statements(function: object) -> int:
    """Count the statements at the top of a function, but for its docstring."""
    (found,) = ast.parse(inspect.getsource(function)).body  # type: ignore[arg-type]
    assert isinstance(found, ast.FunctionDef)
    return len(found.body) - 1


@pytest.mark.timeout(DRIVER_SECONDS + 60)
def test_a_release_that_is_killed_anywhere_leaves_once_and_is_logged(
    reports: tuple[list[dict[str, Any]], list[str]],
) -> None:
    """Power fails while a reviewer releases: nothing left, or all of it once, and logged."""
    every, left = reports
    released = [one for one in every if one["function"] == "release"]
    both = (review_release._say, review_release._let_go)
    assert len(released) >= sum(map(_statements, both))
    for one in released:
        # What was disclosed before the restart was said yes to before it was disclosed.
        was = one["before"]["review"]
        assert was in (["held-for-person"], ["held-for-person", "review-released"])
        mine = one["again"]
        assert mine is not None
        assert one["after"]["disclosure"].count(mine) == 1
        assert one["after"]["delivered"].count(mine) == 1
        assert one["after"]["review"].count("review-released") == 1
        assert one["answer"] == "Receipt"
    assert {len(one["before"]["review"]) for one in released} == {1, 2}
    last = released[-1]["after"]["disclosure"]
    assert left == sorted(last)
    assert len(last) == len(released)


@pytest.mark.timeout(DRIVER_SECONDS + 60)
def test_a_refusal_that_is_killed_anywhere_is_made_once(
    reports: tuple[list[dict[str, Any]], list[str]],
) -> None:
    """Power fails while a reviewer refuses: it is refused once, and nothing of it ever leaves."""
    every, _ = reports
    refused = [one for one in every if one["function"] == "refuse"]
    assert len(refused) >= 5
    for one in refused:
        assert one["again"] == "refused"
        assert one["neutral"]
        assert one["after"]["review"] == ["held-for-person", "review-refused"]
        assert one["after"]["disclosure"] == one["before"]["disclosure"]
