"""A timeline as FHIR R4 AuditEvents, by the profiles of IHE BALP where one fits.

A disclosure is `PrivacyDisclosure.Source`, a decision `AuthZconsent`, reading `PatientRead`; what
no profile describes is a plain AuditEvent under the log's own kind. People, agencies and the client
are the log's tokens. DO NOT change a system or how an id is made: other systems keep them.
"""

import json
from collections.abc import Callable, Mapping
from uuid import NAMESPACE_URL, uuid5

from broker.domain.ledger import JsonValue, LedgerEntry
from broker.domain.words import EventKind, Outcome
from broker.exports.fhir_parts import (
    Part,
    agent,
    coding,
    consent,
    network,
    patient,
    reference,
)
from broker.service.report import CaseReport
from broker.service.timeline import TimelineEvent
from broker.service.wording import Detail, listing, many, word

BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
DCM = "http://dicom.nema.org/resources/ontology/DCM"
KINDS = "urn:marac-broker:event-kind"
_SUCCESS, _REFUSED = "0", "8"
"""Codes of AuditEvent.outcome (FHIR R4): success, serious failure."""
_READS = (EventKind.TIMELINE_READ, EventKind.DISCLOSURE_READ)


def write_audit_events(report: CaseReport) -> bytes:
    """Return a Bundle of type `collection`, one AuditEvent for each entry, in its order."""
    timeline = report.timeline
    origin = timeline.checkpoint.origin
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": {"system": f"urn:marac-broker:log:{origin}", "value": timeline.case_tag},
        "timestamp": report.made_at.isoformat(),
        "entry": [
            {"fullUrl": _url(origin, one.entry), "resource": audit_event(origin, one)}
            for one in timeline.events
        ],
    }
    return json.dumps(bundle, ensure_ascii=False, indent=1).encode() + b"\n"


def audit_event(origin: str, one: TimelineEvent) -> Part:
    """Return one entry as an AuditEvent."""
    entry = one.entry
    tag = entry.case_tag or ""
    made = _SHAPES.get(entry.kind, _plain)(entry, origin, tag)
    return {
        "resourceType": "AuditEvent",
        "id": f"entry-{entry.index}-{entry.leaf_hash.hex()[:32]}",
        "recorded": entry.at.isoformat(),
        "outcomeDesc": one.told.sentence,
        "source": {
            "site": origin,
            "observer": _broker(origin),
            "type": [coding("http://terminology.hl7.org/CodeSystem/security-source-type", "4")],
        },
        **made,
    }


def _disclosure(entry: LedgerEntry, origin: str, tag: str) -> Part:
    detail, recipient = entry.detail, _side(entry.detail, "recipient")
    package = word(detail, "disclosure")
    return {
        "meta": {"profile": [f"{BALP}PrivacyDisclosure.Source"]},
        "type": coding(DCM, "110106", "Export"),
        "subtype": [
            coding("http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle", "disclose")
        ],
        "action": "R",
        "outcome": _SUCCESS,
        "agent": [
            agent(coding(DCM, "110153", "Source Role ID"), _broker(origin), network(origin)),
            agent(
                coding(DCM, "110152", "Destination Role ID"),
                _person(recipient),
                network(f"urn:marac-broker:agency:{word(recipient, 'agency')}", uri=True),
            ),
            agent(
                coding("http://snomed.info/sct", "159541003"),
                _agency(_side(detail, "holder")),
            ),
        ],
        "entity": [
            patient(tag),
            {
                "type": coding("http://terminology.hl7.org/CodeSystem/audit-entity-type", "2"),
                "role": coding("http://terminology.hl7.org/CodeSystem/object-role", "3"),
                "what": reference("DocumentReference", "disclosure", package),
                "description": listing(many(detail, "categories")),
            },
        ],
    }


