"""Every write fails once while keys are destroyed, rotated and wrapped anew; commits land unheard.

Which writes there are is found by doing it once, as in test_every_write.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, product
from pathlib import Path

import pytest

from broker.domain.errors import LedgerUnavailableError
from broker.domain.ids import CaseId, MeetingId
from broker.domain.ledger import LedgerEntry
from broker.domain.words import EventKind
from broker.ledger.tokens import case_tag
from broker.service.gather import gather
from broker.service.own_keys import LOG, PACKAGE, WRAPPING, OwnKeys
from broker.service.register import Register
from broker.service.retention_watch import RetentionWatch
from broker.storage import Store, open_store
from keys.custody.file import FileCustody
from keys.records import CaseVault
from tests import builders as a
from tests.contract.county import disclose, package, settle
from tests.crash.faults import Faults
from tests.custodies import PASSPHRASE
from tests.desk import Furnished, furnish
from tests.erasures import YEARS
from tests.leads import change_desk
from tests.simulators import ORIGIN, SetClock

BETWEEN = timedelta(days=400)
"""From one run to the next: longer than copies and passing things are kept."""
Breaking = Callable[[], AbstractContextManager[object]]


@dataclass(slots=True, kw_only=True)
class Office:
    """A broker's desk, its job that destroys, and every case and month that it has had.

    Args:
        filed: case to its tag.
        months: whose term key was seen.

    """

    opened: Furnished
    clock: SetClock
    watch: RetentionWatch
    filed: dict[CaseId, str] = field(default_factory=dict)
    months: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=count)

    def file(self) -> int:
        """Put a case on file about which something was disclosed that was never fetched."""
        number = next(self.numbers)
        self.clock.moment = a.NOW
        desk, case = (
            self.opened.desk,
            a.case(f"MR-{6000 + number}", salt=number.to_bytes(32, "big")),
        )
        register = Register(desk.ledger, desk.cases, desk.clock)
        register.case(case)
        meeting = a.meeting(case.case_id, meeting_id=MeetingId(f"meeting-{number}"))
        register.meeting(meeting)
        self.filed[case.case_id] = case_tag(case.salt, case.case_id)
        request = a.share_request(
            f"request-{number:04}", case_id=case.case_id, meeting_id=meeting.meeting_id
        )
        context = gather(desk, a.requester(), request)
        assert context.case is not None
        permit = a.permit(request, requester=a.requester(), context=context)
        desk.ledger.record_decision(permit)
        desk.ledger.record_disclosure(package(permit))
        return number

    def destroys(self, number: int, breaking: Breaking = nullcontext) -> bool:
        """Let the job run years later while something is broken; return whether it ended well."""
        self.clock.moment = a.NOW + YEARS + number * BETWEEN
        try:
            with breaking():
                self.watch.look()
        except LedgerUnavailableError:
            return False
        finally:
            self.months |= set(self._term_keys())
            self._what_is_gone_is_certified()
        return True

    def nothing_is_left(self) -> None:
        """Hold what the log says is destroyed against what is there."""
        kept, entries = set(self._term_keys()), self._entries()
        said = {one.detail["period"] for one in entries if one.kind is EventKind.TERM_KEY_DESTROYED}
        dropped = [
            one.detail["disclosure"] for one in entries if one.kind is EventKind.PACKAGE_DROPPED
        ]
        assert said == self.months - kept
        assert len(kept) == 1
        assert set(self.opened.desk.keeping.archive.periods()) == kept
        assert not any(map(self.opened.desk.cases.case, self.filed))
        assert len(dropped) == len(set(dropped)) == len(self.filed)
        assert self.opened.store.log.verify().size == len(entries)

    def _what_is_gone_is_certified(self) -> None:
        """No key is gone without its entry, at any moment, and none has two."""
        entries = self._entries()
        ended = [one.case_tag for one in entries if one.kind is EventKind.CASE_ERASED]
        ours = [one for one in ended if one in self.filed.values()]
        cases = self.opened.desk.cases
        gone = [tag for case_id, tag in self.filed.items() if cases.case(case_id) is None]
        assert sorted(map(str, ours)) == sorted(gone)
        months = [one.detail["period"] for one in entries if one.kind is EventKind.PERIOD_ERASED]
        assert len(set(months)) == len(months)
        said = {one.detail["period"] for one in entries if one.kind is EventKind.TERM_KEY_DESTROYED}
        assert said >= self.months - set(self._term_keys())

    def _term_keys(self) -> tuple[str, ...]:
        return self.opened.desk.keeping.term_keys.kept()

    def _entries(self) -> tuple[LedgerEntry, ...]:
        return self.opened.desk.log.entries(0, 10_000)


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    """A broker that has run for years."""
    clock = SetClock()
    with change_desk(database_url, clock) as opened:
        furnish(opened)
        watch = RetentionWatch(opened.desk.keeping)
        yield Office(opened=opened, clock=clock, watch=watch)


def test_a_key_is_never_gone_without_its_certificate(office: Office) -> None:
    """Each write of a run fails, each answer is lost: the next run ends it, and says so once."""
    faults = Faults(engine=office.opened.store.engines[0])
    assert office.destroys(office.file())
    number = office.file()
    writes = faults.writes_of(lambda: office.destroys(number))
    assert {("data_keys", "DELETE"), ("erasures", "INSERT")} <= set(writes)
    for table, write in writes:
        number = office.file()
        assert not office.destroys(number, lambda: faults.failing(table, write)), (table, write)  # noqa: B023  # called at once
        assert office.destroys(number), (table, write)
    number = office.file()
    with faults.losing(0) as commits:
        office.destroys(number)
    for lost, lands in product(range(1, commits[0] + 1), (True, False)):
        number = office.file()
        office.destroys(number, lambda: faults.losing(lost, lands=lands))  # noqa: B023  # called at once
        assert office.destroys(number), (lost, lands)

    office.nothing_is_left()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One call of the operator's command, which opens everything anew."""

    store: Store
    own: OwnKeys

    def rotates(self, key: str) -> bool:
        """Rotate, and wrap anew; return whether it was said to be done."""
        try:
            self.own.rotate(key)
            self.own.rewrap(self.store.archive)
        except LedgerUnavailableError:
            return False
        return True


