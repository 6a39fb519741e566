"""The rules over AuthZEN: what they say to facts, and nothing about anybody."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import httpx
import pytest

from broker.api.authzen_schemas import QUESTIONS, EvaluationsBody
from broker.domain.words import EventKind
from tests import builders as a
from tests.api.doors import Doors
from tests.unit.policies.rows import rows

ONE, SEVERAL = "/access/v1/evaluation", "/access/v1/evaluations"
Question = dict[str, Any]


def question(**facts: str) -> Question:
    """A question of these facts, each in its place."""
    left = {name: getattr(a.facts(**facts), name) for name in a.facts().__slots__}
    place = {
        "subject": ("requester_agency", "requester_role"),
        "resource": ("holder_agency", "subject_role", "record_age"),
    }
    purpose, category = left.pop("purpose"), left.pop("category")
    own = {at: {name: left.pop(name) for name in names} for at, names in place.items()}
    return {
        "subject": {"type": "practitioner", "id": "housing-1", "properties": own["subject"]},
        "action": {"name": purpose},
        "resource": {"type": "record", "id": category, "properties": own["resource"]},
        "context": left,
    }


def ask(doors: Doors, asked: Mapping[str, Any], path: str = ONE, **headers: str) -> httpx.Response:
    """The answer to a question."""
    return doors.call("POST", path, json=asked, headers=headers)


YES, NO = question(), question(conflict="confirmed")
ODD = question(risk="hihg")


def test_a_yes_says_everything_that_goes_with_it(lasting_doors: Doors) -> None:
    """The decision is a truth value; beside it stands all that a ruling says, and why."""
    answer = ask(lasting_doors, YES)
    ruling = lasting_doors.desk.policy.rule(a.facts())

    assert answer.status_code == 200
    said = answer.json()
    assert said["decision"] is True
    context = said["context"]
    assert context["outcome"] == ruling.outcome == "permit-redacted"
    assert context["rules"] == list(ruling.rules)
    assert context["deciding_rules"] == list(ruling.deciding_rules)
    assert context["obligations"] == list(ruling.obligations)
    assert context["profile"] == ruling.profile
    assert context["basis"] == list(ruling.basis)
    assert context["policy_version"] == lasting_doors.desk.policy.version
    assert context["sentence"] == context["reason_user"]["en"] == ruling.sentence
    assert context["reason_admin"]["en"].startswith("permit-redacted by ")


def test_yes_means_released_in_writing_and_nothing_else(lasting_doors: Doors) -> None:
    """On rows of the pack's own tables, only what leaves in writing is a yes.

    What a person decides, or what may only be said at the meeting, is a no with its reason.
    """
    by_outcome = {row.outcome: row.facts for row in rows()}
    assert len(by_outcome) == 5
    for outcome, facts in by_outcome.items():
        said = ask(lasting_doors, question(**asdict(facts))).json()
        assert said["context"]["outcome"] == outcome
        assert said["decision"] is (outcome in {"permit", "permit-redacted"}), outcome


def test_what_is_not_said_is_unknown(lasting_doors: Doors) -> None:
    """A question without context is answered as protectively as facts that nobody knows."""
    bare = {name: YES[name] for name in ("subject", "action", "resource")}
    said = ask(lasting_doors, bare).json()

    assert said["decision"] is False


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"context": {"risk": "hihg"}}, "The fact `risk` has no such word; nearest: high."),
        ({"context": {"rsik": "high"}}, "There is no such fact; nearest: risk."),
        ({"action": {"name": "marac-reserch"}}, "nearest: marac-research."),
        ({"context": {"risk": "Mara Ellwood"}}, "The fact `risk` has no such word."),
        ({"context": {"Mara Ellwood": "high"}}, "There is no such fact."),
        ({"context": {"risk": 3}}, "At fault: body.context"),
        ({"context": {"risk": None}}, "At fault: body.context"),
        ({"context": {"category": "tenancy"}}, "move it there"),
        ({"context": {"holder_agency": "police"}}, "move it there"),
        (
            {"subject": {"type": "practitioner", "id": "x", "properties": {"risk": "high"}}},
            "The properties of the subject may be: requester_agency, requester_role.",
        ),
        ({"subject": {"type": "user", "id": "x"}}, "At fault: body.subject.type"),
        ({"resource": {"type": "record"}}, "At fault: body.resource.id"),
        ({"subject": None}, "At fault: body.subject"),
        ({"Mara Ellwood": 1}, "At fault: body.unknown"),
    ],
    ids=lambda one: json.dumps(one) if isinstance(one, dict) else "",
)
def test_what_cannot_be_read_is_400_and_never_repeated(
    lasting_doors: Doors, change: Mapping[str, Any], says: str
) -> None:
    """A bad request says where the fault is and which word is near; not what stood there."""
    answer = ask(lasting_doors, {**YES, **change})

    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:marac-broker:problem:bad-request"
    assert says in answer.json()["detail"]
    assert "Mara" not in answer.text


def test_a_list_is_answered_in_its_order(lasting_doors: Doors) -> None:
    """Members beside the list hold for every question that does not bring its own."""
    asked = {**YES, "evaluations": [{}, {"context": NO["context"]}, {"context": ODD["context"]}]}
    said = ask(lasting_doors, asked, SEVERAL).json()["evaluations"]

    assert [one["decision"] for one in said] == [True, False, False]
    assert said[1]["context"]["outcome"] == "deny"
    assert said[2]["context"]["error"] == {
        "status": 400,
        "message": "The fact `risk` has no such word; nearest: high.",
    }


@pytest.mark.parametrize(
    ("semantic", "asked", "decisions"),
    [
        ("execute_all", [YES, NO, YES], [True, False, True]),
        ("deny_on_first_deny", [YES, NO, YES], [True, False]),
        ("deny_on_first_deny", [ODD, YES], [False]),
        ("deny_on_first_deny", [YES, YES], [True, True]),
        ("permit_on_first_permit", [NO, ODD, YES, NO], [False, False, True]),
        ("permit_on_first_permit", [NO], [False]),
    ],
    ids=["all", "deny", "deny on a fault", "no deny", "permit", "no permit"],
)
def test_a_list_stops_where_its_semantic_says(
    lasting_doors: Doors, semantic: str, asked: list[Question], decisions: list[bool]
) -> None:
    """The three ways to go through a list; a question that cannot be read counts as a no."""
    body = {"evaluations": asked, "options": {"evaluations_semantic": semantic, "other": 1}}
    said = ask(lasting_doors, body, SEVERAL).json()

    assert set(said) == {"evaluations"}
    assert [one["decision"] for one in said["evaluations"]] == decisions


def test_without_a_list_there_is_one_decision(lasting_doors: Doors) -> None:
    """The address for several answers a single question as the address for one does."""
    for body in (YES, {**YES, "evaluations": []}):
        assert ask(lasting_doors, body, SEVERAL).json() == ask(lasting_doors, YES).json()


@pytest.mark.parametrize(
    "body",
    [
        {"evaluations": []},
        {},
        {"evaluations": [{}] * 65, **YES},
        {**YES, "evaluations": [{}], "options": {"evaluations_semantic": "best_of_three"}},
        {**YES, "evaluations": [{"subject": {"type": "practitioner"}}]},
    ],
    ids=["no question", "nothing", "too many", "another semantic", "half a subject"],
)
def test_a_list_that_is_no_list_is_400(lasting_doors: Doors, body: Mapping[str, Any]) -> None:
    """What is wrong with the whole call is an error of the call."""
    assert ask(lasting_doors, body, SEVERAL).status_code == 400


def test_a_question_that_is_incomplete_in_a_list_is_a_no(lasting_doors: Doors) -> None:
    """What is wrong with one question leaves the others answered."""
    said = ask(lasting_doors, {"evaluations": [{}, YES]}, SEVERAL).json()["evaluations"]

    assert [one["decision"] for one in said] == [False, True]
    assert said[0]["context"]["error"]["status"] == 400


def test_the_requests_own_name_comes_back(lasting_doors: Doors) -> None:
    """X-Request-ID is given back with answers and faults; what is no honest name is not."""
    named = "bfe9eb29-ab87-4ca3-be83-a1d5d8305716"

    assert ask(lasting_doors, YES, **{"X-Request-ID": named}).headers["X-Request-ID"] == named
    assert ask(lasting_doors, {}, **{"X-Request-ID": named}).headers["X-Request-ID"] == named
    assert "X-Request-ID" not in ask(lasting_doors, YES).headers
    assert "X-Request-ID" not in ask(lasting_doors, YES, **{"X-Request-ID": "x" * 200}).headers


def test_asking_leaves_an_entry_without_a_fact(doors: Doors) -> None:
    """Who asked, how often each outcome was the answer, under which policy; and no more."""
    size = doors.size()
    ask(doors, {"evaluations": [YES, NO, NO, ODD]}, SEVERAL)

    (entry,) = doors.since(size)
    assert entry.kind is EventKind.POLICY_ASKED
    assert (entry.case_tag, entry.case_number) == (None, 0)
    assert set(entry.detail) == {"requester", "outcomes", "policy_version"}
    assert entry.detail["outcomes"] == {"deny": 2, "permit-redacted": 1}
    for word in ("housing-1", "incident-summary", "marac-research", "given-explicit"):
        assert word.encode() not in entry.canonical


def test_a_fault_is_logged_as_a_rejected_request(doors: Doors) -> None:
    """A question that was not answered is on the log as what it was."""
    size = doors.size()
    ask(doors, ODD)

    (entry,) = doors.since(size)
    assert entry.kind is EventKind.REQUEST_REJECTED
    assert entry.detail["reason"] == "bad-request at POST /access/v1/evaluation"


def test_the_configuration_says_where_to_ask(lasting_doors: Doors) -> None:
    """Anybody may read where the questions are asked; the addresses are those that answer."""
    base = lasting_doors.base_url
    found = lasting_doors.http.get(f"{base}/.well-known/authzen-configuration")

    assert found.status_code == 200
    assert found.json() == {
        "policy_decision_point": base,
        "access_evaluation_endpoint": f"{base}{ONE}",
        "access_evaluations_endpoint": f"{base}{SEVERAL}",
    }


def test_the_example_can_be_sent(lasting_doors: Doors) -> None:
    """Whoever copies the example of the document gets an answer about its facts."""
    EvaluationsBody.model_validate(QUESTIONS)
    said = ask(lasting_doors, QUESTIONS, SEVERAL).json()["evaluations"]

    assert [one["decision"] for one in said] == [True, False]
