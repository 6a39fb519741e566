"""Small parts of FHIR resources. DO NOT change a system: identifiers of two exports must meet."""

from collections.abc import Mapping
from typing import Any

Part = dict[str, Any]
"""A piece of a FHIR resource, ready for JSON."""

_MACHINE_NAME, _URI = "1", "5"
"""Codes of AuditEvent.agent.network.type (FHIR R4)."""


def coding(system: str, code: str, display: str | None = None) -> Part:
    """Return a Coding."""
    made = {"system": system, "code": code}
    return made if display is None else {**made, "display": display}


def reference(kind: str, name: str, value: str) -> Part:
    """Return a logical Reference: to something that is known by the log's token alone."""
    return {"type": kind, "identifier": {"system": f"urn:marac-broker:{name}", "value": value}}


def network(address: str, *, uri: bool = False) -> Part:
    """Return where an agent is reached."""
    return {"address": address, "type": _URI if uri else _MACHINE_NAME}


def agent(
    kind: Mapping[str, str], who: Part, where: Part | None = None, *, requestor: bool = False
) -> Part:
    """Return one of those who took part."""
    made: Part = {"type": {"coding": [dict(kind)]}, "who": who, "requestor": requestor}
    return made if where is None else {**made, "network": where}


def patient(tag: str) -> Part:
    """Return the client: the case as the log names it."""
    return {
        "type": coding("http://terminology.hl7.org/CodeSystem/audit-entity-type", "1", "Person"),
        "role": coding("http://terminology.hl7.org/CodeSystem/object-role", "1", "Patient"),
        "what": reference("Patient", "case", tag),
    }


def consent(tag: str) -> Part:
    """Return what the client had said, as far as it was looked at."""
    return {
        "type": coding("http://hl7.org/fhir/resource-types", "Consent"),
        "what": reference("Consent", "consent-of-case", tag),
    }
