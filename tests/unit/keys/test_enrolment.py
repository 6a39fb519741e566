"""Proof that a key is held: the challenge opens for its key and its owner, and for nobody else."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.errors import EnvelopeError, InvalidRequestError
from broker.domain.ids import PractitionerId
from keys.enrolment import ANSWER_WITHIN, KeyEnrolment, answer_challenge
from tests.builders import NOW
from tests.unit.keys.world import custody, private_key

OWNER, STRANGER = PractitionerId("housing-1"), PractitionerId("probation-1")
ENROLMENT = KeyEnrolment(custody=custody())
CHALLENGE = ENROLMENT.challenge(private_key().public_jwk, OWNER, NOW)
ANSWER = answer_challenge(CHALLENGE.sealed, private_key(), OWNER)


def test_the_holder_of_the_key_answers_in_time() -> None:
    """Up to the last second; then the challenge is worth nothing."""
    end = NOW + ANSWER_WITHIN
    for at in (NOW, end - timedelta(seconds=1)):
        found = ENROLMENT.check(private_key().public_jwk, OWNER, CHALLENGE.ticket, ANSWER, at)
        assert found == private_key().thumbprint
    with pytest.raises(InvalidRequestError, match="ask for another"):
        ENROLMENT.check(private_key().public_jwk, OWNER, CHALLENGE.ticket, ANSWER, end)


def test_nobody_answers_for_a_stranger() -> None:
    """Somebody who asks in their own name for my key cannot have me prove it for them."""
    theirs = ENROLMENT.challenge(private_key().public_jwk, STRANGER, NOW)

    with pytest.raises(EnvelopeError, match="ask the broker"):
        answer_challenge(theirs.sealed, private_key(), OWNER)


def test_another_key_cannot_answer() -> None:
    """Holding some private key is not holding this one."""
    with pytest.raises(EnvelopeError, match="not for this key"):
        answer_challenge(CHALLENGE.sealed, private_key("deputy"), OWNER)


@pytest.mark.parametrize("text", ["", "a.b.c.d.e", "....", "{}", "\u2028"])
def test_what_is_no_challenge_is_refused(text: str) -> None:
    """Whatever a broken or hostile server sends."""
    with pytest.raises(EnvelopeError):
        answer_challenge(text, private_key(), OWNER)


def test_a_challenge_is_not_a_package_and_tells_nobody_the_answer() -> None:
    """The answer stands neither in the challenge nor in the ticket."""
    assert ANSWER not in CHALLENGE.sealed
    assert ANSWER not in CHALLENGE.ticket
    assert ANSWER not in repr(CHALLENGE)


@given(at=st.integers(0, len(CHALLENGE.ticket) - 1), letter=st.sampled_from("AZaz09-_"))
def test_any_change_of_the_ticket_is_refused(at: int, letter: str) -> None:
    """Its expiry too: nobody gives themselves more time."""
    changed = CHALLENGE.ticket[:at] + letter + CHALLENGE.ticket[at + 1 :]
    if changed != CHALLENGE.ticket:
        with pytest.raises(InvalidRequestError):
            ENROLMENT.check(private_key().public_jwk, OWNER, changed, ANSWER, NOW)
