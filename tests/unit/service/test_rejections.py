"""What is turned away is an entry or is counted in one: never neither, and never without end."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.changes import Change
from broker.domain.errors import LedgerUnavailableError
from broker.domain.ledger import EntryDraft, LedgerEntry
from broker.domain.words import EventKind
from broker.ledger import rejection_events
from broker.ledger.entry import MAX_ENTRY_BYTES, place_entry
from broker.service.reject import note_counted, reject
from broker.service.rejections import (
    ALL_ENTRIES,
    MAX_PLACES,
    REST,
    SOURCE_ENTRIES,
    WINDOW_SECONDS,
    Counted,
    Rejections,
)
from tests.builders import NOW
from tests.desk import Furnished

DOOR = "POST /v1/share-requests"


@dataclass(slots=True)
class Hand:
    """Seconds that pass when a test says so."""

    seconds: float = 0.0

    def __call__(self) -> float:
        """Return them."""
        return self.seconds


def noted(rejections: Rejections, source: str, times: int, what: str = "door") -> list[int]:
    """What so many failures of one source are told."""
    return [rejections.note(source, what, NOW) for _ in range(times)]


def test_the_first_failures_are_entries_and_the_rest_are_counted() -> None:
    """One source gets its entries, another one still gets its own, and the count says the rest."""
    hand = Hand()
    rejections = Rejections(hand)

    first = noted(rejections, "192.0.2.1", SOURCE_ENTRIES + 5)
    other = noted(rejections, "192.0.2.2", 1)

    assert first == [0] * SOURCE_ENTRIES + [int(WINDOW_SECONDS)] * 5
    assert other == [0]
    assert rejections.take() == ()
    hand.seconds = WINDOW_SECONDS
    assert rejections.take() == (Counted(counts={"door": 5}, sources=1, since=NOW),)
    assert rejections.take() == ()
    assert noted(rejections, "192.0.2.1", 1) == [0]


def test_many_sources_share_what_the_log_can_bear() -> None:
    """Whoever calls from a thousand addresses gets no more entries than the log bears a minute."""
    rejections = Rejections(Hand())

    told = [rejections.note(f"192.0.2.{one}", "door", NOW) for one in range(1_000)]

    assert told.count(0) == ALL_ENTRIES
    (counted,) = rejections.take(all_of_it=True)
    assert counted.counts == {"door": 1_000 - ALL_ENTRIES}
    assert counted.sources == 1_000 - ALL_ENTRIES


def test_the_wait_is_until_the_window_is_over() -> None:
    """Who waits as long as they were told is heard again; who was not limited need not wait."""
    hand = Hand()
    rejections = Rejections(hand)
    assert rejections.wait_of("192.0.2.1") == 0
    noted(rejections, "192.0.2.1", SOURCE_ENTRIES)

    hand.seconds = 20.5
    assert rejections.wait_of("192.0.2.1") == 40
    assert rejections.wait_of("192.0.2.2") == 0
    hand.seconds += 40
    assert rejections.wait_of("192.0.2.1") == 0


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.sampled_from((0, 0, 0, 25.0))),
        max_size=200,
    )
)
def test_nothing_is_lost_silently(calls: list[tuple[str, str, float]]) -> None:
    """Whoever calls, whenever: entries and counts together are every call there was."""
    hand = Hand()
    rejections, entries, counts = Rejections(hand), 0, 0
    for source, what, passed in calls:
        hand.seconds += passed
        entries += rejections.note(source, what, NOW) == 0
        counts += sum(sum(one.counts.values()) for one in rejections.take())
    counts += sum(sum(one.counts.values()) for one in rejections.take(all_of_it=True))

    assert entries + counts == len(calls)


def test_the_count_always_fits_an_entry() -> None:
    """However many doors are tried, with the longest names there could be: the rest is a number."""
    rejections = Rejections(Hand())
    for number in range(MAX_PLACES * 2 + SOURCE_ENTRIES):
        rejections.note("192.0.2.1", f"{number} {'x' * 200}", NOW)
    (found,) = rejections.take(all_of_it=True)

    draft = rejection_events.counted(found.counts, sources=found.sources, since=found.since, at=NOW)

    placed = place_entry(draft, index=0, case_number=0, case_previous="")
    assert placed.detail["count"] == MAX_PLACES * 2
    assert found.counts[REST] == MAX_PLACES
    assert len(placed.canonical) < MAX_ENTRY_BYTES


class Broken:
    """A log that cannot be written."""

    def __getattr__(self, _: str) -> Callable[..., LedgerEntry]:
        """Fail, whatever is asked."""

        def record(draft: EntryDraft, *changes: Change) -> LedgerEntry:
            del draft, changes
            raise LedgerUnavailableError("The database does not answer.")

        return record


def test_a_count_that_cannot_be_written_is_written_later(
    furnished: Furnished, caplog: pytest.LogCaptureFixture
) -> None:
    """The database was away when a window was over: the next look has it all the same."""
    desk = furnished.desk
    for _ in range(SOURCE_ENTRIES + 3):
        reject(desk, DOOR, "authentication", "192.0.2.1")
    away = replace(desk, ledger=Broken())  # type: ignore[arg-type]  # only to fail

    assert note_counted(away, all_of_it=True) == 0
    assert "cannot be counted" in caplog.text
    assert note_counted(desk) == 3
    newest = furnished.store.log.checkpoint()
    assert newest is not None
    entry = furnished.store.log.entry(newest.size - 1)
    assert entry is not None
    assert entry.kind is EventKind.REJECTIONS_COUNTED
    assert entry.detail["counts"] == {f"authentication at {DOOR}": 3}


def test_somebody_who_proved_who_they_are_is_never_limited(furnished: Furnished) -> None:
    """A hundred mistakes of a known caller are a hundred entries."""
    assert {reject(furnished.desk, DOOR, "malformed", None) for _ in range(100)} == {0}
    assert note_counted(furnished.desk, all_of_it=True) == 0
