"""Rotating the broker's own keys on both databases: nothing old breaks, nothing new is missed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker.commands.ledger import app, canonicals, head_of
from broker.commands.ledger_case import export_case
from broker.domain.broker_keys import PutLogKey
from broker.domain.errors import InvalidRequestError, LedgerVerificationError
from broker.ledger import custody_events
from broker.ledger.checkpoint import LogKey, check_checkpoint, sign_checkpoint
from broker.ledger.export import entry_line, head_line, verified
from broker.ledger.receipts import check_receipt
from broker.service.own_keys import OwnKeys
from broker.storage import Store, open_store
from keys.custody.file import FileCustody
from keys.publications import PublicationSigner
from keys.records import CaseVault
from keys.signing import verify
from tests.builders import NOW
from tests.contract.county import disclose, draft, settle
from tests.custodies import PASSPHRASE
from tests.simulators import ORIGIN, SetClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One broker's keys and store."""

    store: Store
    custody: FileCustody

    @property
    def own(self) -> OwnKeys:
        """What an operator rotates with."""
        return OwnKeys(
            custody=self.custody,
            ledger=self.store.ledger,
            in_force=lambda: self.store.log.key,
            clock=SetClock(),
        )


Opening = Callable[[], Opened]


@pytest.fixture
def opening(database_url: str, tmp_path: Path) -> Iterator[Opening]:
    """Open a broker; each has its own memory, and all the same file of keys."""
    FileCustody.create(tmp_path, PASSPHRASE)
    opened: list[Opened] = []

    def make() -> Opened:
        custody = FileCustody.open(tmp_path, PASSPHRASE)
        store = open_store(
            database_url,
            custody=custody,
            vault=CaseVault(custody),
            clock=SetClock(),
            origin=ORIGIN,
        )
        opened.append(Opened(store=store, custody=custody))
        return opened[-1]

    yield make
    for one in opened:
        one.store.close()


def checked_by(public_key: bytes, note: str) -> None:
    """Check as somebody who has one public key and nothing of ours."""
    check_checkpoint(
        LogKey(origin=ORIGIN, public_key=public_key), partial(verify, public_key), note
    )


def test_old_receipts_and_checkpoints_verify_after_a_rotation(opening: Opening) -> None:
    """With the key of their time; with the new one, everything since."""
    broker = opening()
    settle(broker.store)
    old_receipt = disclose(broker.store)

    entry = broker.own.rotate("log")
    new_receipt = disclose(broker.store, "request-0002")

    old, new = broker.custody.public_keys("log")
    assert (entry.detail["old"], entry.detail["new"]) == tuple(
        LogKey(origin=ORIGIN, public_key=each).verifier_text() for each in (old, new)
    )
    for again in (broker, opening()):
        again.store.log.verify()
        for receipt in (old_receipt, new_receipt):
            check_receipt(again.store.log.key, again.store.log.check, receipt)
        status = again.store.log.disclosure(old_receipt.disclosure_id)
        assert status is not None
        assert status.receipt == old_receipt
    checked_by(old, old_receipt.checkpoint.note)
    checked_by(new, new_receipt.checkpoint.note)
    with pytest.raises(LedgerVerificationError):
        checked_by(old, new_receipt.checkpoint.note)


def test_the_old_key_vouches_for_the_new_one(opening: Opening) -> None:
    """The checkpoint that covers the change is the last that the old key signs."""
    broker = opening()
    broker.store.ledger.record(draft())
    old = broker.custody.public_key("log")

    broker.own.rotate("log")

    covering = broker.store.log.checkpoint()
    assert covering is not None
    checked_by(old, covering.note)
    broker.store.ledger.record(draft(1))
    following = broker.store.log.checkpoint()
    assert following is not None
    checked_by(broker.custody.public_key("log"), following.note)


def test_a_broker_that_was_running_goes_over_by_itself(opening: Opening) -> None:
    """It signs on with the new key, and reads what another broker signed with it."""
    running, operator = opening(), opening()
    settle(running.store)

    operator.own.rotate("log")
    receipt = disclose(operator.store)

    status = running.store.log.disclosure(receipt.disclosure_id)
    assert status is not None
    assert status.receipt == receipt
    running.store.ledger.record(draft())
    newest = running.store.log.checkpoint()
    assert newest is not None
    checked_by(running.custody.public_key("log"), newest.note)
    assert running.store.log.verify() == operator.store.log.verify()


def test_a_stolen_old_key_signs_nothing_that_counts(opening: Opening) -> None:
    """What it signed before the change holds, whatever it signs afterwards does not."""
    broker = opening()
    broker.store.ledger.record(draft())
    old = broker.custody.public_key("log")
    broker.own.rotate("log")
    broker.store.ledger.record(draft(1))
    log = broker.store.log
    stolen = LogKey(origin=ORIGIN, public_key=old)
    newest = log.checkpoint()
    assert newest is not None

    forged = sign_checkpoint(
        stolen, lambda said: broker.custody.sign("log", said, old), newest.size, newest.root
    )

    checked_by(old, forged.note)
    with pytest.raises(LedgerVerificationError, match="not signed by this log's key"):
        check_checkpoint(log.key, log.check, forged.note)
    disguised = sign_checkpoint(
        log.key, lambda said: broker.custody.sign("log", said, old), newest.size, newest.root
    )
    with pytest.raises(LedgerVerificationError, match="does not hold"):
        check_checkpoint(log.key, log.check, disguised.note)


def test_a_rotation_that_was_cut_short_is_taken_up_again(opening: Opening) -> None:
    """A key that custody made and the log never heard of is the next one, not a second."""
    broker = opening()
    broker.store.ledger.record(draft())
    broker.custody.rotate("log")
    broker.store.ledger.record(draft(1))
    first, waiting = broker.custody.public_keys("log")
    newest = broker.store.log.checkpoint()
    assert newest is not None
    checked_by(first, newest.note)

    broker.own.rotate("log")

    assert broker.custody.public_keys("log") == (first, waiting)
    assert opening().store.log.key.public_key == waiting


