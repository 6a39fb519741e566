"""Recipients' keys over the API: everybody's own, any for an IG lead, nothing for anybody else."""

import json
from datetime import timedelta

import httpx
import pytest

from broker.domain.words import EventKind
from keys.enrolment import answer_challenge
from keys.hybrid import HybridPrivateKey
from keys.recipient import RecipientPrivateKey
from tests.api.doors import Doors

Pair = RecipientPrivateKey | HybridPrivateKey
KEYS, CHALLENGES = "/v1/keys", "/v1/keys/challenges"


def challenged(doors: Doors, key: Pair, who: str = "housing-1") -> dict[str, str]:
    """Ask for a challenge; return it answered, as a body to register with."""
    asked = doors.call("POST", CHALLENGES, who, json={"public_jwk": key.public_jwk})
    assert asked.status_code == 201, asked.text
    answer = answer_challenge(asked.json()["sealed"], key, who)  # type: ignore[arg-type]  # an id
    return {"public_jwk": key.public_jwk, "ticket": asked.json()["ticket"], "answer": answer}


def register(doors: Doors, key: Pair, who: str = "housing-1", **changes: object) -> httpx.Response:
    """Register a key with its proof."""
    return doors.call("POST", KEYS, who, json={**challenged(doors, key, who), **changes})


def revoke(doors: Doors, thumbprint: str, who: str, **body: object) -> httpx.Response:
    """Revoke a key."""
    return doors.call("POST", f"{KEYS}/{thumbprint}/revocation", who, json=body)


def thumbprints(doors: Doors, who: str = "housing-1", query: str = "") -> list[str]:
    """The keys that somebody sees."""
    answer = doors.call("GET", KEYS + query, who)
    assert answer.status_code == 200, answer.text
    return [one["thumbprint"] for one in answer.json()["keys"]]


def test_a_new_key_stands_beside_the_old_one(doors: Doors) -> None:
    """Rotation overlaps: both are valid, packages go to both, and the log has the change."""
    new, old = RecipientPrivateKey.generate(), doors.furnished.private_key
    size = doors.size()
    answer = register(doors, new, days=90)

    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["owner"], body["agency_id"]) == ("housing-1", "ashmere-housing-la")
    assert (body["held_by"], body["revoked_at"]) == ("person", None)
    assert [one.kind for one in doors.since(size)] == [EventKind.KEY_REGISTERED]
    assert set(thumbprints(doors)) == {old.thumbprint, new.thumbprint}
    assert doors.since(size)[-1].kind is EventKind.KEYS_READ
    assert all(
        one.encode() not in entry.canonical
        for entry in doors.since(size)
        for one in ("housing-1", new.thumbprint, old.thumbprint)
    )


def test_a_hybrid_key_is_registered_in_the_same_way(doors: Doors) -> None:
    """And is what is sealed to, once the classical one is revoked."""
    key = HybridPrivateKey.generate()
    assert register(doors, key).status_code == 201
    assert revoke(doors, doors.furnished.private_key.thumbprint, "housing-1").status_code == 201

    assert doors.ask("request-0001", categories=["incident-summary"]).status_code == 201


def test_a_key_is_registered_only_by_who_holds_it(doors: Doors) -> None:
    """A colleague's public key, a guessed answer, another key's ticket: nothing is registered."""
    mine, theirs = RecipientPrivateKey.generate(), RecipientPrivateKey.generate()
    proved, other = challenged(doors, mine), challenged(doors, theirs)
    attempts = (
        {**proved, "answer": other["answer"]},
        {**proved, "ticket": other["ticket"]},
        {**proved, "public_jwk": theirs.public_jwk},
        {**proved, "answer": "A" * 43},
        {**proved, "answer": "A"},
        {**proved, "ticket": "A"},
    )
    for attempt in attempts:
        answer = doors.call("POST", KEYS, json=attempt)
        assert answer.status_code == 422, attempt
        assert "ask for another" in answer.json()["detail"]

    assert thumbprints(doors) == [doors.furnished.private_key.thumbprint]


def test_a_proof_is_for_one_person_and_ten_minutes(doors: Doors) -> None:
    """Neither a colleague who saw it nor its owner an hour later can use it."""
    proved = challenged(doors, RecipientPrivateKey.generate())
    colleague = doors.call("POST", KEYS, "idva-1", json=proved)
    doors.clock.advance(timedelta(minutes=10))
    late = doors.call("POST", KEYS, json=proved)

    assert (colleague.status_code, late.status_code) == (422, 422)


def test_a_key_that_is_on_file_is_not_registered_again(doors: Doors) -> None:
    """Not even when it was revoked: a thumbprint means one key of one person, for ever."""
    key = RecipientPrivateKey.generate()
    assert register(doors, key).status_code == 201
    assert revoke(doors, key.thumbprint, "housing-1").status_code == 201
    again = register(doors, key)

    assert again.status_code == 422
    assert "registered already" in again.json()["detail"]


