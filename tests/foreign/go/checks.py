"""The Go team's own packages read our checkpoints and proofs.

Go comes from system packages, so these run by `make test-foreign`, which installs them, and not by
`make test`: no pattern of pytest's finds this file.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from broker.ledger.checkpoint import LogKey
from tests.foreign.logs import log_of
from tests.simulators import MemoryCustody

HERE = Path(__file__).parent
SOURCES = Path("/usr/share/gocode")
"""Where Debian and Ubuntu put the sources of Go packages."""
SECONDS = 240
LARGEST_TREE = 12
LOG = log_of(LARGEST_TREE)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, built from its source and Debian's."""
    folder = tmp_path_factory.mktemp("go")
    cache = {"GOCACHE": str(folder / "cache"), "GOPATH": str(SOURCES), "GO111MODULE": "off"}
    subprocess.run(
        ["go", "build", "-o", folder / "verifylog", HERE / "verifylog.go"],
        env={**os.environ, **cache, "GOFLAGS": ""},
        check=True,
        timeout=SECONDS,
    )
    return folder / "verifylog"


def by_go(
    program: Path, asked: list[dict[str, Any]], key: str = LOG.key.verifier_text()
) -> list[str]:
    """What it says of each."""
    done = subprocess.run(
        [program],
        input=json.dumps({"verifier": key, "asked": asked}).encode(),
        capture_output=True,
        check=True,
        timeout=SECONDS,
    )
    answers: list[str] = json.loads(done.stdout)
    return answers


def grown(since: int, size: int) -> dict[str, Any]:
    """A proof that the log has only grown, with both checkpoints."""
    return {**LOG.growth(since, size), "older": LOG.checkpoint(since).note}


def test_go_accepts_every_proof_of_every_small_tree(program: Path) -> None:
    """Each entry, and each older tree, of each size."""
    sizes = range(1, LARGEST_TREE + 1)
    included = [LOG.proof(at, size) for size in sizes for at in range(size)]
    consistent = [grown(at + 1, size) for size in sizes for at in range(size)]

    answers = by_go(program, included + consistent)

    assert answers == ["holds"] * (len(included) + len(consistent))


def test_go_refuses_what_was_tampered_with(program: Path) -> None:
    """Another entry, place, path, checkpoint or older log: the Go team's code sees it too."""
    good, other, growth = LOG.proof(6), LOG.proof(5), grown(5, LARGEST_TREE)
    note: str = good["checkpoint"]
    at = note.rindex("=") - 3
    forged = note[:at] + ("A" if note[at] != "A" else "B") + note[at + 1 :]
    tampered = [
        {**good, "entry": other["entry"]},
        {**good, "entry": good["entry"].replace("2026", "2025", 1)},
        {**good, "index": 5},
        {**good, "index": LARGEST_TREE},
        {**good, "path": other["path"]},
        {**good, "path": good["path"][:-1]},
        {**good, "path": [*good["path"], good["path"][0]]},
        {**good, "checkpoint": LOG.checkpoint(9).note},
        {**good, "checkpoint": note.replace("\n12\n", "\n13\n")},
        {**good, "checkpoint": forged},
        {**growth, "path": growth["path"][:-1]},
        {**growth, "path": grown(6, LARGEST_TREE)["path"]},
        {**growth, "older": LOG.checkpoint(6).note},
        {**growth, "older": growth["checkpoint"], "checkpoint": growth["older"]},
    ]

    answers = by_go(program, tampered)

    assert len(answers) == len(tampered)
    assert "holds" not in answers


def test_go_refuses_another_key(program: Path) -> None:
    """Under the same name, another key's checkpoint is nobody's."""
    public = MemoryCustody(seed=bytes(32)).public_key("log")
    key = LogKey(origin=LOG.origin, public_key=public).verifier_text()

    (answer,) = by_go(program, [LOG.proof(6)], key)

    assert answer != "holds"
