"""The router asks for what a permit grants, and believes none of the answer."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.domain.decision import Permit
from broker.domain.errors import SourceError, SourceMismatchError, SourceUnavailableError
from broker.domain.ids import AgencyId, Category
from broker.domain.record import MAX_TEXT_CHARACTERS, RecordItem, RecordQuery
from broker.domain.words import Outcome
from connectors import router
from connectors.router import MAX_FIELDS, MAX_ITEMS, SourceRouter
from tests.builders import NOW, context, item, permit, person, ruling, share_request

POLICE = AgencyId("ashmere-police")
SINCE = context().since


class _Clock:
    def now(self) -> datetime:
        """Return the tests' own moment."""
        return NOW


@dataclass(frozen=True)
class _Holder:
    """A holder's system that answers what it is told to, and remembers what it was asked."""

    answer: Callable[[RecordQuery], Sequence[RecordItem]]
    asked: list[RecordQuery]
    name: str = "sql ashmere-police"

    def fetch(self, query: RecordQuery) -> Sequence[RecordItem]:
        self.asked.append(query)
        return self.answer(query)

    def check(self) -> str:
        return "It answers."


def _fetch(
    *items: RecordItem, yes: Permit | None = None, asked: list[RecordQuery] | None = None
) -> tuple[RecordItem, ...]:
    holder = _Holder(answer=lambda _: items, asked=[] if asked is None else asked)
    return SourceRouter({POLICE: holder}, _Clock()).fetch(yes or permit()).items


def test_everything_on_file_is_never_fetched() -> None:
    """Even where a permit says so, nobody is asked for a whole record (rule S11)."""
    asked: list[RecordQuery] = []
    everything = permit(None, ruling("incident-summary"), ruling("whole-record"))

    with pytest.raises(SourceMismatchError, match="categories that matter"):
        _fetch(item(), yes=everything, asked=asked)
    assert asked == []


def test_a_holder_is_asked_once_for_each_earliest_date() -> None:
    """In a repeat case old risk is asked for, and old incidents are not even sent (rule R30)."""
    asked: list[RecordQuery] = []
    risk, new = Category("risk-assessment"), date(2026, 10, 15)
    known = context(since=new, since_of=((risk, SINCE),))
    items = (
        item(recorded_on=date(2026, 10, 14)),
        item(recorded_on=new, item_id="INC-2"),
    )
    holder = _Holder(
        answer=lambda query: [one for one in items if one.category in query.categories],
        asked=asked,
    )
    fetched = SourceRouter({POLICE: holder}, _Clock()).fetch(permit(context=known)).items

    assert [(one.categories, one.since) for one in asked] == [
        ((Category("incident-summary"),), new),
        ((risk,), SINCE),
    ]
    assert [one.item_id for one in fetched] == ["INC-2"]


def test_holder_is_asked_for_the_granted_categories_of_one_person_only() -> None:
    """What policy withholds is never even asked for."""
    asked: list[RecordQuery] = []
    withheld = ruling("risk-assessment", outcome=Outcome.DENY)

    _fetch(item(), yes=permit(None, ruling("incident-summary"), withheld), asked=asked)

    assert asked == [
        RecordQuery(subject_ref="NOM-1001", categories=(Category("incident-summary"),), since=SINCE)
    ]


def test_answer_stays_under_its_permit() -> None:
    """What is fetched carries the permit it was fetched under, and when."""
    yes = permit()
    record = SourceRouter({POLICE: _Holder(lambda _: [item()], [])}, _Clock()).fetch(yes)

    assert (record.permit, record.items, record.fetched_at) == (yes, (item(),), NOW)


def test_person_the_holder_does_not_know_has_nothing_there() -> None:
    """Without a reference nobody is asked, and nothing is held."""
    asked: list[RecordQuery] = []
    unknown = permit(context=context(subject=person()))

    assert _fetch(item(), yes=unknown, asked=asked) == ()
    assert asked == []


def test_permit_without_grants_fetches_nothing() -> None:
    """Empty means no: a permit that grants nothing opens nothing."""
    asked: list[RecordQuery] = []
    empty = permit(None, ruling(outcome=Outcome.PERMIT_VERBAL_ONLY))

    assert _fetch(item(), yes=empty, asked=asked) == ()
    assert asked == []


@pytest.mark.parametrize("subject", [None, person(subject_id="somebody-else")])
def test_permit_about_somebody_else_is_refused(subject: object) -> None:
    """A permit whose facts were gathered about another person fetches nothing."""
    with pytest.raises(SourceMismatchError):
        _fetch(item(), yes=permit(context=context(subject=subject)))


