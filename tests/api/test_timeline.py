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
