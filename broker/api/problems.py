"""RFC 9457 problem documents: the only place where an error meets an HTTP status.

A problem says what to do next. It never repeats what was sent: a value in an error message is how
an address ends up in somebody's log.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from broker.domain import errors

MEDIA_TYPE = "application/problem+json"
_SCHEMA = "#/components/schemas/Problem"


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:marac-broker:problem:no-information",
                    "title": "There is no information available to you.",
                    "status": 404,
                    "detail": "If somebody may be at risk, speak to your MARAC coordinator now.",
                }
            ]
        }
    )

    type: str = Field(description="Stable name of the kind of problem.")
    title: str = Field(description="The kind of problem, in one sentence.")
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="What to do next.")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its name, status, title, and what to do where the error does not say."""

    name: str
    status: HTTPStatus
    title: str
    detail: str


NEUTRAL = Kind(
    "no-information",
    HTTPStatus.NOT_FOUND,
    "There is no information available to you.",
    "If somebody may be at risk, speak to your MARAC coordinator now; in an emergency call 999.",
)
AUTHENTICATION = Kind(
    "authentication",
    HTTPStatus.UNAUTHORIZED,
    "The person or the system could not be authenticated.",
    "Ask your agency's identity provider for a new token and sign a new DPoP proof with your"
    " system's registered key.",
)
MALFORMED = Kind(
    "malformed",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "The request is not what this address takes.",
    "Compare it with the example in /openapi.json.",
)
BAD_REQUEST = Kind(
    "bad-request",
    HTTPStatus.BAD_REQUEST,
    "The question is not one that this address takes.",
    "Compare it with the example in /openapi.json.",
)
TOO_LARGE = Kind(
    "too-large",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "The request is too large.",
    "Send at most 64 KiB.",
)
NO_SUCH_DOOR = Kind(
    "no-such-address",
    HTTPStatus.NOT_FOUND,
    "There is nothing at this address.",
    "See /openapi.json for the addresses there are.",
)
WRONG_METHOD = Kind(
    "method",
    HTTPStatus.METHOD_NOT_ALLOWED,
    "This address does not take that method.",
    "See /openapi.json for the methods it takes.",
)
INVALID = Kind(
    "invalid-request",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "The request says something it may not say.",
    "Correct it and send it again under a new idempotency key.",
)
CONFLICT = Kind(
    "idempotency-conflict",
    HTTPStatus.CONFLICT,
    "This idempotency key was used for a different request.",
    "Send the request under a new idempotency key.",
)
SOURCE = Kind(
    "source-unavailable",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "The holder's system did not give a usable answer; nothing was released.",
    "Try again with the same idempotency key, or telephone the holder.",
)
HELD_BACK = Kind(
    "not-releasable",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "The record could not be made safe to send; nothing was released.",
    "Telephone the holder, who can look at the record.",
)
NO_KEY = Kind(
    "no-recipient-key",
    HTTPStatus.CONFLICT,
    "The recipient has no key that is valid now; nothing was released.",
    "Register a key for the recipient, then send the request again.",
)
TOO_MANY = Kind(
    "too-many",
    HTTPStatus.TOO_MANY_REQUESTS,
    "Too many calls from your address did not prove who makes them.",
    "Wait as long as Retry-After says; a call with a valid token and proof is not limited.",
)
UNAVAILABLE = Kind(
    "unavailable",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "The broker cannot answer now; nothing was released.",
    "Try again with the same idempotency key; in an emergency telephone the holder.",
)

_KINDS: tuple[tuple[type[errors.BrokerError], Kind], ...] = (
    (errors.AuthenticationError, AUTHENTICATION),
    (errors.InvalidRequestError, INVALID),
    (errors.IdempotencyConflictError, CONFLICT),
    (errors.SourceError, SOURCE),
    (errors.RedactionError, HELD_BACK),
    (errors.NoRecipientKeyError, NO_KEY),
)


def documented(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of an operation's problems: one example for each kind."""
    found: dict[int | str, dict[str, Any]] = {}
    # Wherever a caller may fail to prove who they are they may do so too often.
    for kind in (*kinds, *([TOO_MANY] if AUTHENTICATION in kinds else [])):
        answer = found.setdefault(
            int(kind.status),
            {
                "description": kind.title,
                "content": {MEDIA_TYPE: {"schema": {"$ref": _SCHEMA}, "examples": {}}},
            },
        )
        example = {"summary": kind.title, "value": _document(kind, kind.detail).model_dump()}
        answer["content"][MEDIA_TYPE]["examples"][kind.name] = example
    return found


def kind_of(error: Exception) -> Kind:
    """Return the kind of problem an error is; anything unforeseen is `unavailable`."""
    return next((kind for cls, kind in _KINDS if isinstance(error, cls)), UNAVAILABLE)


def respond(kind: Kind, detail: str | None = None) -> JSONResponse:
    """Return the problem as a response that no cache keeps."""
    problem = _document(kind, detail or kind.detail)
    headers = {"Cache-Control": "no-store"}
    if kind is AUTHENTICATION:
        headers["WWW-Authenticate"] = 'DPoP algs="ES256 EdDSA"'
    return JSONResponse(problem.model_dump(), kind.status, headers, MEDIA_TYPE)


def _document(kind: Kind, detail: str) -> Problem:
    return Problem(
        type=f"urn:marac-broker:problem:{kind.name}",
        title=kind.title,
        status=kind.status,
        detail=detail,
    )
