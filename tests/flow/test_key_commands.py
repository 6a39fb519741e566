"""A practitioner replaces her key and an IG lead revokes one, by command, at a broker that runs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner, Result

from broker.cli import app
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
