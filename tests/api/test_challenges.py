from typing import Any

import pytest

from broker.domain.words import EventKind
from tests.api.doors import Doors

CHALLENGES = "/v1/challenges"
TEXT = "Mara Ellwood's landlord does not need this."


@pytest.fixture
def disclosed(doors: Doors) -> tuple[Doors, str]:
    """Something that housing was given by the police."""
    return doors, str(doors.ask("request-0001").json()["disclosure_id"])


def _open(doors: Doors, disclosure: str, who: str = "idva-1") -> Any:  # noqa: ANN401  an answer
    body = {"disclosure_id": disclosure, "reason": "too-much", "text": TEXT}
    return doors.call("POST", CHALLENGES, who, json=body)


def _answer(doors: Doors, challenge: str, who: str, **changes: object) -> Any:  # noqa: ANN401
    body = {"outcome": "partly", "follows": ["delete"], "text": "Part of it is wrong.", **changes}
    return doors.call("POST", f"{CHALLENGES}/{challenge}/answer", who, json=body)


def _tasks(doors: Doors, who: str) -> list[str]:
    return [one["obligation"] for one in doors.call("GET", "/v1/tasks", who).json()["tasks"]]


def test_a_challenge_goes_from_the_client_to_the_holder_and_back(
    disclosed: tuple[Doors, str],
) -> None:
    """Opened, answered, what follows done, closed: each an entry, a sentence and a task."""
    doors, disclosure = disclosed
    size = doors.size()
    opened = _open(doors, disclosure)
    assert opened.status_code == 201
    challenge = opened.json()["challenge_id"]
    assert opened.json()["due_at"] == "2026-11-16T17:00:00Z"
    assert "CHAL" in _tasks(doors, "lead-ann")

    answered = _answer(doors, challenge, "lead-ann")
    assert (answered.status_code, answered.json()["outcome"]) == (201, "partly")
    assert "CHAL" not in _tasks(doors, "lead-ann")
    assert "CHAL:delete" in _tasks(doors, "housing-1")
    assert "CHAL:answered" in _tasks(doors, "idva-1")

    body = {"settled": True, "text": "Talked through."}
    closed = doors.call("POST", f"{CHALLENGES}/{challenge}/close", "idva-1", json=body)
    assert closed.json()["step"] == "closed"
    assert "CHAL:answered" not in _tasks(doors, "idva-1")

    entries = [one for one in doors.since(size) if one.kind.value.startswith("challenge-")]
    assert [one.kind for one in entries] == [
        EventKind.CHALLENGE_OPENED,
        EventKind.CHALLENGE_ANSWERED,
        EventKind.CHALLENGE_CLOSED,
    ]
    assert all(one.case_number for one in entries)
    assert not any(word in one.canonical for one in entries for word in (b"Mara", b"wrong."))
    timeline = doors.call("GET", "/v1/cases/MR-0417/timeline", "idva-1").json()["events"]
    said = [one["sentence"] for one in timeline if one["kind"].startswith("challenge-")]
    assert "the recipient has to delete it" in said[1]
    assert doors.furnished.store.log.verify().size == doors.size()


def test_nobody_else_has_any_part_in_it(disclosed: tuple[Doors, str]) -> None:
    """Neither who received, nor another agency's lead, nor one who guesses an id."""
    doors, disclosure = disclosed
    challenge = _open(doors, disclosure).json()["challenge_id"]
    nobodys = _answer(doors, "0" * 32, "lead-ben")

    assert _open(doors, disclosure, "housing-1").status_code == 404
    assert _open(doors, "0" * 32).status_code == 404
    for who in ("lead-ben", "housing-1", "idva-1", "police-1"):
        theirs = _answer(doors, challenge, who)
        assert (theirs.status_code, theirs.content) == (404, nobodys.content)
    body = {"settled": True, "text": "Fine."}
    path = f"{CHALLENGES}/{challenge}/close"
    assert doors.call("POST", path, "lead-ann", json=body).status_code == 404
    assert doors.call("GET", CHALLENGES, "housing-1").status_code == 404
    assert doors.call("GET", CHALLENGES, "lead-ben").json() == {"challenges": []}
    (mine,) = doors.call("GET", CHALLENGES, "idva-1").json()["challenges"]
    (asked,) = doors.call("GET", CHALLENGES, "lead-ann").json()["challenges"]
    assert mine["text"] == asked["text"] == TEXT


def test_no_step_is_taken_twice_or_out_of_turn(disclosed: tuple[Doors, str]) -> None:
    """The same reason again, a second answer, an answer that contradicts itself, a late one."""
    doors, disclosure = disclosed
    challenge = _open(doors, disclosure).json()["challenge_id"]

    assert _open(doors, disclosure).status_code == 422
    assert _answer(doors, challenge, "lead-ann", outcome="rejected").status_code == 422
    assert _answer(doors, challenge, "lead-ann", text=" \n").status_code == 422
    assert _answer(doors, challenge, "lead-ann").status_code == 201
    assert _answer(doors, challenge, "lead-ann").status_code == 422
    (task,) = [
        one
        for one in doors.call("GET", "/v1/tasks", "idva-1").json()["tasks"]
        if one["obligation"] == "CHAL:answered"
    ]
    done = doors.call("POST", f"/v1/tasks/{task['task_id']}/done", "idva-1", json={"evidence": "x"})
    assert done.status_code == 422
    body = {"settled": False, "text": "She does not accept it."}
    path = f"{CHALLENGES}/{challenge}/close"
    assert doors.call("POST", path, "idva-1", json=body).status_code == 201
    assert doors.call("POST", path, "idva-1", json=body).status_code == 422
