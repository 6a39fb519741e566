"""What is sealed, and for whom."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from broker.domain.decision import Permit
from broker.domain.documents import Counts
from broker.domain.ids import AgencyId, DisclosureId, PractitionerId, Thumbprint

CLOCK_SKEW = timedelta(minutes=1)
"""How far the clocks of two replicas may be apart: far more than NTP leaves between them."""


class KeyHolder(StrEnum):
    """Whose hands a recipient key is in."""

    PERSON = "person"
    DEPUTY = "deputy"
    AGENCY_RECOVERY = "agency-recovery"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientKey:
    """A public key that packages for one practitioner are sealed to.

    Args:
        public_jwk: RFC 7517 public key as JSON text; P-256.
        owner: the practitioner whose packages it opens.

    """

    thumbprint: Thumbprint
    owner: PractitionerId
    agency_id: AgencyId
    held_by: KeyHolder
    public_jwk: str = field(repr=False)
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None = None

    def usable_at(self, moment: datetime) -> bool:
        """Whether a package may be sealed to it at `moment`."""
        return not self.revoked_by(moment) and self.not_before <= moment < self.not_after

    def revoked_by(self, moment: datetime) -> bool:
        """Whether it counts as revoked at `moment`, on whichever replica's clock that is.

        A revocation that another replica committed is in force here even where the clock here is
        behind, or was rounded down: hence CLOCK_SKEW early, and never late.
        """
        return self.revoked_at is not None and moment + CLOCK_SKEW >= self.revoked_at


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPackage:
    """Encrypted for one recipient and signed by the broker.

    Args:
        content: compact JWS over a JWE in JSON General Serialization; ASCII bytes.
        digest: SHA-256 of `content`, hex.
        recipients: thumbprints it can be opened with.
        removed: (reason, count), from the redaction receipt.
        documents: how many are in it; `left_out`: how many are not, by reason.
        expires_at: until when the recipient may keep it.

    """

    disclosure_id: DisclosureId
    permit: Permit
    content: bytes = field(repr=False)
    digest: str
    recipients: tuple[Thumbprint, ...]
    removed: tuple[tuple[str, int], ...]
    profile: str
    expires_at: datetime
    sealed_at: datetime
    documents: int = 0
    left_out: Counts = ()