def test_nobody_fills_up_their_keys_until_nothing_can_be_sealed(doors: Doors) -> None:
    """The ninth current key is refused; when one is revoked there is room again."""
    keys = [RecipientPrivateKey.generate() for _ in range(8)]
    answers = [register(doors, one).status_code for one in keys]
    assert answers == [201] * 7 + [422]

    assert revoke(doors, keys[0].thumbprint, "housing-1").status_code == 201
    assert register(doors, keys[7]).status_code == 201


def test_after_a_revocation_nothing_is_sealed_to_the_key(doors: Doors) -> None:
    """The next request finds no key; a new one, and it is released to that one alone."""
    stolen, new = doors.furnished.private_key, RecipientPrivateKey.generate()
    size = doors.size()
    answer = revoke(doors, stolen.thumbprint, "housing-1")
    assert answer.status_code == 201
    assert answer.json()["revoked_at"] is not None
    assert [one.kind for one in doors.since(size)] == [EventKind.KEY_REVOKED]

    refused = doors.ask("request-0001", categories=["incident-summary"])
    assert (refused.status_code, refused.json()["type"]) == (
        409,
        "urn:marac-broker:problem:no-recipient-key",
    )
    assert register(doors, new).status_code == 201
    size = doors.size()
    assert doors.ask("request-0002", categories=["incident-summary"]).status_code == 201
    (disclosure,) = [one for one in doors.since(size) if one.kind is EventKind.DISCLOSURE]
    keys = disclosure.detail["keys"]
    assert isinstance(keys, tuple)
    assert len(keys) == 1


def test_an_ig_lead_revokes_anybody_s_key(doors: Doors) -> None:
    """On a Friday night, when the owner cannot be reached; the log says who it was."""
    key = doors.furnished.private_key
    assert thumbprints(doors, "lead-ben", "?owner=housing-1") == [key.thumbprint]
    size = doors.size()
    answer = revoke(doors, key.thumbprint, "lead-ben", owner="housing-1")

    assert (answer.status_code, answer.json()["owner"]) == (201, "housing-1")
    (entry,) = doors.since(size)
    assert entry.detail["by"] != entry.detail["owner"]


@pytest.mark.parametrize("who", ["probation-1", "housing-2", "sysadmin-1"])
def test_somebody_else_s_keys_are_not_there(doors: Doors, who: str) -> None:
    """Reading or revoking another person's key gives the neutral answer and changes nothing."""
    key = doors.furnished.private_key.thumbprint
    size = doors.size()
    answers = [
        doors.call("GET", f"{KEYS}?owner=housing-1", who),
        doors.call("GET", f"{KEYS}?owner=nobody-at-all", who),
        revoke(doors, key, who, owner="housing-1"),
    ]

    assert {one.status_code for one in answers} == {404}
    assert len({one.content for one in answers}) == 1
    assert [one.kind for one in doors.since(size)] == [EventKind.REQUEST_REJECTED] * 3
    assert doors.desk.directory.recipient_keys("housing-1")[0].revoked_at is None  # type: ignore[arg-type]  # an id


def test_without_an_owner_only_one_s_own_key_can_be_named(doors: Doors) -> None:
    """The thumbprint of somebody else's key is no key of mine."""
    answer = revoke(doors, doors.furnished.private_key.thumbprint, "probation-1")

    assert answer.status_code == 422
    assert "No such key" in answer.json()["detail"]


def test_a_role_that_opens_nothing_registers_nothing(doors: Doors) -> None:
    """An administrator without content is told that there is nothing here."""
    key = RecipientPrivateKey.generate()
    body = {"public_jwk": key.public_jwk}
    asked = doors.call("POST", CHALLENGES, "sysadmin-1", json=body)
    sent = doors.call("POST", KEYS, "sysadmin-1", json={**body, "ticket": "A", "answer": "A"})

    assert (asked.status_code, sent.status_code) == (404, 404)


GOOD = json.loads(RecipientPrivateKey.generate().public_jwk)


@pytest.mark.parametrize(
    "members",
    [{**GOOD, "d": GOOD["x"]}, {**GOOD, "crv": "P-384"}, {**GOOD, "y": GOOD["x"]}, {}],
    ids=["a private key", "another curve", "off the curve", "nothing"],
)
def test_what_is_no_public_key_is_not_challenged(doors: Doors, members: dict[str, str]) -> None:
    """A private key sent by mistake is refused and appears in no answer."""
    answer = doors.call("POST", CHALLENGES, json={"public_jwk": json.dumps(members)})

    assert answer.status_code == 422
    assert GOOD["x"] not in answer.text


@pytest.mark.parametrize("changes", [{"days": 0}, {"days": 9999}, {"held_by": "me"}, {"more": 1}])
def test_a_malformed_registration_is_refused(doors: Doors, changes: dict[str, object]) -> None:
    """For ever, for nobody, or with a member that nobody knows."""
    key = RecipientPrivateKey.generate()
    body = {"public_jwk": key.public_jwk, "ticket": "A", "answer": "A", **changes}

    assert doors.call("POST", KEYS, json=body).status_code == 422
