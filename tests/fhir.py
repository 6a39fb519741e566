"""A FHIR R4 server that holds patients written by other people's software (Synthea)."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from broker.demo.systems.health import post_bundle, start_fhir_server

BUNDLES = Path(__file__).with_name("data") / "fhir-r4-synthea"
MEDICAL_RECORD = "http://hospital.smarthealthit.org"
"""Identifier system of Synthea's medical record numbers."""
INJURED = "43481611-2459-44f5-ab20-4b142dac160f"
MEDICATED = "e4b9259d-0f54-48d1-a35d-b526729a4dfe"


@dataclass(frozen=True, slots=True, kw_only=True)
class FhirServer:
    """A running server and the broker's key to it."""

    url: str
    key: str = field(repr=False)

    def connector_config(self) -> dict[str, object]:
        """Return what connectors.settings reads for an agency with this server."""
        return {
            "kind": "fhir",
            "url": self.url,
            "key": self.key,
            "identifier_system": MEDICAL_RECORD,
        }


@pytest.fixture(scope="session")
def synthea_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FhirServer]:
    """A server with two Synthea patients and the practitioners they refer to."""
    key = secrets.token_hex(32)
    process = start_fhir_server(key, tmp_path_factory.mktemp("fhir") / "server.log")
    try:
        server = FhirServer(url=str(process.ready()["url"]), key=key)
        for name in ("practitioners", "patient-04", "patient-09"):
            bundle = json.loads((BUNDLES / f"{name}.json").read_text(encoding="utf-8"))
            post_bundle(server.url, key, bundle)
        yield server
    finally:
        process.stop()