@contextmanager
def operator(url: str, folder: Path) -> Iterator[Operator]:
    """Open the keys and the store as a command does."""
    custody, clock = FileCustody.open(folder, PASSPHRASE), SetClock()
    store = open_store(url, custody=custody, vault=CaseVault(custody), clock=clock, origin=ORIGIN)
    own = OwnKeys(custody=custody, ledger=store.ledger, in_force=lambda: store.log.key, clock=clock)
    with closing(store):
        yield Operator(store=store, own=own)


@pytest.mark.parametrize(
    ("database_url", "key"),
    [("sqlite", LOG), ("sqlite", PACKAGE), ("sqlite", WRAPPING), ("postgresql", LOG)],
    indirect=["database_url"],
)
def test_a_rotation_that_fails_anywhere_is_asked_for_again(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """Each write fails, each answer is lost: one more try rotates, and the whole log verifies."""
    monkeypatch.setattr("keys.passphrase.COST", 2)  # What is guessed at is another test's.
    FileCustody.create(tmp_path, PASSPHRASE)

    def rotates(lost: int = 0, *, lands: bool = True) -> tuple[bool, int]:
        with operator(database_url, tmp_path) as one:
            with Faults(engine=one.store.engines[0]).losing(lost, lands=lands) as commits:
                done = one.rotates(key)
            one.store.log.verify()
            return done, commits[0]

    with operator(database_url, tmp_path) as first:
        settle(first.store)
        faults = Faults(engine=first.store.engines[0])
        writes = faults.writes_of(rotates)
        assert {("log_entries", "INSERT"), ("log_checkpoints", "INSERT")} <= set(writes)
        for table, write in writes:
            with faults.failing(table, write):
                assert not rotates()[0], (table, write)
            assert rotates()[0], (table, write)
    for lost, lands in product(range(1, rotates()[1] + 1), (True, False)):
        rotates(lost, lands=lands)
        assert rotates()[0], (lost, lands)

    with operator(database_url, tmp_path) as last:
        assert last.store.cases.case(a.case().case_id) == a.case()
        assert last.store.archive.keys_to_rewrap(10) == ()
        assert disclose(last.store)
        last.store.log.verify()
