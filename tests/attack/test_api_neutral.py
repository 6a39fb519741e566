"""Nobody learns from an answer whether a case exists, is shielded, or is closed to them."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import httpx
import pytest

from broker.api.door import NEUTRAL_ANSWER_SECONDS
from broker.api.problems import MEDIA_TYPE
from broker.domain.ids import CaseId
from broker.domain.ledger import LedgerEntry
from broker.domain.words import EventKind
from broker.ledger.tokens import case_tag
from tests.api.doors import SHIELDED, UNKNOWN_CASE, UNLISTED, Doors
from tests.builders import SALT

Call = Callable[[Doors], httpx.Response]

CLOSED: Mapping[str, Call] = {
    "no-such-case": lambda doors: doors.ask("neutral-0001", case_id=UNKNOWN_CASE),
    "not-listed": lambda doors: doors.ask("neutral-0002", case_id=UNLISTED),
    "shielded": lambda doors: doors.ask("neutral-0003", case_id=SHIELDED),
    "conflict": lambda doors: doors.ask("neutral-0004", "housing-2", recipient="housing-2"),
    "no-such-purpose": lambda doors: doors.ask("neutral-0005", purpose="neighbourly-interest"),
    "forbidden-purpose": lambda doors: doors.ask("neutral-0006", purpose="immigration-enforcement"),
    "no-such-meeting": lambda doors: doors.ask("neutral-0007", meeting_id="ashmere-1999-01"),
    "no-such-holder-and-case": lambda doors: doors.ask(
        "neutral-0008", holder="ashmere-nobody", case_id=UNKNOWN_CASE
    ),
    "foreign-timeline": lambda doors: doors.call("GET", "/v1/cases/MR-0417/timeline"),
    "no-such-timeline": lambda doors: doors.call("GET", f"/v1/cases/{UNKNOWN_CASE}/timeline"),
    "shielded-timeline": lambda doors: doors.call("GET", f"/v1/cases/{SHIELDED}/timeline"),
    "foreign-consent": lambda doors: _consent(doors, "MR-0417"),
    "no-such-case-for-consent": lambda doors: _consent(doors, UNKNOWN_CASE),
    "foreign-particulars": lambda doors: _particulars(doors, "MR-0417"),
    "shielded-particulars": lambda doors: _particulars(doors, SHIELDED),
    "no-such-case-for-particulars": lambda doors: _particulars(doors, UNKNOWN_CASE),
    "no-such-task": lambda doors: doors.call(
        "POST", f"/v1/tasks/{'0' * 32}/done", json={"evidence": "done"}
    ),
    "foreign-disclosure": lambda doors: _foreign(doors, "GET", ""),
    "no-such-disclosure": lambda doors: doors.call("GET", f"/v1/disclosures/{'0' * 32}"),
    "foreign-acknowledgement": lambda doors: _foreign(doors, "POST", "/acknowledgement"),
    "no-such-acknowledgement": lambda doors: doors.call(
        "POST", f"/v1/disclosures/{'0' * 32}/acknowledgement"
    ),
    "no-such-list": lambda doors: doors.call("GET", "/v1/meetings/ashmere-1999-01/cases"),
    "list-with-nothing-for-me": lambda doors: doors.call(
        "GET", "/v1/meetings/ashmere-2026-11/cases", "housing-2"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Everything that somebody outside can compare, but for the hour."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]


def _particulars(doors: Doors, case_id: str) -> httpx.Response:
    path = f"/v1/cases/{case_id}/particulars"
    return doors.call("POST", path, json={"employee_case": True})


def _consent(doors: Doors, case_id: str) -> httpx.Response:
    statement = {"status": "withdrawn", "method": "telephone"}
    return doors.call("POST", f"/v1/cases/{case_id}/consents", json=statement)


def _foreign(doors: Doors, method: str, suffix: str) -> httpx.Response:
    """Call for a disclosure of housing's as somebody from probation."""
    disclosure = doors.ask("somebody-elses").json()["disclosure_id"]
    return doors.call(method, f"/v1/disclosures/{disclosure}{suffix}", "probation-1")


def _answer(response: httpx.Response) -> Answer:
    headers = {name: value for name, value in response.headers.items() if name != "date"}
    return Answer(
        status=response.status_code, body=response.content, headers=tuple(headers.items())
    )


