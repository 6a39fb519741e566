"""What a running broker does by itself: dates that pass, reviews that lapse, packs that fail."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest

from broker.domain.errors import InvalidRequestError, PolicyLoadError, PublicationError
from broker.domain.policy import PolicyFiles
from broker.domain.words import EventKind
from broker.service.desk import Desk
from broker.service.policy_change import (
    MAX_FAULT_LINES,
    draft_policy,
    publish_policy,
    submit_policy,
)
from broker.service.policy_watch import PolicyWatch
from broker.service.rules import RulesInForce
from policies import PolicySet
from policies.reading import KEPT, PackReader
from tests import builders as a
from tests.brokers import watched
from tests.desk import PACKS, Furnished
from tests.leads import (
    ANN,
    GUARDS,
    approved,
    change_desk,
    lead,
    pack,
    policy_events_of,
    published,
)
from tests.simulators import SetClock

WITHIN_SECONDS = 30.0
"""Generous, because a second is promised on a machine that does nothing else."""


@pytest.fixture
def clock() -> SetClock:
    """The broker's clock."""
    return SetClock()


@pytest.fixture
def opened(database_url: str, clock: SetClock) -> Iterator[Furnished]:
    """A broker before anything was published."""
    with change_desk(database_url, clock) as furnished:
        yield furnished


def rules_of(desk: Desk) -> RulesInForce:
    """The rules, as what they are."""
    assert isinstance(desk.rules, RulesInForce)
    return desk.rules


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    until = time.monotonic() + WITHIN_SECONDS
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_broker_hears_of_what_another_published(opened: Furnished, database_url: str) -> None:
    """Without being asked anything, a watching broker has the new rules in force."""
    with change_desk(database_url) as other, watched(opened.desk):
        version = published(other.desk, pack(1))

        eventually(lambda: opened.desk.policy.version == version)

    assert policy_events_of(opened.desk).count("policy-in-force") == 1


def test_a_moment_passes_while_nobody_asks(opened: Furnished, clock: SetClock) -> None:
    """A scheduled policy comes into force by the clock alone."""
    desk = opened.desk
    version = approved(desk, pack(1))
    publish_policy(desk, lead(ANN), version, clock.now() + timedelta(hours=1))
    with watched(desk):
        clock.advance(timedelta(hours=1))
        eventually(lambda: desk.policy.version == version)


def overdue_tomorrow() -> PolicyFiles:
    """A pack in which one rule's permission lapses as the day after the tests' day begins."""
    files, name = dict(pack()), "purposes/marac-research.csv"
    lines = files[name].decode().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if ",allow," in line)
    last = (a.NOW.date() - timedelta(days=30)).isoformat()
    changed = lines[at].replace("2028-10-31", last, 1)
    assert changed != lines[at]
    files[name] = "".join((*lines[:at], changed, *lines[at + 1 :])).encode()
    return files


def suspended(desk: Desk) -> int:
    """How many permissions are suspended."""
    policy = desk.policy
    assert isinstance(policy, PolicySet)
    return sum(one.suspended for one in policy.pack.rules)


def test_a_review_lapses_at_midnight_without_a_restart(opened: Furnished, clock: SetClock) -> None:
    """The day after the grace ends its permission is suspended, on a broker that just runs."""
    desk = opened.desk
    version = published(desk, overdue_tomorrow())
    assert suspended(desk) == 0
    assert any("it lapses after" in one for one in desk.rules.alarms)

    rules_of(desk).look()
    clock.moment = datetime.combine(clock.now().date(), datetime.max.time(), clock.now().tzinfo)
    rules_of(desk).look()
    assert suspended(desk) == 0
    clock.advance(timedelta(microseconds=1))
    rules_of(desk).look()

    assert suspended(desk) == 1
    assert desk.policy.version == version


def test_alarms_are_logged_once_a_day_for_all_brokers(
    opened: Furnished, database_url: str, clock: SetClock
) -> None:
    """Two brokers and several looks: one entry a day, with the number of alarms and no sentence."""
    desk = opened.desk
    published(desk, overdue_tomorrow())
    with change_desk(database_url, clock) as other:
        for _ in range(2):
            for one in (desk, other.desk):
                one.rules.refresh()
            clock.advance(timedelta(days=1))

    alarms = [one for one in desk.log.entries(0, 1000) if one.kind is EventKind.POLICY_ALARM]
    assert len(alarms) == 2
    assert {*alarms[0].detail} == {"policy_version", "alarms", "changes"}
    assert alarms[0].detail["alarms"] == len(desk.policy.alarms)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class BadReader:
    """A reader that fails on one pack, as another release of the software might."""

    version: str
    failure: Exception
    faults: tuple[str, ...] = ()

    def version_of(self, files: PolicyFiles) -> str:
        """Return the version."""
        return PACKS.version_of(files)

    def load(self, files: PolicyFiles, today: date) -> PolicySet:
        """Load, unless it is that pack."""
        if PACKS.version_of(files) == self.version:
            raise self.failure
        return PACKS.load(files, today)

    def check(self, files: PolicyFiles, today: date) -> tuple[str, ...]:
        """Find what it is told to find."""
        del files, today
        return self.faults


