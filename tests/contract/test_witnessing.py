"""Receipts become final when enough witnesses cosign: real witnesses, over HTTP, both databases."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

from broker.commands import ledger
from broker.commands.witness_server import witness_server
from broker.commands.witness_state import Witness
from broker.domain.errors import LedgerVerificationError, SettingsError
from broker.domain.ledger import Receipt
from broker.ledger.checkpoint import check_checkpoint
from broker.ledger.cosignature import WitnessKey, cosignatures
from broker.ledger.receipts import check_receipt
from broker.service.deliver import deliver_due
from broker.service.follow import follow
from broker.service.share import share
from broker.service.witnessing import ALARM_AFTER, Witnesses, Witnessing
from broker.storage import Store
from connectors.witness import HttpWitness, WitnessEntry, WitnessList, read_witnesses
from keys.signing import verify
from redaction.service import RedactionService
from tests import builders as a
from tests.contract.county import disclose, draft, settle
from tests.desk import furnish, police_connectors, real_desk
from tests.mailboxes import delivered, mailbox_server
from tests.simulators import SetClock, open_test_store

PASSPHRASE = "an invented one for the witness"
NOBODY = "http://127.0.0.1:9"
"""Where nobody answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eye:
    """A witness and where it is asked."""

    witness: Witness
    url: str

    @property
    def entry(self) -> WitnessEntry:
        """As a broker's list has it."""
        return WitnessEntry(key=self.witness.key.verifier_text(), url=self.url)


@contextmanager
def eyes(folder: Path, store: Store, count: int) -> Iterator[tuple[Eye, ...]]:
    """So many witnesses of the store's log, each behind its door."""
    with ExitStack() as stack:
        made = []
        for number in range(count):
            name = f"eye-{number}.example/witness"
            witness = Witness.create(folder / f"{number}", name, PASSPHRASE)
            witness.watch(store.log.key)
            server = stack.enter_context(witness_server(witness, "127.0.0.1", 0, lambda _: None))
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            made.append(Eye(witness=witness, url=f"http://127.0.0.1:{server.server_port}"))
        yield tuple(made)


def witnessing(
    store: Store, eyes: tuple[Eye, ...], needed: int, *, required: bool = False
) -> Witnessing:
    """Return what a broker makes of its list."""
    named = WitnessList(version=1, needed=needed, witnesses=tuple(one.entry for one in eyes))
    return Witnessing(
        witnesses=Witnesses(doors=named.doors(), needed=needed, required=required),
        log=store.log,
        cosigned=store.cosigned_by(named.public(), verify),
        clock=SetClock(),
    )


def test_a_receipt_is_final_under_enough_cosignatures(store: Store, tmp_path: Path) -> None:
    """Two of three; what the holder of the receipt gets verifies and names who cosigned."""
    settle(store)
    receipt = disclose(store)
    with eyes(tmp_path, store, 2) as up:
        down = replace(up[0], url=NOBODY)
        first = witnessing(store, (down, up[1]), needed=2)
        both = witnessing(store, up, needed=2)

        first.gather()
        assert first.final(receipt) is None
        both.gather()
        final = both.final(receipt)

        assert final is not None
        check_receipt(store.log.key, store.log.check, final)
        keys = [one.witness.key for one in up]
        assert len(cosignatures(keys, verify, final.checkpoint.note)) == len(keys)


def test_it_stays_final_while_the_log_grows(store: Store, tmp_path: Path) -> None:
    """The witnesses follow with each step; another replica that knows nothing asks them."""
    settle(store)
    receipt = disclose(store)
    with eyes(tmp_path, store, 1) as up:
        ours = witnessing(store, up, needed=1)
        ours.gather()
        early = ours.final(receipt)
        for number in range(3):
            store.ledger.record(draft(number))
            gathered = witnessing(store, up, needed=1).gather()
            assert gathered is not None
            assert gathered.final

        assert ours.final(receipt) == early
        newest = store.log.checkpoint()
        assert newest is not None
        assert up[0].witness.newest(newest.origin) == ours.cosigned.note(newest)


