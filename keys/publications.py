"""The broker's signature over a policy publication, with the key that signs checkpoints.

A publication is part of the broker's history like the log, so it is vouched for by the same key;
CONTEXT keeps the two apart. DO NOT change what is signed: stored publications hold the old results.
"""

from dataclasses import dataclass

from broker.domain.policy import SignedPublication
from broker.domain.ports import Custody
from broker.ledger.publication import CONTEXT
from keys.signing import verify

CUSTODY_KEY = "log"
"""Name of the signing key (ports.Custody)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationSigner:
    """Implements ports.PublicationSigner."""

    custody: Custody

    def sign(self, statement: bytes) -> SignedPublication:
        """Return the statement with our signature."""
        signature = self.custody.sign(CUSTODY_KEY, CONTEXT + statement)
        return SignedPublication(statement=statement, signature=signature)

    def holds(self, signed: SignedPublication) -> bool:
        """Whether the signature is ours over the statement."""
        said = CONTEXT + signed.statement
        keys = self.custody.public_keys(CUSTODY_KEY)
        return any(verify(one, said, signed.signature) for one in reversed(keys))
