"""What people do at the doors, to be done while a write fails or a commit's answer is lost."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from broker.domain.case import Listing
from broker.domain.challenge import ChallengeId, ChallengeReason, ChallengeStep
from broker.domain.duties import EMERGENCY
from broker.domain.errors import LedgerUnavailableError
from broker.domain.ids import (
    AgencyId,
    CaseId,
    DisclosureId,
    MeetingId,
    PolicyVersion,
    PractitionerId,
)
from broker.domain.review import ReviewId, ReviewState
from broker.domain.words import EventKind as Kind
from broker.domain.words import RiskLevel
from broker.service.register import Register
from broker.storage.outbox import LEASE
from keys.recipient import RecipientPrivateKey
from tests import builders as a
from tests.api.test_keys import challenged, revoke
from tests.api.test_policies import drafted, step
from tests.api.test_policies import sent as as_sent
from tests.leads import ANN, BEN, pack
from tests.reviews import Town

DONE, FOUND, INVALID, UNAVAILABLE = 201, 200, 422, 503
TEXT = "It was more than they need."
HOLD = {"verb": "place", "kind": "litigation", "reason": "A claim was issued."}
BACK = {"reason": "The panel agreed otherwise."}
TWO_VERSIONS = (1_000_001, 1_000_002)
"""Numbers that no act of drafting comes to."""
HANDS = ("person", "deputy", "agency-recovery")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that is done again and again, each time to something of its own.

    Args:
        does: does it to what was prepared; returns the status that it was answered with.
        prepares: makes what it is done to, while nothing fails; returns its name.
        good: with which it is answered when it is done.
        again: with which it may be answered where it was done and nobody heard.
        leaves: the entry that doing it once leaves; None where each asking is an event of its own.
        is_done: looks whether it is done, in what is stored and not in the log.
        each_time: whether asking again leaves one more, which says that somebody did.

    """

    does: Callable[[Town, str], int]
    prepares: Callable[[Town, int], str] = lambda _, number: f"{number:04}"
    good: int = DONE
    again: int | None = None
    leaves: Kind | None = None
    is_done: Callable[[Town, str], bool] | None = None
    each_time: bool = False


def send(town: Town, path: str, who: str, body: object = None) -> int:
    """Send something to an address; return the status."""
    return town.doors.call("POST", path, who, json=body).status_code


def ask(town: Town, name: str) -> str:
    """Ask for what nobody has to look at; return the disclosure."""
    answer = town.doors.ask(name, categories=["risk-assessment"])
    assert answer.status_code == DONE, answer.text
    return str(answer.json()["disclosure_id"])


def _share(town: Town, name: str) -> int:
    return town.doors.ask(f"request-{name}", categories=["risk-assessment"]).status_code


def _emergency(town: Town, case: str) -> int:
    sent = {"purpose": EMERGENCY, "case_id": case, "meeting_id": f"urgent-{case}"}
    sent |= {"recipient": "idva-1", "reasons": "He is outside her door now."}
    answer = town.doors.ask(f"request-{case}", "idva-1", categories=["risk-assessment"], **sent)
    return answer.status_code


def _urgent(town: Town, number: int) -> str:
    """Return a case that is urgent; its advocate has a key of her own."""
    now = town.doors.clock.now()
    keys = town.doors.desk.directory.recipient_keys(PractitionerId("idva-1"))
    if all(one.revoked_by(now) for one in keys):
        _registered(town, number)
    return _case(town, number)


def _deliver(town: Town, _: str) -> int:
    town.doors.clock.advance(2 * LEASE)
    try:
        town.doors.deliver()
    except LedgerUnavailableError:
        return UNAVAILABLE
    return DONE


def _consent(town: Town, name: str) -> int:
    said = {"status": "given-explicit", "method": f"telephone {name}"}
    return send(town, "/v1/cases/MR-0417/consents", "idva-1", said)


def _read(town: Town, _: str) -> int:
    return town.doors.call("GET", "/v1/cases/MR-0417/timeline", "idva-1").status_code


def _held(town: Town, number: int) -> str:
    review = town.held(f"held-{number:04}")
    return f"{review} {town.take_out(review)['digest']}"


def _release(town: Town, held: str) -> int:
    review, digest = held.split()
    return town.release(review, digest).status_code


