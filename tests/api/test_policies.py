"""The doors of IG leads: what they answer, and that there is nothing behind them for others."""

import base64
from typing import Any

import pytest

from broker.api import policy_schemas as schemas
from broker.api.limits import MAX_BODY_BYTES, MAX_PACK_BODY_BYTES, PACK_PATH
from broker.domain.words import EventKind
from tests.api.doors import Doors
from tests.attack.watched import CANARY, Watched, watched
from tests.leads import GUARDS, pack

__all__ = ["watched"]  # the fixture

ANN, BEN = "lead-ann", "lead-ben"
VERSION = "ab" * 32


def sent(files: dict[str, bytes]) -> dict[str, object]:
    """A pack as it goes over the wire."""
    return {
        "files": [
            {"name": name, "content": base64.b64encode(content).decode()}
            for name, content in files.items()
        ]
    }


def drafted(doors: Doors, number: int) -> str:
    """Draft a pack as Ann; return its version."""
    answer = doors.call("POST", PACK_PATH, ANN, json=sent(dict(pack(number))))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["version"])


def step(doors: Doors, who: str, version: str, verb: str, body: object = None) -> Any:  # noqa: ANN401
    """Take a step that succeeds; return what the door says of the version."""
    answer = doors.call("POST", f"{PACK_PATH}/{version}/{verb}", who, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_policy_comes_into_force_at_the_doors(doors: Doors) -> None:
    """Draft, submit, approve, publish, read, roll back: each door answers with the version."""
    versions = [drafted(doors, number) for number in (1, 2)]
    for version in versions:
        assert step(doors, ANN, version, "submit")["submitter"] == ANN
        assert step(doors, BEN, version, "approve")["approver"] == BEN
        published = step(doors, ANN, version, "publish", {})["publications"][0]
        assert (published["standing"], published["publisher"]) == ("in-force", ANN)
        ready = doors.http.get(f"{doors.base_url}/ready").json()
        assert ready["policy_version"] == version

    first, second = versions
    back = {"reason": "R22 refused what the panel agreed."}
    assert step(doors, ANN, first, "rollback", back)["rollback_asked_by"] == ANN
    rolled = step(doors, BEN, first, "rollback", back)["publications"][0]
    assert (rolled["kind"], rolled["second"], rolled["previous"]) == ("rollback", ANN, second)
    everything = doors.call("GET", PACK_PATH, BEN).json()
    assert everything["in_force"] == first
    assert {one["version"] for one in everything["versions"]} == set(versions)
    assert doors.furnished.store.log.verify().size == doors.size()


def test_the_files_come_back_as_they_were_sent(doors: Doors) -> None:
    """Byte for byte, with line ends and all."""
    version = drafted(doors, 3)
    path = f"{PACK_PATH}/{version}"
    found = doors.call("GET", f"{path}/files", BEN).json()
    assert {one["name"]: base64.b64decode(one["content"]) for one in found["files"]} == pack(3)
    assert doors.call("GET", path, BEN).json()["step"] == "draft"


def test_what_is_scheduled_waits(doors: Doors) -> None:
    """A moment to come is kept with its time zone, and the old rules decide until then."""
    before = doors.desk.policy.version
    version = drafted(doors, 4)
    step(doors, ANN, version, "submit")
    step(doors, BEN, version, "approve")
    moment = {"effective_at": "2026-12-01T08:00:00+01:00"}
    (one,) = step(doors, ANN, version, "publish", moment)["publications"]
    assert (one["standing"], one["effective_at"]) == ("scheduled", "2026-12-01T07:00:00Z")
    assert doors.desk.policy.version == before


CALLS: dict[str, tuple[str, str, object]] = {
    "list": ("GET", "", None),
    "read": ("GET", f"/{VERSION}", None),
    "files": ("GET", f"/{VERSION}/files", None),
    "draft": ("POST", "", sent({GUARDS: b"x"})),
    "submit": ("POST", f"/{VERSION}/submit", None),
    "approve": ("POST", f"/{VERSION}/approve", None),
    "publish": ("POST", f"/{VERSION}/publish", {}),
    "rollback": ("POST", f"/{VERSION}/rollback", {"reason": "because", "emergency": True}),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("who", ["housing-1", "idva-1", "sysadmin-1"])
def test_to_anybody_else_there_is_nothing(lasting_doors: Doors, name: str, who: str) -> None:
    """A practitioner, an advocate and a system administrator get the one neutral answer."""
    method, path, body = CALLS[name]
    size = lasting_doors.size()
    answer = lasting_doors.call(method, PACK_PATH + path, who, json=body)
    assert answer.status_code == 404
    assert answer.json()["type"].endswith("no-information")
    (entry,) = lasting_doors.since(size)
    assert entry.kind is EventKind.REQUEST_REJECTED


@pytest.mark.parametrize("name", ["submit", "approve", "publish", "rollback"])
def test_a_version_that_is_not_there(watched: Watched, name: str) -> None:
    """A version nobody drafted is refused with where to look."""
    method, path, body = CALLS[name]
    answer = watched.doors.call(method, PACK_PATH + path, ANN, json=body)
    assert watched.check(answer, 422) == "invalid-request"


GOOD = base64.b64encode(b"x").decode()
BODIES: dict[str, object] = {
    "no-files": {"files": []},
    "no-member": {},
    "a-list": [CANARY],
    "an-unknown-member": {"files": [{"name": GUARDS, "content": GOOD, CANARY: 1}]},
    "a-file-twice": {"files": [{"name": GUARDS, "content": GOOD}] * 2},
    "twice-but-for-case": {
        "files": [{"name": name, "content": GOOD} for name in (GUARDS, GUARDS.upper())]
    },
    "not-base64": {"files": [{"name": GUARDS, "content": f"{CANARY}*"}]},
    "base64-with-breaks": {"files": [{"name": GUARDS, "content": "eA\n=="}]},
    "a-number-for-content": {"files": [{"name": GUARDS, "content": 1}]},
    "the-folder-above": {"files": [{"name": f"../{CANARY}", "content": GOOD}]},
    "an-absolute-name": {"files": [{"name": f"/{CANARY}", "content": GOOD}]},
    "a-hidden-name": {"files": [{"name": f".{CANARY}", "content": GOOD}]},
    "a-name-with-a-break": {"files": [{"name": f"{CANARY}\n", "content": GOOD}]},
    "a-name-with-backslashes": {"files": [{"name": f"..\\{CANARY}", "content": GOOD}]},
    "too-many-files": {
        "files": [
            {"name": f"purposes/p{n}.csv", "content": ""} for n in range(schemas.MAX_FILES + 1)
        ]
    },
}


@pytest.mark.parametrize("name", BODIES)
def test_a_draft_that_is_none(watched: Watched, name: str) -> None:
    """What is not a pack of files is refused, logged once, and never repeated."""
    answer = watched.doors.call("POST", PACK_PATH, ANN, json=BODIES[name])
    assert watched.check(answer, 422) == "malformed"


STEPS: dict[str, tuple[str, object]] = {
    "a-short-version": ("/abcdef/submit", None),
    "a-version-in-capitals": (f"/{VERSION.upper()}/submit", None),
    "no-body": (f"/{VERSION}/publish", None),
    "no-time-zone": (f"/{VERSION}/publish", {"effective_at": "2026-12-01T07:00:00"}),
    "seconds-for-a-moment": (f"/{VERSION}/publish", {"effective_at": 1_800_000_000}),
    "no-reason": (f"/{VERSION}/rollback", {"emergency": True}),
    "an-empty-reason": (f"/{VERSION}/rollback", {"reason": ""}),
    "a-long-reason": (f"/{VERSION}/rollback", {"reason": "r" * 501}),
    "a-control-in-a-reason": (f"/{VERSION}/rollback", {"reason": f"{CANARY}\x1b[2J"}),
    "yes-for-an-emergency": (f"/{VERSION}/rollback", {"reason": "because", "emergency": "yes"}),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_that_is_none(watched: Watched, name: str) -> None:
    """A slip in a version, a moment or a reason is refused before anything happens."""
    path, body = STEPS[name]
    answer = watched.doors.call("POST", PACK_PATH + path, ANN, json=body)
    assert watched.check(answer, 422) == "malformed"


def test_a_pack_may_be_larger_than_a_request(watched: Watched) -> None:
    """A pack has a limit of its own, and no other door takes as much."""
    large = b" " * (MAX_BODY_BYTES + 1)
    assert watched.doors.call("POST", PACK_PATH, ANN, content=large).status_code == 422
    again = Watched(watched.doors, watched._caplog)
    larger = b" " * (MAX_PACK_BODY_BYTES + 1)
    assert again.check(watched.doors.call("POST", PACK_PATH, ANN, content=larger), 413)
    other = Watched(watched.doors, watched._caplog)
    path = f"{PACK_PATH}/{VERSION}/publish"
    assert other.check(watched.doors.call("POST", path, ANN, content=large), 413) == "too-large"


@pytest.mark.parametrize(
    "model",
    [
        *(schemas.DraftBody, schemas.PublishBody, schemas.RollbackBody),
        *(schemas.PolicyOut, schemas.PoliciesOut, schemas.FilesOut),
    ],
    ids=lambda model: model.__name__,
)
def test_the_examples_are_true(model: Any) -> None:  # noqa: ANN401
    """Each example reads back as what it is an example of, and comes out as it went in."""
    for example in model.model_config["json_schema_extra"]["examples"]:
        assert model.model_validate(example).model_dump(mode="json", exclude_unset=True) == example
