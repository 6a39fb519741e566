"""Putting agencies, people, keys, cases and meetings on file, each with its log entry."""

from broker.domain.case import Case, Meeting
from broker.domain.changes import (
    PutAgency,
    PutCase,
    PutMeeting,
    PutPractitioner,
    PutRecipientKey,
    PutSystem,
)
from broker.domain.ledger import LedgerEntry
from broker.domain.package import RecipientKey
from broker.domain.people import Agency, AgencySystem, Practitioner
from broker.domain.ports import Cases, Clock, Ledger
from broker.ledger import events


class Register:
    """What an administrator puts on file before anybody can share anything."""

    def __init__(self, ledger: Ledger, cases: Cases, clock: Clock) -> None:
        """Write through `ledger`; tokens are salted with the broker's own salt."""
        self._ledger = ledger
        self._salt = cases.broker_salt()
        self._clock = clock

    def agency(self, agency: Agency) -> LedgerEntry:
        """Put an agency on file."""
        draft = events.agency_registered(agency, self._salt, self._clock.now())
        return self._ledger.record(draft, PutAgency(agency=agency))

    def practitioner(self, practitioner: Practitioner) -> LedgerEntry:
        """Put a practitioner on file."""
        draft = events.practitioner_registered(practitioner, self._salt, self._clock.now())
        return self._ledger.record(draft, PutPractitioner(practitioner=practitioner))

    def system(self, system: AgencySystem) -> LedgerEntry:
        """Put an agency's system, and the key it proves itself with, on file."""
        draft = events.system_registered(system, self._salt, self._clock.now())
        return self._ledger.record(draft, PutSystem(system=system))

    def key(self, key: RecipientKey) -> LedgerEntry:
        """Put a recipient's public key on file."""
        draft = events.key_registered(key, self._salt, self._clock.now())
        return self._ledger.record(draft, PutRecipientKey(key=key))

    def case(self, case: Case) -> LedgerEntry:
        """Add a case, or the next version of one."""
        return self._ledger.record(
            events.case_recorded(case, self._clock.now()), PutCase(case=case)
        )

    def meeting(self, meeting: Meeting) -> LedgerEntry:
        """Add a meeting and its list."""
        draft = events.meeting_listed(meeting, self._clock.now())
        return self._ledger.record(draft, PutMeeting(meeting=meeting))
