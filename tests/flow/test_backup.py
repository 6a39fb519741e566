"""The operators' page is followed line by line, on both databases."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from broker.cli import app
from broker.domain.errors import BrokerError, InvalidRequestError, LedgerVerificationError
from tests.postgres import Server

PAGE = Path(__file__).parents[2] / "docker" / "README.md"
RESTORE = "database restore"
PASSPHRASE = "an invented one for the broker"


def lines() -> list[str]:
    """The commands of the section, in its order."""
    _, _, section = PAGE.read_text("utf-8").partition("## A copy of the database")
    return re.findall(r"^    marac-broker (.+)$", section.partition("\n## ")[0], re.MULTILINE)


@pytest.fixture(params=["sqlite", "postgresql"])
def two_databases(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str]:
    """The one that will be lost, and the empty one; the other settings are in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARAC_STATE", raising=False)
    monkeypatch.setenv("MARAC_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("MARAC_KEYS_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("MARAC_ORIGIN", "ashmere.example/runbook")
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgresql")
        urls = server.new_database(), server.new_database()
    else:
        urls = f"sqlite:///{tmp_path / 'old.db'}", f"sqlite:///{tmp_path / 'new.db'}"
    monkeypatch.setenv("MARAC_DATABASE_URL", urls[0])
    run("database upgrade")
    run("retention run")
    return urls


def run(command: str) -> Result:
    """Run a line of the page as a shell would; its error, if it ends with one, is raised."""
    words, _, output = command.partition(" > ")
    done = CliRunner().invoke(app, words.split())
    if isinstance(done.exception, BrokerError):
        raise done.exception
    assert done.exit_code == 0, done.output
    if output:
        Path(output).write_text(done.stdout, "utf-8")
    return done


def test_the_page_leads_back_to_the_same_log(
    two_databases: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every line works in its order, and what was kept outside goes on."""
    steps = lines()
    assert [one.split()[1] for one in steps].count("restore") == 1
    said = {}
    for step in steps:
        if step.startswith(RESTORE):
            monkeypatch.setenv("MARAC_DATABASE_URL", two_databases[1])
        said[step] = run(step).output

    verified = next(text for step, text in said.items() if step == "ledger verify")
    assert "entries verify" in verified
    sizes = [
        int(Path(one).read_text("utf-8").split("\n")[1]) for one in ("newest.txt", "after.txt")
    ]
    proof = run(f"ledger prove --since {sizes[0]} > proof.json")
    assert proof.exit_code == 0
    key = run("ledger export > log.jsonl").stderr.rpartition("key ")[2].strip()
    told = run(f"ledger compare newest.txt after.txt --key {key} --proof proof.json").output
    assert sizes[0] < sizes[1]
    assert "nothing of it was changed" in told


def test_the_page_is_refused_where_the_copy_is_too_old(
    two_databases: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries since the copy that somebody outside knows of: named, and nothing is restored."""
    copy, keep, restore = lines()[:3]
    run(copy)
    run("ledger export > log.jsonl")
    run(keep)
    monkeypatch.setenv("MARAC_DATABASE_URL", two_databases[1])

    with pytest.raises(LedgerVerificationError, match="are missing"):
        run(restore)
    with pytest.raises(InvalidRequestError, match="--none-known"):
        run(restore.partition(" --known")[0])
    run(f"{restore.partition(' --known')[0]} --none-known")
    with pytest.raises(InvalidRequestError, match="not empty"):
        run(restore)
