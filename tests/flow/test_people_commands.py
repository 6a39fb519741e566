"""An advocate reads, writes down and challenges by command, and is told, at a broker that runs."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from broker.cli import app
from tests.flow.test_serve import Serving

IDVA, HOUSING, LEAD, POLICE_LEAD = "idva-1", "housing-1", "coordinator-3", "police-4"
CASE = ("--case", "MR-0409")
ASK = (*CASE, "--subject", "0409-victim", "--holder", "ashmere-police")
SECONDS = 60


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One running broker, of which housing has asked something."""
    started = Serving(tmp_path_factory.mktemp("state") / "var")
    try:
        asked = run(
            *(started, "research", "ask", "--as", HOUSING, *ASK, "--category", "incident-summary")
        )
        assert asked.exit_code == 0, asked.stderr
        yield started
    finally:
        assert started.stop() == 0


def run(serving: Serving, *words: str) -> Result:
    """Run a command of an office beside it."""
    return CliRunner().invoke(app, words, env={"MARAC_STATE": str(serving.state)})


def said(serving: Serving, *words: str) -> str:
    """What a command that succeeds writes."""
    done = run(serving, *words)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_an_advocate_reads_the_timeline_of_her_client(serving: Serving) -> None:
    """A plain table, or JSON for a program; to housing there is nothing."""
    table = said(serving, "disclosures", "timeline", "--as", IDVA, *CASE)
    found = json.loads(said(serving, "disclosures", "timeline", "--as", IDVA, *CASE, "--json"))

    assert "Everything, in its order" in table
    assert "Removed:" in table
    assert "gave" in " ".join(table.split())
    assert found["case_id"] == "MR-0409"
    assert run(serving, "disclosures", "timeline", "--as", HOUSING, *CASE).exit_code == 1


def test_an_ig_lead_searches_page_by_page(serving: Serving) -> None:
    """One entry a line; what the page ends with leads to the next."""
    words = ("disclosures", "search", "--as", LEAD, "--kind", "disclosure", "--limit", "1")
    done = run(serving, *words)
    assert done.exit_code == 0, done.stderr
    (line,) = done.stdout.splitlines()
    cursor = done.stderr.rpartition("--after ")[2].strip()

    assert line.split("\t")[2] == "disclosure"
    assert said(serving, *words, "--after", cursor) == ""


@pytest.mark.parametrize("form", ["pdf", "fhir"])
def test_an_advocate_writes_it_to_a_file(serving: Serving, tmp_path: Path, form: str) -> None:
    """Each form, to a new file; to nobody else's."""
    file = tmp_path / "record"
    words = ("--format", form, "--output", str(file))
    said(serving, "disclosures", "export", "--as", IDVA, *CASE, *words)

    assert file.stat().st_size > 500
    other = tmp_path / "other"
    words = ("--format", form, "--output", str(other))
    assert run(serving, "disclosures", "export", "--as", HOUSING, *CASE, *words).exit_code == 1
    assert not other.exists()


def test_a_challenge_is_opened_answered_and_closed(serving: Serving) -> None:
    """The advocate, the holder's lead, the advocate: one line at each step."""
    found = json.loads(said(serving, "disclosures", "timeline", "--as", IDVA, *CASE, "--json"))
    (given,) = [one for one in found["events"] if one["kind"] == "disclosure"]
    disclosure = json.loads(given["entry"]["canonical"])["detail"]["disclosure"]
    text = ("--text", "It was more than they need.")

    opened = ("challenges", "open", disclosure, "--as", IDVA, "--reason", "too-much", *text)
    challenge = said(serving, *opened).split("\t")[0]
    assert challenge in said(serving, "challenges", "list", "--as", POLICE_LEAD)
    answer = ("--outcome", "partly", "--follows", "delete", *text)
    answered = said(serving, "challenges", "answer", challenge, "--as", POLICE_LEAD, *answer)
    assert answered.split("\t")[1] == "answered"
    assert "Delete what you received" in said(serving, "tasks", "list", "--as", HOUSING)
    closed = said(serving, "challenges", "close", challenge, "--as", IDVA, "--settled", *text)
    assert closed.split("\t")[1] == "closed"


def test_whoever_tries_again_and_again_is_told_on(serving: Serving) -> None:
    """Three attempts raise an alert by themselves; the advocate looks, and then it is seen to."""
    for _ in range(3):
        done = run(serving, "disclosures", "timeline", "--as", "probation-1", *CASE)
        assert done.exit_code == 1
    deadline = time.monotonic() + SECONDS
    while "\tprobation\t" not in (listed := said(serving, "alerts", "list", "--as", IDVA)):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    (line,) = [one for one in listed.splitlines() if "\tprobation\t" in one]

    said(serving, "alerts", "acknowledge", line.split("\t")[0], "--as", IDVA)
    assert line.split("\t")[0] not in said(serving, "alerts", "list", "--as", IDVA)
    assert line.split("\t")[0] in said(serving, "alerts", "list", "--as", IDVA, "--acknowledged")
