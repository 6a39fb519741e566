"""The picture of the rules shows what the rules say, and frames what a new version changes."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker.cli import app
from broker.domain.context import Facts
from broker.domain.words import Outcome
from policies.decide import PACKAGED, PolicySet
from policies.loader import read_pack
from policies.picture import LETTERS, page
from policies.table import Table
from tests.unit.policies import packs


class _Cells(HTMLParser):
    """Reads, of the first table below one heading, each row's categories and cells."""

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self._purpose = purpose
        self._here = self._done = False
        self.rows: dict[str, dict[str, tuple[str, str]]] = {}
        self._row: dict[str, tuple[str, str]] = {}
        self._title = self._class = ""
        self._into = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "h2":
            self._here = found.get("id") == self._purpose
        self._into = tag if self._here and not self._done else ""
        if self._into == "th" and found.get("scope") == "row":
            self._into = "name"
        if self._into == "td":
            self._title, self._class = found["title"], found["class"]

    def handle_data(self, data: str) -> None:
        if self._into == "name":
            self._row = {}
            for category in data.split(", "):
                self.rows[category] = self._row
        if self._into == "td":
            self._row[self._title.split(":")[0]] = (data, self._class)

    def handle_endtag(self, tag: str) -> None:
        self._into = ""
        if tag == "table" and self._here:
            self._done = True


def _rows(html: str, purpose: str) -> dict[str, dict[str, tuple[str, str]]]:
    reader = _Cells(purpose)
    reader.feed(html)
    return reader.rows


@pytest.fixture(scope="module")
def drawn() -> str:
    """Return the page of the packaged rules."""
    return page(packs.policy())


def test_a_cell_says_what_the_rules_say(drawn: str) -> None:
    """A summary for police, with consent: the page has the answer that the rules give."""
    facts = Facts(
        purpose="marac-research",
        requester_agency="police",
        requester_role="agency-spoc",
        holder_agency="housing-la",
        recipient_agency="police",
        recipient_perpetrator_facing="no",
        subject_role="victim",
        category="incident-summary",
        consent="given-explicit",
        risk="high",
        risk_age="current",
        case_listing="listed",
        agreement="signed",
        conflict="none",
        reasons="recorded",
        approval="none",
        child_at_risk="no",
        record_age="within-window",
        emergency_use="first-or-second",
        referral_history="first",
    )
    outcome = packs.policy().rule(facts).outcome
    assert _rows(drawn, "marac-research")["incident-summary"]["police"] == (
        LETTERS[outcome],
        str(outcome),
    )


def test_probation_is_drawn_as_working_with_the_perpetrator(drawn: str) -> None:
    """The victim's wishes are never shown as something that probation may have."""
    letter, _ = _rows(drawn, "marac-research")["victim-wishes"]["probation"]
    assert letter == LETTERS[Outcome.DENY]


def test_what_a_new_version_opens_is_framed(drawn: str) -> None:
    """Without the hard stop on legal advice, its cells are framed as wider, with both letters."""
    text = packs.files()[packs.GUARDS].decode().splitlines(keepends=True)
    kept = "".join(one for one in text if not one.startswith("S10,")).encode()
    pack = read_pack(packs.files(**{packs.GUARDS: kept}), today=packs.TODAY)
    framed = page(PolicySet(pack, Table(pack)), packs.policy())
    cells = _rows(framed, "marac-research")["legal-privileged"].values()
    assert {one for _, one in cells} == {"refer-human wider"}
    assert "legal-privileged" not in _rows(drawn, "marac-research")


def test_the_page_asks_the_network_for_nothing(drawn: str) -> None:
    """One file: no script, no address to fetch from, and the browser is told to fetch none."""
    assert "<script" not in drawn
    assert re.findall(r"(?:src|href)=\"(?!#)", drawn) == []
    assert "default-src 'none'" in drawn


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    """An IG lead gets a file to open, or one sentence on why not."""
    there = tmp_path / "rules.html"
    done = CliRunner().invoke(
        app, ["policies", "picture", "--output", str(there), "--against", str(PACKAGED)]
    )
    assert done.exit_code == 0, done.stderr
    assert "Who may get what" in there.read_text(encoding="utf-8")
    nowhere = CliRunner().invoke(
        app, ["policies", "picture", "--output", str(tmp_path / "no" / "rules.html")]
    )
    assert nowhere.exit_code == 2
    assert "name a folder that exists" in nowhere.stderr
