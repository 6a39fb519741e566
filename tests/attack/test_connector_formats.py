"""Attacks by answers that are well-formed and about somebody or something else."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count

import pytest

from broker.domain.errors import SourceMismatchError
from connectors.fhir import FhirConnector
from connectors.fhir_items import INJURY, RECORD_CATEGORY_SYSTEM
from connectors.http import HttpApi
from tests.hostile import (
    KEY,
    NUMBERS,
    PERSON,
    QUERY,
    Answer,
    answered,
    fhir,
    hostile_server,
    json_response,
    rest,
)

OUTCOME = {"resourceType": "OperationOutcome", "issue": []}
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def _page(**changes: object) -> Mapping[str, object]:
    record = {
        "id": "R1",
        "person": PERSON,
        "category": "incident-summary",
        "title": "Visit",
        "recorded_on": "2026-01-02",
        "fields": [{"name": "by", "value": "duty"}],
        "text": "Seen.",
    }
    page = {"version": 1, "person": PERSON, "records": [record], "next": None}
    return {**page, **changes}


def test_rest_page_as_described_is_read() -> None:
    """The page that the attacks below spoil is itself a good one."""
    (found,) = answered(rest, lambda _: json_response(_page()))

    assert (found.subject_ref, found.text) == (PERSON, "Seen.")


@pytest.mark.parametrize(
    "page",
    [
        _page(person="another"),
        _page(version=3),
        _page(version="1"),
        _page(extra="x"),
        _page(records=None),
        _page(records=[{"id": "R1"}]),
        {"records": []},
    ],
)
def test_rest_page_outside_the_api_is_refused(page: Mapping[str, object]) -> None:
    """Another person, another version, unknown or missing members: nothing of the page is used."""
    with pytest.raises(SourceMismatchError) as failed:
        answered(rest, lambda _: json_response(page))

    assert PERSON not in str(failed.value)


def test_rest_pages_without_end_are_refused() -> None:
    """A cursor that always leads on does not keep the broker reading."""
    numbers = count()

    with pytest.raises(SourceMismatchError, match="pages"):
        answered(rest, lambda _: json_response(_page(next=str(next(numbers)))))


def _patient(**changes: object) -> Mapping[str, object]:
    patient = {
        "resourceType": "Patient",
        "id": "p-1",
        "identifier": [{"system": NUMBERS, "value": PERSON}],
    }
    return {**patient, **changes}


def _document(**changes: object) -> Mapping[str, object]:
    document = {
        "resourceType": "DocumentReference",
        "id": "d-1",
        "status": "current",
        "subject": {"reference": "Patient/p-1"},
        "category": [{"coding": [{"system": RECORD_CATEGORY_SYSTEM, "code": "incident-summary"}]}],
        "description": "Letter",
        "context": {"period": {"start": "2026-01-02"}},
        "content": [{"attachment": {"contentType": "text/plain", "data": "U2Vlbi4="}}],
    }
    return {**document, **changes}


def _bundle(*resources: object, **changes: object) -> Mapping[str, object]:
    entries = [{"resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **changes}


def _server(patients: Mapping[str, object], documents: Mapping[str, object]) -> Answer:
    return lambda target: json_response(patients if "/Patient?" in target else documents)


def test_fhir_answer_as_described_is_read() -> None:
    """The answers that the attacks below spoil are themselves good ones."""
    (found,) = answered(fhir, _server(_bundle(_patient()), _bundle(_document())))

    assert (found.subject_ref, found.title, found.text) == (PERSON, "Letter", "Seen.")


def test_fhir_document_kept_as_a_binary_is_read() -> None:
    """A note that stands behind a link on the same server is read through it."""
    linked = _document(content=[{"attachment": {"contentType": "text/plain", "url": "Binary/b"}}])
    binary = {"resourceType": "Binary", "contentType": "text/plain", "data": "U2Vlbi4="}
    known = {"Patient": _bundle(_patient()), "DocumentReference": _bundle(linked), "b": binary}

    (found,) = answered(
        fhir, lambda target: json_response(known[target.rpartition("/")[2].partition("?")[0]])
    )

    assert found.text == "Seen."


@pytest.mark.parametrize(
    "binary", [OUTCOME, {"resourceType": "Patient", "id": "p-1"}, {"resourceType": "Bundle"}]
)
def test_fhir_link_to_something_that_is_no_document_is_refused(
    binary: Mapping[str, object],
) -> None:
    """What stands behind a document's link must be a document."""
    linked = _document(content=[{"attachment": {"contentType": "text/plain", "url": "Binary/b"}}])
    known = {"Patient": _bundle(_patient()), "DocumentReference": _bundle(linked), "b": binary}

    with pytest.raises(SourceMismatchError):
        answered(
            fhir, lambda target: json_response(known[target.rpartition("/")[2].partition("?")[0]])
        )


