"""The OpenAPI document, with what FastAPI cannot know: problem documents and proofs."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from broker.api.problems import Problem

_DPOP = {
    "type": "http",
    "scheme": "DPoP",
    "description": "An access token bound to your system's key (RFC 9449), sent as"
    " `Authorization: DPoP <token>`.",
}
_PROOF = {
    "name": "DPoP",
    "in": "header",
    "required": True,
    "description": "A fresh proof of possession, signed by your system's key for this one call.",
    "schema": {
        "type": "string",
        "examples": ["eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7fX0"],
    },
}
_FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
"""Schemas of answers that are never sent: ours are problem documents."""


def describe(app: FastAPI) -> None:
    """Complete the application's document."""
    document: dict[str, Any] = app.openapi()
    document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
    document["components"]["securitySchemes"] = {"dpop": _DPOP}
    for name in _FRAMEWORKS_OWN:
        document["components"]["schemas"].pop(name, None)
    for operation in _operations(document):
        if "400" in operation["responses"]:
            operation["responses"].pop("422", None)  # FastAPI's guess: it is 400 that is sent.
        if "401" in operation["responses"]:
            operation["security"] = [{"dpop": []}]
            operation.setdefault("parameters", []).append(_PROOF)
    app.openapi_schema = document


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()