@pytest.mark.parametrize(
    "lie",
    [
        item(subject_ref="NOM-1002"),
        item(subject_ref="nom-1001"),
        item(subject_ref=""),
        item(category=Category("intelligence")),
        item(category=Category("")),
        item(text="x" * (MAX_TEXT_CHARACTERS + 1)),
        item(text="a\x00b"),
        item(text="a\x1b[2Jb"),
        item(text="\ud800"),
        item(title=""),
        item(title="two\nlines"),
        item(title="x" * 201),
        item(title="\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe"),
        item(fields=(("", "x"),)),
        item(fields=(("name", "x" * 2_001),)),
        item(fields=(("name", "a\rb"),)),
        item(fields=(("n" * 81, "x"),)),
        item(fields=(("name", "x"),) * (MAX_FIELDS + 1)),
    ],
)
def test_what_was_not_asked_for_stops_the_request(lie: RecordItem) -> None:
    """Another person, another category, too much or unreadable: nothing of the answer is used."""
    with pytest.raises(SourceMismatchError) as failed:
        _fetch(item(), lie)

    assert "item 1" in str(failed.value)
    assert "NOM" not in str(failed.value)


def test_whole_record_dump_stops_the_request() -> None:
    """More items than a grant can mean is refused, not cut."""
    with pytest.raises(SourceMismatchError):
        _fetch(*[item()] * (MAX_ITEMS + 1))


def test_lie_among_old_items_is_still_a_lie() -> None:
    """Being too old does not excuse being about somebody else."""
    with pytest.raises(SourceMismatchError):
        _fetch(item(subject_ref="NOM-1002", recorded_on=None))


@settings(deadline=None)
@given(st.lists(st.none() | st.dates(SINCE - timedelta(days=9), SINCE + timedelta(days=9))))
def test_old_and_undated_items_are_left_out(days: list[date | None]) -> None:
    """Exactly what is dated and inside the relevance window is used, in the holder's order."""
    found = _fetch(*(item(recorded_on=day) for day in days))

    assert [one.recorded_on for one in found] == [day for day in days if day and day >= SINCE]


def test_holder_without_connector_is_an_error_not_an_empty_record() -> None:
    """A holder that cannot be asked is not a holder that has nothing."""
    with pytest.raises(SourceUnavailableError, match="No connector"):
        SourceRouter({}, _Clock()).fetch(permit())


def test_silent_holder_costs_the_time_box_and_no_more() -> None:
    """A holder that hangs is given up; its late answer is thrown away."""
    hang = threading.Event()
    holder = _Holder(answer=lambda _: (hang.wait(30), [item()])[1], asked=[])
    ask = SourceRouter({POLICE: holder}, _Clock(), fetch_seconds=0.05)
    try:
        with pytest.raises(SourceUnavailableError, match="in time"):
            ask.fetch(permit())
    finally:
        hang.set()


def test_silent_holder_does_not_use_up_the_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A holder that hangs gets a bounded number of threads; others go on being answered."""
    monkeypatch.setattr(router, "MAX_CONCURRENT_FETCHES", 2)
    hang = threading.Event()
    silent = _Holder(answer=lambda _: (hang.wait(30), [])[1], asked=[])
    other = AgencyId("ashmere-probation")
    ask = SourceRouter(
        {POLICE: silent, other: _Holder(lambda _: [], [])}, _Clock(), fetch_seconds=0.05
    )
    try:
        for _ in range(4):
            with pytest.raises(SourceUnavailableError):
                ask.fetch(permit())
        elsewhere = share_request(holder=other)

        assert len(silent.asked) == 2
        assert ask.fetch(permit(elsewhere)).items == ()
    finally:
        hang.set()


def test_crash_of_a_connector_tells_nothing_of_the_record() -> None:
    """An error nobody foresaw becomes one sentence without its text."""

    def crash(query: RecordQuery) -> Sequence[RecordItem]:
        raise RuntimeError(f"cannot parse record of {query.subject_ref}")

    with pytest.raises(SourceUnavailableError) as failed:
        SourceRouter({POLICE: _Holder(crash, [])}, _Clock()).fetch(permit())

    assert "NOM-1001" not in str(failed.value)
    assert failed.value.__cause__ is None


@pytest.mark.parametrize("error", [SourceUnavailableError, SourceMismatchError])
def test_error_of_the_source_reaches_the_caller(error: type[SourceError]) -> None:
    """Down and lying stay two different things."""

    def refuse(_: RecordQuery) -> Sequence[RecordItem]:
        raise error("Try again later.")

    with pytest.raises(error):
        SourceRouter({POLICE: _Holder(refuse, [])}, _Clock()).fetch(permit())


def test_names_and_notes_of_every_kind_pass() -> None:
    """Ordinary records are not refused for accents, other scripts, layout or empty values."""
    usual = replace(
        item("Line\r\n\tone \N{NO-BREAK SPACE}\u0627\u0644\n\x0cpage 2"),
        title="Zażółć, O'Brien & \N{POUND SIGN}5 \N{EN DASH} 50 %",
        fields=(("seen by", ""), ("seen by", "\u0627\u0644")),
    )

    assert _fetch(usual) == (usual,)
