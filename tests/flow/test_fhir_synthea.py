"""The FHIR connector reads what other people's software wrote."""

from datetime import date

import pytest

from broker.domain.ids import AgencyId, Category
from broker.domain.ports import Connector
from broker.domain.record import RecordItem, RecordQuery
from connectors.conformance import Specimen, check_connector
from connectors.settings import connectors_from
from tests.fhir import INJURED, MEDICATED, FhirServer

ACUTE = AgencyId("ashmere-acute")


@pytest.fixture
def connector(synthea_server: FhirServer) -> Connector:
    """A connector to the server with Synthea's patients."""
    config = {"version": 1, "connectors": {ACUTE: synthea_server.connector_config()}}
    return connectors_from(config)[ACUTE]


def _fetch(
    connector: Connector, subject_ref: str, *categories: str, since: date = date.min
) -> list[RecordItem]:
    query = RecordQuery(
        subject_ref=subject_ref, categories=tuple(map(Category, categories)), since=since
    )
    return sorted(connector.fetch(query), key=lambda one: (str(one.recorded_on), one.title))


def test_emergency_visit_and_wound_are_read_with_their_dates(connector: Connector) -> None:
    """An emergency visit and the injury found at it become dated items about the person asked."""
    found = _fetch(connector, INJURED, "injury-attendance")

    assert [
        (date(2013, 1, 26), "Emergency room admission (procedure)"),
        (date(2013, 1, 26), "Laceration of thigh"),
    ] == [(one.recorded_on, one.title) for one in found]
    assert {INJURED} == {one.subject_ref for one in found}


def test_medication_is_read_with_status_and_dates(connector: Connector) -> None:
    """Prescriptions become medication items, newest included, in the words of the prescriber."""
    found = _fetch(connector, MEDICATED, "medication")

    assert [date(2017, 3, 28), date(2019, 10, 26)] == [one.recorded_on for one in found]
    assert {"Amoxicillin 250 MG / Clavulanate 125 MG Oral Tablet"} == {one.title for one in found}
    assert all(("status", "stopped") in one.fields for one in found)


def test_nothing_older_than_asked_leaves_the_server(connector: Connector) -> None:
    """What is older than the relevance window is not fetched."""
    found = _fetch(connector, MEDICATED, "medication", since=date(2018, 1, 1))

    assert [date(2019, 10, 26)] == [one.recorded_on for one in found]


def test_diagnoses_without_a_granted_category_stay_with_the_holder(connector: Connector) -> None:
    """A sinusitis has no category of ours, so no grant brings it along."""
    found = _fetch(
        connector,
        MEDICATED,
        *("injury-attendance", "mental-health-summary", "substance-misuse", "maternity"),
    )

    assert found == []


def test_connector_keeps_its_promises_on_foreign_data(connector: Connector) -> None:
    """The conformance kit finds no fault with the connector over Synthea's patients."""
    specimens = [
        Specimen(
            subject_ref=one, items=tuple(_fetch(connector, one, "medication", "injury-attendance"))
        )
        for one in (INJURED, MEDICATED)
    ]

    assert [one for one in check_connector(connector, *specimens) if not one.kept] == []
