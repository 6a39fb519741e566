"""The table of routes, in the order of one day: later rows use what earlier ones made."""

from hashlib import sha256
from pathlib import Path

from broker.api.limits import PACK_PATH
from broker.domain.ids import DisclosureId
from broker.domain.words import EventKind as Kind
from broker.service.alert_watch import watch_log
from keys.enrolment import answer_challenge
from keys.recipient import RecipientPrivateKey
from tests.api.doors import ASK
from tests.api.test_authzen import ONE, SEVERAL, question
from tests.api.test_opened import Sent
from tests.api.test_policies import sent
from tests.flow.door_tables import Door, Walk
from tests.leads import ANN, BEN, pack, published

CASE, MEETING = "/v1/cases/MR-0417", "/v1/meetings/ashmere-2026-11"
KEY = RecipientPrivateKey.generate()
HOLD = {"verb": "place", "kind": "litigation", "reason": "A claim was issued."}
BACK = {"reason": "The panel agreed otherwise."}
RULES = "it shows rules and who wrote them; it is about nobody's case, and a change is an entry"
PROOFS = "it is open to anybody and holds hashes: who verifies is nobody's business"
OPERATIONS = "it says how the broker is, and nothing about anybody"


def _ask(walk: Walk) -> None:
    answer = walk.doors.ask("request-0001", categories=["risk-assessment"])
    assert answer.status_code == 201, answer.text
    walk.told["disclosure"] = answer.json()["disclosure_id"]
    assert walk.doors.deliver() == 1


def _opened(walk: Walk) -> None:
    disclosure = DisclosureId(walk.told["disclosure"])
    package = Path(walk.told["folder"]) / "mailboxes" / "ashmere-housing-la" / disclosure
    digest = sha256(package.read_bytes()).hexdigest()
    sent = Sent(doors=walk.doors, disclosure=disclosure, digest=digest)
    assert sent.send(sent.signed()).status_code == 201


def _challenge(walk: Walk) -> None:
    body = {"disclosure_id": walk.told["disclosure"], "reason": "too-much", "text": "Not needed."}
    walk.told["challenge"] = walk.send("/v1/challenges", "idva-1", body)["challenge_id"]


def _answer(walk: Walk) -> None:
    body = {"outcome": "partly", "follows": ["delete"], "text": "Part of it is wrong."}
    walk.send(f"/v1/challenges/{walk.told['challenge']}/answer", ANN, body)


def _tasks(walk: Walk) -> None:
    mine = walk.get("/v1/tasks", "housing-1")["tasks"]
    walk.told["task"] = next(one["task_id"] for one in mine if one["obligation"] == "CHAL:delete")


def _key_asked(walk: Walk) -> None:
    asked = walk.send("/v1/keys/challenges", "housing-1", {"public_jwk": KEY.public_jwk})
    walk.told["ticket"] = asked["ticket"]
    walk.told["answer"] = answer_challenge(asked["sealed"], KEY, "housing-1")  # type: ignore[arg-type]  # an id


def _key(walk: Walk) -> None:
    told = {name: walk.told[name] for name in ("ticket", "answer")}
    walk.send("/v1/keys", "housing-1", {"public_jwk": KEY.public_jwk, **told})


def _reviews(walk: Walk) -> None:
    for number in (1, 2):
        key = f"request-100{number}"
        assert walk.doors.ask(key, categories=["incident-summary"]).status_code == 202
    found = walk.get("/v1/reviews", "police-1")["reviews"]
    walk.told["held"], walk.told["refused"] = (one["review_id"] for one in found)


def _edit(walk: Walk) -> None:
    path = f"/v1/reviews/{walk.told['held']}"
    looked = walk.get(path, "police-1")
    places = [
        {**{name: flag[name] for name in ("start", "end")}, "item": one["item"]}
        | {"order": one["order"], "reason": "informant-identity"}
        for one in looked["texts"]
        for flag in one["flagged"]
    ]
    edited = walk.send(f"{path}/edits", "police-1", {"taken_out": places}, "PUT")
    walk.told["digest"] = edited["digest"]


def _draft(walk: Walk) -> None:
    walk.told["policy"] = walk.send(PACK_PATH, ANN, sent(dict(pack(1))))["version"]


def _policy(walk: Walk, verb: str, who: str, body: object = None) -> None:
    walk.send(f"{PACK_PATH}/{walk.told['policy']}/{verb}", who, body)


def _roll_back(walk: Walk) -> None:
    published(walk.doors.desk, pack(2))
    for who in (ANN, BEN):
        _policy(walk, "rollback", who, BACK)


def _alerts(walk: Walk) -> None:
    assert walk.doors.ask("request-0009", "housing-2", recipient="housing-2").status_code == 404
    watch_log(walk.doors.desk)
    walk.told["alert"] = walk.get("/v1/alerts", ANN)["alerts"][0]["alert_id"]


