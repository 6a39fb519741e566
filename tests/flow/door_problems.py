"""The table of problems: each way in which the API says no, and what the log holds of it."""

from pathlib import Path

import httpx
import pytest

from broker.api import problems
from broker.api.limits import MAX_BODY_BYTES
from broker.domain.errors import RedactionError
from broker.domain.words import EventKind as Kind
from broker.service.reject import note_counted
from broker.service.rejections import SOURCE_ENTRIES
from tests.api.doors import ASK, body
from tests.api.test_authzen import ONE
from tests.flow.door_tables import Door, Walk

TIMELINE = "/v1/cases/MR-0417/timeline"


def _is(said: httpx.Response, kind: problems.Kind) -> None:
    found = (said.status_code, said.json()["type"])
    assert found == (int(kind.status), f"urn:marac-broker:problem:{kind.name}")


def _stranger(walk: Walk) -> None:
    _is(walk.doors.http.post(f"{walk.doors.base_url}{ASK}", json=body()), problems.AUTHENTICATION)


def _nowhere(walk: Walk) -> None:
    _is(walk.doors.http.get(f"{walk.doors.base_url}/nowhere"), problems.NO_SUCH_DOOR)


def _stranger_again_and_again(walk: Walk) -> None:
    walk.doors.desk.rejections.take(all_of_it=True)
    for _ in range(SOURCE_ENTRIES):
        _stranger(walk)
    answer = walk.doors.http.post(f"{walk.doors.base_url}{ASK}", json=body())
    _is(answer, problems.TOO_MANY)
    assert int(answer.headers["Retry-After"]) >= 1
    note_counted(walk.doors.desk, all_of_it=True)


def _wrong_word(walk: Walk) -> None:
    said = {"status": "perhaps", "method": "telephone"}
    answer = walk.doors.call("POST", "/v1/cases/MR-0417/consents", "idva-1", json=said)
    _is(answer, problems.INVALID)


def _used_key(walk: Walk) -> None:
    assert walk.doors.ask("request-0001", categories=["risk-assessment"]).status_code == 201
    _is(walk.doors.ask("request-0001", categories=["incident-summary"]), problems.CONFLICT)


def _holder_away(walk: Walk) -> None:
    police = Path(walk.told["police"])
    away = police.rename(police.with_suffix(".away"))
    _is(walk.doors.ask("request-0002"), problems.SOURCE)
    away.rename(police)


def _not_safe(walk: Walk) -> None:
    def stop(*_: object) -> None:
        raise RedactionError("The redactor's workers ended.")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("redaction.service.RedactionService.redact", stop)
        _is(walk.doors.ask("request-0003"), problems.HELD_BACK)


def _no_key(walk: Walk) -> None:
    key = walk.doors.furnished.private_key.thumbprint
    revoked = walk.doors.call("POST", f"/v1/keys/{key}/revocation", json={})
    assert revoked.status_code == 201
    _is(walk.doors.ask("request-0004", categories=["risk-assessment"]), problems.NO_KEY)


def _own_fault(walk: Walk) -> None:
    def fault(*_: object) -> None:
        raise RuntimeError("nobody foresaw it")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("broker.api.cases.timeline", fault)
        _is(walk.doors.call("GET", TIMELINE, "idva-1"), problems.UNAVAILABLE)


REJECTED = (Kind.REQUEST_REJECTED,)
FAILED = (Kind.DECISION, Kind.SOURCE_FAILED)
PROBLEMS = (
    # First, because a connection to the holder's database stays open once there is one.
    Door(name=problems.SOURCE.name, walk=_holder_away, leaves=FAILED),
    Door(
        name=problems.NEUTRAL.name,
        walk=lambda walk: _is(walk.doors.call("GET", TIMELINE), problems.NEUTRAL),
        leaves=REJECTED,
    ),
    Door(
        name=problems.NEUTRAL.name,
        walk=lambda walk: _is(walk.doors.ask("request-0000", purpose="media"), problems.NEUTRAL),
        leaves=(Kind.DECISION,),
    ),
    Door(name=problems.AUTHENTICATION.name, walk=_stranger, leaves=REJECTED),
    Door(
        name=problems.TOO_MANY.name,
        walk=_stranger_again_and_again,
        leaves=(*REJECTED * SOURCE_ENTRIES, Kind.REJECTIONS_COUNTED),
    ),
    Door(
        name=problems.MALFORMED.name,
        walk=lambda walk: _is(walk.doors.post(b"{"), problems.MALFORMED),
        leaves=REJECTED,
    ),
    Door(
        name=problems.BAD_REQUEST.name,
        walk=lambda walk: _is(walk.doors.call("POST", ONE, json={}), problems.BAD_REQUEST),
        leaves=REJECTED,
    ),
    Door(
        name=problems.TOO_LARGE.name,
        walk=lambda walk: _is(walk.doors.post(b" " * (MAX_BODY_BYTES + 1)), problems.TOO_LARGE),
        leaves=REJECTED,
    ),
    Door(name=problems.NO_SUCH_DOOR.name, walk=_nowhere, leaves=REJECTED),
    Door(
        name=problems.WRONG_METHOD.name,
        walk=lambda walk: _is(walk.doors.call("DELETE", ASK), problems.WRONG_METHOD),
        leaves=REJECTED,
    ),
    Door(name=problems.INVALID.name, walk=_wrong_word, leaves=REJECTED),
    Door(
        name=problems.CONFLICT.name,
        walk=_used_key,
        leaves=(Kind.DECISION, Kind.DISCLOSURE, Kind.REQUEST_REJECTED),
    ),
    Door(name=problems.HELD_BACK.name, walk=_not_safe, leaves=FAILED),
    Door(name=problems.NO_KEY.name, walk=_no_key, leaves=(Kind.KEY_REVOKED, *FAILED)),
    Door(name=problems.UNAVAILABLE.name, walk=_own_fault, leaves=REJECTED),
)
"""UNAVAILABLE has a second cause, a log that cannot be written: attack/test_api_log_down.py."""
