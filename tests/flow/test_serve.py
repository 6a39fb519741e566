import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

START_SECONDS = 120
ASK = ("--holder", "ashmere-police", "--category", "incident-summary")


class Serving:
    """A broker with the county, run as `make run COUNTY=1` runs it."""

    def __init__(self, state: Path) -> None:
        """Start it and wait until it says where it is."""
        self.state = state
        self.process = subprocess.Popen(
            self._command(
                *("serve", "--state", str(state), "--county", "--port", "0"),
                "--until-stdin-closes",
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of an office beside it."""
        return subprocess.run(
            self._command("--state", str(self.state), *words),
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )

    def stop(self) -> int:
        """End it as its supervisor would; return its exit status."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(START_SECONDS)

    @staticmethod
    def _command(*words: str) -> list[str]:
        return [sys.executable, "-m", "broker.cli", *words]


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One running broker for this module."""
    started = Serving(tmp_path_factory.mktemp("state") / "var")
    try:
        yield started
    finally:
        assert started.stop() == 0


pytestmark = pytest.mark.timeout(2 * START_SECONDS)


def test_the_service_is_alive_ready_and_described(serving: Serving) -> None:
    """An operator's tools and a developer find what they look for."""
    assert httpx.get(f"{serving.url}/health").json() == {"status": "alive"}
    assert httpx.get(f"{serving.url}/ready").json()["status"] == "ready"
    assert httpx.get(f"{serving.url}/openapi.json").json()["openapi"].startswith("3.1")


def test_a_practitioner_reads_the_list_asks_and_opens(serving: Serving) -> None:
    """From the list to the opened package, by command."""
    listed = serving.run("research", "list", "--as", "housing-1")
    asked = serving.run(
        *("research", "ask", "--as", "housing-1", "--case", "MR-0409", "--subject", "0409-victim"),
        *ASK,
    )

    assert "MR-0409\t0409-victim\tvictim" in listed.stdout
    assert asked.returncode == 0, asked.stderr
    assert "released" in asked.stderr
    assert "What you may do with it" in asked.stdout


def test_an_advocate_is_told_and_says_what_she_did(serving: Serving) -> None:
    """An override of her client's wishes is on her list, by command, until she notes it."""
    reasons = "Threat to kill; we hold the joint tenancy and decide on the locks this week."
    asked = serving.run(
        *("research", "ask", "--as", "housing-1", "--case", "MR-0401", "--subject", "0401-victim"),
        *(*ASK, "--reasons", reasons),
    )
    assert asked.returncode == 0, asked.stderr
    advocate = ("--as", "idva-1")
    listed = [
        line.split("\t") for line in serving.run("tasks", "list", *advocate).stdout.splitlines()
    ]
    told = next(row for row in listed if row[3] == "MR-0401" and "timeline" in row[4])
    assert told[1] == "open"

    done = serving.run("tasks", "done", told[0], *advocate, "--note", "Read it; told her at work.")
    assert done.returncode == 0, done.stderr
    assert told[0] not in serving.run("tasks", "list", *advocate).stdout
    assert told[0] in serving.run("tasks", "list", "--done", *advocate).stdout
    again = serving.run("tasks", "done", told[0], "--as", "housing-1", "--note", "Not mine.")
    assert again.returncode == 1
    assert "no information available to you" in again.stderr


def test_a_refused_and_an_unknown_case_answer_alike(serving: Serving) -> None:
    """The insider and the guesser read the same sentence, and both exit with 1."""
    answers = [
        serving.run("research", "ask", "--as", "police-2", "--case", case, "--subject", who, *ASK)
        for case, who in (("MR-0417", "0417-victim"), ("MR-0999", "0999-victim"))
    ]

    assert {one.returncode for one in answers} == {1}
    assert len({one.stderr for one in answers}) == 1
    assert "no information available to you" in answers[0].stderr


def test_a_stranger_to_the_county_is_told_whom_to_try(serving: Serving) -> None:
    """An error tells the next step."""
    done = serving.run("research", "list", "--as", "nobody")

    assert done.returncode == 2
    assert "housing-1" in done.stderr


def test_the_log_verifies_while_the_broker_runs(serving: Serving) -> None:
    """Anybody with the folder can check the log at any time."""
    done = serving.run("ledger", "verify")

    assert done.returncode == 0, done.stderr
    assert "entries verify" in done.stdout


def test_a_broker_that_is_not_configured_says_what_to_set() -> None:
    """Without settings the process ends with the variable to set."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("MARAC_")}
    done = subprocess.run(
        [sys.executable, "-m", "broker.cli", "serve"],
        env=bare,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )

    assert done.returncode == 2
    assert "MARAC_DATABASE_URL" in done.stderr


def test_a_restarted_county_goes_on_where_it_was(tmp_path: Path) -> None:
    """Stopped and started again on the same folder, the log continues."""
    state = tmp_path / "var"
    sizes = []
    for _ in range(2):
        started = Serving(state)
        try:
            sizes.append(httpx.get(f"{started.url}/ready").json()["log_size"])
        finally:
            assert started.stop() == 0

    assert sizes[1] > sizes[0] > 100
