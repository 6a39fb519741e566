"""The broker's signature over a certificate of destruction, with the key that signs checkpoints.

DO NOT change what is signed: certificates that were given out hold the old results.
"""

from dataclasses import dataclass

from broker.domain.ports import Custody
from broker.ledger.certificates import CONTEXT
from keys.publications import CUSTODY_KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class DestructionCertifier:
    """Implements erasure.Certifier."""

    custody: Custody

    def certify(self, statement: bytes) -> bytes:
        """Return our Ed25519 signature over a certificate of destruction."""
        return self.custody.sign(CUSTODY_KEY, CONTEXT + statement)
