"""The promises every connector must keep, as questions to a running one.

`marac-broker connectors test` asks them of a real system, of which nothing is known beforehand;
the contract tests add specimens: what the system was loaded with.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from time import monotonic
from typing import Final

from broker.domain.errors import SourceError
from broker.domain.ids import Category
from broker.domain.ports import Connector
from broker.domain.record import RecordItem, RecordQuery
from connectors.router import MAX_FETCH_SECONDS, checked_items

CONCURRENT_CALLS: Final = 8
"""As many professionals research one holder at the same moment."""
HOSTILE_REFERENCES: Final = (
    "",
    "%",
    "*",
    "_______",
    "' OR '1'='1",
    '"; DROP TABLE people; --',
    "../../etc/passwd",
    "..",
    "a|b",
    "a,b",
    "a&category=intelligence",
    "a\nb",
    "a\x00b",
    "=1+1",
    "\N{RIGHT-TO-LEFT OVERRIDE}0001",
    "\ud800",
    "x" * 10_000,
)
"""References to nobody, each of which has meant somebody in some system."""
_SOME_CATEGORIES: Final = tuple(
    map(Category, ("incident-summary", "medication", "tenancy", "household", "no-such-category"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """Somebody the system knows, and everything dated it holds about them."""

    subject_ref: str = field(repr=False)
    items: tuple[RecordItem, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Whether one promise was kept; `detail` holds no personal data."""

    promise: str
    kept: bool
    detail: str


def check_connector(connector: Connector, *specimens: Specimen) -> tuple[Finding, ...]:
    """Return one finding a promise; an error of any kind breaks the promise it came under."""
    promises: Mapping[str, Callable[[], str]] = {
        "says how it is": connector.check,
        "knows nobody by a hostile reference": lambda: _ask_hostile(connector),
        "names itself without secrets": lambda: _look_at_name(connector),
        **{
            promise.format(number): check
            for number, one in enumerate(specimens)
            for promise, check in _of_specimen(connector, one)
        },
    }
    return tuple(_finding(promise, check) for promise, check in promises.items())


def _finding(promise: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(promise=promise, kept=True, detail=check())
    except (SourceError, AssertionError) as error:
        return Finding(promise=promise, kept=False, detail=str(error))
    except Exception as error:  # noqa: BLE001  # Its text may hold a record.
        return Finding(promise=promise, kept=False, detail=f"raised {type(error).__name__}")


def _require(kept: bool, otherwise: str) -> None:  # noqa: FBT001  # Read aloud, it is clear.
    if not kept:
        raise AssertionError(otherwise)


def _look_at_name(connector: Connector) -> str:
    kind, _, agency = connector.name.partition(" ")
    _require(bool(kind and agency), "name must be a kind and an agency")
    _require("://" not in repr(connector), "repr shows an address")
    return connector.name


def _ask_hostile(connector: Connector) -> str:
    for number, reference in enumerate(HOSTILE_REFERENCES):
        query = RecordQuery(subject_ref=reference, categories=_SOME_CATEGORIES, since=date.min)
        started = monotonic()
        try:
            found = len(connector.fetch(query))
        except SourceError:
            found = 0  # A refusal is as good as an empty answer.
        _require(not found, f"reference {number} brought {found} items of somebody")
        _require(monotonic() - started < MAX_FETCH_SECONDS, f"reference {number} took too long")
    return f"{len(HOSTILE_REFERENCES)} references to nobody brought nothing"


def _of_specimen(
    connector: Connector, specimen: Specimen
) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "returns everything about person {}", lambda: _ask_all(connector, specimen)
    yield "returns no other category of person {}", lambda: _ask_each(connector, specimen)
    yield "returns nothing older of person {}", lambda: _ask_newer(connector, specimen)
    yield "returns nothing for no category of person {}", lambda: _ask_none(connector, specimen)
    yield "answers many at once about person {}", lambda: _ask_at_once(connector, specimen)


def _query(specimen: Specimen) -> RecordQuery:
    return RecordQuery(
        subject_ref=specimen.subject_ref,
        categories=tuple(sorted({one.category for one in specimen.items})),
        since=min(one.recorded_on or date.max for one in specimen.items),
    )


def _ask_all(connector: Connector, specimen: Specimen) -> str:
    query = _query(specimen)
    answer = connector.fetch(query)
    kept = checked_items(connector.name, query, answer)
    _require(len(kept) == len(answer), "some items are too old or have no date")
    missing = [one for one in _plain(specimen.items) if one not in _plain(kept)]
    _require(not missing, f"{len(missing)} of {len(specimen.items)} items are missing or changed")
    surplus = len(kept) - len(specimen.items)
    _require(not surplus, f"{surplus} items too many")
    return f"{len(kept)} items, unchanged"


def _plain(items: tuple[RecordItem, ...]) -> list[RecordItem]:
    """Drop the id, which is the holder's own and means something to nobody else."""
    return [replace(one, item_id="") for one in items]


def _ask_each(connector: Connector, specimen: Specimen) -> str:
    query = _query(specimen)
    for category in query.categories:
        narrowed = replace(query, categories=(category,))
        kept = checked_items(connector.name, narrowed, connector.fetch(narrowed))
        held = sum(one.category == category for one in specimen.items)
        _require(len(kept) == held, f"{category}: {len(kept)} items instead of {held}")
    return f"{len(query.categories)} categories, each by itself"


def _ask_newer(connector: Connector, specimen: Specimen) -> str:
    newest = max(one.recorded_on or date.min for one in specimen.items)
    answer = connector.fetch(replace(_query(specimen), since=newest))
    held = sum(one.recorded_on == newest for one in specimen.items)
    _require(len(answer) == held, f"{len(answer)} items instead of {held} on the newest day")
    return f"{held} items on the newest day"


def _ask_none(connector: Connector, specimen: Specimen) -> str:
    answer = connector.fetch(replace(_query(specimen), categories=()))
    _require(not answer, f"{len(answer)} items for no category")
    return "no category, no item"


def _ask_at_once(connector: Connector, specimen: Specimen) -> str:
    query = _query(specimen)
    with ThreadPoolExecutor(CONCURRENT_CALLS) as pool:
        answers = list(pool.map(lambda _: connector.fetch(query), range(CONCURRENT_CALLS)))
    _require(all(one == answers[0] for one in answers), "answers at the same moment differ")
    return f"{CONCURRENT_CALLS} answers at once, all alike"