def _decision(entry: LedgerEntry, origin: str, tag: str) -> Part:
    detail, asker = entry.detail, _side(entry.detail, "requester")
    outcome = Outcome(word(detail, "outcome"))
    system = reference("Device", "system", word(asker, "system"))
    return {
        "meta": {"profile": [f"{BALP}AuthZconsent"]},
        "type": coding(DCM, "110113", "Security Alert"),
        "subtype": [
            coding("https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType", "AuthZ-Consent")
        ],
        "action": "E",
        "outcome": _SUCCESS if outcome.releases else _REFUSED,
        "purposeOfEvent": [{"coding": [coding(f"{_OWN}purpose", word(detail, "purpose"))]}],
        "agent": [
            agent(
                coding(DCM, "110150", "Application"),
                system,
                network(f"urn:marac-broker:system:{word(asker, 'system')}", uri=True),
            ),
            agent(_USER, _person(asker), requestor=True),
            agent(
                coding("http://terminology.hl7.org/CodeSystem/v3-RoleClass", "PROV"),
                _agency(asker),
            ),
            agent(
                coding(
                    "http://terminology.hl7.org/CodeSystem/extra-security-role-type", "authserver"
                ),
                _broker(origin),
            ),
        ],
        "entity": [patient(tag), consent(tag)],
    }


def _read(entry: LedgerEntry, origin: str, tag: str) -> Part:
    reader = _side(entry.detail, "requester")
    system = word(reader, "system")
    return {
        "meta": {"profile": [f"{BALP}PatientRead"]},
        "type": coding("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest"),
        "subtype": [coding("http://hl7.org/fhir/restful-interaction", "read", "read")],
        "action": "R",
        "outcome": _SUCCESS,
        "agent": [
            agent(
                coding(DCM, "110152", "Destination Role ID"),
                reference("Device", "system", system),
                network(f"urn:marac-broker:system:{system}", uri=True),
            ),
            agent(coding(DCM, "110153", "Source Role ID"), _broker(origin), network(origin)),
            agent(_USER, _person(reader), requestor=True),
        ],
        "entity": [
            patient(tag),
            {
                "type": coding("http://terminology.hl7.org/CodeSystem/audit-entity-type", "2"),
                "role": coding("http://terminology.hl7.org/CodeSystem/object-role", "4"),
                "what": reference("AuditEvent", "case", tag),
            },
        ],
    }


def _plain(entry: LedgerEntry, origin: str, tag: str) -> Part:
    actor = next(
        (named for side in ("requester", "reviewer") if (named := _side(entry.detail, side))), None
    )
    agents = [agent(coding(DCM, "110153", "Source Role ID"), _broker(origin), network(origin))]
    if actor is not None:
        agents.append(agent(_USER, _person(actor), requestor=True))
    return {
        "type": coding(KINDS, entry.kind.value),
        "action": "E",
        "outcome": _REFUSED if entry.kind is EventKind.REQUEST_REJECTED else _SUCCESS,
        "agent": agents,
        "entity": [patient(tag)],
    }


_SHAPES: Mapping[EventKind, Callable[[LedgerEntry, str, str], Part]] = {
    EventKind.DISCLOSURE: _disclosure,
    EventKind.DECISION: _decision,
    **dict.fromkeys(_READS, _read),
}
_OWN = "urn:marac-broker:vocabulary:"
_USER = coding("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP")


def _side(detail: Detail, side: str) -> Mapping[str, JsonValue]:
    named = detail.get(side)
    return named if isinstance(named, Mapping) else {}


def _person(named: Detail) -> Part:
    said = f"{word(named, 'agency_kind')}, {word(named, 'role')}"
    return {
        **reference("Practitioner", "practitioner", word(named, "practitioner")),
        "display": said,
    }


def _agency(named: Detail) -> Part:
    kind = word(named, "agency_kind")
    return {**reference("Organization", "agency", word(named, "agency")), "display": kind}


def _broker(origin: str) -> Part:
    return reference("Device", "log", origin)


def _url(origin: str, entry: LedgerEntry) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{origin}/{entry.leaf_hash.hex()}')}"