ROUTES = (
    Door(name=f"POST {ASK}", walk=_ask, leaves=(Kind.DECISION, Kind.DISCLOSURE, Kind.DELIVERED)),
    Door(
        name="GET /v1/meetings/{meeting_id}/cases",
        walk=lambda walk: walk.get(f"{MEETING}/cases", "housing-1"),
        leaves=(Kind.LIST_READ,),
    ),
    Door(
        name="GET /v1/cases/{case_id}/timeline",
        walk=lambda walk: walk.get(f"{CASE}/timeline", "idva-1"),
        leaves=(Kind.TIMELINE_READ,),
    ),
    Door(
        name="GET /v1/cases/{case_id}/export",
        walk=lambda walk: walk.get(f"{CASE}/export?form=csv", "idva-1"),
        leaves=(Kind.LOG_EXPORTED,),
    ),
    Door(
        name="GET /v1/log/search",
        walk=lambda walk: walk.get("/v1/log/search?kind=decision", ANN),
        leaves=(Kind.LOG_SEARCHED,),
    ),
    Door(
        name="POST /v1/cases/{case_id}/consents",
        walk=lambda walk: walk.send(
            f"{CASE}/consents", "idva-1", {"status": "given-verbal", "method": "telephone"}
        ),
        leaves=(Kind.CONSENT_CHANGED,),
    ),
    Door(
        name="POST /v1/cases/{case_id}/particulars",
        walk=lambda walk: walk.send(f"{CASE}/particulars", "idva-1", {"police_incidents": 3}),
        leaves=(Kind.CASE_RECORDED,),
    ),
    Door(
        name="GET /v1/disclosures/{disclosure_id}",
        walk=lambda walk: walk.get(f"/v1/disclosures/{walk.told['disclosure']}", "housing-1"),
        leaves=(Kind.DISCLOSURE_READ,),
    ),
    Door(
        name="POST /v1/disclosures/{disclosure_id}/acknowledgement",
        walk=lambda walk: walk.send(
            f"/v1/disclosures/{walk.told['disclosure']}/acknowledgement", "housing-1"
        ),
        leaves=(Kind.ACKNOWLEDGED,),
    ),
    Door(
        name="POST /v1/disclosures/{disclosure_id}/receipts",
        walk=_opened,
        leaves=(Kind.OPENED_RECEIPT,),
    ),
    Door(
        name="GET /v1/disclosures/{disclosure_id}/receipts",
        walk=lambda walk: walk.get(
            f"/v1/disclosures/{walk.told['disclosure']}/receipts", "housing-1"
        ),
        leaves=(Kind.DISCLOSURE_READ,),
    ),
    Door(name="POST /v1/challenges", walk=_challenge, leaves=(Kind.CHALLENGE_OPENED,)),
    Door(
        name="GET /v1/challenges",
        walk=lambda walk: walk.get("/v1/challenges", ANN),
        leaves=(Kind.CHALLENGES_READ,),
    ),
    Door(
        name="POST /v1/challenges/{challenge_id}/answer",
        walk=_answer,
        leaves=(Kind.CHALLENGE_ANSWERED,),
    ),
    Door(
        name="POST /v1/challenges/{challenge_id}/close",
        walk=lambda walk: walk.send(
            f"/v1/challenges/{walk.told['challenge']}/close",
            "idva-1",
            {"settled": True, "text": "Talked through."},
        ),
        leaves=(Kind.CHALLENGE_CLOSED,),
    ),
    Door(name="GET /v1/tasks", walk=_tasks, leaves=(Kind.TASKS_READ,)),
    Door(
        name="POST /v1/tasks/{task_id}/done",
        walk=lambda walk: walk.send(
            f"/v1/tasks/{walk.told['task']}/done", "housing-1", {"evidence": "Deleted."}
        ),
        leaves=(Kind.TASK_DONE,),
    ),
    Door(
        name="GET /v1/retention",
        walk=lambda walk: walk.get("/v1/retention", ANN),
        leaves=(Kind.RETENTION_READ,),
    ),
    Door(
        name="POST /v1/cases/{case_id}/holds",
        walk=lambda walk: walk.send(f"{CASE}/holds", ANN, HOLD),
        leaves=(Kind.HOLD_CHANGED,),
    ),
    Door(
        name="GET /v1/reviews",
        walk=_reviews,
        leaves=(*(Kind.DECISION, Kind.HELD_FOR_PERSON) * 2, Kind.REVIEWS_READ),
    ),
    Door(
        name="GET /v1/reviews/{review_id}",
        walk=lambda walk: walk.get(f"/v1/reviews/{walk.told['held']}", "police-1"),
        leaves=(Kind.REVIEW_READ,),
    ),
    Door(
        name="PUT /v1/reviews/{review_id}/edits",
        walk=_edit,
        leaves=(Kind.REVIEW_READ, Kind.REVIEW_EDITED),
    ),
    Door(
        name="POST /v1/reviews/{review_id}/release",
        walk=lambda walk: walk.send(
            f"/v1/reviews/{walk.told['held']}/release", "police-1", {"digest": walk.told["digest"]}
        ),
        leaves=(Kind.DECISION, Kind.REVIEW_RELEASED, Kind.DISCLOSURE),
    ),
    Door(
        name="POST /v1/reviews/{review_id}/refuse",
        walk=lambda walk: walk.send(
            f"/v1/reviews/{walk.told['refused']}/refuse", "police-1", {"because": "Hers."}
        ),
        leaves=(Kind.REVIEW_REFUSED,),
    ),
    Door(
        name="GET /v1/keys",
        walk=lambda walk: walk.get("/v1/keys", "housing-1"),
        leaves=(Kind.KEYS_READ,),
    ),
    Door(
        name="POST /v1/keys/challenges",
        walk=_key_asked,
        because="nothing is kept or told by it: the key that answers is an entry",
    ),
    Door(name="POST /v1/keys", walk=_key, leaves=(Kind.KEY_REGISTERED,)),
    Door(
        name="POST /v1/keys/{thumbprint}/revocation",
        walk=lambda walk: walk.send(f"/v1/keys/{KEY.thumbprint}/revocation", "housing-1", {}),
        leaves=(Kind.KEY_REVOKED,),
    ),
    Door(
        name="POST /v1/practitioners/{practitioner_id}/departure",
        walk=lambda walk: walk.send(
            "/v1/practitioners/sysadmin-1/departure", ANN, {"left_on": "2026-11-09"}
        ),
        leaves=(Kind.PRACTITIONER_REGISTERED,),
    ),
    Door(name="POST /v1/policies", walk=_draft, leaves=(Kind.POLICY_DRAFTED,)),
    Door(name="GET /v1/policies", walk=lambda walk: walk.get(PACK_PATH, BEN), because=RULES),
    Door(
        name="GET /v1/policies/{version}",
        walk=lambda walk: walk.get(f"{PACK_PATH}/{walk.told['policy']}", BEN),
        because=RULES,
    ),
    Door(
        name="GET /v1/policies/{version}/files",
        walk=lambda walk: walk.get(f"{PACK_PATH}/{walk.told['policy']}/files", BEN),
        because=RULES,
    ),
    Door(
        name="POST /v1/policies/{version}/submit",
        walk=lambda walk: _policy(walk, "submit", ANN),
        leaves=(Kind.POLICY_SUBMITTED,),
    ),
    Door(
        name="POST /v1/policies/{version}/approve",
        walk=lambda walk: _policy(walk, "approve", BEN),
        leaves=(Kind.POLICY_APPROVED,),
    ),
    Door(
        name="POST /v1/policies/{version}/publish",
        walk=lambda walk: _policy(walk, "publish", ANN, {}),
        leaves=(Kind.POLICY_PUBLISHED, Kind.POLICY_IN_FORCE),
    ),
    Door(
        name="POST /v1/policies/{version}/rollback",
        walk=_roll_back,
        leaves=(
            *(Kind.POLICY_DRAFTED, Kind.POLICY_SUBMITTED, Kind.POLICY_APPROVED),
            *(Kind.POLICY_PUBLISHED, Kind.POLICY_IN_FORCE),
            *(Kind.POLICY_ROLLBACK_ASKED, Kind.POLICY_ROLLED_BACK, Kind.POLICY_IN_FORCE),
        ),
    ),
    Door(
        name="GET /v1/alerts",
        walk=_alerts,
        leaves=(Kind.DECISION, Kind.ALERT_RAISED, Kind.ALERTS_READ),
    ),
    Door(
        name="POST /v1/alerts/{alert_id}/acknowledgement",
        walk=lambda walk: walk.send(f"/v1/alerts/{walk.told['alert']}/acknowledgement", ANN),
        leaves=(Kind.ALERT_ACKNOWLEDGED,),
    ),
    Door(
        name=f"POST {ONE}",
        walk=lambda walk: walk.send(ONE, "housing-1", question()),
        leaves=(Kind.POLICY_ASKED,),
    ),
    Door(
        name=f"POST {SEVERAL}",
        walk=lambda walk: walk.send(SEVERAL, "housing-1", {"evaluations": [question()] * 2}),
        leaves=(Kind.POLICY_ASKED,),
    ),
    Door(
        name="GET /.well-known/authzen-configuration",
        walk=lambda walk: walk.open("/.well-known/authzen-configuration"),
        because=OPERATIONS,
    ),
    Door(
        name="GET /v1/log/checkpoint",
        walk=lambda walk: walk.open("/v1/log/checkpoint"),
        because=PROOFS,
    ),
    Door(
        name="GET /v1/log/inclusion",
        walk=lambda walk: walk.open("/v1/log/inclusion?index=0&size=3"),
        because=PROOFS,
    ),
    Door(
        name="GET /v1/log/consistency",
        walk=lambda walk: walk.open("/v1/log/consistency?old_size=2&new_size=3"),
        because=PROOFS,
    ),
    Door(name="GET /health", walk=lambda walk: walk.open("/health"), because=OPERATIONS),
    Door(name="GET /ready", walk=lambda walk: walk.open("/ready"), because=OPERATIONS),
    Door(
        name="GET /openapi.json",
        walk=lambda walk: walk.open("/openapi.json"),
        because="it describes the addresses, and nothing about anybody",
    ),
)