def test_fhir_patient_is_read_by_the_servers_own_id() -> None:
    """Where references are the server's ids, the patient of that id and no other is meant."""

    def by_id(url: str) -> FhirConnector:
        api = HttpApi(url=url, key=KEY)
        return FhirConnector(agency="ashmere-x", api=api, identifier_system=None)

    def named(patient_id: str) -> Answer:
        patient = _patient(id=patient_id)
        document = _document(subject={"reference": f"Patient/{patient_id}"})
        return lambda target: json_response(
            patient if f"/Patient/{PERSON}" in target else _bundle(document)
        )

    (found,) = answered(by_id, named(PERSON))

    assert found.subject_ref == PERSON
    with pytest.raises(SourceMismatchError, match="another patient"):
        answered(by_id, named("p-2"))


LOOP = [{"relation": "next", "url": "DocumentReference?page=again"}]


@pytest.mark.parametrize(
    ("patients", "documents"),
    [
        (_bundle(_patient(identifier=[{"system": NUMBERS, "value": "1"}])), _bundle()),
        (_bundle(_patient(identifier=[{"system": "urn:x", "value": PERSON}])), _bundle()),
        (_bundle(_patient(), _patient(id="p-2")), _bundle()),
        (_bundle(_patient(id="../p-1")), _bundle()),
        (_bundle(_patient(id=None)), _bundle()),
        (_bundle(OUTCOME), _bundle()),
        (OUTCOME, _bundle()),
        (_bundle(_patient()), OUTCOME),
        (_bundle(_patient()), _bundle(_patient())),
        (_bundle(_patient()), _bundle(None)),
        (_bundle(_patient()), _bundle(_document(subject={"reference": "Patient/p-2"}))),
        (_bundle(_patient()), _bundle(_document(subject={"display": "Mara"}))),
        (_bundle(_patient()), _bundle(_document(subject=None))),
        (
            _bundle(_patient()),
            _bundle(_document(subject={"reference": "https://elsewhere.example/Patient/p-1"})),
        ),
        (_bundle(_patient()), _bundle(link=LOOP)),
        (
            _bundle(_patient()),
            _bundle(link=[{"relation": "next", "url": "http://127.0.0.1:9/api/more"}]),
        ),
        (
            _bundle(_patient()),
            _bundle(
                _document(
                    content=[
                        {"attachment": {"contentType": "text/plain", "url": "file:///etc/passwd"}}
                    ]
                )
            ),
        ),
        (
            _bundle(_patient()),
            _bundle(
                _document(content=[{"attachment": {"contentType": "text/plain", "data": "//79"}}])
            ),
        ),
    ],
)
def test_fhir_answer_about_somebody_or_something_else_is_refused(
    patients: Mapping[str, object], documents: Mapping[str, object]
) -> None:
    """Another patient, two patients, outcomes, other types, loops, links away: all of it stops."""
    with pytest.raises(SourceMismatchError) as failed:
        answered(fhir, _server(patients, documents))

    assert PERSON not in str(failed.value)


def test_fhir_visit_of_another_patient_is_refused() -> None:
    """What holds for documents holds for every other type: one stray visit stops the request."""
    visit = {
        "resourceType": "Encounter",
        "id": "e-1",
        "status": "finished",
        "class": {"system": ACT, "code": "EMER"},
        "subject": {"reference": "Patient/p-2"},
        "period": {"start": "2026-01-02"},
    }
    bundles = {"Patient": _bundle(_patient()), "Encounter": _bundle(visit)}
    query = replace(QUERY, categories=(INJURY,))

    def answer(target: str) -> bytes:
        return json_response(bundles.get(target.rpartition("/")[2].partition("?")[0], _bundle()))

    with hostile_server(answer) as url, pytest.raises(SourceMismatchError, match="another patient"):
        fhir(url).fetch(query)


def test_fhir_link_away_is_not_visited() -> None:
    """A next page on another server is not fetched: the question and the key stay here."""
    reached: list[str] = []

    def elsewhere(target: str) -> bytes:
        reached.append(target)
        return json_response(_bundle())

    with hostile_server(elsewhere) as other:
        link = [{"relation": "next", "url": f"{other}/DocumentReference?page=2"}]
        with pytest.raises(SourceMismatchError, match="somewhere else"):
            answered(fhir, _server(_bundle(_patient()), _bundle(link=link)))

    assert reached == []
