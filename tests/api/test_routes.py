"""Each address: what it answers when all is well, and what every answer has in common."""

import base64
import hashlib

import httpx
import pytest

from broker.domain.words import EventKind
from broker.ledger.tree import check_consistency, check_inclusion
from tests import builders as a
from tests.api.doors import ASK, Doors
from tests.desk import ORIGIN

MEETING = "/v1/meetings/ashmere-2026-11/cases"
TIMELINE = "/v1/cases/MR-0417/timeline"
CONSENTS = "/v1/cases/MR-0417/consents"
_IDVA = a.practitioner("idva-1").practitioner_id


def _public(doors: Doors, path: str) -> httpx.Response:
    return doors.http.get(f"{doors.base_url}{path}")


def test_a_release_is_answered_with_a_receipt_that_can_be_checked(doors: Doors) -> None:
    """The answer to a released request proves that it was written down before it left."""
    answer = doors.ask("request-0001")
    assert answer.status_code == 201
    said = answer.json()
    assert said["status"] == "released"
    entry, proof = said["receipt"]["entry"], said["receipt"]["proof"]
    leaf = hashlib.sha256(b"\0" + entry["canonical"].encode()).digest()
    assert leaf.hex() == entry["leaf_hash"]
    origin, size, root = said["receipt"]["checkpoint"]["note"].split("\n")[:3]
    assert (origin, int(size)) == (ORIGIN, proof["size"])
    path = tuple(base64.b64decode(one) for one in proof["path"])
    assert check_inclusion(leaf, proof["index"], proof["size"], path, base64.b64decode(root))
    assert "mailbox" in said["next_step"]


def test_a_referral_says_who_has_to_act(doors: Doors) -> None:
    """What a person must decide first is answered 202, per category, with what to do next."""
    answer = doors.ask("request-0001", categories=["intelligence"])
    assert answer.status_code == 202
    said = answer.json()
    assert (said["status"], said["receipt"], said["disclosure_id"]) == ("referred", None, None)
    assert [one["category"] for one in said["categories"]] == ["intelligence"]
    assert said["next_step"]
    assert doors.deliver() == 0


def test_a_referral_does_not_speak_of_what_was_refused(doors: Doors) -> None:
    """A category that is refused outright is not in the answer at all."""
    answer = doors.ask("request-0001", categories=["intelligence", "medication"])
    assert answer.status_code == 202
    assert [one["category"] for one in answer.json()["categories"]] == ["intelligence"]


def test_the_meetings_list_has_what_matching_needs(doors: Doors) -> None:
    """The list names the family, with the reader's own reference and nobody else's."""
    size = doors.size()
    answer = doors.call("GET", MEETING, "police-1")
    assert answer.status_code == 200
    case = answer.json()["cases"][0]
    assert [one["role"] for one in case["people"]] == ["victim", "perpetrator", "child"]
    assert [one["own_reference"] for one in case["people"]] == ["NOM-1001", "NOM-1002", None]
    assert "9990000123" not in answer.text
    assert "Larch" not in answer.text
    assert [one.kind for one in doors.since(size)] == [EventKind.LIST_READ]


def test_a_list_is_closed_outside_the_research_window(doors: Doors) -> None:
    """Before the window opens and from the moment it closes, there is no list."""
    meeting = doors.desk.cases.meetings()[0]
    for moment in (meeting.closes_at, meeting.opens_at - (meeting.closes_at - meeting.opens_at)):
        doors.clock.moment = moment
        assert doors.call("GET", MEETING).status_code == 404


def test_the_timeline_ends_with_its_own_reading(doors: Doors) -> None:
    """Reading is logged before it is answered, so that the reading is in what is read."""
    answer = doors.call("GET", TIMELINE, "idva-1")
    assert answer.status_code == 200
    found = answer.json()
    assert found["events"][-1]["kind"] == "timeline-read"
    assert [one["case_number"] for one in found["events"]] == [1, 2]
    assert all(one["sentence"].endswith(".") for one in found["events"])


def test_a_consent_is_kept_as_it_was_said(doors: Doors) -> None:
    """Every part of a statement of consent is on the case's file afterwards."""
    said = {
        "status": "given-limited",
        "method": "in person, at the refuge",
        "expires_at": "2027-01-01T00:00:00+01:00",
        "excluded_agencies": ["housing-la"],
        "excluded_categories": ["tenancy"],
        "interpreter_used": True,
        "perpetrator_present": False,
    }
    answer = doors.call("POST", CONSENTS, "idva-1", json=said)
    assert answer.status_code == 201
    assert answer.json()["kind"] == "consent-changed"
    case = doors.desk.cases.case(doors.desk.cases.caseload(_IDVA)[0])
    assert case is not None
    kept = case.consents[-1]
    assert (kept.status, kept.method, kept.taken_by) == (said["status"], said["method"], "idva-1")
    assert kept.expires_at is not None
    assert kept.expires_at.isoformat() in ("2026-12-31T23:00:00+00:00", said["expires_at"])
    assert kept.excluded_agencies == ("housing-la",)
    assert kept.excluded_categories == ("tenancy",)
    assert (kept.interpreter_used, kept.perpetrator_present) == (True, False)


