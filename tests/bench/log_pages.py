"""One page of a search in a log of a million entries; it announces what it found.

The log is filled past the sequencer, with the bytes of four real events under other places and
moments: what is measured is reading.
"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

from broker.domain.ids import AgencyKind, CaseTag, Purpose
from broker.domain.ledger import EntryDraft, LedgerEntry
from broker.domain.search import Search
from broker.domain.words import EventKind
from broker.ledger import events
from broker.ledger.entry import place_entry, time_text
from broker.storage import upgrade
from broker.storage.terms import term, terms_of
from tests import builders as a
from tests.bench.children import announce
from tests.contract.county import package
from tests.simulators import open_test_store

_PAGE, _TIMES, _CASES, _AT_ONCE = 50, 15, 20_000, 20_000
_INDEX: Final = 123_456_789
_TAG: Final = "f" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTimes:
    """The middle of so many pages, in milliseconds of the processor, for each question."""

    entries: int
    milliseconds: Mapping[str, float]

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "PageTimes":
        """Return what the measuring process announced."""
        return cls(**said)

    @property
    def worst(self) -> float:
        """The slowest question's."""
        return max(self.milliseconds.values())


def _questions(entries: int) -> Mapping[str, Search]:
    return {
        "newest": Search(),
        "one kind": Search(kind=EventKind.DECISION),
        "one rule": Search(rule=a.permit().rulings[0].rules[0]),
        "one case": Search(case_tag=CaseTag(f"{8:032x}")),
        "a kind, a purpose, an agency": Search(
            kind=EventKind.DECISION,
            purpose=Purpose("marac-research"),
            agency_kind=AgencyKind("police"),
        ),
        "a page from the middle": Search(
            kind=EventKind.DECISION, until=a.NOW + timedelta(seconds=entries // 2)
        ),
        "two things that never meet": Search(
            kind=EventKind.DISCLOSURE, purpose=Purpose("marac-research")
        ),
    }


def measure(entries: int) -> PageTimes:
    """Fill a log of so many entries and read pages of it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "log.db"
        upgrade(f"sqlite:///{file}")
        _fill(file, entries)
        with closing(open_test_store(f"sqlite:///{file}")) as store:
            found: dict[str, float] = {}
            for name, question in _questions(entries).items():
                times = []
                for _ in range(_TIMES):
                    begun = time.process_time()
                    store.search.find(question, _PAGE)
                    times.append(time.process_time() - begun)
                found[name] = median(times) * 1_000
    return PageTimes(entries=entries, milliseconds=found)


_ENTRY: Final = (
    'INSERT INTO log_entries ("index", canonical, case_tag, case_number, nodes) '
    "VALUES (?, ?, ?, ?, x'')"
)
"""Without the tree's nodes, which no search reads."""


def _templates() -> list[LedgerEntry]:
    permit = a.permit()
    rulings, version = permit.rulings, permit.policy_version
    drafts: list[EntryDraft] = [
        events.decision(permit, a.NOW),
        events.disclosure(package(permit), a.NOW),
        events.rejected("no-information", a.agency().kind, a.NOW),
        events.policy_asked(permit.requester, rulings, version, a.SALT, a.NOW),
    ]
    tagged = [replace(one, case_tag=CaseTag(_TAG)) for one in drafts[:3]]
    return [
        place_entry(one, index=_INDEX, case_number=1, case_previous="")
        for one in (*tagged, drafts[3])
    ]


def _fill(file: Path, entries: int) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA synchronous = OFF")
        rows: list[tuple[object, ...]] = []
        terms: list[tuple[int, int, int]] = []
        for row, own in _rows(entries):
            rows.append(row)
            terms.extend(own)
            if len(rows) == _AT_ONCE or row[0] == entries - 1:
                database.executemany(_ENTRY, rows)
                database.executemany("INSERT INTO log_terms VALUES (?, ?, ?)", terms)
                database.commit()
                rows, terms = [], []
        database.execute("INSERT INTO log_followers VALUES ('search', ?)", (entries,))
        database.commit()


def _rows(entries: int) -> Iterator[tuple[tuple[object, ...], list[tuple[int, int, int]]]]:
    """Yield each entry's row and the rows of its terms."""
    templates = [(one, terms_of(one) - {term("case_tag", _TAG)}) for one in _templates()]
    numbers: dict[str, int] = {}
    for index in range(entries):
        template, terms = templates[index % len(templates)]
        tag = None if template.case_tag is None else f"{index % _CASES:032x}"
        at = a.NOW + timedelta(seconds=index)
        canonical = (
            template.canonical.replace(str(_INDEX).encode(), str(index).encode())
            .replace(_TAG.encode(), (tag or "").encode())
            .replace(time_text(a.NOW).encode(), time_text(at).encode(), 1)
        )
        own = terms if tag is None else terms | {term("case_tag", tag)}
        number = 0
        if tag is not None:
            number = numbers[tag] = numbers.get(tag, 0) + 1
        moment = int(at.timestamp()) * 1_000_000
        yield (index, canonical, tag, number), [(one, moment, index) for one in own]


if __name__ == "__main__":
    announce(**asdict(measure(int(sys.argv[1]))))
