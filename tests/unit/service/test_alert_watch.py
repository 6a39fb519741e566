from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.alert import AlertRule, Audience, Watch
from broker.domain.ids import CaseId, CaseTag
from broker.domain.ledger import EntryDraft, LedgerEntry
from broker.domain.ports import LedgerReader
from broker.domain.words import EventKind
from broker.ledger.entry import place_entry
from broker.service.alert_watch import _MATCHES, _full, watch_log
from broker.service.reject import tag_of, turn_away
from tests import builders
from tests.builders import NOW
from tests.desk import Furnished

NIGHT = datetime(2026, 11, 9, 2, 0, tzinfo=UTC)
"""A Monday; NOW is that morning."""
BANK_HOLIDAY = datetime(2026, 12, 25, 11, 0, tzinfo=UTC)
WHO = {"practitioner": "p" * 32, "agency_kind": "housing-la", "role": "agency-spoc"}


def entry(
    kind: EventKind, detail: Mapping[str, Any], at: datetime = NOW, index: int = 0
) -> LedgerEntry:
    """One entry in the log."""
    draft = EntryDraft(kind=kind, at=at, case_tag=None, detail=detail)
    return place_entry(draft, index=index, case_number=0, case_previous="")


def decision(at: datetime = NOW, purpose: str = "marac-research", **facts: str) -> LedgerEntry:
    """A decision that gives something, on these facts."""
    ruling = {"outcome": "permit", "facts": facts}
    detail = {"outcome": "permit", "purpose": purpose, "requester": WHO, "rulings": (ruling,)}
    return entry(EventKind.DECISION, detail, at)


CASES = [
    (Watch.OUT_OF_HOURS, decision(NIGHT), True),
    (Watch.OUT_OF_HOURS, decision(BANK_HOLIDAY), True),
    (Watch.OUT_OF_HOURS, decision(), False),
    (Watch.OUT_OF_HOURS, decision(NIGHT, "marac-emergency"), False),
    (Watch.REPEAT_VIEWS, entry(EventKind.DISCLOSURE_READ, {"requester": WHO}), True),
    (Watch.REPEAT_VIEWS, entry(EventKind.TIMELINE_READ, {"requester": WHO}), False),
    (Watch.UNLISTED_ATTEMPTS, decision(case_listing="not-listed"), True),
    (Watch.UNLISTED_ATTEMPTS, decision(case_listing="unknown"), True),
    (Watch.UNLISTED_ATTEMPTS, decision(case_listing="listed"), False),
    (Watch.UNLISTED_ATTEMPTS, entry(EventKind.REQUEST_REJECTED, {"reason": "body"}), False),
    (
        Watch.THIRD_EMERGENCY,
        decision(NOW, "marac-emergency", emergency_use="third-in-30-days"),
        True,
    ),
    (
        Watch.THIRD_EMERGENCY,
        decision(NOW, "marac-emergency", emergency_use="first-or-second"),
        False,
    ),
    (Watch.TIED_TO_CASE, decision(conflict="confirmed"), True),
    (Watch.TIED_TO_CASE, decision(conflict="none"), False),
    (Watch.OVERDUE_HOLDS, entry(EventKind.REVIEW_OVERDUE, {"review": "r"}), True),
    (Watch.OVERDUE_HOLDS, entry(EventKind.REVIEW_EXPIRED, {"review": "r"}), False),
]


@pytest.mark.parametrize(("watch", "found", "expected"), CASES, ids=range(len(CASES)))
def test_what_counts_towards_an_alert(watch: Watch, found: LedgerEntry, *, expected: bool) -> None:
    """Each thing that is watched counts what its line in alerts.csv says, and nothing beside."""
    assert _MATCHES[watch](found) is expected


def test_everything_that_can_be_written_in_the_file_is_watched() -> None:
    """No line of an IG lead's is read and then never looked for."""
    assert set(_MATCHES) == set(Watch)


@given(st.lists(st.integers(0, 50), max_size=40), st.integers(2, 5), st.integers(1, 30))
def test_a_full_count_raises_one_alert_and_begins_anew(
    minutes: list[int], count: int, within: int
) -> None:
    """Alerts share no entry, and after each one as many are needed again."""
    rule = AlertRule(
        rule_id="A01",
        watch=Watch.REPEAT_VIEWS,
        count=count,
        within=timedelta(minutes=within),
        tell=(Audience.ADVOCATE,),
    )
    at, entries = NOW, []
    for index, step in enumerate(minutes):
        at += timedelta(minutes=step)
        entries.append(entry(EventKind.DISCLOSURE_READ, {}, at, index))
    full = sorted(_full(rule, entries))

    assert len(full) * count <= len(entries)
    before = -1
    for place in full:
        assert place - before >= count
        assert entries[place].at - entries[place - count + 1].at < rule.within
        before = place
    for prefix in range(len(entries)):
        assert _full(rule, entries[:prefix]) <= set(full)


@dataclass(slots=True)
class Counting:
    """A log that counts how often a case is read."""

    log: LedgerReader
    cases_read: int = 0

    def entries_of_case(self, tag: CaseTag) -> tuple[LedgerEntry, ...]:
        """Read it, and count."""
        self.cases_read += 1
        return self.log.entries_of_case(tag)

    def entries(self, start: int, limit: int) -> tuple[LedgerEntry, ...]:
        """Read any entries."""
        return self.log.entries(start, limit)


def test_a_thousand_attempts_do_not_keep_the_watch_from_the_others(furnished: Furnished) -> None:
    """However often somebody tries, one look reads their case once, and raises what it must."""
    desk = furnished.desk
    case = desk.cases.case(CaseId("MR-0417"))
    for _ in range(90):
        turn_away(
            desk, builders.requester(), "reading a timeline", tag_of(desk, CaseId("MR-0417"), case)
        )
    log = Counting(log=desk.log)

    watch_log(replace(desk, log=log))  # type: ignore[arg-type]  # what the watch reads of it

    assert log.cases_read <= 2
    raised = [
        one
        for one in desk.log.entries(0, 1_000)
        if one.kind is EventKind.ALERT_RAISED and one.detail["watch"] == "unlisted-attempts"
    ]
    assert len(raised) == 30