@dataclass(frozen=True, kw_only=True)
class Knock:
    """One try at a closed door: what was answered, after how long, and what the log says of it."""

    answer: Answer
    seconds: float
    entries: tuple[LedgerEntry, ...]


@pytest.fixture(scope="module")
def knock(lasting_doors: Doors) -> Callable[[str], Knock]:
    """Try each door once, however many tests look at what came of it."""
    lasting_doors.ask("somebody-elses")  # So that no cause pays for it alone.

    @cache
    def knocked(cause: str) -> Knock:
        size, begun = lasting_doors.size(), time.monotonic()
        answer = _answer(CLOSED[cause](lasting_doors))
        seconds = time.monotonic() - begun
        return Knock(answer=answer, seconds=seconds, entries=lasting_doors.since(size))

    return knocked


@pytest.fixture(scope="module")
def reference(lasting_doors: Doors) -> Answer:
    """What is said of a case that does not exist."""
    return _answer(lasting_doors.ask("reference-01", case_id=UNKNOWN_CASE))


def test_the_neutral_answer_says_what_to_do_and_nothing_else(reference: Answer) -> None:
    """The one answer has no word about the case, and points to the coordinator and to 999."""
    assert reference.status == 404
    assert b"no-information" in reference.body
    assert b"coordinator" in reference.body
    assert b"999" in reference.body
    assert ("content-type", MEDIA_TYPE) in reference.headers
    assert ("cache-control", "no-store") in reference.headers


@pytest.mark.parametrize("cause", CLOSED)
def test_every_closed_door_looks_the_same(
    knock: Callable[[str], Knock], reference: Answer, cause: str
) -> None:
    """Whatever the cause, body and headers are equal to the byte, no sooner than the floor."""
    assert knock(cause).answer == reference
    assert knock(cause).seconds >= NEUTRAL_ANSWER_SECONDS


@pytest.mark.parametrize("cause", CLOSED)
def test_every_closed_door_is_logged(knock: Callable[[str], Knock], cause: str) -> None:
    """What was refused is on record exactly once, whoever asked and whatever for."""
    (entry,) = knock(cause).entries
    assert entry.kind in (EventKind.DECISION, EventKind.REQUEST_REJECTED)
    assert entry.kind is not EventKind.DECISION or entry.detail["outcome"] == "deny"


@pytest.mark.parametrize(
    "cause",
    ["conflict", "foreign-timeline", "foreign-consent", "foreign-disclosure", "no-such-purpose"],
)
def test_an_advocate_learns_who_was_turned_away(
    lasting_doors: Doors, knock: Callable[[str], Knock], cause: str
) -> None:
    """Each attempt on a client's case is an entry of that case's own chain."""
    (entry,) = knock(cause).entries
    assert entry.case_tag == case_tag(SALT, CaseId("MR-0417"))

    found = lasting_doors.call("GET", "/v1/cases/MR-0417/timeline", "idva-1").json()
    assert entry.leaf_hash.hex() in [one["entry"]["leaf_hash"] for one in found["events"]]


def test_a_slow_sender_cannot_use_up_the_floor(lasting_doors: Doors, reference: Answer) -> None:
    """The time of the answer counts from the last byte of the question, not from its first."""
    sent_at = 0.0

    def slowly() -> Iterator[bytes]:
        nonlocal sent_at
        time.sleep(NEUTRAL_ANSWER_SECONDS + 0.05)
        sent_at = time.monotonic()
        yield b'{"status": "withdrawn", "method": "telephone"}'

    answer = lasting_doors.call(
        "POST",
        "/v1/cases/MR-0417/consents",
        content=slowly(),
        headers={"Content-Type": "application/json"},
    )
    assert time.monotonic() - sent_at >= NEUTRAL_ANSWER_SECONDS
    assert _answer(answer) == reference


def test_the_list_has_neither_shielded_nor_conflicted_cases(lasting_doors: Doors) -> None:
    """The list before the meeting is silent about what is shielded from its reader."""
    listed = lasting_doors.call("GET", "/v1/meetings/ashmere-2026-11/cases").json()
    assert [one["case_id"] for one in listed["cases"]] == ["MR-0417"]
    handler = lasting_doors.call("GET", "/v1/meetings/ashmere-2026-11/cases", "police-1").json()
    assert [one["case_id"] for one in handler["cases"]] == ["MR-0417", SHIELDED]
