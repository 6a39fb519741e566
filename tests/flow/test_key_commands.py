"""A practitioner replaces her key and an IG lead revokes one, by command, at a broker that runs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from broker.cli import app
from broker.demo.office import Office, Sheet
from broker.demo.round import http_for_offices
from broker.domain.ids import AgencyId, PractitionerId
from tests.flow.test_serve import Serving

IG_LEAD = "coordinator-3"
ASK = ("--holder", "ashmere-police", "--category", "incident-summary")
CASE = ("--case", "MR-0409", "--subject", "0409-victim")


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One running broker for this module."""
    started = Serving(tmp_path_factory.mktemp("state") / "var")
    try:
        yield started
    finally:
        assert started.stop() == 0


def run(serving: Serving, *words: str) -> Result:
    """Run a command of an office beside it."""
    return CliRunner().invoke(app, words, env={"MARAC_STATE": str(serving.state)})


def rows(serving: Serving, who: str, *more: str) -> list[list[str]]:
    """The keys that `keys list` shows: state, end, holder, thumbprint, words."""
    done = run(serving, "keys", "list", "--as", who, *more)
    assert done.exit_code == 0, done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_a_key_is_replaced_without_a_gap(serving: Serving) -> None:
    """Both open what is sealed in between; when the old one is revoked, the new one does alone."""
    ((state, _, holder, old, words),) = rows(serving, "housing-1")
    assert (state, holder) == ("valid", "person")

    made = run(serving, "keys", "rotate", "--as", "housing-1", "--days", "90")
    assert made.exit_code == 0, made.stderr
    assert [row[0] for row in rows(serving, "housing-1")] == ["valid", "valid"]
    both = run(serving, "research", "ask", "--as", "housing-1", *CASE, *ASK)
    assert both.exit_code == 0, both.stderr

    gone = run(serving, "keys", "revoke", " ".join(words.split()[:3]), "--as", "housing-1")
    assert gone.exit_code == 0, gone.stderr
    states = {row[3]: row[0] for row in rows(serving, "housing-1")}
    assert states.pop(old) == "revoked"
    assert list(states.values()) == ["valid"]
    alone = run(serving, "research", "ask", "--as", "housing-1", *CASE, *ASK)
    assert alone.exit_code == 0, alone.stderr
    assert "What you may do with it" in alone.stdout


def test_a_key_is_replaced_by_a_hybrid_one(serving: Serving) -> None:
    """Beside the old ones packages stay classical; once these are revoked, the hybrid opens it."""
    who = ("--as", "housing-1")
    old = [row[4].split()[:3] for row in rows(serving, "housing-1") if row[0] == "valid"]
    made = run(serving, "keys", "rotate", *who, "--hybrid")
    assert made.exit_code == 0, made.stderr
    for words in old:
        assert run(serving, "keys", "revoke", " ".join(words), *who).exit_code == 0

    alone = run(serving, "research", "ask", *who, *CASE, *ASK)
    assert alone.exit_code == 0, alone.stderr
    assert "What this is" in alone.stdout
    assert list((serving.state / "county").rglob("housing-1.key.hybrid")) != []


def made_elsewhere(folder: Path, *more: str) -> Path:
    """A key pair that somebody else makes for packages to probation-2; return the folder."""
    folder.mkdir()
    (folder / "first").write_text("a deputy's own words\n")
    (folder / "second").write_text("another officer's words\n")
    files = ("--passphrase-file", f"{folder}/first", "--second-passphrase-file", f"{folder}/second")
    made = CliRunner().invoke(
        app, ["keys", "generate", "--out", str(folder), "--owner", "probation-2", *files, *more]
    )
    assert made.exit_code == 0, made.stderr
    return folder


