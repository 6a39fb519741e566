import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from broker.domain.case import Case
from broker.domain.ids import AgencyKind, CaseId, Role
from broker.domain.words import EventKind
from broker.service.register import Register
from tests import builders as a
from tests.api import doors as where
from tests.api.doors import SHIELDED, UNKNOWN_CASE, Doors

PARTICULARS = "/v1/cases/MR-0417/particulars"


def _case(doors: Doors) -> Case:
    found = doors.desk.cases.case(CaseId("MR-0417"))
    assert found is not None
    return found


def _coordinator(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a coordinator on file, whose agency calls with the advocacy service's system."""
    desk = doors.desk
    register = Register(desk.ledger, desk.cases, desk.clock)
    register.agency(replace(a.agency("idva-service"), kind=AgencyKind("marac-coordination")))
    one = a.practitioner("coordinator-1", "idva-service", role=Role("marac-coordinator"))
    register.practitioner(one)
    monkeypatch.setitem(where.AGENCY_OF, "coordinator-1", "idva-service")


def test_what_rules_look_at_is_kept_as_it_was_said(doors: Doors) -> None:
    """Each particular is on the case's file afterwards, and the log names which, not what."""
    today = a.NOW.date()
    said = {
        "investigators": ["police-1"],
        "employee_case": True,
        "referred_on": today.isoformat(),
        "police_incidents": 3,
    }
    size = doors.size()
    answer = doors.call("POST", PARTICULARS, "idva-1", json=said)

    assert answer.status_code == 201
    case = _case(doors)
    assert (case.investigators, case.employee_case) == (("police-1",), True)
    assert case.referrals == (today,)
    assert case.risk is not None
    assert case.risk.police_incidents == 3
    (entry,) = doors.since(size)
    assert entry.kind is EventKind.CASE_RECORDED
    assert entry.detail["changed"] == tuple(said)


def test_what_is_not_said_stays(doors: Doors) -> None:
    """A second referral is added to the first, and everything else is left alone."""
    days = [a.NOW.date() - timedelta(days=one) for one in (0, 200)]
    doors.call("POST", PARTICULARS, "idva-1", json={"employee_case": True})
    for day in (*days, days[0]):
        doors.call("POST", PARTICULARS, "idva-1", json={"referred_on": day.isoformat()})

    case = _case(doors)
    assert case.referrals == tuple(sorted(days))
    assert case.employee_case
    assert case.version == 5


def test_it_counts_from_the_next_decision_on(doors: Doors) -> None:
    """An officer in the case who asks for research is an officer in the case at once."""
    doors.call("POST", PARTICULARS, "idva-1", json={"investigators": ["housing-1"]})
    size = doors.size()
    doors.ask("request-0001")

    decision = json.loads(doors.since(size)[0].canonical)["detail"]
    assert decision["rulings"][0]["facts"]["requester_role"] == "officer-in-case"


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"investigators": ["police-1", "polcie-2"]},
        {"referred_on": (a.NOW.date() + timedelta(days=1)).isoformat()},
        {"referred_on": 1},
        {"police_incidents": -1},
        {"police_incidents": "3"},
        {"police_incidents": True},
        {"employee_case": "no"},
        {"shielded": False},
    ],
    ids=str,
)
def test_what_would_be_kept_without_effect_is_refused(
    lasting_doors: Doors, said: dict[str, Any]
) -> None:
    """A misspelt officer, a day to come, an unknown word: refused, and nothing is kept."""
    before = _case(lasting_doors)

    assert lasting_doors.call("POST", PARTICULARS, "idva-1", json=said).status_code == 422
    assert _case(lasting_doors) == before


@pytest.mark.parametrize("who", ["housing-1", "police-1"])
def test_nobody_else_s_word_is_taken(lasting_doors: Doors, who: str) -> None:
    """Only the advocate and the coordinator; everybody else hears what a stranger hears."""
    theirs = lasting_doors.call("POST", PARTICULARS, who, json={"employee_case": True})
    nobodys = lasting_doors.call(
        "POST", f"/v1/cases/{UNKNOWN_CASE}/particulars", who, json={"employee_case": True}
    )

    assert theirs.status_code == 404
    assert theirs.content == nobodys.content
    assert not _case(lasting_doors).employee_case


def test_a_coordinator_records_what_is_not_shielded_from_them(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever keeps the list knows of referrals, and of a shielded case knows nothing."""
    _coordinator(doors, monkeypatch)
    said = {"referred_on": a.NOW.date().isoformat()}

    assert doors.call("POST", PARTICULARS, "coordinator-1", json=said).status_code == 201
    shielded = f"/v1/cases/{SHIELDED}/particulars"
    assert doors.call("POST", shielded, "coordinator-1", json=said).status_code == 404
