"""Every command is run beside a county that is up; what it leaves is found in `ledger export`.

`serve` is that county: it is checked at the end.
"""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from broker.cli import app
from broker.domain.errors import BrokerError
from broker.domain.words import EventKind
from broker.ledger.export import read_entries, read_head, verified
from tests.authorities import StampingAuthority
from tests.flow.door_command import Command
from tests.flow.door_commands import COMMANDS
from tests.flow.door_jobs import JOBS, REGISTER
from tests.flow.door_problems import PROBLEMS
from tests.flow.door_routes import ROUTES
from tests.flow.test_serve import START_SECONDS, Serving
from tests.leads import pack

TESTS = Path(__file__).parents[1]
FILES = {
    "passphrase": "an invented one",
    "facts.jsonl": '{"purpose": "marac-research"}',
    "notes.jsonl": json.dumps({"id": "1", "text": "Mara Ellwood called.", "parties": []}),
}
ALONE = (EventKind.ALERT_RAISED, EventKind.DELIVERED, EventKind.POLICY_ALARM)
"""What a broker's own jobs may write between any two commands."""

pytestmark = pytest.mark.timeout(5 * START_SECONDS)


@pytest.fixture
def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    """A county that is up, and a folder with what an office has."""
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        (tmp_path / name).write_text(f"{content}\n", encoding="utf-8")
    for name, one in pack(4).items():
        (tmp_path / "edited" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "edited" / name).write_bytes(one)
    started = Serving(tmp_path / "var")
    monkeypatch.setenv("MARAC_STATE", str(tmp_path / "var"))
    monkeypatch.setenv("MARAC_CONNECTORS", str(tmp_path / "connectors.json"))
    try:
        yield started
    finally:
        assert started.stop() == 0


def commands_of(group: Any, before: tuple[str, ...] = ()) -> Iterator[str]:  # noqa: ANN401
    """Yield the words of every command there is."""
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from commands_of(one, (*before, name))
        else:
            yield " ".join((*before, name))


def run(line: str, reads: str = "") -> Result:
    """Run one command in this process."""
    return CliRunner().invoke(app, shlex.split(line), input=reads)


def stayed(line: str) -> int:
    """Run one command in a process of its own until it says where it is; return how it ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", "broker.cli", *shlex.split(line)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as lines:
        _, _, address = lines.readline().partition(" answers at ")
        httpx.get(f"http://{address.strip()}")  # Whatever it says: it is up, and may be stopped.
        process.terminate()
        lines.read()
    return process.wait(START_SECONDS)


def exported(name: str) -> list[Any]:
    """Write the log with `ledger export`; return its entries."""
    done = run(f"ledger export --output {name}")
    assert done.exit_code == 0, done.stderr
    with Path(name).open("rb") as file:
        return list(verified(read_head(file), read_entries(file)))


def walked(command: Command, told: dict[str, str]) -> None:
    """Run one row, and remember what a later one needs of it."""
    if command.first is not None:
        command.first(told)
    words = " ".join(shlex.quote(word.format_map(told)) for word in command.words)
    if command.stays:
        assert stayed(f"{command.name} {words}") == command.status
        return
    done = run(f"{command.name} {words}", command.reads.format_map(told))
    status = 2 if isinstance(done.exception, BrokerError) else done.exit_code
    assert status == command.status, (command.name, done.output, done.exception)
    if command.tells:
        told[command.tells] = command.told(done.stdout)
    if command.keeps:
        Path(command.keeps).write_text(done.stdout, encoding="utf-8")


def test_there_is_a_row_for_every_command() -> None:
    """Whoever adds a command says which entry it leaves; what is walked elsewhere is there."""
    assert {one.name for one in COMMANDS} == set(commands_of(get_command(app)))
    for one in COMMANDS:
        assert (TESTS / one.walked_in).exists(), one.name


def test_every_kind_of_entry_has_a_door() -> None:
    """No kind of entry is in the format that nothing makes."""
    made = {kind for door in (*ROUTES, *PROBLEMS, *JOBS, *REGISTER) for kind in door.leaves}
    made |= {kind for one in COMMANDS for kind in one.leaves}

    assert set(EventKind) - made == {EventKind.REVIEW_APPROVED}  # Of two: flow/test_reviews.py.


def test_every_command_leaves_its_entry(serving: Serving) -> None:
    """A day's commands: each left what its row says, and nothing but the jobs' own beside it."""
    authority, spans = StampingAuthority.make(datetime.now(UTC)), []
    Path("tsa.pem").write_bytes(authority.pem)
    with authority.serving() as address:
        told = {"authority": address}
        for one in COMMANDS:
            if one.walked_in or one.name == "serve":
                continue
            before = size_of(serving)
            walked(one, told)
            spans.append((one, before, size_of(serving)))

    kinds = [entry.kind for entry in exported("log.jsonl")]
    left = [(one.name, *_but_jobs(one, kinds[start:end])) for one, start, end in spans]
    assert left == [(one.name, *one.leaves) for one, _, _ in spans]
    begun = next(one.leaves for one in COMMANDS if one.name == "serve")
    assert set(begun) <= set(kinds)


def size_of(serving: Serving) -> int:
    """Return how many entries the log has."""
    return int(httpx.get(f"{serving.url}/ready").json()["log_size"])


def _but_jobs(command: Command, kinds: list[EventKind]) -> list[EventKind]:
    return [kind for kind in kinds if kind in command.leaves or kind not in ALONE]
