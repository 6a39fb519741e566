"""The research round: who asks whom about whom, and what each request shows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice

from broker.demo.county.model import PlannedRequest
from broker.demo.county.people import DAYS_PER_YEAR
from broker.demo.county.sheets import PatternSheet, RoundSheet, SpecialSheet
from broker.domain.case import Case, Meeting
from broker.domain.ids import AgencyId, CaseId, Category, PractitionerId, Purpose, SubjectId
from broker.domain.people import Person, Practitioner
from broker.domain.record import RecordItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What the requests are planned from."""

    sheet: RoundSheet
    cases: tuple[Case, ...]
    meeting: Meeting
    practitioners: tuple[Practitioner, ...]
    records: Mapping[AgencyId, tuple[RecordItem, ...]]
    now: datetime

    def requests(self) -> tuple[PlannedRequest, ...]:
        """Return the ordinary requests of every case open to research, then the special ones."""
        ordinary = (self._of_case(case, at) for at, case in enumerate(self._researched()))
        special = (self._special(one) for one in self.sheet.special)
        return tuple(chain(chain.from_iterable(ordinary), special))

    def _researched(self) -> Iterator[Case]:
        for case in self.cases:
            if self.meeting.listing(case.case_id) is not None and not case.shielded:
                yield case

    def _of_case(self, case: Case, at: int) -> Iterator[PlannedRequest]:
        """Take the patterns that fit the case, starting at another one for each case.

        No agency asks the same holder twice: a case is to show several pairs of agencies.
        """
        patterns = self.sheet.patterns
        turn = at * self.sheet.per_case % len(patterns)
        made: dict[tuple[str, str], PlannedRequest] = {}
        for pattern in (*patterns[turn:], *patterns[:turn]):
            request = self._ordinary(pattern, case)
            if request is not None:
                made.setdefault((pattern.requester, pattern.holder), request)
        return islice(made.values(), self.sheet.per_case)

    def _ordinary(self, pattern: PatternSheet, case: Case) -> PlannedRequest | None:
        """Return the pattern's request, if its holder has something about somebody of that role."""
        listing = self.meeting.listing(case.case_id)
        requester = self._contact(pattern.requester, case)
        holder = AgencyId(pattern.holder)
        about = (one for one in case.people_in(pattern.subject) if one.reference_at(holder))
        subject = next(about, None)
        if subject is None or listing is None or requester.agency_id not in listing.agencies:
            return None
        held = self._held(holder, subject)
        categories = tuple(Category(one) for one in pattern.categories if one in held)
        if not categories:
            return None
        recipient = requester if pattern.recipient is None else self._by_id(pattern.recipient)
        purpose = Purpose(pattern.purpose)
        return PlannedRequest(
            requester=requester.practitioner_id,
            holder=holder,
            case_id=case.case_id,
            subject_id=subject.subject_id,
            purpose=purpose,
            categories=categories,
            recipient=recipient.practitioner_id,
            reasons=dict(case.override_reasons).get(purpose),
            scenario=pattern.scenario,
        )

    def _held(self, holder: AgencyId, subject: Person) -> set[str]:
        reference = subject.reference_at(holder)
        items = self.records.get(holder, ())
        return {one.category for one in items if one.subject_ref == reference}

    def _contact(self, agency: str, case: Case) -> Practitioner:
        """Return who asks for an agency: for the advocacy service, the case's own advocate."""
        if agency == "ashmere-idva-service":
            return self._by_id(case.advocate)
        return next(one for one in self.practitioners if one.agency_id == agency)

    def _by_id(self, practitioner_id: str) -> Practitioner:
        return next(one for one in self.practitioners if one.practitioner_id == practitioner_id)

    def _special(self, sheet: SpecialSheet) -> PlannedRequest:
        years = sheet.since_years
        back = None if years is None else timedelta(days=int(years * DAYS_PER_YEAR))
        return PlannedRequest(
            requester=PractitionerId(sheet.requester),
            holder=AgencyId(sheet.holder),
            case_id=CaseId(sheet.case),
            subject_id=SubjectId(sheet.subject),
            purpose=Purpose(sheet.purpose),
            categories=tuple(Category(one) for one in sheet.categories),
            recipient=PractitionerId(sheet.recipient or sheet.requester),
            reasons=sheet.reasons,
            since=None if back is None else (self.now - back).date(),
            scenario=sheet.scenario,
        )