def test_no_witness_is_counted_twice_or_for_another(store: Store, tmp_path: Path) -> None:
    """One witness under two names is one; a line that does not hold is kept by nobody."""
    settle(store)
    disclose(store)
    with eyes(tmp_path, store, 2) as up:
        crossed = (replace(up[0], url=up[1].url), up[1])
        gathered = witnessing(store, crossed, needed=2).gather()
        assert gathered is not None
        assert (gathered.count, gathered.final) == (1, False)

        twice = tmp_path / "witnesses.json"
        entries = (up[0].entry, up[0].entry.model_copy(update={"url": NOBODY}))
        twice.write_text(WitnessList(version=1, needed=2, witnesses=entries).model_dump_json())
        with pytest.raises(SettingsError, match="twice"):
            read_witnesses(twice)


class Forging:
    """A door that answers with a cosignature of something else."""

    def __init__(self, door: HttpWitness, line: str) -> None:
        """Stand where that one stood."""
        self.name, self._line = door.name, line

    def add_checkpoint(self, old: int, path: tuple[bytes, ...], note: str) -> str:  # noqa: ARG002  # a port's shape
        """Return the line of another checkpoint."""
        return self._line


def test_a_forged_cosignature_is_not_kept(store: Store, tmp_path: Path) -> None:
    """Somebody between us and the witness gains nothing."""
    settle(store)
    receipt = disclose(store)
    with eyes(tmp_path, store, 1) as up:
        ours = witnessing(store, up, needed=1)
        (door,) = ours.witnesses.doors
        old = store.log.checkpoint()
        assert old is not None
        line = door.add_checkpoint(0, (), old.note)
        store.ledger.record(draft())
        ours.witnesses = Witnesses(doors=(Forging(HttpWitness(door.name, NOBODY), line),), needed=1)

        with pytest.raises(LedgerVerificationError):
            ours.gather()
        assert ours.final(receipt) is None


