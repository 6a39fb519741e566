"""Fixtures of the flow tests."""

from tests.fhir import synthea_server

__all__ = ["synthea_server"]
