"""Puts the county together from its data files."""

from datetime import datetime, timedelta
from types import MappingProxyType

from broker.demo.county.cases import case, meeting, people_of_cases
from broker.demo.county.model import County
from broker.demo.county.people import split_address
from broker.demo.county.records import records_of
from broker.demo.county.round import Round
from broker.demo.county.sheets import (
    AgencySheet,
    CaseSheet,
    DocumentSheet,
    PlacesSheet,
    PractitionerSheet,
    RoundSheet,
    read,
)
from broker.domain.ids import AgencyId, AgencyKind, CaseId, PractitionerId, Role
from broker.domain.people import Agency, Practitioner


def county(now: datetime) -> County:
    """Return the county as it is at `now`, an aware moment; the same moment gives an equal one."""
    agency_sheets = read("agencies.yaml", tuple[AgencySheet, ...])
    practitioner_sheets = read("practitioners.yaml", tuple[PractitionerSheet, ...])
    sheets = read("cases.yaml", tuple[CaseSheet, ...])
    places = read("places.yaml", PlacesSheet)
    documents = read("documents.yaml", tuple[DocumentSheet, ...])
    everybody = people_of_cases(sheets, places, now)
    practitioners = tuple(_practitioner(one) for one in practitioner_sheets)
    cases = tuple(case(one, everybody[one.id], now) for one in sheets)
    listed = meeting(sheets, agency_sheets, now)
    records = records_of(sheets, everybody, documents, places, now)
    research = Round(
        sheet=read("round.yaml", RoundSheet),
        cases=cases,
        meeting=listed,
        practitioners=practitioners,
        records=records,
        now=now,
    )
    return County(
        agencies=tuple(_agency(one, now) for one in agency_sheets),
        practitioners=practitioners,
        cases=cases,
        meeting=listed,
        records=MappingProxyType(records),
        system_kinds=MappingProxyType(
            {AgencyId(one.id): one.system for one in agency_sheets if one.system is not None}
        ),
        recipients=tuple(PractitionerId(one.id) for one in practitioner_sheets if one.key),
        requests=research.requests(),
    )


def _agency(sheet: AgencySheet, now: datetime) -> Agency:
    return Agency(
        agency_id=AgencyId(sheet.id),
        kind=AgencyKind(sheet.kind),
        name=sheet.name,
        masked_name=sheet.masked_name,
        perpetrator_facing=sheet.perpetrator_facing,
        agreement_until=now.date() + timedelta(days=sheet.agreement_days),
        # Where the mailboxes are is known once they have been started: see with_mailboxes.
        mailbox_url="",
    )


def _practitioner(sheet: PractitionerSheet) -> Practitioner:
    return Practitioner(
        practitioner_id=PractitionerId(sheet.id),
        agency_id=AgencyId(sheet.agency),
        role=Role(sheet.role),
        name=sheet.name,
        phones=(sheet.phone,) if sheet.phone else (),
        addresses=(split_address(sheet.address),) if sheet.address else (),
        declared_conflicts=tuple(CaseId(one) for one in sheet.declared_conflicts),
        restricted_handler=sheet.restricted_handler,
    )
