"""The doors about holds: two people for either word, and nothing there for anybody else."""

from datetime import timedelta
from typing import Any

import pytest

from broker.domain.ids import Role
from broker.domain.words import EventKind
from broker.service.register import Register
from broker.service.retention import run
from broker.service.retention_holds import overview
from tests import builders as a
from tests.api.doors import Doors
from tests.leads import lead

ANN, BEN = "lead-ann", "lead-ben"
REASON = "Claim issued at Hexley County Court by Wilhelmina Throssell."
YEARS = timedelta(days=2557 + 400)
HOLDS = "/v1/cases/MR-0417/holds"


def say(doors: Doors, who: str, verb: str, kind: str = "litigation") -> Any:  # noqa: ANN401
    """Place or lift a hold."""
    body = {"verb": verb, "kind": kind, "reason": REASON}
    return doors.call("POST", HOLDS, who, json=body)


def step(doors: Doors, who: str, verb: str) -> str:
    """Do so, and return where the hold stands."""
    answer = say(doors, who, verb)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["step"])


def ran(doors: Doors) -> tuple[int, int]:
    """Run past every term; return how many cases were destroyed and held."""
    now = doors.clock.moment
    doors.clock.moment = now + YEARS
    done = run(doors.desk.keeping, doors.clock.now())
    doors.clock.moment = now
    return sum(one.kind is EventKind.CASE_ERASED for one in done.erased), done.held


def test_a_hold_keeps_a_case_until_two_people_lift_it(doors: Doors) -> None:
    """It holds from the first word; a second person places it; it ends with the second's word."""
    assert step(doors, ANN, "place") == "asked"
    assert ran(doors) == (2, 1)  # The two cases beside it go.
    assert say(doors, ANN, "place").status_code == 422
    assert step(doors, BEN, "place") == "placed"
    assert step(doors, ANN, "lift") == "lift-asked"
    assert say(doors, ANN, "lift").status_code == 422
    assert ran(doors) == (0, 1)
    assert step(doors, BEN, "lift") == "lifted"
    assert ran(doors) == (1, 0)
    steps = [one for one in doors.since(0) if one.kind is EventKind.HOLD_CHANGED]
    assert [one.detail["step"] for one in steps] == ["asked", "placed", "lift-asked", "lifted"]
    assert all("Throssell" not in one.canonical.decode() for one in steps)
    assert doors.furnished.store.log.verify()


def test_who_asked_for_an_end_may_take_it_back_alone(doors: Doors) -> None:
    """Holding on never needs a second person's consent."""
    assert [step(doors, ANN, "place"), step(doors, BEN, "place")] == ["asked", "placed"]
    assert [step(doors, ANN, "lift"), step(doors, ANN, "place")] == ["lift-asked", "placed"]


def test_each_reason_is_a_hold_of_its_own(doors: Doors) -> None:
    """A case that is held for a court and for a death review is free when both are lifted."""
    for kind in ("litigation", "death-review"):
        assert say(doors, ANN, "place", kind).status_code == 201
    for who in (ANN, BEN):
        assert say(doors, who, "lift", "litigation").status_code == 201
    assert ran(doors) == (2, 1)


@pytest.mark.parametrize("who", ["housing-1", "idva-1", "police-1", "sysadmin-1"])
def test_to_anybody_else_there_is_nothing(doors: Doors, who: str) -> None:
    """Advocates, requesters and administrators can hold nothing and see nothing of it."""
    assert say(doors, who, "place").status_code == 404
    assert doors.call("GET", "/v1/retention", who).status_code == 404
    assert doors.desk.keeping.archive.holds() == ()


def test_a_case_that_is_not_there_cannot_be_held(doors: Doors) -> None:
    """And the answer is the same as to somebody who may not ask."""
    body = {"verb": "place", "kind": "litigation", "reason": REASON}
    answer = doors.call("POST", "/v1/cases/MR-9999/holds", ANN, json=body)
    assert answer.status_code == 404


def test_an_ig_lead_reads_what_is_held_due_and_gone(doors: Doors) -> None:
    """The list shows the hold with its reason, and each certificate with its signature."""
    step(doors, ANN, "place")
    ran(doors)
    answer = doors.call("GET", "/v1/retention", ANN)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    (held,) = found["holds"]
    assert (held["case_id"], held["step"], held["reason"]) == ("MR-0417", "asked", REASON)
    certificates = found["certificates"]
    assert {one["document"]["statement"]["data"] for one in certificates} == {"case-file"}
    assert all("CERTIFICATE OF DESTRUCTION" in one["text"] for one in certificates)
    doors.clock.moment += YEARS - timedelta(days=30)
    seen = overview(doors.desk, lead(ANN))
    assert seen is not None
    assert [one.case.case_id for one in seen.due] == ["MR-0417"]
    assert doors.since(0)[-1].kind is EventKind.RETENTION_READ


def test_nobody_decides_about_a_case_that_they_stand_in(doors: Doors) -> None:
    """An IG lead who is tied to somebody in the case is told that there is nothing."""
    conflicted = a.practitioner(
        ANN,
        "police",
        name="Person lead-ann",
        role=Role("ig-lead"),
        declared_conflicts=(a.case().case_id,),
    )
    Register(doors.desk.ledger, doors.desk.cases, doors.clock).practitioner(conflicted)
    assert say(doors, ANN, "place").status_code == 404
