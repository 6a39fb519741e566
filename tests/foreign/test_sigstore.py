"""Sigstore's verifier, which knows nothing of us, reads our checkpoints and proofs."""

import json
import subprocess
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest

from broker.demo.systems.node import node_executable, npm_ci
from tests.foreign.logs import Log, log_of

HERE = Path(__file__).parent
NODE_SECONDS = 240
LARGEST_TREE = 12
LOG = log_of(LARGEST_TREE)
REFUSED = "TLOG_INCLUSION_PROOF_ERROR"


def by_sigstore(asked: list[dict[str, Any]], log: Log = LOG) -> list[str]:
    """What it says of each proof, with that log's key."""
    public = urlsafe_b64encode(log.key.public_key).decode().rstrip("=")
    question = {
        "key": {"kty": "OKP", "crv": "Ed25519", "x": public},
        "id": b64encode(log.key.key_id).decode(),
        "origin": log.origin,
        "asked": asked,
    }
    done = subprocess.run(
        [node_executable(), npm_ci(HERE) / "sigstore.mjs"],
        input=json.dumps(question).encode(),
        capture_output=True,
        check=False,
        timeout=NODE_SECONDS,
    )
    assert done.returncode == 0, done.stderr.decode()
    answers: list[str] = json.loads(done.stdout)
    return answers


def test_sigstore_accepts_every_proof_of_every_small_tree() -> None:
    """Each entry of each size, under the checkpoint of that size."""
    asked = [LOG.proof(at, size) for size in range(1, LARGEST_TREE + 1) for at in range(size)]

    assert by_sigstore(asked) == ["holds"] * len(asked)


@pytest.fixture(scope="module")
def refusals() -> dict[str, str]:
    """What Sigstore says of proofs that were tampered with."""
    good, other = LOG.proof(6), LOG.proof(5)
    note: str = good["checkpoint"]
    at = note.rindex("=") - 3
    forged = note[:at] + ("A" if note[at] != "A" else "B") + note[at + 1 :]
    tampered = {
        "another-entry": {**good, "entry": other["entry"]},
        "an-edited-entry": {**good, "entry": good["entry"].replace("2026", "2025", 1)},
        "another-index": {**good, "index": 5},
        "an-index-outside": {**good, "index": LARGEST_TREE},
        "another-path": {**good, "path": other["path"]},
        "a-shorter-path": {**good, "path": good["path"][:-1]},
        "a-longer-path": {**good, "path": [*good["path"], good["path"][0]]},
        "an-older-checkpoint": {**good, "checkpoint": LOG.checkpoint(9).note},
        "another-size": {**good, "checkpoint": note.replace("\n12\n", "\n13\n")},
        "a-forged-signature": {**good, "checkpoint": forged},
        "no-signature": {**good, "checkpoint": note.partition("\n\n")[0]},
    }
    return dict(zip(tampered, by_sigstore(list(tampered.values())), strict=True))


@pytest.mark.parametrize(
    "name",
    [
        "another-entry",
        "an-edited-entry",
        "another-index",
        "an-index-outside",
        "another-path",
        "a-shorter-path",
        "a-longer-path",
        "an-older-checkpoint",
        "another-size",
        "a-forged-signature",
        "no-signature",
    ],
)
def test_sigstore_refuses_what_was_tampered_with(refusals: dict[str, str], name: str) -> None:
    """Somebody else's software sees it too."""
    assert refusals[name] == REFUSED


def test_sigstore_refuses_another_logs_key() -> None:
    """Under a key or a name that is not this log's, nothing holds."""
    other = Log(entries=LOG.entries, origin="another.example/log")

    assert by_sigstore([LOG.proof(6)], other) == [REFUSED]