def test_a_consent_may_hold_until_the_last_day_there_is(doors: Doors) -> None:
    """A client's yes without an end in sight is kept, and the next request is decided on it."""
    for moment in ("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999999Z"):
        said = {"status": "given-verbal", "method": "telephone", "expires_at": moment}
        assert doors.call("POST", CONSENTS, "idva-1", json=said).status_code == 201
        assert doors.ask(f"request-{len(moment)}").status_code == 201


def test_a_disclosure_is_followed_by_those_it_concerns(doors: Doors) -> None:
    """Requester and recipient see where a disclosure stands, and each look is logged."""
    disclosure = doors.ask("request-0001").json()["disclosure_id"]
    path = f"/v1/disclosures/{disclosure}"
    first, size = doors.call("GET", path), doors.size()
    assert first.status_code == 200
    assert (first.json()["delivered_at"], first.json()["acknowledged_at"]) == (None, None)
    said = doors.call("POST", f"{path}/acknowledgement")
    assert said.status_code == 200
    assert said.json()["acknowledged_at"] is not None
    assert [one.kind for one in doors.since(size)] == [EventKind.ACKNOWLEDGED]


def test_anybody_may_hold_the_log_against_us(doors: Doors) -> None:
    """Checkpoints and proofs are public, and the proofs lead to the signed roots."""
    old = _public(doors, "/v1/log/checkpoint").text.split("\n")
    doors.ask("request-0001")
    new = _public(doors, "/v1/log/checkpoint").text.split("\n")
    sizes = (int(old[1]), int(new[1]))
    roots = (base64.b64decode(old[2]), base64.b64decode(new[2]))

    found = _public(doors, f"/v1/log/consistency?old_size={sizes[0]}&new_size={sizes[1]}").json()
    path = tuple(base64.b64decode(one) for one in found["path"])
    assert check_consistency((sizes[0], roots[0]), (sizes[1], roots[1]), path)
    entry = doors.desk.log.entry(sizes[1] - 1)
    assert entry is not None
    shown = _public(doors, f"/v1/log/inclusion?index={entry.index}&size={sizes[1]}").json()
    path = tuple(base64.b64decode(one) for one in shown["path"])
    assert check_inclusion(entry.leaf_hash, entry.index, sizes[1], path, roots[1])


def test_health_and_readiness(lasting_doors: Doors) -> None:
    """The process says that it is alive, and under which policy and log it is ready."""
    assert _public(lasting_doors, "/health").json() == {"status": "alive"}
    ready = _public(lasting_doors, "/ready").json()
    assert ready["status"] == "ready"
    assert ready["policy_version"] == lasting_doors.desk.policy.version
    assert ready["log_size"] == lasting_doors.size()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/health"),
        ("GET", "/ready"),
        ("GET", "/openapi.json"),
        ("GET", "/v1/log/checkpoint"),
        ("GET", "/nowhere"),
        ("PUT", ASK),
        ("GET", TIMELINE),
    ],
)
def test_no_answer_may_be_kept_by_a_cache(lasting_doors: Doors, method: str, path: str) -> None:
    """Neither successes nor problems are stored on the way, nor guessed at by a browser."""
    answer = lasting_doors.http.request(method, f"{lasting_doors.base_url}{path}")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not any(digit in answer.headers.get("server", "") for digit in "0123456789")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ASK),
        ("GET", MEETING),
        ("GET", TIMELINE),
        ("POST", CONSENTS),
        ("GET", f"/v1/disclosures/{'0' * 32}"),
        ("POST", f"/v1/disclosures/{'0' * 32}/acknowledgement"),
        ("POST", "/access/v1/evaluation"),
        ("POST", "/access/v1/evaluations"),
    ],
)
def test_every_door_but_the_public_ones_asks_who_is_there(
    lasting_doors: Doors, method: str, path: str
) -> None:
    """Without proof of who asks, nothing about anybody can be reached."""
    answer = lasting_doors.http.request(method, f"{lasting_doors.base_url}{path}", json={})
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:marac-broker:problem:authentication"
