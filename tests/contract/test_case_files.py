from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from broker.commands import ledger
from broker.domain.errors import (
    CaseChangedError,
    InvalidRequestError,
    LedgerError,
    LedgerUnavailableError,
    LedgerVerificationError,
)
from broker.domain.ids import CaseTag
from broker.domain.ledger import EntryDraft
from broker.domain.words import EventKind
from broker.ledger.case_evidence import CaseEvidence, verify_case_file
from broker.ledger.case_file import file_lines, read_case_file
from broker.ledger.checkpoint import LogKey, Sign, sign_checkpoint
from broker.ledger.tokens import case_tag
from broker.storage import Store, appending
from broker.storage.case_files import case_file
from broker.storage.tables import log_entries
from tests import builders
from tests.builders import NOW
from tests.contract.county import disclose, draft, package, settle
from tests.simulators import MemoryCustody, open_test_store

MINE = case_tag(builders.SALT, builders.case().case_id)


def of_case(tag: str, number: int = 0) -> EntryDraft:
    """An event of any case."""
    return EntryDraft(
        kind=EventKind.SOURCE_FAILED, at=NOW, case_tag=CaseTag(tag), detail={"failure": f"{number}"}
    )


def proven(store: Store, tag: CaseTag = MINE) -> CaseEvidence:
    """What the case's file proves, written out and read again."""
    written = BytesIO(b"".join(file_lines(case_file(store.log, tag))))
    return verify_case_file(read_case_file(written), store.log.key, store.log.check)


def test_a_case_file_has_every_entry_of_the_case(store: Store) -> None:
    """An advocate gets these entries and the signed word that there are no others."""
    settle(store)
    disclose(store)
    for number in range(9):
        store.ledger.record(of_case(f"{number % 4:032x}", number))

    assert proven(store).entries == store.log.entries_of_case(MINE)
    assert len(proven(store, CaseTag("0" * 32)).entries) == 3
    assert proven(store, CaseTag("f" * 32)).entries == ()


def test_no_case_file_before_the_first_entry(store: Store) -> None:
    """Without a signed checkpoint nothing is claimed."""
    with pytest.raises(LedgerError, match="no map"):
        case_file(store.log, MINE)


def sign_as_before(key: LogKey, sign: Sign, size: int, root: bytes, map_root: bytes) -> object:
    """Sign as a broker did that knew of no map."""
    del map_root
    return sign_checkpoint(key, sign, size, root)


