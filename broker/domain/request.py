"""Who asks, and what is asked."""

from dataclasses import dataclass, field
from datetime import date, datetime

from broker.domain.ids import (
    AgencyId,
    AgencyKind,
    CaseId,
    Category,
    MeetingId,
    PractitionerId,
    Purpose,
    RequestId,
    Role,
    SubjectId,
    Thumbprint,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What arrived in the HTTP headers, unverified.

    Args:
        authorization: the whole header, `DPoP <access token>`.
        proof: the `DPoP` header (RFC 9449).
        client_certificate: DER, from the proxy's `Client-Cert` header (RFC 9440), only when the
            proxy is trusted.

    """

    authorization: str = field(repr=False)
    proof: str = field(repr=False)
    method: str
    url: str
    client_certificate: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """A professional and a system, both proved, both of the same agency."""

    practitioner_id: PractitionerId
    agency_id: AgencyId
    agency_kind: AgencyKind
    role: Role
    system: Thumbprint
    authenticated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRequest:
    """May this be shared, about whom, for what, from whom, to whom?

    Args:
        request_id: the client's idempotency key; the same key with another body is refused.
        recipient: the person who is to open the package; in research, the requester.
        categories: at least one, none twice.
        since: earliest record date asked for; None asks for the policy's relevance window.
        reasons: why, in the requester's words; kept sealed with the case, never in the log.

    """

    request_id: RequestId
    case_id: CaseId
    subject_id: SubjectId
    purpose: Purpose
    categories: tuple[Category, ...]
    holder: AgencyId
    recipient: PractitionerId
    meeting_id: MeetingId | None = None
    since: date | None = None
    reasons: str | None = field(default=None, repr=False)
    made_at: datetime
