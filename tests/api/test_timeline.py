from typing import Any

from broker.domain.words import EventKind
from tests.api.doors import Doors

PATH = "/v1/cases/MR-0417/timeline"


def _timeline(doors: Doors) -> dict[str, Any]:
    answer = doors.call("GET", PATH, "idva-1")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_what_was_withheld_is_said_in_the_rules_own_words(doors: Doors) -> None:
    """For each category that did not leave: the rule, and its sentence as an IG lead wrote it."""
    doors.ask("request-0001", categories=["incident-summary", "intelligence"])
    decision = next(one for one in _timeline(doors)["events"] if one["kind"] == "decision")

    (withheld,) = [one for one in decision["withheld"] if one["category"] == "intelligence"]
    assert withheld["rules"]
    assert withheld["outcome"] in {"deny", "refer-human", "permit-verbal-only"}
    assert len(withheld["sentence"]) > 20
    assert "Ask an IG lead" not in withheld["sentence"]


def test_an_attempt_and_an_override_come_before_the_rest(doors: Doors) -> None:
    """The page names what to read first: here somebody who is not her advocate tried to read it."""
    assert doors.call("GET", PATH, "housing-1").status_code == 404
    said = {"status": "refused", "method": "telephone"}
    doors.call("POST", "/v1/cases/MR-0417/consents", "idva-1", json=said)
    doors.ask("request-0001", reasons="He has threatened to kill her.")
    found = _timeline(doors)

    by_number = {one["case_number"]: one for one in found["events"]}
    first = [by_number[one]["attention"] for one in found["first"]]
    assert first[-1] == "unlisted"
    assert all(by_number[one]["attention"] for one in found["first"])
    assert [one["case_number"] for one in found["events"]] == list(range(1, len(by_number) + 1))


def test_a_disclosure_counts_what_was_removed(doors: Doors) -> None:
    """What left has its removals by reason; reading it is the newest entry."""
    doors.ask("request-0001")
    events = _timeline(doors)["events"]

    (given,) = [one for one in events if one["kind"] == "disclosure"]
    assert sum(given["removed"].values()) > 0
    assert events[-1]["kind"] == EventKind.TIMELINE_READ


def test_the_pages_together_are_the_timeline(doors: Doors) -> None:
    """Turned by number, each page with proofs under its own checkpoint; nothing twice or left out.

    What is read in pages is longer than the whole was, by an entry for each page.
    """
    for _ in range(25):
        doors.call("GET", PATH, "probation-1")
    size, found, after = doors.size(), [], 0
    while after is not None:
        page = doors.call("GET", f"{PATH}?limit=10&after={after}", "idva-1").json()
        assert len(page["events"]) <= 10
        assert set(page["first"]) <= {one["case_number"] for one in page["events"]}
        found += page["events"]
        after = page["next"]

    assert [one["case_number"] for one in found] == list(range(1, len(found) + 1))
    read = [one.kind for one in doors.since(size)]
    assert read == [EventKind.TIMELINE_READ] * 3
    whole = _timeline(doors)
    assert whole["next"] is None
    shown = [one["entry"]["leaf_hash"] for one in whole["events"]]
    assert [one["entry"]["leaf_hash"] for one in found] == shown[: len(found)]


def test_pages_that_are_no_pages_are_refused(doors: Doors) -> None:
    """Too small a page would never end, too large a one is not one; both are said to be wrong."""
    for asked in ("limit=9", "limit=201", "after=-1", "after=9007199254740992", "after=x"):
        assert doors.call("GET", f"{PATH}?{asked}", "idva-1").status_code == 422