FAILURES = {
    "does-not-load": PolicyLoadError(("guards.csv:1:1: not today",)),
    "breaks-the-reader": ValueError("Perpetua Quillfeather"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_pack_that_a_broker_cannot_load_is_refused_for_all(
    opened: Furnished, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The old rules stay everywhere, an entry and an alarm say why, and nothing else is told."""
    desk, old = opened.desk, opened.desk.policy.version
    version = approved(desk, pack(1))
    reader = BadReader(version, FAILURES[name])
    shelf = replace(desk.shelf, reader=reader)  # type: ignore[arg-type]
    office = replace(desk, shelf=shelf, rules=RulesInForce(shelf, desk.ledger, desk.clock))

    publish_policy(office, lead(ANN), version, None)
    desk.rules.refresh()

    assert office.policy.version == desk.policy.version == old
    (entry,) = (one for one in desk.log.entries(0, 1000) if one.kind is EventKind.POLICY_REFUSED)
    assert entry.detail["fault"] == "load"
    assert any("was refused" in one for one in desk.rules.alarms)
    assert "Quillfeather" not in caplog.text
    assert opened.store.log.verify()


def test_a_pack_with_very_many_faults_is_answered_with_the_first(opened: Furnished) -> None:
    """An answer has an end, and says how much was left out and where to read it."""
    faults = tuple(f"guards.csv:{line}:1: wrong" for line in range(MAX_FAULT_LINES + 7))
    reader = BadReader("", ValueError(), faults)
    shelf = replace(opened.desk.shelf, reader=reader)  # type: ignore[arg-type]
    office = replace(opened.desk, shelf=shelf)
    drafted = draft_policy(office, lead(ANN), pack(1))
    assert drafted is not None

    with pytest.raises(InvalidRequestError) as refused:
        submit_policy(office, lead(ANN), drafted.record.version)

    said = str(refused.value).splitlines()
    assert len(said) == MAX_FAULT_LINES + 1
    assert "7 lines more" in said[-1]
    assert policy_events_of(office) == ["policy-drafted"]


def test_a_broker_of_another_area_refuses_to_start(opened: Furnished) -> None:
    """A version is of one area; a broker set to another would decide by rules nobody published."""
    desk = opened.desk
    published(desk, pack(1))
    shelf = replace(desk.shelf, reader=PackReader("wolverley"))

    with pytest.raises(PublicationError, match="another version, or area"):
        RulesInForce(shelf, desk.ledger, desk.clock)


def test_what_is_approved_is_compiled_before_it_is_published(
    opened: Furnished, clock: SetClock
) -> None:
    """A change is a swap: what may be published at any moment is loaded already."""
    desk, loaded = opened.desk, []

    class Watched(PackReader):
        def load(self, files: PolicyFiles, today: date) -> PolicySet:
            """Load, and remember what."""
            loaded.append((PACKS.version_of(files), today))
            return PACKS.load(files, today)

    shelf = replace(desk.shelf, reader=Watched())
    rules = RulesInForce(shelf, desk.ledger, clock)
    watch = PolicyWatch(rules, shelf, clock)
    version = approved(desk, pack(1))
    rules.look()
    watch.prepare()
    watch.prepare()
    assert loaded.count((version, clock.now().date())) == 1

    clock.moment = datetime.combine(clock.now().date(), datetime.max.time(), clock.now().tzinfo)
    watch.prepare()
    tomorrow = clock.now().date() + timedelta(days=1)
    assert (rules.current.version, tomorrow) in loaded


def test_a_reader_keeps_the_last_few() -> None:
    """What was loaded is loaded once, and the memory it takes has an end."""
    reader, files = PackReader(), pack()
    days = [a.NOW.date() + timedelta(days=n) for n in range(KEPT + 1)]
    first = [reader.load(files, day) for day in days]

    assert reader.load(files, days[-1]) is first[-1]
    assert reader.load(files, days[0]) is not first[0]


def test_a_database_that_goes_away_stops_nobody_from_watching(
    opened: Furnished, caplog: pytest.LogCaptureFixture
) -> None:
    """While nothing can be looked up the old rules stay; it is said once, and tried again."""
    desk, stopped = opened.desk, threading.Event()
    store = desk.shelf.store
    looks = 0

    class Away:
        def pulse(self) -> tuple[int, ...]:
            """Fail three times, then answer."""
            nonlocal looks
            looks += 1
            if 1 < looks < 5:
                raise PublicationError("gone", "The database does not answer.")
            if looks > 6:
                stopped.set()
            return store.pulse()

        def __getattr__(self, name: str) -> object:
            return getattr(store, name)

    shelf = replace(desk.shelf, store=Away())  # type: ignore[arg-type]
    watch = PolicyWatch(RulesInForce(shelf, desk.ledger, desk.clock), shelf, desk.clock)

    watch.until(stopped)

    assert caplog.text.count("could not be looked up") == 1
    assert GUARDS not in caplog.text
