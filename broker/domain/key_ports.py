"""What recipients' keys and our own need of the world, as contracts (see ports)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from broker.domain.ids import PractitionerId, Thumbprint
from broker.domain.ports import Custody


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChallenge:
    """What only the holder of a private key can answer.

    Args:
        sealed: encrypted to the public key; names its owner and holds the answer.
        ticket: what the broker wants back with the answer; says nothing to anybody else.

    """

    sealed: str
    ticket: str = field(repr=False)
    expires_at: datetime


class Enrolment(Protocol):
    """Proof that whoever registers a public key holds the private one.

    Keeps nothing: every replica can check what another one asked.
    """

    def challenge(self, public_jwk: str, owner: PractitionerId, at: datetime) -> KeyChallenge:
        """Return a challenge for this key, in this owner's name.

        Raises:
            InvalidRequestError: it is no public key that packages can be sealed to.

        """

    def check(
        self, public_jwk: str, owner: PractitionerId, ticket: str, answer: str, at: datetime
    ) -> Thumbprint:
        """Check the answer; return the thumbprint of the key that was proved.

        Raises:
            InvalidRequestError: another key or owner, a wrong answer, or too late.

        """


class KeyCustody(Custody, Protocol):
    """Our own private keys, and their rotation. Key names: those of Custody, and `wrapping`."""

    def rotate(self, key: str) -> None:
        """Make a new key of that name.

        It is durable and the newest on return. The ones before it stay: their public halves are
        still told, what they wrapped still unwraps, and they sign when they are asked for by name.
        """
