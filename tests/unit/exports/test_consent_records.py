import json
from typing import Any

import pytest

from broker.domain.words import ConsentStatus
from broker.exports.consent_records import _STATES, write_consent_records
from tests.unit.exports.reports import TAG, report


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    """The file, as other software reads it."""
    found: dict[str, Any] = json.loads(write_consent_records(report()))
    return found


def test_the_record_has_the_sections_of_the_specification(record: dict[str, Any]) -> None:
    """Header, processing, parties and events, each with what ISO/IEC TS 27560 requires."""
    header, processing = record["record_header"], record["pii_processing"]

    assert header["schema_version"] == "ISO/IEC TS 27560:2023"
    assert TAG in header["record_id"]
    assert TAG in header["pii_principal_id"]
    assert {"privacy_notice", "language", "purposes"} <= set(processing)
    for purpose in processing["purposes"]:
        assert {"purpose", "lawful_basis", "pii_information", "withdrawal_method"} <= set(purpose)
    for party in record["party_identification"]:
        assert set(party) == {"party_id", "party_name", "party_role"}
    for event in record["events"]:
        assert {"event_time", "validity_duration", "entity_id", "event_type"} <= set(event)


def test_every_statement_is_an_event_oldest_first(record: dict[str, Any]) -> None:
    """A withdrawal follows what it withdraws; a limit in time is said."""
    states = [one["event_state"] for one in record["events"]]

    assert states == ["given", "given-with-limits", "withdrawn"]
    assert record["events"][1]["validity_duration"].startswith("until 2026-11-10")


def test_consent_is_never_the_lawful_basis(record: dict[str, Any]) -> None:
    """What the client said and what the law allows are two things, in every purpose."""
    (purpose,) = record["pii_processing"]["purposes"]

    assert purpose["purpose"] == "marac-research"
    assert purpose["lawful_basis_is_consent"] is False
    assert purpose["recipient_third_parties"] == ["housing-la"]


def test_a_forced_yes_is_no_yes() -> None:
    """Every status has a state; one that may have been forced counts for nothing."""
    assert set(_STATES) == set(ConsentStatus)
    assert _STATES[ConsentStatus.GIVEN_SUSPECTED_COERCED][1] == "invalidated"
    assert _STATES[ConsentStatus.UNKNOWN][1] == "unknown"
