"""A copy of the database goes back whole, goes on in the same log, or is refused."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broker.commands.database_copy import Outside
from broker.domain.erasure import Period
from broker.domain.errors import (
    CustodyError,
    InvalidRequestError,
    LedgerVerificationError,
)
from broker.domain.ledger import Checkpoint, Receipt
from broker.domain.words import EventKind
from broker.ledger.copy_events import database_copied, database_restored
from broker.service.deliver import deliver_due
from broker.service.set_back import check_not_set_back
from broker.service.share import share
from broker.settings import Settings
from broker.storage import Store, open_store
from broker.storage.copying import Compare, PathFrom, Restoring, copy_database
from connectors.witness import WitnessList
from keys.records import CaseVault
from keys.term_keys import FileTermKeys
from redaction.service import RedactionService
from tests import builders as a
from tests.builders import NOW
from tests.contract.county import disclose, draft, settle
from tests.contract.test_witnessing import eyes, witnessing
from tests.desk import ORIGIN as DESK_ORIGIN
from tests.desk import furnish, police_connectors, real_desk, term_keys_of
from tests.mailboxes import delivered, mailbox_server
from tests.simulators import ORIGIN, MemoryCustody, MemoryVault, SetClock, open_test_store

CUSTODY = MemoryCustody()
MONTH = Period(f"{NOW:%Y-%m}")
NewDatabase = Callable[[], str]


@pytest.fixture
def new_database(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> NewDatabase:
    """Make databases of the same kind, without a table."""
    if database_url.startswith("postgresql"):
        made: NewDatabase = request.getfixturevalue("postgresql").new_database
        return made
    numbers = iter(range(100))
    return lambda: f"sqlite:///{tmp_path / f'new-{next(numbers)}.db'}"


def copied(store: Store) -> bytes:
    """A copy, made as the command makes it."""
    file = io.BytesIO()
    store.ledger.record(database_copied(NOW))
    copy_database(store, file, NOW)
    return file.getvalue()


def nothing_known(_newest: Checkpoint, _path: PathFrom) -> None:
    """Nobody outside has anything of the log."""


def restoring(compare: Compare = nothing_known) -> Restoring:
    """Who fills a database for the tests' log."""
    return Restoring(
        origin=ORIGIN,
        custody=CUSTODY,
        vault=MemoryVault(),
        compare=compare,
        restored=lambda head: database_restored(head.size, head.at, NOW),
    )


def outside(*files: Path, witnesses: Path | None = None) -> Compare:
    """What the command compares with."""
    named = Settings(
        database_url="",
        keys_directory=Path(),
        passphrase="",
        origin=ORIGIN,
        witnesses_file=witnesses,
    )
    return Outside(settings=named, custody=CUSTODY, files=files, nobody=False).compare


def head_of(store: Store) -> Checkpoint:
    """The newest checkpoint."""
    newest = store.log.checkpoint()
    assert newest is not None
    return newest


@contextmanager
def restored_store(url: str, copy: bytes, restorer: Restoring | None = None) -> Iterator[Store]:
    """Restore, and open what is there."""
    (restorer or restoring()).fill(url, io.BytesIO(copy))
    store = open_test_store(url)
    try:
        yield store
    finally:
        store.close()


def test_a_restored_log_goes_on_in_the_same_tree(store: Store, new_database: NewDatabase) -> None:
    """Every entry and row is there; the next entry says that it was restored; all verifies."""
    settle(store)
    receipt = disclose(store)
    copy, before = copied(store), head_of(store)

    with restored_store(new_database(), copy) as again:
        assert again.log.entries(0, before.size) == store.log.entries(0, before.size)
        (told,) = again.log.entries(before.size, 10)
        assert (told.kind, told.detail["entries"]) == (EventKind.DATABASE_RESTORED, before.size)
        again.ledger.record(draft())
        after = again.log.verify()
        path = again.log.consistency(before.size, after.size)
        restoring().compare(before, lambda _: path)
        found = again.log.disclosure(receipt.disclosure_id)
        assert found is not None
        assert found.receipt == receipt


