"""The county as one value: who works where, which cases there are, who holds what, who asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from broker.domain.case import Case, Meeting
from broker.domain.ids import AgencyId, CaseId, Category, PractitionerId, Purpose, SubjectId
from broker.domain.people import Agency, Practitioner
from broker.domain.record import RecordItem


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRequest:
    """One request of the research round, before anybody has made it.

    Args:
        scenario: one plain sentence saying what the request shows.

    """

    requester: PractitionerId
    holder: AgencyId
    case_id: CaseId
    subject_id: SubjectId
    purpose: Purpose
    categories: tuple[Category, ...]
    recipient: PractitionerId
    reasons: str | None = field(default=None, repr=False)
    since: date | None = None
    scenario: str


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """Ashmere, complete. Everybody in it is invented.

    Args:
        system_kinds: `sql`, `fhir`, `dropfolder` or `rest`, for the agencies that hold records.
        recipients: the practitioners who have a key and can open a package.

    """

    agencies: tuple[Agency, ...]
    practitioners: tuple[Practitioner, ...]
    cases: tuple[Case, ...]
    meeting: Meeting
    records: Mapping[AgencyId, tuple[RecordItem, ...]] = field(repr=False)
    system_kinds: Mapping[AgencyId, str]
    recipients: tuple[PractitionerId, ...]
    requests: tuple[PlannedRequest, ...]

    def agency(self, agency_id: AgencyId) -> Agency:
        """Return the agency of that id."""
        return next(one for one in self.agencies if one.agency_id == agency_id)

    def practitioner(self, practitioner_id: PractitionerId) -> Practitioner:
        """Return the practitioner of that id."""
        return next(one for one in self.practitioners if one.practitioner_id == practitioner_id)

    def case(self, case_id: CaseId) -> Case | None:
        """Return the case of that id; None for the numbers that nobody has."""
        return next((one for one in self.cases if one.case_id == case_id), None)


def with_mailboxes(county: County, url_of: Callable[[AgencyId], str]) -> County:
    """Return the county with each agency's mailbox where it was started."""
    agencies = tuple(replace(one, mailbox_url=url_of(one.agency_id)) for one in county.agencies)
    return replace(county, agencies=agencies)
