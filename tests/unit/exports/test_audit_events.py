import json
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from broker.domain.words import EventKind
from broker.exports.audit_events import BALP, DCM, KINDS, write_audit_events
from tests.unit.exports.reports import TAG, report

PERSON = "http://terminology.hl7.org/CodeSystem/audit-entity-type"


@pytest.fixture(scope="module")
def bundle() -> dict[str, Any]:
    """The file, as other software reads it."""
    found: dict[str, Any] = json.loads(write_audit_events(report()))
    return found


def _resources(bundle: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every AuditEvent by the kind of its entry."""
    kinds = [one.entry.kind.value for one in report().timeline.events]
    return dict(zip(kinds, (one["resource"] for one in bundle["entry"]), strict=True))


def _agents(event: dict[str, Any], system: str, code: str) -> list[dict[str, Any]]:
    wanted = (system, code)
    return [
        one
        for one in event["agent"]
        if wanted in [(each["system"], each["code"]) for each in one["type"]["coding"]]
    ]


def _patient(event: dict[str, Any]) -> dict[str, Any]:
    (found,) = [
        one
        for one in event["entity"]
        if (one["type"]["system"], one["type"]["code"]) == (PERSON, "1")
    ]
    assert found["role"]["code"] == "1"
    assert found["what"]["type"] == "Patient"
    return dict(found)


def test_other_software_reads_every_event(bundle: dict[str, Any]) -> None:
    """The bundle is FHIR: a foreign library reads it and writes the same."""
    read = Bundle.model_validate(bundle)

    assert read.entry is not None
    assert len(read.entry) == len(report().timeline.events)
    assert json.loads(read.model_dump_json())["entry"][2]["resource"]["id"]
    assert len({one["fullUrl"] for one in bundle["entry"]}) == len(bundle["entry"])


def test_a_disclosure_has_what_its_profile_asks_for(bundle: dict[str, Any]) -> None:
    """BALP PrivacyDisclosure.Source: export, disclose, source, recipient, patient and data."""
    event = _resources(bundle)[EventKind.DISCLOSURE]
    (source,) = _agents(event, DCM, "110153")
    (recipient,) = _agents(event, DCM, "110152")

    assert event["meta"]["profile"] == [f"{BALP}PrivacyDisclosure.Source"]
    assert (event["type"]["system"], event["type"]["code"]) == (DCM, "110106")
    assert event["action"] == "R"
    assert event["outcome"] == "0"
    assert [one["code"] for one in event["subtype"]] == ["disclose"]
    assert source["who"] == event["source"]["observer"]
    assert source["network"]["address"]
    assert recipient["who"]["identifier"]["value"]
    assert recipient["network"]["address"]
    assert _patient(event)["what"]["identifier"]["value"] == TAG
    assert len(event["entity"]) == 2


def test_a_decision_has_what_its_profile_asks_for(bundle: dict[str, Any]) -> None:
    """BALP AuthZconsent: client, user, organisation, authoriser; patient and consent only."""
    event = _resources(bundle)[EventKind.DECISION]
    (client,) = _agents(event, DCM, "110150")
    (user,) = _agents(event, "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP")
    (organisation,) = _agents(event, "http://terminology.hl7.org/CodeSystem/v3-RoleClass", "PROV")
    (authoriser,) = _agents(
        event, "http://terminology.hl7.org/CodeSystem/extra-security-role-type", "authserver"
    )

    assert event["meta"]["profile"] == [f"{BALP}AuthZconsent"]
    assert (event["type"]["code"], event["action"]) == ("110113", "E")
    assert event["subtype"][0]["code"] == "AuthZ-Consent"
    assert client["network"]["address"]
    assert user["requestor"] is True
    assert "network" not in user
    assert organisation["requestor"] is False
    assert authoriser["who"] == event["source"]["observer"]
    assert [one["type"]["code"] for one in event["entity"]] == ["1", "Consent"]
    _patient(event)


def test_reading_has_what_its_profile_asks_for(bundle: dict[str, Any]) -> None:
    """BALP PatientRead: client and server with their networks, the user, patient and data."""
    event = _resources(bundle)[EventKind.TIMELINE_READ]

    assert event["meta"]["profile"] == [f"{BALP}PatientRead"]
    assert event["subtype"][0] == {
        "system": "http://hl7.org/fhir/restful-interaction",
        "code": "read",
        "display": "read",
    }
    for code in ("110152", "110153"):
        (one,) = _agents(event, DCM, code)
        assert one["network"]["address"]
    assert [one["type"]["code"] for one in event["entity"]] == ["1", "2"]
    _patient(event)


def test_what_no_profile_describes_is_under_its_own_kind(bundle: dict[str, Any]) -> None:
    """An attempt that was turned away is an event that failed, and claims no profile."""
    event = _resources(bundle)[EventKind.REQUEST_REJECTED]

    assert "meta" not in event
    assert event["type"] == {"system": KINDS, "code": "request-rejected"}
    assert event["outcome"] == "8"


def test_nobody_is_named(bundle: dict[str, Any]) -> None:
    """People, agencies and the case are the log's tokens."""
    written = json.dumps(bundle)

    for word in ("Ellwood", "Quill", "housing-1", "idva-1", "MR-0417", "ashmere"):
        assert word not in written