def test_a_log_from_before_the_map_goes_on_with_one(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgraded broker's first entry commits to every case there was; old receipts still hold."""
    with monkeypatch.context() as before:
        before.setattr(appending, "sign_checkpoint", sign_as_before)
        settle(store)
        receipt = disclose(store)
        store.ledger.record(of_case("a" * 32))
    store.close()
    upgraded = open_test_store(database_url)
    old = upgraded.log.checkpoint()
    assert old is not None
    assert old.map_root is None
    with pytest.raises(LedgerError, match="no map"):
        case_file(upgraded.log, MINE)

    upgraded.ledger.record(draft())

    assert len(proven(upgraded).entries) == 3
    assert len(proven(upgraded, CaseTag("a" * 32)).entries) == 1
    found = upgraded.log.disclosure(receipt.disclosure_id)
    assert found is not None
    assert found.receipt == receipt
    assert upgraded.log.verify().size == old.size + 1
    upgraded.close()


def test_a_log_that_stops_committing_to_its_cases_is_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once there is a map, a checkpoint without one hides something."""
    settle(store)
    with monkeypatch.context() as dishonest:
        dishonest.setattr(appending, "sign_checkpoint", sign_as_before)
        store.ledger.record(draft())

    with pytest.raises(LedgerVerificationError, match="no longer commits") as found:
        store.log.verify()
    assert found.value.entry == 4


def test_brokers_by_turns_make_one_map(store: Store, database_url: str) -> None:
    """Each broker reads what the other appended, also to cases that it knows, before it signs."""
    other = open_test_store(database_url)
    for number in range(12):
        broker = (store, other)[number // 2 % 2]
        broker.ledger.record(of_case(f"{number % 5:032x}", number))
    other.close()

    assert store.log.verify().size == 12
    assert len(proven(store, CaseTag(f"{1:032x}")).entries) == 3


def test_what_was_not_committed_is_in_no_map(store: Store) -> None:
    """A disclosure that is refused or lost in the middle leaves the map as it was."""
    settle(store)
    store.ledger.record_decision(builders.permit())
    broken = package(builders.permit(context=builders.context(case=None)))
    with pytest.raises(CaseChangedError):
        store.ledger.record_disclosure(broken)

    store.ledger.record_disclosure(package())

    assert store.log.verify().size == 6
    assert len(proven(store).entries) == 3


@pytest.mark.parametrize("column", ["canonical", "case_number"])
def test_a_broker_does_not_build_on_a_case_that_was_changed(
    store: Store, database_url: str, column: str
) -> None:
    """Somebody edits or renumbers a case's newest entry: a broker that starts appends nothing."""
    settle(store)
    disclose(store)
    value = (
        store.log.entries(5, 1)[0].canonical.replace(b"Z", b"Y", 1) if column == "canonical" else 9
    )
    with store.engines[0].begin() as connection:
        mine = update(log_entries).where(log_entries.c.index == 5)
        connection.execute(mine.values({column: value}))
    fresh = open_test_store(database_url)

    with pytest.raises(LedgerUnavailableError) as refused:
        fresh.ledger.record(draft())
    fresh.close()

    assert isinstance(refused.value.__cause__, LedgerVerificationError)
    assert refused.value.__cause__.entry == 5


@pytest.fixture
def told(store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with six entries, which the commands open anew."""
    settle(store)
    disclose(store)
    monkeypatch.setattr(ledger, "store_from_environment", lambda: open_test_store(database_url))
    return store


def run(*words: object) -> str:
    """What the command writes; its error, if it ends with one, is raised."""
    result = CliRunner().invoke(ledger.app, [str(one) for one in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_an_advocate_exports_verifies_and_compares(told: Store, tmp_path: Path) -> None:
    """One file a month: each verifies by itself, goes on from the last, and nothing is missing."""
    june, july, key = tmp_path / "june", tmp_path / "july", told.log.key.verifier_text()
    case = builders.case().case_id
    run("export", "--case", case, "--output", june)
    disclose(told, "request-0002")
    run("export", "--case", MINE, "--since", june, "--output", july)

    said = run("verify", july, "--key", key, "--kept", june)
    assert "in the signed map: 7. These are they" in said
    assert "goes on from the 7 entries of what you kept" in said
    assert run("compare", june, july, "--key", key).startswith("The later log begins")
    with july.open("rb") as file:
        newest, _ = read_case_file(file).entries[-1]
    assert (newest.kind, newest.detail["what"]) == (EventKind.LOG_EXPORTED, "case")
    with pytest.raises(LedgerVerificationError, match="older than what you kept"):
        run("compare", july, june, "--key", key)


def test_a_case_that_nobody_has_is_proven_to_have_had_one_look(told: Store, tmp_path: Path) -> None:
    """Of a number that nobody has there is a file, too: it holds the asking for it and no more."""
    run("export", "--case", "MR-9999", "--output", tmp_path / "file")

    said = run("verify", tmp_path / "file", "--key", told.log.key.verifier_text())

    assert "in the signed map: 1. These are they" in said


def test_two_files_that_need_a_proof_between_them(told: Store, tmp_path: Path) -> None:
    """From two bare checkpoints nobody can tell; the log's proof of growth tells."""
    first, second, growth = tmp_path / "first", tmp_path / "second", tmp_path / "growth"
    key = told.log.key.verifier_text()
    first.write_text(run("checkpoint"), encoding="utf-8")
    told.ledger.record(draft())
    second.write_text(run("checkpoint"), encoding="utf-8")
    growth.write_text(run("prove", "--since", "6"), encoding="utf-8")

    with pytest.raises(InvalidRequestError, match="Nobody can tell"):
        run("compare", first, second, "--key", key)
    assert "begins with" in run("compare", first, second, "--key", key, "--proof", growth)
    assert "same size" in run("compare", first, first, "--key", key)
    log = tmp_path / "log"
    run("export", "--output", log)
    assert "begins with" in run("compare", first, log, "--key", key)


def test_what_cannot_be_compared_is_said(told: Store, tmp_path: Path) -> None:
    """A file that is nothing, one that is gone, --since without a case: the asker's mistakes."""
    key, nothing = told.log.key.verifier_text(), tmp_path / "nothing"
    nothing.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidRequestError):
        run("compare", nothing, nothing, "--key", key)
    with pytest.raises(InvalidRequestError, match="cannot be read"):
        run("compare", tmp_path / "gone", nothing, "--key", key)
    with pytest.raises(InvalidRequestError, match="goes with --case"):
        run("export", "--since", nothing)


def test_another_logs_key_compares_nothing(told: Store, tmp_path: Path) -> None:
    """Files are only compared once each holds under the key that the advocate was given."""
    run("export", "--case", MINE, "--output", tmp_path / "file")
    other = LogKey(
        origin=told.log.key.origin, public_key=MemoryCustody(seed=bytes(32)).public_key("log")
    )

    with pytest.raises(LedgerVerificationError):
        run("compare", tmp_path / "file", tmp_path / "file", "--key", other.verifier_text())
