"""What is known before deciding: the facts policy may look at, and the case they came from."""

from dataclasses import dataclass, field, fields
from datetime import date, datetime

from broker.domain.case import Case, Meeting
from broker.domain.ids import Category, DisclosureId
from broker.domain.people import Agency, Person, Practitioner
from broker.domain.words import UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a rule may look at, as words of vocabulary.csv; absent is `unknown`.

    The names are the keys of `marac-broker policies decide`: add, never rename.
    """

    purpose: str = UNKNOWN
    requester_agency: str = UNKNOWN
    requester_role: str = UNKNOWN
    holder_agency: str = UNKNOWN
    recipient_agency: str = UNKNOWN
    recipient_perpetrator_facing: str = UNKNOWN
    subject_role: str = UNKNOWN
    category: str = UNKNOWN
    consent: str = UNKNOWN
    risk: str = UNKNOWN
    risk_age: str = UNKNOWN
    case_listing: str = UNKNOWN
    agreement: str = UNKNOWN
    conflict: str = UNKNOWN
    reasons: str = UNKNOWN
    approval: str = UNKNOWN
    child_at_risk: str = UNKNOWN
    record_age: str = UNKNOWN
    emergency_use: str = UNKNOWN
    referral_history: str = UNKNOWN

    def as_tuple(self) -> tuple[str, ...]:
        """Return the words in the order of FACT_NAMES."""
        return tuple(getattr(self, name) for name in FACT_NAMES)


FACT_NAMES: tuple[str, ...] = tuple(one.name for one in fields(Facts))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseContext:
    """What was gathered for one request.

    `case` is None for a case that does not exist, is not listed for the requester's agency, or is
    shielded from them: from here on the three are one and the same.

    Args:
        facts: one per asked category.
        salt: what the log's tokens for this request are made with; the case's own, or the
            broker's for a case it does not know.
        since: earliest record date that may be fetched, but for the categories of `since_of`.
        since_of: categories with an earliest date of their own: in a repeat case what is still
            current risk is older than what is new (rule R30).
        earlier: in a repeat case, what the same recipient was given about the same person before.

    """

    facts: tuple[tuple[Category, Facts], ...]
    salt: bytes = field(repr=False)
    case: Case | None = None
    subject: Person | None = None
    meeting: Meeting | None = None
    holder: Agency | None = None
    recipient: Practitioner | None = None
    recipient_agency: Agency | None = None
    since: date
    since_of: tuple[tuple[Category, date], ...] = ()
    earlier: tuple[DisclosureId, ...] = ()
    gathered_at: datetime

    def since_for(self, category: Category) -> date:
        """Return the earliest record date that may be fetched of one category."""
        return dict(self.since_of).get(category, self.since)