def test_a_log_that_was_set_back_is_told_so(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A witness that saw more entries than there are now is the alarm of an old backup."""
    settle(store)
    disclose(store)
    with eyes(tmp_path, store, 1) as up:
        ours = witnessing(store, up, needed=1)
        ours.gather()
        newest = store.log.checkpoint()
        assert newest is not None
        (file,) = (tmp_path / "0").glob("*.json")
        grown = file.read_text().replace(f"\\n{newest.size}\\n", f"\\n{newest.size + 5}\\n")
        file.write_text(grown)
        store.ledger.record(draft())

        with caplog.at_level(logging.ERROR):
            witnessing(store, up, needed=1).gather()

    assert "set back" in caplog.text


class Overtaken:
    """A door at which another replica has been first, with a longer log."""

    def __init__(self, store: Store, eye: Eye) -> None:
        """Let the other replica go to that witness."""
        self._other = witnessing(store, (eye,), needed=1)
        (self._door,) = self._other.witnesses.doors
        self.name, self._store = self._door.name, store

    def add_checkpoint(self, old: int, path: tuple[bytes, ...], note: str) -> str:
        """Ask, once the other replica has written and gathered."""
        self._store.ledger.record(draft())
        self._other.gather()
        return self._door.add_checkpoint(old, path, note)


def test_another_replica_that_was_first_is_no_alarm(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Two brokers of one log ask by turns: nobody is told to restore a backup."""
    settle(store)
    with eyes(tmp_path, store, 1) as up, caplog.at_level(logging.ERROR):
        ours = witnessing(store, up, needed=1)
        ours.witnesses = Witnesses(doors=(Overtaken(store, up[0]),), needed=1)
        ours.gather()

    assert caplog.text == ""


def test_a_witness_of_another_tree_is_an_alarm_at_once(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It signed something else: one of the two logs was forged, at this size or a later one."""
    settle(store)
    with eyes(tmp_path, store, 1) as up, caplog.at_level(logging.ERROR):
        witnessing(store, up, needed=1).gather()
        (file,) = (tmp_path / "0").glob("*.json")
        newest = store.log.checkpoint()
        assert newest is not None
        file.write_text(file.read_text().replace(newest.note.split("\n")[2], f"{'A' * 43}="))
        witnessing(store, up, needed=1).gather()
        store.ledger.record(draft())
        witnessing(store, up, needed=1).gather()

    assert caplog.text.count("another log") == 2


def test_missing_witnesses_raise_one_alarm_and_lose_nothing(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Receipts stay provisional meanwhile, and become final when the witness is back."""
    settle(store)
    receipt = disclose(store)
    with eyes(tmp_path, store, 1) as up:
        clock = SetClock()
        alone = witnessing(store, (replace(up[0], url=NOBODY),), needed=1)
        alone.clock = clock
        with caplog.at_level(logging.ERROR):
            for _ in range(4):
                alone.gather()
                clock.advance(ALARM_AFTER / 2 + timedelta(seconds=1))

        assert caplog.text.count("receipts stay provisional") == 1
        back = witnessing(store, up, needed=1)
        back.gather()
        assert alone.final(receipt) is not None


def test_nothing_leaves_unwitnessed_where_that_is_required(
    database_url: str, tmp_path: Path, redactor: RedactionService
) -> None:
    """The package waits for its witness, and leaves with it; whoever asks is told which it is."""
    with (
        mailbox_server(tmp_path / "mailboxes") as mailbox,
        real_desk(database_url, police_connectors(tmp_path), redactor, clock=SetClock()) as real,
        eyes(tmp_path / "eyes", real.store, 1) as up,
    ):
        furnish(real, mailbox)
        away = (replace(up[0], url=NOBODY),)
        desk = replace(real.desk, finality=witnessing(real.store, away, needed=1, required=True))
        receipt = share(desk, a.requester(), a.share_request())
        assert isinstance(receipt, Receipt)
        deliver_due(desk)
        assert delivered(tmp_path / "mailboxes") == []
        waiting = follow(desk, a.requester(), receipt.disclosure_id)

        desk = replace(desk, finality=witnessing(real.store, up, needed=1, required=True))
        assert isinstance(desk.clock, SetClock)
        desk.clock.advance(timedelta(minutes=2))
        deliver_due(desk)
        told = follow(desk, a.requester(), receipt.disclosure_id)

    assert delivered(tmp_path / "mailboxes") == [receipt.disclosure_id]
    assert waiting is not None
    assert told is not None
    assert (waiting.final, told.final) == (False, True)
    note = told.receipt.checkpoint.note
    check_checkpoint(real.store.log.key, real.store.log.check, note)
    assert len(cosignatures([up[0].witness.key], verify, note)) == 1


@pytest.fixture
def asked_by_commands(
    store: Store, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WitnessKey]:
    """A witness that the commands' environment names; the log has a receipt in it."""
    settle(store)
    disclose(store)
    opened = partial(open_test_store, database_url)
    monkeypatch.setattr(ledger, "store_from_environment", opened)
    monkeypatch.delenv("MARAC_STATE", raising=False)
    with eyes(tmp_path / "eyes", store, 1) as up:
        named = WitnessList(version=1, needed=1, witnesses=(up[0].entry,))
        (tmp_path / "witnesses.json").write_text(named.model_dump_json())
        monkeypatch.setenv("MARAC_WITNESSES", f"{tmp_path / 'witnesses.json'}")
        yield up[0].witness.key


def told(*words: str) -> str:
    """What a command of the log writes; its error, if it ends with one, is raised."""
    done = CliRunner().invoke(ledger.app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize(
    "words", [("checkpoint",), ("export",), ("export", "--case", f"{a.case().case_id}")]
)
def test_what_is_given_out_says_who_cosigned(
    store: Store, asked_by_commands: WitnessKey, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """The command asks once itself; whoever checks the file reads the witness's name and time."""
    file, key = tmp_path / "file", asked_by_commands
    written = CliRunner().invoke(ledger.app, words, catch_exceptions=False)
    file.write_text(written.stdout, "utf-8")
    asked = ("verify", f"{file}", "--key", store.log.key.verifier_text(), "--witness")

    assert told(*asked, key.verifier_text()).startswith(f"Cosigned by {key.name} at ")
    stranger = WitnessKey(name="elsewhere.example/eye", public_key=key.public_key)
    with pytest.raises(LedgerVerificationError, match="None of the witnesses"):
        told(*asked, stranger.verifier_text())


def test_a_checkpoint_is_given_out_also_while_the_witness_is_away(
    store: Store, asked_by_commands: WitnessKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has then the lines that there are, and is the same checkpoint."""
    away = WitnessEntry(key=asked_by_commands.verifier_text(), url=NOBODY)
    named = WitnessList(version=1, needed=1, witnesses=(away,))
    (tmp_path / "away.json").write_text(named.model_dump_json())
    monkeypatch.setenv("MARAC_WITNESSES", f"{tmp_path / 'away.json'}")
    newest = store.log.checkpoint()
    assert newest is not None

    assert told("checkpoint") == newest.note
