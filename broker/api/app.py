"""The application: routes, limits, and what becomes of every error."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from broker.api import (
    alerts,
    authzen,
    cases,
    challenges,
    disclosures,
    exports,
    health,
    keys,
    leavers,
    log,
    log_search,
    meetings,
    opened,
    policies,
    retention,
    reviews,
    shares,
    tasks,
)
from broker.api.description import describe
from broker.api.door import refuse
from broker.api.guard import Guard
from broker.api.problems import (
    MALFORMED,
    NO_SUCH_DOOR,
    UNAVAILABLE,
    WRONG_METHOD,
    kind_of,
    respond,
)
from broker.api.strictly import places_of
from broker.domain.errors import BrokerError, InvalidRequestError, LedgerUnavailableError
from broker.service.desk import Desk

_BY_STATUS = {404: NO_SUCH_DOOR, 405: WRONG_METHOD}
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
        title="marac-broker",
        version="1",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        # A redirect would repeat the address and the Host header that were sent.
        redirect_slashes=False,
    )
    app.state.desk = desk
    app.state.base_url = base_url
    app.state.trust_client_certificate = trust_client_certificate
    for room in (
        shares,
        meetings,
        cases,
        disclosures,
        opened,
        exports,
        challenges,
        alerts,
        tasks,
        retention,
        reviews,
        keys,
        leavers,
        policies,
        authzen,
        log,
        log_search,
        health,
    ):
        app.include_router(room.router)
    app.add_middleware(Guard)
    app.exception_handler(RequestValidationError)(_malformed)
    app.exception_handler(HTTPException)(_no_such_door)
    app.exception_handler(BrokerError)(_failed)
    describe(app)
    return app


async def _malformed(http: Request, error: RequestValidationError) -> JSONResponse:
    """Name the members at fault, never their values."""
    says = f"{MALFORMED.detail} At fault: {places_of(error.errors())}."
    return await refuse(http, MALFORMED, says)


async def _no_such_door(http: Request, error: HTTPException) -> JSONResponse:
    answer = await refuse(http, _BY_STATUS.get(error.status_code, MALFORMED))
    answer.headers.update(error.headers or {})  # RFC 9110 section 15.5.6: Allow.
    return answer


async def _failed(http: Request, error: BrokerError) -> JSONResponse:
    if isinstance(error, LedgerUnavailableError):
        return respond(UNAVAILABLE)  # What failed is the very log that would note it.
    detail = str(error) if isinstance(error, InvalidRequestError) else None
    return await refuse(http, kind_of(error), detail)
