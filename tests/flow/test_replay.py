"""From recorded decisions to an answer for the IG lead, and for whoever has only the export."""

import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, update
from typer.testing import CliRunner, Result

from broker.bootstrap import prepare, store_of
from broker.cli import app
from broker.domain.changes import PutCase
from broker.domain.ids import CaseId
from broker.ledger import events
from broker.settings import embedded
from broker.storage.tables import log_entries
from tests import builders as a
from tests.unit.policies.packs import files, policy
from tests.unit.policies.test_replay import guarded, written

SECONDS = 120


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An embedded broker that has decided three requests, about two cases."""
    folder = tmp_path_factory.mktemp("state") / "var"
    settings = embedded(folder)
    prepare(settings)
    with closing(store_of(settings)) as store:
        for case_id in ("MR-0417", "MR-0418"):
            case = a.case(case_id)
            store.ledger.record(events.case_recorded(case, a.NOW), PutCase(case=case))
        for number, case_id in enumerate(("MR-0417", "MR-0418", "MR-0417")):
            asked = a.share_request(f"request-{number:04}", case_id=CaseId(case_id))
            context = a.context(asked, case=a.case(case_id))
            store.ledger.record_decision(policy().decide(a.requester(), asked, context))
    return folder


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    """The packaged pack with one guard more."""
    return written(tmp_path / "stricter", guarded(category="incident-summary"))


def command(state: Path, *words: str, stdin: bytes = b"") -> Result:
    """Run the command on the broker of that folder."""
    env = {"MARAC_STATE": str(state)}
    return CliRunner().invoke(app, words, input=stdin, env=env, catch_exceptions=False)


def in_a_shell(state: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command as an IG lead does."""
    return subprocess.run(
        [sys.executable, "-m", "broker.cli", "--state", str(state), *words],
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )


def test_the_brokers_own_log_and_its_export_give_the_same_answer(
    state: Path, stricter: Path
) -> None:
    """Who has the database and who has only the exported file read the same about every decision.

    With the log's key, which the export names, the signature counts too.
    """
    own = in_a_shell(state, "policies", "replay", str(stricter))
    exported = command(state, "ledger", "export")
    key = exported.stderr.rstrip().rpartition("key ")[2]
    words = ("policies", "replay", str(stricter), "--log", "-", "--log-key", key)
    elsewhere = command(Path("nowhere"), *words, stdin=exported.stdout_bytes)

    assert exported.exit_code == 0, exported.stderr
    assert (own.returncode, own.stderr) == (1, b"")
    assert (elsewhere.exit_code, elsewhere.stderr) == (1, "")
    (one, _, said), (other, _, again) = (
        text.partition(b"\n") for text in (own.stdout, elsewhere.stdout_bytes)
    )
    assert said == again
    # Each of the two reads is an entry itself.
    assert one.startswith(b"log of 6 entries")
    assert other.startswith(b"log of 7 entries")
    *_, counts, first, second, third = own.stdout.decode().splitlines()
    assert counts.startswith("3 decisions, 6 answers: ")
    assert "3 newly refused" in counts
    entries = [line.split(",")[0] for line in (first, second, third)]
    assert entries == ["entry 2", "entry 3", "entry 4"]
    assert first.split(",")[1] == third.split(",")[1] != second.split(",")[1]


def test_the_pack_that_was_in_force_changes_nothing(state: Path, tmp_path: Path) -> None:
    """Replayed with the rules that it was decided by, the log gives exactly what it recorded."""
    same = written(tmp_path / "same", files())
    done = command(state, "policies", "replay", str(same), "--pack-old", str(same))

    assert done.exit_code == 0, done.stderr
    assert "6 answers, 6 of them given again by that pack" in done.stdout


def test_a_changed_byte_in_the_database_stops_the_replay(
    tmp_path: Path, stricter: Path, state: Path
) -> None:
    """Nothing is said about decisions on a log that somebody has written in; the entry is named."""
    copy = tmp_path / "copy"
    shutil.copytree(state, copy)
    engine = create_engine(embedded(copy).database_url)
    one = log_entries.c.index == 3
    with engine.begin() as connection:
        canonical = connection.scalar(select(log_entries.c.canonical).where(one))
        assert canonical is not None
        changed = canonical.replace(b'"outcome":"permit-redacted"', b'"outcome":"deny"', 1)
        assert changed != canonical
        connection.execute(update(log_entries).where(one).values(canonical=changed))
    engine.dispose()

    done = command(copy, "policies", "replay", str(stricter))

    assert (done.exit_code, done.stdout) == (2, "")
    assert "Entry 3" in done.stderr


def test_what_is_not_there_is_said(state: Path, tmp_path: Path) -> None:
    """A pack or a log that cannot be read is bad input, with a sentence for a person."""
    for words in (
        ["policies", "replay", str(tmp_path / "nowhere")],
        ["policies", "replay", str(tmp_path), "--log", str(tmp_path / "none.jsonl")],
    ):
        done = command(state, *words)
        assert (done.exit_code, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1
