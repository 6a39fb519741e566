"""A FHIR resource becomes an item only where a grant covers everything it tells."""

from collections.abc import Mapping
from datetime import date

import pytest

from broker.domain.errors import SourceMismatchError
from broker.domain.ids import Category
from connectors.fhir_items import (
    RECORD_CATEGORY_SYSTEM,
    RECORD_FIELD_EXTENSION,
    FhirReading,
    decode_text,
    inline_text,
    standard_codes,
)

SNOMED = "http://snomed.info/sct"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
PATIENT = {"reference": "Patient/p-1"}
PREGNANT = {"coding": [{"system": SNOMED, "code": "77386006", "display": "Pregnant"}]}
UNLISTED = {"coding": [{"system": SNOMED, "code": "40055000", "display": "Chronic sinusitis"}]}
WOUND = {"coding": [{"system": SNOMED, "code": "370247008", "display": "Facial laceration"}]}
VISIT: Mapping[str, object] = {
    "resourceType": "Encounter",
    "id": "e-1",
    "status": "finished",
    "class": {"system": ACT, "code": "EMER"},
    "type": [{"text": "Attendance"}],
    "subject": PATIENT,
    "period": {"start": "2026-01-02T23:30:00+00:00", "end": "2026-01-03T01:00:00+00:00"},
}


def _reading(*wanted: str) -> FhirReading:
    return FhirReading(
        subject_ref="9990000123",
        patients=frozenset({"Patient/p-1"}),
        wanted=frozenset(map(Category, wanted)),
        codes=standard_codes(),
    )


def test_emergency_visit_is_an_injury_attendance() -> None:
    """An emergency visit is told with the day it began, and when it ended."""
    found = _reading("injury-attendance").item(VISIT, None)

    assert found is not None
    assert (found.item_id, found.title, found.recorded_on) == (
        *("Encounter/e-1", "Attendance"),
        date(2026, 1, 2),
    )
    assert found.fields == (("until", "2026-01-03T01:00:00+00:00"),)


def test_visit_that_tells_of_a_pregnancy_needs_both_grants() -> None:
    """A grant for injuries does not bring a pregnancy along as the reason of a visit."""
    visit = {**VISIT, "reasonCode": [PREGNANT]}

    assert _reading("injury-attendance").item(visit, None) is None
    assert _reading("maternity").item(visit, None) is None
    assert _reading("injury-attendance", "maternity").item(visit, None) is not None


def test_reason_without_a_category_of_ours_is_left_out() -> None:
    """Another diagnosis is not told as the reason of a visit that is."""
    found = _reading("injury-attendance").item({**VISIT, "reasonCode": [UNLISTED, WOUND]}, None)

    assert found is not None
    assert [value for name, value in found.fields if name == "reason"] == ["Facial laceration"]


@pytest.mark.parametrize(
    "resource",
    [
        {**VISIT, "class": {"system": ACT, "code": "AMB"}},
        {**VISIT, "class": {"system": "urn:other", "code": "EMER"}},
        {**VISIT, "class": None},
        {"resourceType": "Condition", "id": "c", "code": UNLISTED},
        {"resourceType": "Condition", "id": "c"},
    ],
)
def test_what_has_no_category_is_covered_by_no_grant(resource: Mapping[str, object]) -> None:
    """Unknown means protected: an unlisted code belongs to no category at all."""
    assert _reading(*standard_codes().values()).item(resource, None) is None


def test_empty_grant_covers_nothing() -> None:
    """Empty means no."""
    assert _reading().item(VISIT, None) is None


@pytest.mark.parametrize(
    "mistake",
    [
        {"status": "entered-in-error"},
        {"docStatus": "entered-in-error"},
        {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}},
        {"verificationStatus": {"coding": [{"code": "refuted"}]}},
    ],
)
def test_what_the_holder_took_back_is_not_told(mistake: Mapping[str, object]) -> None:
    """An entry made in error, or a diagnosis since refuted, is not passed on."""
    assert _reading("injury-attendance").item({**VISIT, **mistake}, None) is None


@pytest.mark.parametrize(
    ("start", "day"),
    [
        ("2026-01-02", date(2026, 1, 2)),
        ("2026-03", date(2026, 3, 1)),
        ("2026", date(2026, 1, 1)),
        ("soon", None),
        ("2026-13-01", None),
        (None, None),
    ],
)
def test_vague_date_is_read_as_the_older_one(start: str | None, day: date | None) -> None:
    """A bare month or year counts from its first day, and an unreadable date as none."""
    found = _reading("injury-attendance").item({**VISIT, "period": {"start": start}}, None)

    assert found is not None
    assert found.recorded_on == day


def test_our_own_words_in_a_resource_are_understood() -> None:
    """An integration engine may say category and fields in our words, in their order."""
    resource = {
        "resourceType": "DocumentReference",
        "id": "d",
        "category": [
            {"coding": [{"system": RECORD_CATEGORY_SYSTEM, "code": "care-needs-capacity"}]}
        ],
        "description": "Assessment\n of   needs",
        "extension": [
            {
                "url": RECORD_FIELD_EXTENSION,
                "extension": [
                    {"url": "name", "valueString": name},
                    {"url": "value", "valueString": value},
                ],
            }
            for name, value in (("ward", "6"), ("by", "OT"))
        ],
        "content": [{"attachment": {"contentType": "application/rtf", "url": "Binary/1"}}],
    }
    found = _reading("care-needs-capacity").item(resource, "Text.")

    assert found is not None
    assert (found.title, found.text) == ("Assessment of   needs", "Text.")
    assert found.fields[:2] == (("ward", "6"), ("by", "OT"))
    assert found.fields[2][0] == "attachment"


@pytest.mark.parametrize(
    "about",
    [
        {},
        {"subject": None},
        {"subject": "Patient/p-1"},
        {"subject": {"reference": "Patient/p-2"}},
        {"subject": {"reference": "Patient/p-1/_history/2"}},
        {"subject": {"identifier": {"value": "9990000123"}}},
        {"patient": {"reference": "Patient/p-2"}},
        {"subject": {"reference": "Patient/p-2"}, "patient": PATIENT},
    ],
)
def test_resource_that_does_not_say_whose_it_is_is_refused(about: Mapping[str, object]) -> None:
    """A resource about another patient, or about nobody named, stops the request."""
    with pytest.raises(SourceMismatchError):
        _reading("injury-attendance").check_patient({"resourceType": "Encounter", **about})


@pytest.mark.parametrize("data", ["%%%", "//79", "U2Vlbg"])
def test_text_that_does_not_decode_is_refused(data: str) -> None:
    """Broken base64 or another encoding is not guessed at."""
    with pytest.raises(SourceMismatchError):
        decode_text(data)


def test_only_plain_text_is_read() -> None:
    """HTML and other documents are not passed through."""
    assert inline_text({"contentType": "text/html", "data": "U2Vlbi4="}) is None
    assert inline_text({"contentType": "Text/Plain; charset=utf-8", "data": "U2Vlbi4="}) == "Seen."


def test_code_list_is_whole() -> None:
    """Every line of the code list names a system, a code and a category."""
    codes = standard_codes()

    assert all(system and code and category for (system, code), category in codes.items())
    assert {"injury-attendance", "mental-health-summary", "substance-misuse", "maternity"} == set(
        codes.values()
    )
