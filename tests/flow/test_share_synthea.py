import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from broker.domain.ids import AgencyId, Category
from broker.domain.ledger import Receipt
from broker.domain.people import Address, AgencyReference, Identifier, Person
from broker.domain.words import SubjectRole
from broker.service.deliver import deliver_due
from broker.service.register import Register
from broker.service.share import share
from keys.opening import open_package
from redaction.service import RedactionService
from tests import builders as a
from tests.desk import Furnished, real_desk, recipient_key
from tests.fhir import BUNDLES, INJURED, FhirServer
from tests.mailboxes import delivered, mailbox_server
from tests.simulators import SetClock

ATTENDED = date(2013, 1, 26)
NOW = datetime(2013, 2, 11, 10, 0, tzinfo=UTC)
"""Two weeks after the attendance, so that it lies inside the relevance window."""


def _patient() -> dict[str, Any]:
    bundle = json.loads((BUNDLES / "patient-04.json").read_text(encoding="utf-8"))
    resources = [one["resource"] for one in bundle["entry"]]
    found: dict[str, Any] = next(one for one in resources if one["resourceType"] == "Patient")
    return found


def _victim(patient: dict[str, Any]) -> Person:
    """The patient as the case record would hold her."""
    name, home = patient["name"][0], patient["address"][0]
    return a.person(
        SubjectRole.VICTIM,
        " ".join((*name["given"], name["family"])),
        date_of_birth=date.fromisoformat(patient["birthDate"]),
        addresses=(Address(text=", ".join((*home["line"], home["city"])), safe=True),),
        identifiers=tuple(
            Identifier(kind="other", value=one["value"]) for one in patient["identifier"]
        ),
        references=(AgencyReference(agency_id=AgencyId("ashmere-acute"), value=INJURED),),
    )


@pytest.fixture
def furnished(
    synthea_server: FhirServer, migrated_sqlite: Path, redactor: RedactionService, tmp_path: Path
) -> Iterator[Furnished]:
    """A desk whose holder is the hospital with Synthea's patients."""
    shutil.copy(migrated_sqlite, tmp_path / "broker.db")
    url = f"sqlite:///{tmp_path / 'broker.db'}"
    hospital = {
        "version": 1,
        "connectors": {"ashmere-acute": synthea_server.connector_config()},
    }
    with real_desk(url, hospital, redactor, clock=SetClock(moment=NOW)) as opened:
        yield opened


def _furnish(furnished: Furnished, mailbox: str) -> None:
    desk = furnished.desk
    register = Register(desk.ledger, desk.cases, desk.clock)
    agencies = ("housing-la", "health-acute")
    for kind in agencies:
        agency_id = AgencyId("ashmere-acute" if kind == "health-acute" else f"ashmere-{kind}")
        register.agency(a.agency(kind, agency_id=agency_id, mailbox_url=f"{mailbox}/{agency_id}"))
    register.practitioner(a.practitioner())
    key = recipient_key(furnished.private_key, "housing-1", "housing-la")
    register.key(replace(key, not_before=NOW - timedelta(days=1)))
    register.case(
        a.case(
            people=(_victim(_patient()), a.perpetrator()),
            consents=(a.consent(taken_at=NOW - timedelta(days=3)),),
            risk=a.risk(assessed_on=NOW.date() - timedelta(days=3)),
        )
    )
    week = timedelta(days=7)
    register.meeting(
        a.meeting(
            agencies=("housing-la", "acute"),
            held_at=NOW + week,
            opens_at=NOW - week,
            closes_at=NOW + week,
        )
    )


def test_a_patient_of_other_peoples_software_goes_through_the_whole_pipeline(
    furnished: Furnished, tmp_path: Path
) -> None:
    """A hospital attendance in a foreign FHIR record is shared, without what names the patient."""
    mailboxes = tmp_path / "mailboxes"
    request = a.share_request(
        holder=AgencyId("ashmere-acute"), categories=(Category("injury-attendance"),), made_at=NOW
    )
    with mailbox_server(mailboxes) as mailbox:
        _furnish(furnished, mailbox)
        receipt = share(furnished.desk, a.requester(), request)
        assert isinstance(receipt, Receipt)
        assert deliver_due(furnished.desk) == 1

    (disclosure_id,) = delivered(mailboxes)
    package = (mailboxes / "ashmere-housing-la" / disclosure_id).read_bytes()
    opened = open_package(
        package,
        furnished.private_key,
        [furnished.broker_key],
        now=NOW,
        expected_disclosure=receipt.disclosure_id,
    )
    assert {one.title for one in opened.content.items} >= {"Laceration of thigh"}
    assert {one.recorded_on for one in opened.content.items} <= {ATTENDED, ATTENDED.replace(day=1)}
    plain = str([asdict(one) for one in opened.content.items])
    patient = _patient()
    for value in (
        patient["name"][0]["family"],
        patient["birthDate"],
        patient["address"][0]["line"][0],
        *(one["value"] for one in patient["identifier"]),
    ):
        assert value not in plain
    assert furnished.store.log.verify().size > receipt.entry.index