def test_a_key_is_never_gone_back_to(opening: Opening) -> None:
    """What was retired stays so, and a key that custody does not have is never taken."""
    broker = opening()
    broker.store.ledger.record(draft())
    broker.own.rotate("log")
    _, new = broker.custody.public_keys("log")
    event = custody_events.log_key_rotated("old", "new", NOW)
    with pytest.raises(InvalidRequestError, match="has had this key"):
        broker.store.ledger.record(event, PutLogKey(public_key=new))
    broker.store.log.verify()

    broker.store.ledger.record(event, PutLogKey(public_key=bytes(32)))

    with pytest.raises(LedgerVerificationError, match="none of ours"):
        opening()


def test_rotated_again_and_again(opening: Opening) -> None:
    """Each checkpoint is held to the key of its own time."""
    broker = opening()
    notes = []
    for number in range(4):
        broker.store.ledger.record(draft(number))
        newest = broker.store.log.checkpoint()
        assert newest is not None
        notes.append(newest.note)
        broker.own.rotate("log")

    log = opening().store.log
    for public_key, note in zip(broker.custody.public_keys("log"), notes, strict=False):
        checked_by(public_key, note)
        check_checkpoint(log.key, log.check, note)
    assert len(log.key.earlier) == 4
    log.verify()


def test_a_rotated_wrapping_key_is_no_longer_needed_after_rewrapping(opening: Opening) -> None:
    """Every data key is wrapped by the new one; the log says how many, and still verifies."""
    broker = opening()
    settle(broker.store)
    broker.own.rotate("wrapping")
    before = broker.store.archive.keys_to_rewrap(10)
    assert len(before) == 1

    assert broker.own.rewrap(broker.store.archive) == 1
    assert broker.own.rewrap(broker.store.archive) == 0
    assert broker.store.rewrap_secrets(broker.custody) == 2
    assert broker.store.rewrap_secrets(broker.custody) == 0

    assert broker.custody.is_current(before[0].new)
    broker.store.log.verify()
    again = opening()
    assert again.store.archive.keys_to_rewrap(10) == ()
    receipt = disclose(again.store)
    check_receipt(again.store.log.key, again.store.log.check, receipt)


def test_a_rotated_package_key_is_told_in_the_log(opening: Opening) -> None:
    """All public halves are, so that old packages open with the key of their time."""
    broker = opening()

    entry = broker.own.rotate("package")

    told = entry.detail["public_keys"]
    assert isinstance(told, tuple)
    assert len(told) == 2
    assert len(set(told)) == 2
    with pytest.raises(InvalidRequestError, match="Name one of"):
        broker.own.rotate("kek")


def test_publications_from_before_a_rotation_still_hold(tmp_path: Path) -> None:
    """A policy that was published with the old key stays in force."""
    custody = FileCustody.create(tmp_path, PASSPHRASE)
    signer = PublicationSigner(custody=custody)
    signed = signer.sign(b"statement")

    custody.rotate("log")

    assert signer.holds(signed)
    assert signer.holds(signer.sign(b"another"))


def test_whoever_checks_from_outside_gives_each_key_the_log_had(
    opening: Opening, tmp_path: Path
) -> None:
    """An old checkpoint that was kept and an export of today are of two keys, and hold together."""
    broker = opening()
    settle(broker.store)
    kept, export = tmp_path / "kept", tmp_path / "export"
    before = broker.store.log.checkpoint()
    assert before is not None
    kept.write_text(before.note, encoding="utf-8")
    broker.own.rotate("log")
    broker.store.ledger.record(draft())
    log = broker.store.log
    entries = list(canonicals(log, head_of(log).checkpoint.size))
    lines = [entry_line(entry) for entry in verified(head_of(log), entries)]
    export.write_bytes(head_line(head_of(log)) + b"".join(lines))
    old, new = (
        f"--key={LogKey(origin=ORIGIN, public_key=each).verifier_text()}"
        for each in broker.custody.public_keys("log")
    )

    def said(*keys: str) -> str:
        found = CliRunner().invoke(app, ["verify", str(export), "--kept", str(kept), *keys])
        return f"{found.exit_code} {found.output}{found.exception}"

    assert said(old, new).startswith(f"0 {len(entries)} entries verify.")
    assert "not signed by this log's key" in said(old)
    assert "not signed by this log's key" in said(new)
    export.write_bytes(export.read_bytes().replace(b"broker-started", b"broker-stopped"))
    assert "Entry" in said(new, old)


def test_a_clients_file_goes_back_over_a_rotation(opening: Opening, tmp_path: Path) -> None:
    """Who kept a checkpoint of the old key gets a file that shows growth from there, by both."""
    broker = opening()
    settle(broker.store)
    disclose(broker.store)
    kept, file = tmp_path / "kept", tmp_path / "case"
    before = broker.store.log.checkpoint()
    assert before is not None
    kept.write_text(before.note, encoding="utf-8")
    broker.own.rotate("log")
    export_case(broker.store, "MR-0417", kept, file)
    keys = [
        f"--key={LogKey(origin=ORIGIN, public_key=each).verifier_text()}"
        for each in broker.custody.public_keys("log")
    ]

    def said(*words: str) -> str:
        found = CliRunner().invoke(app, ["verify", str(file), "--kept", str(kept), *words])
        return f"{found.exit_code} {found.output}{found.exception}"

    assert f"It goes on from the {before.size} entries" in said(*keys)
    assert all("not signed by this log's key" in said(one) for one in keys)
