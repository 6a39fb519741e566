"""The OpenAPI document is what clients are made from: complete, and true."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import BaseModel

from broker.api import examples, health, schemas, timeline_schemas
from broker.api.problems import MEDIA_TYPE
from tests.api.doors import Doors

Document = Mapping[str, Any]
PUBLIC = {
    "/health",
    "/ready",
    "/.well-known/authzen-configuration",
    "/v1/log/checkpoint",
    "/v1/log/inclusion",
    "/v1/log/consistency",
}
AUTHZEN = {"/access/v1/evaluation", "/access/v1/evaluations"}
"""They answer about no case, and with 400 what they cannot read, as their specification has it."""


@pytest.fixture(scope="module")
def document(lasting_doors: Doors) -> Document:
    """The document as it is served."""
    found: Document = lasting_doors.http.get(f"{lasting_doors.base_url}/openapi.json").json()
    return found


def _operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _references(part: object) -> Iterator[str]:
    if isinstance(part, Mapping):
        for name, value in part.items():
            if name == "$ref":
                yield str(value)
            else:
                yield from _references(value)
    elif isinstance(part, list):
        for one in part:
            yield from _references(one)


def _schema(document: Document, schema: Document) -> Document:
    if "$ref" not in schema:
        return schema
    found: Document = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def test_the_document_is_openapi_3_1(document: Document) -> None:
    """Version, title and paths are there, and every operation has one name of its own."""
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    assert {"title", "version", "description"} <= set(document["info"])
    names = [one["operationId"] for _, _, one in _operations(document)]
    assert len(names) == len(set(names)) >= 11
    assert all(one["summary"] and one["description"] for _, _, one in _operations(document))


def test_every_reference_leads_somewhere(document: Document) -> None:
    """No schema is named that is not in the document, and none stands in it unused."""
    named = {one.removeprefix("#/components/schemas/") for one in _references(document)}
    assert named == set(document["components"]["schemas"])


def test_every_part_of_an_address_is_described(document: Document) -> None:
    """Each variable in a path has its parameter, and each parameter its place in the path."""
    for _, path, operation in _operations(document):
        described = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
        assert described == set(re.findall(r"{(\w+)}", path))


def test_every_operation_shows_an_example(document: Document) -> None:
    """Whoever writes a client sees what to send and what comes back."""
    for method, path, operation in _operations(document):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        bodies += [one for status, one in operation["responses"].items() if status < "300"]
        for one in bodies:
            for content in one["content"].values():
                schema = _schema(document, content.get("schema", {}))
                assert "example" in content or schema.get("examples"), (method, path)


def test_every_problem_is_a_problem_document(document: Document) -> None:
    """What can go wrong is documented under the media type it is sent as, with its examples."""
    for method, path, operation in _operations(document):
        for status, answer in operation["responses"].items():
            if status < "400":
                continue
            assert set(answer["content"]) == {MEDIA_TYPE}, (method, path, status)
            shown = answer["content"][MEDIA_TYPE]["examples"].values()
            assert {one["value"]["status"] for one in shown} == {int(status)}


def test_every_operation_says_what_can_go_wrong(document: Document) -> None:
    """401 and 404 where somebody must be known, 413 with a body, 422 with anything to get wrong."""
    for method, path, operation in _operations(document):
        expected = {"503"} if path != "/health" else set()
        if path not in PUBLIC:
            expected |= {"401", "400"} if path in AUTHZEN else {"401", "404", "422"}
            assert operation["security"] == [{"dpop": []}]
            assert "dpop" in document["components"]["securitySchemes"]
            assert "DPoP" in [one["name"] for one in operation["parameters"]]
        if "requestBody" in operation:
            expected |= {"413"}
        if operation.get("parameters") and path not in AUTHZEN:
            expected |= {"422"}
        missing = expected - set(operation["responses"])
        assert not missing, (method, path, missing)


@pytest.mark.parametrize(
    ("model", "example"),
    [
        (schemas.ShareRequestBody, examples.SHARE_REQUEST),
        (schemas.ConsentBody, examples.CONSENT),
        (schemas.ParticularsBody, examples.PARTICULARS),
        (schemas.TaskOut, examples.TASK),
        (schemas.DoneBody, examples.DONE),
        (schemas.AnswerOut, examples.RELEASED),
        (schemas.AnswerOut, examples.REFERRED),
        (schemas.StatusOut, examples.STATUS),
        (schemas.ListOut, examples.LIST),
        (timeline_schemas.TimelineOut, examples.TIMELINE),
        (schemas.ConsistencyOut, examples.CONSISTENCY),
        (schemas.ProofOut, examples.PROOF),
        (health.Readiness, {"status": "ready", "policy_version": "0", "log_size": 1}),
    ],
)
def test_the_examples_are_true(model: type[BaseModel], example: Mapping[str, object]) -> None:
    """Each example reads back as what it is an example of, and comes out as it went in."""
    shown = model.model_validate(example).model_dump(mode="json", exclude_unset=True)
    assert shown == example


def test_the_example_request_can_be_sent(lasting_doors: Doors) -> None:
    """Whoever copies the example gets an answer about it, not a complaint about its form."""
    answer = lasting_doors.post(json.dumps(examples.SHARE_REQUEST).encode())
    assert answer.status_code == 404
    assert answer.json()["type"].endswith("no-information")