def _refuse(town: Town, held: str) -> int:
    return town.refuse(held.split(maxsplit=1)[0]).status_code


def _draft(town: Town, name: str) -> int:
    return send(town, "/v1/policies", ANN, as_sent(dict(pack(int(name)))))


def _other_version(town: Town, _: int) -> str:
    """Return the version that is not in force, of two that were put in force before."""
    doors = town.doors
    versions = sorted({one.version for one in doors.desk.shelf.store.publications()})
    if not versions:
        for number in TWO_VERSIONS:
            versions.append(PolicyVersion(drafted(doors, number)))
            for verb, who, body in (("submit", ANN, None), ("approve", BEN, None)):
                step(doors, who, versions[-1], verb, body)
            step(doors, ANN, versions[-1], "publish", {})
    doors.desk.rules.refresh()
    (other,) = set(versions) - {doors.desk.policy.version}
    return other


def _asked_back(town: Town, number: int) -> str:
    other = _other_version(town, number)
    assert _roll_back(town, f"{other} {ANN}") == FOUND
    return f"{other} {BEN}"


def _roll_back(town: Town, asked: str) -> int:
    version, who = asked.split()
    return send(town, f"/v1/policies/{version}/rollback", who, BACK)


def _registered(town: Town, _: int) -> str:
    pair = RecipientPrivateKey.generate()
    proved = challenged(town.doors, pair, "idva-1")
    assert send(town, "/v1/keys", "idva-1", proved) == DONE
    return pair.thumbprint


def _proved(town: Town, number: int) -> str:
    """Return a key of hers or of her agency's, with its proof, when there is room for it."""
    now = town.doors.clock.now()
    for one in town.doors.desk.directory.recipient_keys(PractitionerId("idva-1")):
        if not one.revoked_by(now):
            assert revoke(town.doors, one.thumbprint, "idva-1").status_code == DONE
    pair = RecipientPrivateKey.generate()
    body = {**challenged(town.doors, pair, "idva-1"), "held_by": HANDS[number % len(HANDS)]}
    return f"{pair.thumbprint} {json.dumps(body)}"


def _register(town: Town, proved: str) -> int:
    return send(town, "/v1/keys", "idva-1", json.loads(proved.partition(" ")[2]))


def _is_registered(town: Town, proved: str) -> bool:
    keys = town.doors.desk.directory.recipient_keys(PractitionerId("idva-1"))
    return proved.partition(" ")[0] in {one.thumbprint for one in keys}


def _is_revoked(town: Town, thumbprint: str) -> bool:
    keys = town.doors.desk.directory.recipient_keys(PractitionerId("idva-1"))
    return any(one.thumbprint == thumbprint and one.revoked_at for one in keys)


def _revoke(town: Town, thumbprint: str) -> int:
    return revoke(town.doors, thumbprint, "idva-1").status_code


def _challenge(town: Town, disclosure: str) -> int:
    body = {"disclosure_id": disclosure, "reason": "too-much", "text": TEXT}
    return send(town, "/v1/challenges", "idva-1", body)


def _challenged(town: Town, number: int) -> str:
    disclosure = ask(town, f"request-{number:04}")
    assert _challenge(town, disclosure) == DONE
    listed = town.doors.call("GET", "/v1/challenges", ANN).json()["challenges"]
    (mine,) = (one for one in listed if one["disclosure_id"] == disclosure)
    return str(mine["challenge_id"])


def _answer(town: Town, challenge: str) -> int:
    body = {"outcome": "partly", "follows": ["delete"], "text": TEXT}
    return send(town, f"/v1/challenges/{challenge}/answer", ANN, body)


def _close(town: Town, challenge: str) -> int:
    path = f"/v1/challenges/{challenge}/close"
    return send(town, path, "idva-1", {"settled": True, "text": TEXT})


