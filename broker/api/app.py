"""The application: routes, limits, and what becomes of every error."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from broker.api import cases, disclosures, health, log, meetings, shares
from broker.api.door import refuse
from broker.api.limits import BodyLimit
from broker.api.problems import MALFORMED, NO_SUCH_DOOR, WRONG_METHOD, kind_of, respond
from broker.domain.errors import BrokerError, InvalidRequestError, LedgerUnavailableError
from broker.service.answer import FAILURES
from broker.service.desk import Desk

METHOD_NOT_ALLOWED = 405

_DESCRIPTION = """Lets the agencies of a MARAC share one thing, with one recipient, for one stated
purpose, and proves afterwards that it was allowed. Authenticate with a DPoP-bound access token
(RFC 9449). Errors are problem documents (RFC 9457)."""


def create_app(desk: Desk, *, base_url: str, trust_client_certificate: bool = False) -> FastAPI:
    """Return the ASGI application.

    Args:
        desk: the ports, chosen by bootstrap.
        base_url: how callers reach us, without a trailing slash; proofs name it.
        trust_client_certificate: only behind a proxy that sets and strips `Client-Cert`.

    """
    app = FastAPI(
        title="marac-broker", version="1", description=_DESCRIPTION, docs_url=None, redoc_url=None
    )
    app.state.desk = desk
    app.state.base_url = base_url
    app.state.trust_client_certificate = trust_client_certificate
    for room in (shares, meetings, cases, disclosures, log, health):
        app.include_router(room.router)
    app.add_middleware(BodyLimit)
    app.middleware("http")(_stamp)
    app.exception_handler(RequestValidationError)(_malformed)
    app.exception_handler(HTTPException)(_no_such_door)
    app.exception_handler(BrokerError)(_failed)
    return app


async def _stamp(http: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    """Note when a request arrived, and keep every answer out of caches."""
    http.state.arrived_at = time.monotonic()
    response = await call(http)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


async def _malformed(http: Request, error: RequestValidationError) -> JSONResponse:
    """Name the members at fault, never their values; a name we did not coin is a value."""
    places = sorted({_place(one) for one in error.errors()})
    return await refuse(http, MALFORMED, f"{MALFORMED.detail} At fault: {', '.join(places)}.")


def _place(fault: Mapping[str, Any]) -> str:
    coined = fault["loc"] if fault["type"] != "extra_forbidden" else (*fault["loc"][:-1], "unknown")
    return ".".join(str(part) for part in coined)


async def _no_such_door(_: Request, error: HTTPException) -> JSONResponse:
    return respond(WRONG_METHOD if error.status_code == METHOD_NOT_ALLOWED else NO_SUCH_DOOR)


async def _failed(http: Request, error: BrokerError) -> JSONResponse:
    if isinstance(error, LedgerUnavailableError):
        return respond(kind_of(error))  # What failed is the very log that would note it.
    if isinstance(error, FAILURES):
        return respond(kind_of(error))  # Already on the case's own record.
    detail = str(error) if isinstance(error, InvalidRequestError) else None
    return await refuse(http, kind_of(error), detail)
