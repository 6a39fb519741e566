import csv
import json
from io import StringIO

import pytest

from broker.domain.ids import Role
from broker.domain.words import EventKind
from broker.service.register import Register
from tests import builders as a
from tests.api.doors import SHIELDED, Doors

SEARCH = "/v1/log/search"
EXPORT = "/v1/cases/MR-0417/export"


@pytest.fixture(scope="module")
def asked(lasting_doors: Doors) -> Doors:
    """A broker that was asked twice, with an auditor on file."""
    desk = lasting_doors.desk
    register = Register(desk.ledger, desk.cases, desk.clock)
    register.practitioner(a.practitioner("sysadmin-1", "police", role=Role("auditor")))
    lasting_doors.ask("request-0001", purpose="media")
    lasting_doors.ask("request-0002", categories=["incident-summary"], purpose="media")
    return lasting_doors


def test_an_ig_lead_walks_through_the_log(asked: Doors) -> None:
    """Page by page, newest first, by kind and by purpose; each page is an entry of its own."""
    size, found, after = asked.size(), [], ""
    while True:
        page = asked.call("GET", f"{SEARCH}?kind=decision&limit=1{after}", "lead-ann").json()
        found += page["entries"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert [one["entry"]["kind"] for one in found] == ["decision", "decision"]
    assert found[0]["entry"]["index"] > found[1]["entry"]["index"]
    assert found[0]["withheld"][0]["sentence"]
    made = asked.since(size)
    assert {one.kind for one in made} == {EventKind.LOG_SEARCHED}
    assert len(made) == 3
    assert made[0].detail["filters"] == ("kind",)


def test_an_auditor_knows_cases_by_their_tag_alone(asked: Doors) -> None:
    """With the tag she finds what there is; a case's number is answered as a case of nobody."""
    first = asked.call("GET", f"{SEARCH}?kind=decision", "sysadmin-1").json()["entries"][0]
    found = asked.call("GET", f"{SEARCH}?case_tag={first['case_tag']}", "sysadmin-1").json()

    assert {one["case_tag"] for one in found["entries"]} == {first["case_tag"]}
    assert found["searched"] == found["size"]
    assert asked.call("GET", f"{SEARCH}?case=MR-0417", "sysadmin-1").status_code == 404


def test_an_advocate_searches_among_her_own_client_s_entries(asked: Doors) -> None:
    """With her client's number; without one there is nothing for her, nor of anybody else's."""
    found = asked.call("GET", f"{SEARCH}?case=MR-0417&outcome=deny", "idva-1").json()

    assert len(found["entries"]) == 2
    assert asked.call("GET", SEARCH, "idva-1").status_code == 404
    assert asked.call("GET", f"{SEARCH}?case=MR-9999", "idva-1").status_code == 404


@pytest.mark.parametrize("who", ["housing-1", "police-1", "probation-1"])
def test_to_anybody_else_there_is_no_log(asked: Doors, who: str) -> None:
    """The neutral answer, and the attempt is on record."""
    size = asked.size()

    assert asked.call("GET", SEARCH, who).status_code == 404
    assert [one.kind for one in asked.since(size)] == [EventKind.REQUEST_REJECTED]


def test_a_shielded_case_is_found_no_more_than_one_that_is_not_there(asked: Doors) -> None:
    """An IG lead who does not handle it gets an empty page for either, whatever she tried."""
    for case in (SHIELDED, "MR-9999"):
        asked.call("GET", f"/v1/cases/{case}/timeline", "lead-ann")
    pages = [
        asked.call("GET", f"{SEARCH}?case={case}", "lead-ann").json()
        for case in (SHIELDED, "MR-9999")
    ]

    assert [page["entries"] for page in pages] == [[], []]


@pytest.mark.parametrize(
    "query",
    [
        "kind=nothing",
        "purpose=nothing",
        "limit=0",
        "limit=201",
        "after=x",
        "colour=red",
        "rule=%3D",
    ],
)
def test_what_nothing_can_match_is_refused(asked: Doors, query: str) -> None:
    """An empty page means that there is nothing; a slip of the hand is told."""
    assert asked.call("GET", f"{SEARCH}?{query}", "lead-ann").status_code == 422


def test_an_advocate_has_each_file_and_each_is_an_entry(asked: Doors) -> None:
    """PDF, CSV, JSON, FHIR and consent records; its own making is the last thing in each."""
    for form, begins in (
        ("pdf", b"%PDF"),
        ("csv", b"\xef\xbb\xbf"),
        ("json", b"{"),
        ("fhir", b"{"),
        ("27560", b"{"),
    ):
        size = asked.size()
        answer = asked.call("GET", f"{EXPORT}?form={form}", "idva-1")
        assert answer.status_code == 200
        assert answer.content.startswith(begins)
        assert "MR-0417" not in answer.headers["Content-Disposition"]
        (made,) = asked.since(size)
        assert (made.kind, made.detail["format"]) == (EventKind.LOG_EXPORTED, form)
        if form == "csv":
            rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"), newline="")))
            assert rows[-1][3] == "log-exported"
        if form == "json":
            assert json.loads(answer.content)["events"][-1]["entry"]["index"] == made.index


@pytest.mark.parametrize("who", ["housing-1", "probation-1", "sysadmin-1"])
def test_nobody_else_has_a_file(asked: Doors, who: str) -> None:
    """Neither whoever asked nor an auditor: the answer is that of a case that is not there."""
    theirs = asked.call("GET", f"{EXPORT}?form=json", who)
    nobodys = asked.call("GET", "/v1/cases/MR-9999/export?form=json", who)

    assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content)
    assert theirs.status_code == 404


def test_an_ig_lead_has_a_file_but_not_of_a_shielded_case(asked: Doors) -> None:
    """For a regulator's question; a case that is hidden stays hidden."""
    assert asked.call("GET", f"{EXPORT}?form=fhir", "lead-ann").status_code == 200
    hidden = asked.call("GET", f"/v1/cases/{SHIELDED}/export?form=fhir", "lead-ann")
    assert hidden.status_code == 404