def register_by_telephone(serving: Serving, folder: Path) -> str:
    """Register the public file alone; the holder of the private one answers on their machine."""
    words = ("register", f"{folder}/probation-2.public.jwk", "--as", "probation-2")
    process = subprocess.Popen(
        [sys.executable, "-m", "broker.cli", "keys", *words, "--held-by", "deputy"],
        env={**os.environ, "MARAC_STATE": str(serving.state)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        challenge = process.stdout.readline()
        holder = ("answer", f"{folder}/probation-2.key.pem", "--owner", "probation-2")
        command = ("keys", *holder, "--passphrase-file", f"{folder}/first")
        answered = CliRunner().invoke(app, command, input=challenge)
        assert answered.exit_code == 0, answered.stderr
        shown, _ = process.communicate(answered.stdout.splitlines()[-1] + "\n", timeout=60)
    assert process.returncode == 0
    return shown


def test_a_deputy_and_two_officers_open_what_was_sent_to_somebody(
    serving: Serving, tmp_path: Path
) -> None:
    """Their keys are registered by command, and never leave the machines they were made on."""
    deputy = made_elsewhere(tmp_path / "deputy")
    officers = made_elsewhere(tmp_path / "officers", "--recovery")
    assert "\tdeputy\t" in register_by_telephone(serving, deputy)
    files = ("--passphrase-file", f"{officers}/first")
    both = (*files, "--second-passphrase-file", f"{officers}/second")
    who = ("--as", "probation-2", "--held-by", "agency-recovery", "--days", "700")
    made = run(serving, "keys", "register", f"{officers}/probation-2.recovery.key", *who, *both)
    assert made.exit_code == 0, made.stderr
    listed = rows(serving, "probation-2")
    assert [row[2] for row in listed] == ["person", "deputy", "agency-recovery"]

    package, broker_key = sent_to(serving, "probation-2", tmp_path)
    for key, more in (
        (f"{deputy}/probation-2.key.pem", ()),
        (f"{officers}/probation-2.recovery.key", both),
    ):
        name = more or ("--passphrase-file", f"{deputy}/first")
        opened = run(serving, "open", package, "--key", key, "--broker-key", broker_key, *name)
        assert opened.exit_code == 0, opened.stderr
        assert "To probation-2" in " ".join(opened.stdout.replace("\u2502", " ").split())


def sent_to(serving: Serving, who: str, folder: Path) -> tuple[str, str]:
    """A package to somebody as it was delivered, and the broker's key that they were given."""
    asked = run(serving, "research", "ask", "--as", who, *CASE, *ASK)
    assert asked.exit_code == 0, asked.stderr
    (row,) = (one for one in asked.stdout.splitlines() if "Disclosure" in one)
    sheet = Sheet.read(serving.state / "county")
    with http_for_offices() as http:
        office = Office(sheet, http, AgencyId("ashmere-probation"), PractitionerId(who))
        package = office.collect(row.replace("\u2502", "").split()[-1])
    assert package is not None
    (folder / "package").write_bytes(package)
    (folder / "broker.jwk").write_text(sheet.broker_key)
    return str(folder / "package"), str(folder / "broker.jwk")


def test_a_lead_records_by_command_who_has_left(serving: Serving) -> None:
    """From then on her office is turned away; when she is back, it is not."""
    gone = run(serving, "keys", "left", "police-1", "--as", "police-4")
    assert gone.exit_code == 0, gone.stderr
    away = run(serving, "keys", "list", "--as", "police-1")
    assert away.exit_code == 1
    back = run(serving, "keys", "left", "police-1", "--as", "police-4", "--back")
    assert back.exit_code == 0, back.stderr
    assert len(rows(serving, "police-1")) == 1


def test_an_ig_lead_revokes_a_key_that_was_stolen(serving: Serving) -> None:
    """From then on nothing is released to its owner, who is told to register another."""
    owner = ("--owner", "probation-1")
    ((_, _, _, thumbprint, _),) = rows(serving, IG_LEAD, *owner)
    done = run(serving, "keys", "revoke", "--as", IG_LEAD, *owner, "--", thumbprint)

    assert done.exit_code == 0, done.stderr
    assert rows(serving, "probation-1")[0][0] == "revoked"


def test_a_recipient_says_by_command_what_became_of_a_package(serving: Serving) -> None:
    """Opened, stored and deleted are said from her office, signed by its system, and listed."""
    asked = run(serving, "research", "ask", "--as", "housing-1", *CASE, *ASK)
    (row,) = (one for one in asked.stdout.splitlines() if "Disclosure" in one)
    disclosure = row.replace("│", "").split()[-1]
    until = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for more in (("opened",), ("stored", "--until", until), ("deleted",)):
        said = run(serving, "receipts", "say", disclosure, "--as", "housing-1", "--state", *more)
        assert said.exit_code == 0, said.stderr

    listed = run(serving, "receipts", "list", disclosure, "--as", "housing-1").stdout
    rows = [line.split("\t") for line in listed.splitlines()]
    assert [row[0] for row in rows] == ["opened", "stored", "deleted"]
    assert rows[1][2] == until

    nowhere = run(serving, "receipts", "say", "0" * 32, "--as", "housing-1", "--state", "opened")
    assert (nowhere.exit_code, "no such package" in nowhere.stderr) == (2, True)
    endless = run(serving, "receipts", "say", disclosure, "--as", "housing-1", "--state", "stored")
    assert (endless.exit_code, "--until" in endless.stderr) == (2, True)


REFUSED = {
    "somebody else's keys": (("list", "--as", "housing-1", "--owner", "police-1"), 1, "no informa"),
    "a name that is none": (("revoke", "no-such-key", "--as", "housing-1"), 2, "Name one key"),
    "half a word": (("revoke", "a", "--as", "housing-1"), 2, "Name one key"),
    "a life without end": (("rotate", "--as", "police-2", "--days", "99999"), 1, "not what this"),
    "a stranger": (("list", "--as", "nobody"), 2, "housing-1"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_one_sentence(serving: Serving, name: str) -> None:
    """Each slip ends with a sentence that says what to do, and the documented exit status."""
    words, status, sentence = REFUSED[name]

    done = run(serving, "keys", *words)

    assert (done.exit_code, done.stdout) == (status, "")
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
