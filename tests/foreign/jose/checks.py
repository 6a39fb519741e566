"""Two more implementations, in Go and in C, open our packages.

Both come from system packages, so these run by `make test-foreign`, which installs them, and not
by `make test`: no pattern of pytest's finds this file.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from keys.encoding import read_b64u
from tests.foreign.go.checks import SECONDS, SOURCES
from tests.foreign.test_jose import VECTOR, fresh, private_jwk

HERE = Path(__file__).parent
PACKAGES = pytest.mark.parametrize("asked", [fresh(), VECTOR], ids=["made now", "frozen"])
IMPLEMENTATIONS = pytest.mark.parametrize("name", ["go-jose", "jose in C"])


@pytest.fixture(scope="module")
def go_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The opener, built from its source and Debian's."""
    folder = tmp_path_factory.mktemp("go-jose")
    cache = {"GOCACHE": str(folder / "cache"), "GOPATH": str(SOURCES), "GO111MODULE": "off"}
    subprocess.run(
        ["go", "build", "-o", folder / "opener", HERE / "opener.go"],
        env={**os.environ, **cache, "GOFLAGS": ""},
        check=True,
        timeout=SECONDS,
    )
    return folder / "opener"


def by_go(program: Path, asked: dict[str, Any]) -> subprocess.CompletedProcess[bytes]:
    """What Go's Ed25519 and go-jose make of it."""
    return subprocess.run(
        [program],
        input=json.dumps(asked).encode(),
        capture_output=True,
        check=False,
        timeout=SECONDS,
    )


def by_c(folder: Path, asked: dict[str, Any]) -> subprocess.CompletedProcess[bytes]:
    """What the C implementation makes of the envelope; it has no Ed25519."""
    (folder / "key.jwk").write_text(json.dumps(asked["recipient_private_jwk"]), "utf-8")
    (folder / "envelope.json").write_bytes(read_b64u(asked["package"].split(".")[1]))
    return subprocess.run(
        ["jose", "jwe", "dec", "-i", "envelope.json", "-k", "key.jwk"],
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=SECONDS,
    )


def opened(
    name: str, program: Path, folder: Path, asked: dict[str, Any]
) -> subprocess.CompletedProcess[bytes]:
    """What that implementation makes of it."""
    return by_go(program, asked) if name == "go-jose" else by_c(folder, asked)


@PACKAGES
@IMPLEMENTATIONS
def test_it_opens_a_package(
    name: str, asked: dict[str, Any], go_program: Path, tmp_path: Path
) -> None:
    """A recipient may have any of them: what is made now, and what was frozen."""
    done = opened(name, go_program, tmp_path, asked)

    assert done.returncode == 0, done.stderr.decode()
    content = json.loads(done.stdout)
    assert content["version"] == "marac-package/1"
    assert "Mara was seen on Monday" in content["items"][0]["text"]


@IMPLEMENTATIONS
def test_it_opens_nothing_for_another_key(name: str, go_program: Path, tmp_path: Path) -> None:
    """A key that the package was not sealed to is worth nothing, whoever's code tries it."""
    asked = fresh() | {"recipient_private_jwk": private_jwk("stranger")}

    done = opened(name, go_program, tmp_path, asked)

    assert done.returncode != 0
    assert b"Mara" not in done.stdout


def test_go_refuses_a_changed_package(go_program: Path) -> None:
    """The signature covers the whole envelope, the list of recipients too."""
    asked = fresh()
    header, payload, signature = asked["package"].split(".")
    at = len(payload) // 2
    other = "A" if payload[at] != "A" else "B"
    changed = f"{header}.{payload[:at]}{other}{payload[at + 1 :]}.{signature}"

    done = by_go(go_program, asked | {"package": changed})

    assert done.returncode == 1
    assert b"signature does not hold" in done.stderr
