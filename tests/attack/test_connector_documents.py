"""Documents in holders' answers: as described they are files, otherwise named as missing."""

import base64
from collections.abc import Mapping

import pytest

from broker.domain.documents import MAX_DOCUMENT_BYTES, MAX_DOCUMENTS, WhyLeftOut
from broker.domain.errors import SourceMismatchError
from broker.domain.record import RecordItem
from tests.attack.test_connector_formats import _bundle, _document, _patient
from tests.hostile import PERSON, answered, fhir, json_response, rest

LETTER = b"%PDF-1.7 a letter"
DATA = base64.b64encode(LETTER).decode()
PDF: Mapping[str, object] = {"contentType": "application/pdf; charset=x", "title": "Joan Pell.pdf"}


def described(*attachments: Mapping[str, object], binary: object = None) -> RecordItem:
    """What comes of a DocumentReference with these attachments."""
    document = _document(content=[{"attachment": one} for one in attachments])
    known = {"Patient": _bundle(_patient()), "DocumentReference": _bundle(document), "b": binary}
    (found,) = answered(
        fhir, lambda target: json_response(known[target.rpartition("/")[2].partition("?")[0]])
    )
    return found


def test_fhir_documents_are_files_whose_title_is_not_used() -> None:
    """Inside the resource, or behind a Binary of the same server; text is text as before."""
    note = {"contentType": "text/plain", "data": "U2Vlbi4="}
    inline, linked = {**PDF, "data": DATA}, {**PDF, "url": "Binary/b"}
    found = described(note, inline, linked, binary={"resourceType": "Binary", "data": DATA})

    assert found.text == "Seen."
    assert [(one.name, one.content) for one in found.documents] == [("attachment.pdf", LETTER)] * 2
    assert not [value for name, value in found.fields if name == "attachment"]


@pytest.mark.parametrize(
    ("attachment", "why"),
    [
        ({"url": "https://elsewhere.example/b"}, WhyLeftOut.MISSING),
        ({"url": "file:///etc/passwd"}, WhyLeftOut.MISSING),
        ({"url": "Binary/b"}, WhyLeftOut.MISSING),
        ({"data": "%%%"}, WhyLeftOut.MISSING),
        ({}, WhyLeftOut.MISSING),
        ({"data": DATA, "size": MAX_DOCUMENT_BYTES + 1}, WhyLeftOut.TOO_LARGE),
    ],
    ids=["other-server", "file", "no-binary", "no-base64", "nothing", "large"],
)
def test_a_fhir_document_that_cannot_be_had_is_named(
    attachment: Mapping[str, object], why: WhyLeftOut
) -> None:
    """The entry comes without it; nothing is fetched from anywhere else."""
    (found,) = described({**PDF, **attachment}, binary={"resourceType": "Patient"}).documents

    assert (found.content, found.fault) == (b"", why)


def test_too_many_fhir_documents_stop_the_answer() -> None:
    """Nobody granted a whole file."""
    with pytest.raises(SourceMismatchError, match="narrow"):
        described(*[{**PDF, "data": DATA}] * (MAX_DOCUMENTS + 1))


def page(documents: object, version: int = 2) -> Mapping[str, object]:
    """An answer of one record with documents."""
    record = {
        "id": "R-1",
        "person": PERSON,
        "category": "incident-summary",
        "title": "Note",
        "recorded_on": "2026-01-02",
        "fields": [],
        "text": None,
        "documents": documents,
    }
    return {"version": version, "person": PERSON, "records": [record], "next": None}


def test_rest_documents_come_with_version_2() -> None:
    """A file is its name and its bytes."""
    said = page([{"name": "letter.pdf", "content": DATA}])
    (found,) = answered(rest, lambda _: json_response(said))

    assert [(one.name, one.content) for one in found.documents] == [("letter.pdf", LETTER)]
    assert found.documents[0].fault is None


@pytest.mark.parametrize(
    "said",
    [
        page([], version=1),
        page([{"name": "letter.pdf", "content": "%%%"}]),
        page([{"name": "letter.pdf"}]),
        page([{"name": "letter.pdf", "content": DATA, "path": "/etc/passwd"}]),
        page(None),
    ],
    ids=["version-1", "no-base64", "no-content", "unknown-member", "null"],
)
def test_rest_documents_that_are_not_as_described_stop_the_answer(
    said: Mapping[str, object],
) -> None:
    """Nothing of such a page is used."""
    with pytest.raises(SourceMismatchError):
        answered(rest, lambda _: json_response(said))
