"""An IG lead puts a policy in force from the command line, at a broker that runs."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from broker.cli import app
from broker.demo.office import SHEET
from tests.flow.test_serve import Serving
from tests.leads import pack

ANN, BEN = "coordinator-3", "acute-3"


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One running broker for this module."""
    started = Serving(tmp_path_factory.mktemp("state") / "var")
    try:
        yield started
    finally:
        assert started.stop() == 0


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """A pack that somebody edited, in a folder."""
    folder = tmp_path / "edited"
    for name, content in pack(4).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def run(serving: Serving, who: str, *words: str) -> Result:
    """Run one of the commands as one of the IG leads."""
    state = {"MARAC_STATE": str(serving.state)}
    return CliRunner().invoke(app, ["policies", *words, "--as", who], env=state)


def said(done: Result) -> str:
    """What a command that succeeded wrote."""
    assert done.exit_code == 0, done.stderr
    return done.stdout.strip()


def in_force(serving: Serving) -> str:
    """What the running broker decides by."""
    return str(httpx.get(f"{serving.url}/ready").json()["policy_version"])


def test_from_a_folder_to_in_force_and_back(serving: Serving, edited: Path, tmp_path: Path) -> None:
    """Draft, submit, approve, publish, list, fetch, and roll back with a second person."""
    first = said(run(serving, ANN, "draft"))
    version = said(run(serving, ANN, "draft", str(edited)))
    for one in (first, version):
        said(run(serving, ANN, "submit", one))
        said(run(serving, BEN, "approve", one[:8]))
        assert "in-force" in said(run(serving, ANN, "publish", one[:8]))
        assert in_force(serving) == one

    lines = said(run(serving, BEN, "versions")).splitlines()
    assert [line.split("\t")[:2] for line in lines] == [
        [version[:12], "in-force"],
        [first[:12], "superseded"],
    ]
    said(run(serving, BEN, "fetch", version, str(tmp_path / "fetched")))
    guards = "guards.csv"
    assert (tmp_path / "fetched" / guards).read_bytes() == (edited / guards).read_bytes()

    back = ("rollback", first, "--reason", "R22 refused what the panel agreed.")
    assert "rollback asked by coordinator-3" in said(run(serving, ANN, *back))
    assert in_force(serving) == version
    assert "in-force" in said(run(serving, BEN, *back))
    assert in_force(serving) == first


REFUSED = {
    "nobody-s-version": (ANN, ("submit", "123456"), 2, "at least six"),
    "a-short-prefix": (ANN, ("approve", "1"), 2, "at least six"),
    "no-time-zone": (ANN, ("publish", "123456", "--effective", "2026-12-01T07:00"), 2, "time zone"),
    "no-such-folder": (ANN, ("draft", "no-such-folder"), 2, "cannot be read"),
    "a-folder-that-is-there": (ANN, ("fetch", "123456", "."), 2, "name a new folder"),
    "not-an-ig-lead": ("housing-1", ("versions",), 1, "no information available"),
    "a-stranger": ("nobody", ("versions",), 2, "coordinator-3"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_one_sentence(serving: Serving, name: str) -> None:
    """Each slip ends with a sentence that says what to do, and the documented exit status."""
    who, words, status, sentence = REFUSED[name]

    done = run(serving, who, *words)

    assert (done.exit_code, done.stdout) == (status, "")
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_broker_that_ended_is_one_sentence_too(serving: Serving, tmp_path: Path) -> None:
    """Nobody at the address: what to see to, and no wall of code."""
    (tmp_path / "county").mkdir()
    sheet = json.loads((serving.state / "county" / SHEET).read_text(encoding="utf-8"))
    away = json.dumps({**sheet, "base_url": "http://127.0.0.1:9"})
    (tmp_path / "county" / SHEET).write_text(away, encoding="utf-8")

    done = CliRunner().invoke(
        app, ["policies", "versions", "--as", ANN], env={"MARAC_STATE": str(tmp_path)}
    )

    assert (done.exit_code, done.stdout) == (2, "")
    assert "does not answer" in done.stderr
