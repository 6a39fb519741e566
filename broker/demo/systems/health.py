"""The acute trust: a FHIR R4 server, loaded over HTTP as an integration engine would.

A note becomes a DocumentReference with the text inside, and an attendance with a note also the
Encounter it belongs to. What has no note becomes the resource of its kind. Fields that FHIR has no
place for travel in the extension that connectors.fhir_items names.
"""

import base64
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import httpx

from broker.demo.systems.node import node_executable, npm_ci
from broker.demo.systems.process import SystemProcess
from broker.domain.record import RecordItem
from connectors.fhir_items import RECORD_CATEGORY_SYSTEM, RECORD_FIELD_EXTENSION

NHS_NUMBER: Final = "https://fhir.nhs.uk/Id/nhs-number"
"""Identifier system of NHS numbers in UK Core."""
BUNDLE_ENTRIES: Final = 100
"""Resources sent at once."""
LOAD_SECONDS: Final = 60.0
_FOLDER: Final = Path(__file__).with_name("fhir")

Resource = dict[str, object]


def start_fhir_server(key: str, log: Path) -> SystemProcess:
    """Start the server; its first line says where it listens."""
    folder = npm_ci(_FOLDER)
    return SystemProcess(
        [node_executable(), folder / "server.mjs"],
        log=log,
        folder=folder,
        environment={**os.environ, "FHIR_KEY": key},
    )


def load_items(url: str, key: str, items: tuple[RecordItem, ...]) -> None:
    """Send every item and its patient."""
    resources = list(_resources(items))
    for start in range(0, len(resources), BUNDLE_ENTRIES):
        post_bundle(
            url,
            key,
            {
                "resourceType": "Bundle",
                "type": "transaction",
                "entry": [
                    {
                        "resource": one,
                        "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"},
                    }
                    for one in resources[start : start + BUNDLE_ENTRIES]
                ],
            },
        )


def post_bundle(url: str, key: str, bundle: Mapping[str, object]) -> None:
    """Send one transaction; an answer other than success raises httpx.HTTPStatusError."""
    httpx.post(
        url,
        json=bundle,
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/fhir+json"},
        timeout=LOAD_SECONDS,
        trust_env=False,
    ).raise_for_status()


def _resources(items: tuple[RecordItem, ...]) -> Iterator[Resource]:
    for number in dict.fromkeys(one.subject_ref for one in items):
        yield {
            "resourceType": "Patient",
            "id": _id("patient", number),
            "identifier": [{"system": NHS_NUMBER, "value": number}],
        }
    for item in items:
        if item.text is None:
            yield _entry(item)
        else:
            yield from _documented(item)


def _documented(item: RecordItem) -> Iterator[Resource]:
    context: dict[str, object] = {"period": {"start": _day(item)}} if item.recorded_on else {}
    if item.category == "injury-attendance":
        visit = _visit(item)
        yield visit
        context["encounter"] = [{"reference": f"Encounter/{visit['id']}"}]
    yield {
        **_common(item, "DocumentReference"),
        "status": "current",
        "category": [_concept(item)],
        "description": item.title,
        "context": context,
        "content": [
            {
                "attachment": {
                    "contentType": "text/plain; charset=utf-8",
                    "data": base64.b64encode((item.text or "").encode()).decode(),
                }
            }
        ],
    }


def _entry(item: RecordItem) -> Resource:
    """Return an item without a note as the resource of its kind."""
    if item.category == "injury-attendance":
        return _visit(item)
    if item.category == "medication":
        return {
            **_common(item, "MedicationRequest"),
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": {"text": item.title},
            **({"authoredOn": _day(item)} if item.recorded_on else {}),
        }
    return {
        **_common(item, "Condition"),
        "category": [_concept(item)],
        "code": {"text": item.title},
        **({"recordedDate": _day(item)} if item.recorded_on else {}),
    }


def _visit(item: RecordItem) -> Resource:
    return {
        **_common(item, "Encounter"),
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "EMER"},
        "type": [{**_concept(item), "text": item.title}],
        **({"period": {"start": _day(item)}} if item.recorded_on else {}),
    }


def _common(item: RecordItem, kind: str) -> Resource:
    return {
        "resourceType": kind,
        "id": _id(kind, item.item_id),
        "subject": {"reference": f"Patient/{_id('patient', item.subject_ref)}"},
        "extension": [
            {
                "url": RECORD_FIELD_EXTENSION,
                "extension": [
                    {"url": "name", "valueString": name},
                    {"url": "value", "valueString": value},
                ],
            }
            for name, value in item.fields
        ],
    }


def _concept(item: RecordItem) -> dict[str, object]:
    return {"coding": [{"system": RECORD_CATEGORY_SYSTEM, "code": item.category}]}


def _day(item: RecordItem) -> str:
    return item.recorded_on.isoformat() if item.recorded_on else ""


def _id(kind: str, value: str) -> str:
    """Return a FHIR id that is the same on every run."""
    return str(uuid5(NAMESPACE_URL, f"urn:ashmere:{kind}:{value}"))
