from datetime import timedelta

import httpx
import pytest

from broker.domain.ids import Role
from broker.domain.words import EventKind
from broker.service.register import Register
from tests import builders as a
from tests.api.doors import Doors

TASKS = "/v1/tasks"


def _overridden(doors: Doors) -> None:
    """Housing asks although the client refused: her advocate has to be told."""
    said = {"status": "refused", "method": "telephone"}
    assert doors.call("POST", "/v1/cases/MR-0417/consents", "idva-1", json=said).status_code == 201
    assert doors.ask("request-0001", reasons="He has threatened to kill her.").status_code == 202


def _open(doors: Doors, who: str) -> list[dict[str, object]]:
    answer = doors.call("GET", TASKS, who)
    assert answer.status_code == 200
    found: list[dict[str, object]] = answer.json()["tasks"]
    return found


def _done(doors: Doors, task_id: object, who: str, evidence: str = "Read it.") -> httpx.Response:
    return doors.call("POST", f"{TASKS}/{task_id}/done", who, json={"evidence": evidence})


def test_an_advocate_sees_what_was_decided_against_her_client_s_wishes(doors: Doors) -> None:
    """The override is on her list with its entry and its due time, and on nobody else's."""
    _overridden(doors)
    size = doors.size()
    (told,) = _open(doors, "idva-1")

    assert (told["obligation"], told["state"], told["case_id"]) == ("NTF", "open", "MR-0417")
    assert told["due_at"] == (a.NOW + timedelta(minutes=15)).isoformat().replace("+00:00", "Z")
    entry = doors.desk.log.entry(int(str(told["entry"])))
    assert entry is not None
    assert entry.kind is EventKind.DECISION
    assert [one.kind for one in doors.since(size)] == [EventKind.TASKS_READ]
    assert _open(doors, "housing-1") == []
    assert _open(doors, "probation-1") == []


def test_what_is_not_done_in_time_is_overdue(doors: Doors) -> None:
    """Twenty minutes later the notice is overdue and says so."""
    _overridden(doors)
    doors.clock.advance(timedelta(minutes=20))

    assert [one["state"] for one in _open(doors, "idva-1")] == ["overdue"]


def test_a_task_is_done_with_a_note_that_no_log_repeats(doors: Doors) -> None:
    """The note is kept for whoever has the task; the log says only that it was done."""
    _overridden(doors)
    (told,) = _open(doors, "idva-1")
    size = doors.size()
    answer = _done(doors, told["task_id"], "idva-1", "Told Mara Ellwood on the safe number.")

    assert answer.status_code == 201
    assert answer.json()["state"] == "done"
    assert answer.json()["evidence"] == "Told Mara Ellwood on the safe number."
    (entry,) = doors.since(size)
    assert (entry.kind, entry.detail["obligation"]) == (EventKind.TASK_DONE, "NTF")
    assert b"Mara" not in entry.canonical
    assert _open(doors, "idva-1") == []
    (done,) = doors.call("GET", f"{TASKS}?state=done", "idva-1").json()["tasks"]
    assert done["done_entry"] == entry.index
    timeline = doors.call("GET", "/v1/cases/MR-0417/timeline", "idva-1").json()["events"]
    assert "did what an obligation" in timeline[-2]["sentence"]


@pytest.mark.parametrize("who", ["housing-1", "police-1", "probation-1"])
def test_somebody_else_s_task_is_no_task(doors: Doors, who: str) -> None:
    """Whoever has not got the task is told what is told of a task that does not exist."""
    _overridden(doors)
    (told,) = _open(doors, "idva-1")
    theirs, nobodys = _done(doors, told["task_id"], who), _done(doors, "0" * 32, who)

    assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content)
    assert theirs.status_code == 404
    assert [one["state"] for one in _open(doors, "idva-1")] == ["open"]


def test_a_blank_note_is_no_evidence(doors: Doors) -> None:
    """White space does not end a task, and neither does saying it twice."""
    _overridden(doors)
    (told,) = _open(doors, "idva-1")

    assert _done(doors, told["task_id"], "idva-1", " \n ").status_code == 422
    assert _done(doors, told["task_id"], "idva-1").status_code == 201
    assert _done(doors, told["task_id"], "idva-1").status_code == 422


def test_a_recipient_acknowledges_and_nothing_else_will_do(doors: Doors) -> None:
    """Accepting a package's terms is done by acknowledging it, not by a note that it was."""
    disclosure = doors.ask("request-0001").json()["disclosure_id"]
    mine = {str(one["obligation"]): one for one in _open(doors, "housing-1")}
    assert mine["ACK"]["disclosure_id"] == mine["EXP"]["disclosure_id"] == disclosure

    assert _done(doors, mine["ACK"]["task_id"], "housing-1").status_code == 422
    doors.call("POST", f"/v1/disclosures/{disclosure}/acknowledgement")
    assert [one["obligation"] for one in _open(doors, "housing-1")] == ["EXP"]


def test_who_may_learn_of_no_case_reads_no_tasks(doors: Doors) -> None:
    """An administrator without content gets the neutral answer, and the attempt is logged."""
    desk = doors.desk
    register = Register(desk.ledger, desk.cases, desk.clock)
    register.practitioner(a.practitioner(role=Role("sysadmin-no-content")))
    size = doors.size()

    assert doors.call("GET", TASKS).status_code == 404
    assert [one.kind for one in doors.since(size)] == [EventKind.REQUEST_REJECTED]
