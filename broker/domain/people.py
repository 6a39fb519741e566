"""The people of a case, the agencies round it, and the professionals who ask."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from broker.domain.ids import (
    AgencyId,
    AgencyKind,
    CaseId,
    PractitionerId,
    Role,
    SubjectId,
    Thumbprint,
)
from broker.domain.words import SubjectRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A place somebody can be found at. `safe`: must never reach the perpetrator's side."""

    text: str = field(repr=False)
    postcode: str | None = field(default=None, repr=False)
    safe: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A number or handle that points at one person.

    Args:
        kind: `nhs-number`, `nino`, `pnc-id`, `cro`, `crn`, `noms`, `upn`, `uprn`, `phone`, `email`,
            `handle`, `vehicle-reg`, `passport`, `driving-licence`, `bank`, `case-ref`, `school`,
            `employer`, `surgery` or `other`.

    """

    kind: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyReference:
    """How one agency's own system names a person; what its connector looks up."""

    agency_id: AgencyId
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person of a case. `names[0]` is the full name, the others are aliases and nicknames."""

    subject_id: SubjectId
    role: SubjectRole
    names: tuple[str, ...] = field(repr=False)
    date_of_birth: date | None = field(default=None, repr=False)
    addresses: tuple[Address, ...] = field(default=(), repr=False)
    identifiers: tuple[Identifier, ...] = field(default=(), repr=False)
    references: tuple[AgencyReference, ...] = field(default=(), repr=False)
    relation: str = ""

    def reference_at(self, agency_id: AgencyId) -> str | None:
        """Return how the agency's own system names this person, if it knows them."""
        return next((r.value for r in self.references if r.agency_id == agency_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """An organisation of the partnership.

    Args:
        masked_name: what shared views show where the name itself would locate somebody.
        perpetrator_facing: works with the perpetrator as its client.
        agreement_until: last day of its information-sharing agreement; None: never signed.
        mailbox_url: where its sealed packages are put.

    """

    agency_id: AgencyId
    kind: AgencyKind
    name: str
    masked_name: str
    perpetrator_facing: bool
    agreement_until: date | None
    mailbox_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Practitioner:
    """A professional, with what the conflict check needs to know about them.

    Args:
        left_on: the first day, in UTC, on which they are no longer at the agency; None: they are.

    """

    practitioner_id: PractitionerId
    agency_id: AgencyId
    role: Role
    name: str = field(repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)
    addresses: tuple[Address, ...] = field(default=(), repr=False)
    declared_conflicts: tuple[CaseId, ...] = ()
    restricted_handler: bool = False
    left_on: date | None = None

    def has_left(self, now: datetime) -> bool:
        """Whether nothing is sent to them, and nothing answered to them, any more."""
        return self.left_on is not None and now.astimezone(UTC).date() >= self.left_on


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencySystem:
    """A computer system of one agency, known by the key that it proves it holds."""

    thumbprint: Thumbprint
    agency_id: AgencyId
    name: str
