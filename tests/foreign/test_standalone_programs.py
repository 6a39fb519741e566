"""What a broker gives out, checked as an advocate would: a copied program, a file and the key."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from broker.api.schemas import ReceiptOut
from broker.commands import ledger
from broker.demo.systems.node import node_executable
from broker.domain.errors import InvalidRequestError, LedgerVerificationError, SettingsError
from broker.storage import Store
from tests.contract.county import disclose, draft, settle
from tests.foreign.verdicts import STANDALONE
from tests.simulators import open_test_store

SECONDS = 120
FILES = ("log.jsonl", "proof.json", "growth.json", "receipt.json")


def run(*words: str) -> Result:
    """Run our command; its error, if it ends with one, is raised."""
    return CliRunner().invoke(ledger.app, words, catch_exceptions=False)


@pytest.fixture
def desk(store: Store, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An advocate's folder: four files and a checkpoint from a broker, and the two programs."""
    monkeypatch.setattr(ledger, "store_from_environment", lambda: open_test_store(database_url))
    settle(store)
    (tmp_path / "kept.txt").write_text(run("checkpoint").output, encoding="utf-8")
    receipt = disclose(store)
    store.ledger.record(draft())
    run("export", "--output", str(tmp_path / "log.jsonl"))
    (tmp_path / "proof.json").write_text(run("prove", "2").output, encoding="utf-8")
    (tmp_path / "growth.json").write_text(run("prove", "--since", "4").output, encoding="utf-8")
    answer = ReceiptOut.of(receipt).model_dump_json()
    (tmp_path / "receipt.json").write_text(answer, encoding="utf-8")
    (tmp_path / "key.txt").write_text(store.log.key.verifier_text(), encoding="utf-8")
    for name in ("verify_log.py", "verify_log.mjs"):
        shutil.copy(STANDALONE / name, tmp_path / name)
    return tmp_path


def programs(desk: Path, *words: str) -> tuple[int, str, str]:
    """Run both copied programs without anything of ours; return what both of them answer."""
    python = [sys.executable, "-I", "-S", "verify_log.py"]
    node = [str(node_executable()), "verify_log.mjs"]
    first, second = (
        subprocess.run(
            [*program, *words], cwd=desk, capture_output=True, timeout=SECONDS, check=False
        )
        for program in (python, node)
    )
    assert (first.returncode, first.stdout, first.stderr) == (
        second.returncode,
        second.stdout,
        second.stderr,
    )
    return first.returncode, first.stdout.decode(), first.stderr.decode()


def key_of(desk: Path) -> str:
    """What the operator gave out as the log's key."""
    return (desk / "key.txt").read_text(encoding="utf-8")


def test_everything_that_a_broker_gives_out_holds(desk: Path) -> None:
    """Export, proof, growth and receipt: both programs and our command accept each."""
    for name in FILES:
        words = (name, "--key", key_of(desk), "--kept", "kept.txt")
        status, said, complaint = programs(desk, *words)
        assert (status, complaint) == (0, "")
        assert said.startswith("The file holds.\n")
        assert "\nNot shown: " in said

        own = ("verify", str(desk / name), "--key", key_of(desk), "--kept", str(desk / "kept.txt"))
        assert run(*own).exit_code == 0


def test_a_back_dated_entry_is_named_by_everybody(desk: Path) -> None:
    """One digit of one time is changed in the export, and each verifier names that entry."""
    file = desk / "log.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b'"at":"2026-11-09', b'"at":"2026-11-08', 1)
    file.write_bytes(b"".join(lines))

    status, said, complaint = programs(desk, file.name, "--key", key_of(desk))

    assert (status, said) == (1, "")
    assert complaint.startswith("Entry 2:")
    with pytest.raises(LedgerVerificationError) as found:
        run("verify", str(file), "--key", key_of(desk))
    assert found.value.entry == 2


def test_a_receipt_of_another_broker_is_refused(desk: Path) -> None:
    """A signature by another key, under the same name, convinces nobody."""
    changed = json.loads((desk / "receipt.json").read_text(encoding="utf-8"))
    note: str = changed["checkpoint"]["note"]
    at = note.index("=\n\n") - 3
    changed["checkpoint"]["note"] = note[:at] + ("A" if note[at] != "A" else "B") + note[at + 1 :]
    (desk / "receipt.json").write_text(json.dumps(changed), encoding="utf-8")

    status, said, complaint = programs(desk, "receipt.json", "--key", key_of(desk))

    assert (status, said) == (1, "")
    assert "signature does not hold" in complaint


def test_a_wrong_question_is_told_from_a_wrong_log(desk: Path) -> None:
    """A missing file or another key's text is status 2: nothing was found out about the log."""
    for words in (
        ("nowhere.jsonl", "--key", key_of(desk)),
        ("log.jsonl", "--key", "not a key"),
        ("key.txt", "--key", key_of(desk)),
        ("growth.json", "--key", key_of(desk)),
    ):
        python = [sys.executable, "-I", "-S", "verify_log.py", *words]
        node = [str(node_executable()), "verify_log.mjs", *words]
        for program in (python, node):
            done = subprocess.run(
                program, cwd=desk, capture_output=True, timeout=SECONDS, check=False
            )
            assert (done.returncode, done.stdout) == (2, b"")
            assert len(done.stderr.splitlines()) == 1
        with pytest.raises((InvalidRequestError, SettingsError)):
            run("verify", str(desk / words[0]), *words[1:])


def test_our_command_asks_for_what_is_missing(desk: Path) -> None:
    """The key never comes from the file; options without a file are a mistake."""
    for words, told in (
        (("verify", str(desk / "log.jsonl")), "--key"),
        (("verify", "--key", key_of(desk)), "FILE"),
        (("prove",), "--since"),
        (("prove", "1", "--since", "2"), "--since"),
    ):
        with pytest.raises(InvalidRequestError, match=told):
            run(*words)


@pytest.mark.parametrize("name", ["verify_log.py", "verify_log.mjs"])
def test_the_programs_lean_on_nothing(name: str) -> None:
    """No import of ours and none of anybody's package: what runs is what can be read."""
    text = (STANDALONE / name).read_text(encoding="utf-8")
    imported = {
        line.split()[1].partition(".")[0]
        for line in text.splitlines()
        if line.startswith(("import ", "from "))
    }

    assert imported <= set(sys.stdlib_module_names)
    assert text.count("await import(") == text.count('await import("node:')
    assert "require(" not in text
