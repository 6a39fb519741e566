"""The conformance kit finds the faults it is there to find."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pytest

from broker.domain.errors import SourceUnavailableError
from broker.domain.ids import Category
from broker.domain.ports import Connector
from broker.domain.record import RecordItem, RecordQuery
from connectors.conformance import Specimen, check_connector
from tests.builders import item

HELD = (
    item(),
    item("Later.", item_id="INC-2", recorded_on=date(2026, 10, 20)),
    item(item_id="RSK-1", category=Category("risk-assessment")),
)
SPECIMEN = Specimen(subject_ref="NOM-1001", items=HELD)


@dataclass(frozen=True)
class Sound:
    """A connector over three items that keeps every promise."""

    name: str = "memory ashmere-police"

    def fetch(self, query: RecordQuery) -> Sequence[RecordItem]:
        """Return what was asked for."""
        return [
            one
            for one in HELD
            if one.subject_ref == query.subject_ref
            and one.category in query.categories
            and (one.recorded_on or date.min) >= query.since
        ]

    def check(self) -> str:
        """Say how it is."""
        return "It answers."


class Gullible(Sound):
    """Takes a wildcard for a person."""

    def fetch(self, query: RecordQuery) -> Sequence[RecordItem]:
        """Match as SQL's LIKE does."""
        if query.subject_ref == "%":
            return HELD
        return super().fetch(query)


class Crashing(Sound):
    """Falls over a reference it cannot encode."""

    def fetch(self, query: RecordQuery) -> Sequence[RecordItem]:
        """Encode the reference first."""
        query.subject_ref.encode()
        return super().fetch(query)


class Generous(Sound):
    """Ignores the categories."""

    def fetch(self, query: RecordQuery) -> Sequence[RecordItem]:
        """Return every category."""
        return [one for one in HELD if one.subject_ref == query.subject_ref]


class Timeless(Sound):
    """Ignores the relevance window."""

    def fetch(self, query: RecordQuery) -> Sequence[RecordItem]:
        """Return items of any age."""
        return super().fetch(replace(query, since=date.min))


class Forgetful(Sound):
    """Loses an item."""

    def fetch(self, query: RecordQuery) -> Sequence[RecordItem]:
        """Return all but the last."""
        return super().fetch(query)[:-1]


class Inventive(Sound):
    """Changes a text."""

    def fetch(self, query: RecordQuery) -> Sequence[RecordItem]:
        """Return trimmed texts."""
        return [replace(one, text=(one.text or "")[:5]) for one in super().fetch(query)]


class Down(Sound):
    """Cannot be reached."""

    def check(self) -> str:
        """Say so."""
        raise SourceUnavailableError("Start it.")


class Talkative(Sound):
    """Shows its address."""

    def __repr__(self) -> str:
        """Show the address."""
        return "Talkative('https://user:password@records.example')"


def test_sound_connector_is_found_sound() -> None:
    """A connector that keeps every promise gets no finding against it."""
    assert all(one.kept for one in check_connector(Sound(), SPECIMEN))


@pytest.mark.parametrize(
    ("faulty", "promise"),
    [
        (Gullible(), "hostile reference"),
        (Crashing(), "hostile reference"),
        (Generous(), "no other category"),
        (Generous(), "for no category"),
        (Timeless(), "nothing older"),
        (Forgetful(), "everything"),
        (Inventive(), "everything"),
        (Down(), "says how it is"),
        (Talkative(), "without secrets"),
    ],
)
def test_faulty_connector_is_found_out(faulty: Connector, promise: str) -> None:
    """Each way of breaking a promise is reported under that promise, without any content."""
    broken = [one for one in check_connector(faulty, SPECIMEN) if not one.kept]

    assert [one for one in broken if promise in one.promise]
    assert not [one for one in broken if "NOM" in one.detail or "Mara" in one.detail]


def test_nothing_known_beforehand_still_asks_three_questions() -> None:
    """A system of which nothing is known is tested all the same."""
    assert len(check_connector(Sound())) == 3
