import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
DEMO_SECONDS = 280
"""A bound, not a measurement: on two free cores it takes well under a minute."""


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo may put its folder."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def shown(temporary: Path) -> dict[str, Any]:
    """What `marac-broker demo --json` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "broker.cli", "demo", "--json"],
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        timeout=DEMO_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


pytestmark = pytest.mark.timeout(DEMO_SECONDS + 20)


def test_every_request_of_the_round_has_an_outcome_a_rule_and_a_reason(
    shown: dict[str, Any],
) -> None:
    """An IG lead sees for every request what came of it and why."""
    requests = shown["requests"]

    assert len(requests) >= 120
    assert {one["outcome"] for one in requests} >= {"permit-redacted", "refer-human", "deny"}
    for one in requests:
        assert one["sentence"], one
        assert one["entry"] is not None, one


def test_what_was_released_was_opened_and_nothing_else(shown: dict[str, Any]) -> None:
    """Every released package reached its recipient; a refusal brought nobody anything."""
    for one in shown["requests"]:
        released = one["outcome"] in ("permit", "permit-redacted")
        assert one["opened"] == released == (one["status"] == 201), one


def test_the_dangerous_requests_are_refused_or_go_to_a_person(shown: dict[str, Any]) -> None:
    """The insider, the lapsed agreement, the hidden cases and the wrong purposes get nothing."""
    rules = Counter(rule for one in shown["requests"] for rule in one["rules"])
    refused = [one for one in shown["requests"] if one["outcome"] == "deny"]

    assert rules["C01"] >= 2
    assert rules["S01"] >= 1
    assert rules["S04"] >= 1
    assert rules["S03-listing"] >= 2
    assert len(refused) >= 10
    assert {one["status"] for one in refused} == {404}


def test_the_readme_shows_what_the_demo_does(shown: dict[str, Any]) -> None:
    """Each request in the README's table has the outcome and the rules that stand there."""
    table = re.findall(r"^\| (.+?) \| ([a-z-]+) \| ([A-Z].*?) \|$", README, re.MULTILINE)
    found = {
        one["scenario"]: (one["outcome"], ", ".join(one["rules"])) for one in shown["requests"]
    }

    assert len(table) >= 6
    for scenario, outcome, rules in table:
        assert found[scenario] == (outcome, rules)


def test_the_package_shown_lost_what_it_should(shown: dict[str, Any]) -> None:
    """Before and after differ, and the receipt says by how much and why."""
    package = shown["package"]

    assert package["original"] != package["redacted"]
    assert sum(package["removed"].values()) > 0
    assert package["terms"]


def test_the_advocate_sees_a_gapless_proved_timeline(shown: dict[str, Any]) -> None:
    """Her client's entries are numbered from one and each is proved under the checkpoint."""
    events = shown["timeline"]["events"]

    assert [one["number"] for one in events] == list(range(1, len(events) + 1))
    assert all(one["proved"] for one in events)
    assert any("gave" in one["sentence"] for one in events)


def test_a_changed_byte_is_found_and_its_entry_named(shown: dict[str, Any]) -> None:
    """The log verifies, and after one byte was changed it does not."""
    assert shown["log"]["verified"]
    assert shown["tampering"]["detected"]
    assert shown["tampering"]["named_entry"] == shown["tampering"]["changed_entry"]


def test_nothing_is_left_behind(shown: dict[str, Any], temporary: Path) -> None:
    """No process runs on and no file stays."""
    assert shown
    assert list(temporary.iterdir()) == []
    left = [one for one in psutil.process_iter(["cmdline"]) if _ours(one, str(temporary))]
    assert left == []


def _ours(process: psutil.Process, folder: str) -> bool:
    return any(folder in part for part in process.info["cmdline"] or ())