def test_a_copy_goes_into_the_other_kind_of_database(
    store: Store,
    database_url: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """From one file to a server and back: the copy is the same."""
    settle(store)
    disclose(store)
    server = request.getfixturevalue("postgresql")
    other = (
        f"sqlite:///{tmp_path / 'other.db'}"
        if database_url.startswith("postgresql")
        else server.new_database()
    )

    with restored_store(other, copied(store)) as again:
        assert again.log.verify().size == head_of(store).size + 1
        assert again.cases.case(a.case().case_id) == store.cases.case(a.case().case_id)


class Interrupting(io.BytesIO):
    """A file during whose writing the broker goes on."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        """Write to memory."""
        super().__init__()
        self._meanwhile = meanwhile

    def write(self, content: object, /) -> int:
        """Let something happen first."""
        self._meanwhile()
        return super().write(content)  # type: ignore[arg-type]  # bytes, as everywhere


def test_what_happens_while_copying_is_in_it_whole_or_not_at_all(
    store: Store, new_database: NewDatabase
) -> None:
    """The broker goes on while it is copied; the copy is of one moment."""
    settle(store)
    numbers = iter(range(1_000))
    file = Interrupting(lambda: disclose(store, f"request-{next(numbers):04}"))
    head, _ = copy_database(store, file, NOW)

    assert head_of(store).size > head.size
    with restored_store(new_database(), file.getvalue()) as again:
        assert again.log.verify().size == head.size + 1


def test_a_copy_shows_nothing_and_ends_with_its_month(
    store: Store, database_url: str, tmp_path: Path, new_database: NewDatabase
) -> None:
    """Neither blind indexes nor entries can be read in it; without the term key nobody opens it."""
    settle(store)
    terms = FileTermKeys(tmp_path / "terms", CUSTODY)
    terms.begin(MONTH)
    vault = CaseVault(CUSTODY, terms)
    own = open_store(
        database_url, custody=CUSTODY, vault=MemoryVault(), clock=SetClock(), origin=ORIGIN
    )
    file = io.BytesIO()
    try:
        sealed = replace(own, log=replace(own.log, sealing=replace(own.log.sealing, vault=vault)))
        copy_database(sealed, file, NOW)
    finally:
        own.close()
    copy = file.getvalue()
    assert store.cases.broker_salt() not in copy
    assert store.log.entries(0, 1)[0].canonical not in copy
    assert store.log.sealing.keyring.ref("case", a.case().case_id).encode() not in copy

    terms.destroy(MONTH)
    later = replace(restoring(), vault=CaseVault(CUSTODY, terms))
    with pytest.raises(CustodyError, match="reached its term"):
        later.fill(new_database(), io.BytesIO(copy))


def test_a_database_that_is_not_empty_is_not_touched(store: Store, database_url: str) -> None:
    """A slip of the operator's hand overwrites nothing."""
    settle(store)
    copy, before = copied(store), store.log.verify()

    with pytest.raises(InvalidRequestError, match="not empty"):
        restoring().fill(database_url, io.BytesIO(copy))
    assert store.log.verify() == before


def test_another_logs_copy_is_refused(store: Store, new_database: NewDatabase) -> None:
    """It is told apart before anything is written."""
    settle(store)
    elsewhere = replace(restoring(), origin="elsewhere.example/log")

    with pytest.raises(InvalidRequestError, match="MARAC_ORIGIN"):
        elsewhere.fill(new_database(), io.BytesIO(copied(store)))


def test_an_old_copy_that_would_fork_the_log_is_refused(
    store: Store, new_database: NewDatabase, tmp_path: Path
) -> None:
    """A kept checkpoint or receipt that is newer names the entries that are missing."""
    settle(store)
    copy, size = copied(store), head_of(store).size
    same, newer = tmp_path / "same.txt", tmp_path / "newer.txt"
    same.write_text(head_of(store).note)
    disclose(store)
    newer.write_text(head_of(store).note)
    url = new_database()

    with pytest.raises(LedgerVerificationError, match=f"{size} to {size + 1} are missing"):
        restoring(outside(same, newer)).fill(url, io.BytesIO(copy))
    with restored_store(url, copy, restoring(outside(same))) as again:
        assert again.log.verify().size == size + 1


def test_a_copy_of_another_tree_is_refused(
    store: Store, new_database: NewDatabase, tmp_path: Path
) -> None:
    """Signed by our own key, of the same size or less, and not what was given out."""
    settle(store)
    copy = copied(store)
    with restored_store(new_database(), copy) as other:
        kept = tmp_path / "kept.txt"
        kept.write_text(head_of(other).note)
    store.ledger.record(draft())
    forked = copied(store)

    with pytest.raises(LedgerVerificationError, match="rewritten"):
        restoring(outside(kept)).fill(new_database(), io.BytesIO(forked))


def test_a_witness_keeps_an_old_copy_from_coming_back(
    store: Store, new_database: NewDatabase, tmp_path: Path
) -> None:
    """It is asked over HTTP; it refuses while it knows more, and lets the newest copy through."""
    settle(store)
    old = copied(store)
    with eyes(tmp_path, store, 1) as up:
        store.ledger.record(draft())
        witnessing(store, up, needed=1).gather()
        known, newest = head_of(store).size, copied(store)
        named = tmp_path / "witnesses.json"
        entries = WitnessList(version=1, needed=1, witnesses=(up[0].entry,))
        named.write_text(entries.model_dump_json())
        url, asks = new_database(), restoring(outside(witnesses=named))

        with pytest.raises(LedgerVerificationError, match=f"{known - 1} are missing"):
            asks.fill(url, io.BytesIO(old))
        with restored_store(url, newest, asks) as again:
            gathered = witnessing(again, up, needed=1).gather()

    assert gathered is not None
    assert gathered.final
    with pytest.raises(InvalidRequestError, match="0 witnesses answer and 1 have to"):
        asks.fill(new_database(), io.BytesIO(newest))


def test_a_broker_on_an_old_copy_does_not_start(
    store: Store, new_database: NewDatabase, tmp_path: Path
) -> None:
    """However the old database came back: shorter, as long, or longer than what was cosigned."""
    settle(store)
    copy = copied(store)
    with eyes(tmp_path, store, 1) as up:
        store.ledger.record(draft())
        store.ledger.record(draft())
        ours = witnessing(store, up, needed=1)
        ours.gather()
        doors = ours.witnesses.doors
        check_not_set_back(doors, store.log)

        with restored_store(new_database(), copy) as old:
            for refusal in ("are missing", "another log", "may not go on"):
                with pytest.raises(LedgerVerificationError, match=refusal):
                    check_not_set_back(doors, old.log)
                old.ledger.record(draft())


def test_what_left_after_the_copy_does_not_arrive_twice(
    database_url: str, new_database: NewDatabase, tmp_path: Path, redactor: RedactionService
) -> None:
    """The copy still has it to deliver; the mailbox has it already, and keeps one."""
    boxes, connectors = tmp_path / "mailboxes", police_connectors(tmp_path)
    with mailbox_server(boxes) as mailbox:
        with real_desk(database_url, connectors, redactor, clock=SetClock()) as real:
            furnish(real, mailbox)
            receipt = share(real.desk, a.requester(), a.share_request())
            assert isinstance(receipt, Receipt)
            copy = copied(real.store)
            deliver_due(real.desk)
            assert delivered(boxes) == [receipt.disclosure_id]
        url = new_database()
        vault = CaseVault(CUSTODY, FileTermKeys(term_keys_of(url), CUSTODY))
        replace(restoring(), origin=DESK_ORIGIN, vault=vault).fill(url, io.BytesIO(copy))
        clock = SetClock()
        clock.advance(timedelta(minutes=2))
        with real_desk(url, connectors, redactor, clock=clock) as again:
            assert deliver_due(again.desk) == 1
            assert again.store.log.verify().size

    assert delivered(boxes) == [receipt.disclosure_id]