def _case(town: Town, number: int) -> str:
    """Put one more case on file, flagged because serious harm may be imminent."""
    doors, name = town.doors, f"MR-{5000 + number}"
    register = Register(doors.desk.ledger, doors.desk.cases, doors.clock)
    risk = a.risk(level=RiskLevel.VERY_HIGH_IMMINENT)
    register.case(a.case(name, salt=number.to_bytes(32, "big"), risk=risk))
    agencies = (AgencyId("ashmere-housing-la"), AgencyId("ashmere-police"))
    listing = Listing(case_id=CaseId(name), agencies=agencies, emergency=True)
    register.meeting(a.meeting(meeting_id=MeetingId(f"urgent-{name}"), listings=(listing,)))
    return name


def _hold(town: Town, case: str) -> int:
    return send(town, f"/v1/cases/{case}/holds", ANN, HOLD)


def _is_filed(town: Town, name: str) -> bool:
    version = town.doors.desk.shelf.reader.version_of(pack(int(name)))
    return town.doors.desk.shelf.store.record(version) is not None


def _review_is(state: ReviewState) -> Callable[[Town, str], bool]:
    def look(town: Town, held: str) -> bool:
        found = town.doors.desk.reviews.ended(ReviewId(held.split(maxsplit=1)[0]))
        return found is not None and found.state is state

    return look


def _is_in_force(town: Town, asked: str) -> bool:
    """Return whether it is the newest publication: from then on nothing leaves by another."""
    return town.doors.desk.shelf.store.publications()[0].version == asked.split(maxsplit=1)[0]


def _challenge_is(*steps: ChallengeStep) -> Callable[[Town, str], bool]:
    def look(town: Town, name: str) -> bool:
        found = town.doors.desk.challenges.challenge(ChallengeId(name))
        return found is not None and found.step in steps

    return look


def _is_challenged(town: Town, disclosure: str) -> bool:
    challenges = town.doors.desk.challenges
    too_much = challenges.id_of(DisclosureId(disclosure), ChallengeReason.TOO_MUCH)
    return challenges.challenge(too_much) is not None


def _is_kept(town: Town, case: str) -> bool:
    return bool(town.doors.desk.keeping.archive.holds_of(CaseId(case)))


ACTS: Mapping[str, Act] = {
    "share": Act(does=_share),
    "emergency": Act(does=_emergency, prepares=_urgent),
    "deliver": Act(does=_deliver, prepares=lambda town, number: ask(town, f"request-{number:04}")),
    "consent": Act(does=_consent),
    "read": Act(does=_read, good=FOUND),
    "release": Act(
        does=_release,
        prepares=_held,
        leaves=Kind.DISCLOSURE,
        is_done=_review_is(ReviewState.RELEASED),
    ),
    "refuse": Act(
        does=_refuse,
        prepares=_held,
        leaves=Kind.REVIEW_REFUSED,
        is_done=_review_is(ReviewState.REFUSED),
    ),
    "draft-policy": Act(does=_draft, again=INVALID, leaves=Kind.POLICY_DRAFTED, is_done=_is_filed),
    "roll-back": Act(
        does=_roll_back,
        prepares=_asked_back,
        good=FOUND,
        again=INVALID,
        leaves=Kind.POLICY_ROLLED_BACK,
        is_done=_is_in_force,
    ),
    "register-key": Act(
        does=_register,
        prepares=_proved,
        again=INVALID,
        leaves=Kind.KEY_REGISTERED,
        is_done=_is_registered,
    ),
    "revoke-key": Act(
        does=_revoke,
        prepares=_registered,
        leaves=Kind.KEY_REVOKED,
        is_done=_is_revoked,
        each_time=True,
    ),
    "challenge": Act(
        does=_challenge,
        prepares=lambda town, number: ask(town, f"request-{number:04}"),
        again=INVALID,
        leaves=Kind.CHALLENGE_OPENED,
        is_done=_is_challenged,
    ),
    "answer-challenge": Act(
        does=_answer,
        prepares=_challenged,
        again=INVALID,
        leaves=Kind.CHALLENGE_ANSWERED,
        is_done=_challenge_is(ChallengeStep.ANSWERED),
    ),
    "close-challenge": Act(
        does=_close,
        prepares=_challenged,
        again=INVALID,
        leaves=Kind.CHALLENGE_CLOSED,
        is_done=_challenge_is(ChallengeStep.CLOSED),
    ),
    "hold-case": Act(
        does=_hold, prepares=_case, again=INVALID, leaves=Kind.HOLD_CHANGED, is_done=_is_kept
    ),
}
