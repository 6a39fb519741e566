from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.domain.errors import LedgerError
from broker.domain.ids import AgencyKind, CaseTag, Purpose, RuleId
from broker.domain.ledger import EntryDraft, JsonValue, LedgerEntry
from broker.domain.search import Search
from broker.domain.words import EventKind, Outcome
from broker.storage import Store, searching
from broker.storage.terms import matches
from tests import builders
from tests.builders import NOW
from tests.contract.county import disclose, draft, settle
from tests.simulators import open_test_store

CASES = (CaseTag("a" * 32), CaseTag("b" * 32), None)
PURPOSES, AGENCIES = ("marac-research", "idva-support"), ("police", "housing-la", "probation")


def decided(number: int) -> EntryDraft:
    """The number-th of a long row of decisions that differ in everything that is searched by."""
    rules = tuple(f"R{(number * step) % 7}" for step in (1, 2))
    detail: Mapping[str, JsonValue] = {
        "purpose": PURPOSES[number % 2],
        "outcome": tuple(Outcome)[number % 5].value,
        "requester": {"agency_kind": AGENCIES[number % 3]},
        "holder": {"agency_kind": AGENCIES[(number // 2) % 3]},
        "rulings": ({"rules": rules},),
    }
    # Clocks of two brokers differ, so that the order of moments is not that of the log.
    at = NOW + timedelta(minutes=number - (number % 4) * 3)
    kind = EventKind.DECISION if number % 6 else EventKind.POLICY_ASKED
    return EntryDraft(kind=kind, at=at, case_tag=CASES[number % 3], detail=detail)


def fill(store: Store, count: int) -> list[LedgerEntry]:
    """Append decisions and index them; return every entry of the log, newest first."""
    for number in range(count):
        store.ledger.record(decided(number))
    while store.search.follow():
        pass
    return sorted(store.log.entries(0, 1000), key=lambda one: (one.at, one.index), reverse=True)


def walk(store: Store, search: Search, limit: int) -> list[LedgerEntry]:
    """Every page, one after the other."""
    found: list[LedgerEntry] = []
    while True:
        page = store.search.find(search, limit)
        found += page.entries
        if page.next is None:
            return found
        search = replace(search, after=page.next)


def expected(entries: list[LedgerEntry], search: Search) -> list[LedgerEntry]:
    """What the log itself says, looked through from end to end."""
    return [
        one
        for one in entries
        if matches(one, search)
        and (search.since is None or one.at >= search.since)
        and (search.until is None or one.at < search.until)
    ]


def test_pages_are_what_the_whole_log_says(store: Store) -> None:
    """For sixty random questions the pages together are every entry asked for, in order."""
    entries = fill(store, 60)
    moments = st.none() | st.integers(-5, 70).map(lambda n: NOW + timedelta(minutes=n))
    questions = st.builds(
        Search,
        kind=st.none() | st.sampled_from((EventKind.DECISION, EventKind.POLICY_ASKED)),
        purpose=st.none() | st.sampled_from(PURPOSES).map(Purpose),
        outcome=st.none() | st.sampled_from(Outcome),
        agency_kind=st.none() | st.sampled_from(AGENCIES).map(AgencyKind),
        rule=st.none() | st.sampled_from(("R0", "R1", "R6", "R9")).map(RuleId),
        case_tag=st.sampled_from((None, CASES[0], CaseTag("f" * 32))),
        since=moments,
        until=moments,
    )

    @settings(max_examples=60)
    @given(questions, st.integers(1, 25))
    def check(search: Search, limit: int) -> None:
        assert walk(store, search, limit) == expected(entries, search)

    check()


def test_a_page_looks_at_so_many_entries_and_no_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where hardly any entry has all that is asked for, short pages lead on to the last of them."""
    entries = fill(store, 60)
    monkeypatch.setattr(searching, "MAX_LOOKED_AT", 4)
    searching._page.cache_clear()
    searching._end_of_look.cache_clear()
    search = Search(purpose=Purpose("idva-support"), agency_kind=AgencyKind("police"))
    try:
        assert len(store.search.find(search, 25).entries) <= 4
        assert walk(store, search, 25) == expected(entries, search)
    finally:
        searching._page.cache_clear()
        searching._end_of_look.cache_clear()


def test_a_real_decision_is_found_by_its_rule_and_its_agencies(store: Store) -> None:
    """What the broker writes itself is found by each thing an IG lead may ask for."""
    settle(store)
    disclose(store)
    while store.search.follow():
        pass
    (decision,) = store.search.find(Search(kind=EventKind.DECISION), 5).entries
    outcome = Outcome(str(decision.detail["outcome"]))
    (rule, *_) = builders.permit().rulings[0].rules

    for search in (
        Search(rule=rule),
        Search(purpose=Purpose("marac-research")),
        Search(outcome=outcome, agency_kind=AgencyKind("police")),
        Search(agency_kind=AgencyKind("housing-la"), case_tag=decision.case_tag),
    ):
        assert decision in store.search.find(search, 50).entries


def test_what_is_not_indexed_yet_is_said(store: Store) -> None:
    """An answer names how far it goes, so that nobody takes it for the whole log."""
    store.ledger.record(draft())
    assert store.search.find(Search(), 5).searched == 0
    assert store.search.follow() == 1
    assert store.search.find(Search(), 5).searched == 1
    assert store.search.follow() == 0


def test_two_brokers_index_each_entry_once(store: Store, database_url: str) -> None:
    """Whichever follows first does it; the other finds it done, and no entry comes twice."""
    other = open_test_store(database_url)
    for number in range(30):
        (store, other)[number % 2].ledger.record(decided(number))
        (other, store)[number % 2].search.follow()
    found = walk(store, Search(), 7)
    other.close()

    assert sorted(one.index for one in found) == list(range(30))


def test_a_word_that_meets_another_in_one_number_is_told_apart(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were all terms the same number, only the entries that were asked for would be shown."""
    monkeypatch.setattr("broker.storage.terms.term", lambda *_: 7)
    entries = fill(store, 12)
    search = Search(purpose=Purpose("idva-support"))

    assert walk(store, search, 5) == expected(entries, search)


def test_the_index_is_no_part_of_what_is_verified(store: Store) -> None:
    """A log with an index verifies as one without: nothing rests on it."""
    fill(store, 12)

    assert store.log.verify().size == 12


def test_the_proofs_of_many_entries_are_those_of_each(store: Store) -> None:
    """Read at once they are what they are one by one, at every size the tree had."""
    fill(store, 40)
    for size in (1, 7, 32, 40):
        indexes = list(range(size))
        alone = tuple(store.log.inclusion(one, size) for one in indexes)
        assert store.search.proofs(indexes, size) == alone
    assert store.search.proofs([], 40) == ()
    with pytest.raises(LedgerError, match="ask for a larger"):
        store.search.proofs([7], 7)
