"""Every connector keeps the same promises, asked of the agency's own running system."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from broker.demo.county import county
from broker.demo.systems.running import RunningSystems, start_systems
from broker.domain.ids import AgencyId, Category
from broker.domain.ports import Connector
from broker.domain.record import MAX_TEXT_CHARACTERS, RecordItem, RecordQuery
from connectors.conformance import Specimen, check_connector
from connectors.settings import connectors_from
from tests.builders import item

KINDS = {
    AgencyId("ashmere-police"): "sql",
    AgencyId("ashmere-probation"): "sql",
    AgencyId("ashmere-acute"): "fhir",
    AgencyId("ashmere-housing-la"): "dropfolder",
    AgencyId("ashmere-education"): "dropfolder",
    AgencyId("ashmere-childrens-social-care"): "rest",
}
CATEGORY = {
    AgencyId("ashmere-police"): "incident-detail",
    AgencyId("ashmere-probation"): "perp-programme",
    AgencyId("ashmere-acute"): "injury-attendance",
    AgencyId("ashmere-housing-la"): "tenancy",
    AgencyId("ashmere-education"): "child-school",
    AgencyId("ashmere-childrens-social-care"): "child-protection",
}
PATIENCE_SECONDS = 20
"""How long an orphaned system may take to end on a busy machine; usually it takes one."""


def _awkward(category: str) -> tuple[RecordItem, ...]:
    """Items that formats like to spoil, about one person, one beside another's."""
    texts = (
        "Said \"I'll find you\", then;left,\nO'Brien saw\n\n  it.",
        "Zażółć gęślą jaźń \N{THUMBS UP SIGN} \u0645\u0631\u062d\u0628\u0627 <b>&amp;</b>",
        "x" * (MAX_TEXT_CHARACTERS - 1) + "é",
        "- milk\n- +44 20 7946 0123\n- 3 = 3",
        None,
    )
    made = [
        item(
            text,
            item_id=f"{category}-{number}",
            subject_ref="AWK-1",
            category=Category(category),
            title=f"Entry no. {number}, \N{POUND SIGN}5 & <more>",
            recorded_on=date(2026, 2, 1 + number),
            fields=(("kept by", "Perpetua O'Quill"), (f"field {number}", "12.0")),
        )
        for number, text in enumerate(texts)
    ]
    other = item(
        "Somebody else's.",
        item_id=f"{category}-other",
        subject_ref="AWK-11",
        category=Category(category),
    )
    return (*made, other)


@pytest.fixture(scope="module")
def records() -> Mapping[AgencyId, tuple[RecordItem, ...]]:
    """What each agency holds: the whole county, and some awkward entries."""
    made = county(datetime(2026, 11, 9, 10, tzinfo=UTC))
    return {
        agency: (*made.records[agency], *_awkward(category))
        for agency, category in CATEGORY.items()
    }


@pytest.fixture(scope="module")
def systems(
    records: Mapping[AgencyId, tuple[RecordItem, ...]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningSystems]:
    """Every agency's own system, running, with its records."""
    with start_systems(tmp_path_factory.mktemp("systems"), records, KINDS) as running:
        yield running


@pytest.fixture(scope="module")
def connectors(systems: RunningSystems) -> Mapping[AgencyId, Connector]:
    """The connectors, made from what the operator would be given."""
    return connectors_from(systems.connectors_config)


@pytest.mark.parametrize("agency", KINDS)
def test_connector_keeps_every_promise(
    agency: AgencyId,
    connectors: Mapping[AgencyId, Connector],
    records: Mapping[AgencyId, tuple[RecordItem, ...]],
) -> None:
    """The conformance kit finds no fault, awkward characters and other people's rows included."""
    of_person = tuple(one for one in records[agency] if one.subject_ref == "AWK-1")

    findings = check_connector(connectors[agency], Specimen(subject_ref="AWK-1", items=of_person))

    assert [one for one in findings if not one.kept] == []


@pytest.mark.parametrize("agency", KINDS)
def test_every_record_of_the_county_comes_back_and_nothing_else(
    agency: AgencyId,
    connectors: Mapping[AgencyId, Connector],
    records: Mapping[AgencyId, tuple[RecordItem, ...]],
) -> None:
    """What an agency put into its own system is what the broker reads, person by person."""
    categories = tuple({one.category for one in records[agency]})
    for person in {one.subject_ref for one in records[agency]}:
        query = RecordQuery(subject_ref=person, categories=categories, since=date.min)

        found = connectors[agency].fetch(query)

        held = [one for one in records[agency] if one.subject_ref == person and one.recorded_on]
        assert _told(held) == _told(found)


def _told(items: Sequence[RecordItem]) -> list[str]:
    """Everything but the id, which is the holder's own."""
    return sorted(
        repr((one.subject_ref, one.category, one.title, one.recorded_on, one.fields, one.text))
        for one in items
    )


_STARTER = """
import sys, time
from pathlib import Path
from urllib.parse import urlsplit
from broker.demo.systems.running import start_systems

running = start_systems(Path(sys.argv[1]), {}, {"ashmere-acute": "fhir"})
print(running.connectors_config["connectors"]["ashmere-acute"]["url"], running.mailboxes)
sys.stdout.flush()
time.sleep(60)
"""


def test_systems_end_when_whoever_started_them_is_killed(tmp_path: Path) -> None:
    """A demo that dies by kill -9 leaves no system running."""
    with subprocess.Popen(
        [sys.executable, "-c", _STARTER, str(tmp_path)], stdout=subprocess.PIPE
    ) as starter:
        assert starter.stdout is not None
        urls = starter.stdout.readline().decode().split()
        answering = [_answers(one) for one in urls]
        starter.kill()

    assert answering == [True, True]
    assert all(_falls_silent(one) for one in urls)


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=1).close()
    except OSError:
        return False
    return True


def _falls_silent(url: str) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if not _answers(url):
            return True
        time.sleep(0.05)
    return False
