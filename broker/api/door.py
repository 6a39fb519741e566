"""What every route does alike: who asks, how a failure is logged, the one neutral answer."""

import base64
import binascii
import ipaddress
import re
import time
from contextlib import suppress
from typing import Annotated

import anyio
from fastapi import Depends, Request
from starlette.responses import JSONResponse

from broker.api.problems import AUTHENTICATION, NEUTRAL, TOO_MANY, UNAVAILABLE, Kind, respond
from broker.domain.errors import AuthenticationError, BrokerError, InvalidRequestError
from broker.domain.request import Credentials, Requester
from broker.service.desk import Desk
from broker.service.reject import reject

NEUTRAL_ANSWER_SECONDS = 0.25
"""Every neutral answer leaves this long after its request was complete, whatever it took to find
out."""

MAX_HEADER_CHARACTERS = 8_192
"""More than any honest token or proof."""

_CERTIFICATE = re.compile(r":([A-Za-z0-9+/=]+):")
"""One byte sequence of a structured field (RFC 9440 section 2.2, RFC 8941 section 3.3.5)."""

_IPV6 = 6
_IPV6_NETWORK_BITS = 64
"""What a customer is given at the least (RFC 6177 section 2)."""

# A method is text of the caller's, and the log holds none.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def desk_of(http: Request) -> Desk:
    """Return the desk this application was made with."""
    desk: Desk = http.app.state.desk
    return desk


def credentials_of(http: Request) -> Credentials:
    """Return what the headers hold, unverified.

    Raises:
        AuthenticationError: a header is missing, doubled, or longer than any honest one.

    """
    return Credentials(
        authorization=_one_header(http, "authorization"),
        proof=_one_header(http, "dpop"),
        method=http.method,
        url=f"{http.app.state.base_url}{_path_of(http)}",
        client_certificate=_certificate(http),
    )


def _path_of(http: Request) -> str:
    """Return the path as it was routed, in which nothing looks like a query or a fragment."""
    path: str = http.scope["path"]
    return path.replace("?", "%3F").replace("#", "%23")


def _one_header(http: Request, name: str) -> str:
    values = http.headers.getlist(name)
    if len(values) != 1 or len(values[0]) > MAX_HEADER_CHARACTERS:
        raise AuthenticationError("Send exactly one Authorization and one DPoP header.")
    return values[0]


def _certificate(http: Request) -> bytes | None:
    """Read the proxy's Client-Cert header (RFC 9440), only where the proxy is trusted.

    Raises:
        AuthenticationError: it cannot be read, or a second one stands beside the proxy's own.

    """
    values = http.headers.getlist("client-cert")
    if not http.app.state.trust_client_certificate or not values:
        return None
    found = _CERTIFICATE.fullmatch(values[0]) if len(values) == 1 else None
    if found is None:
        raise AuthenticationError("The proxy's Client-Cert header cannot be read.")
    try:
        return base64.b64decode(found[1], validate=True)
    except binascii.Error:
        raise AuthenticationError("The proxy's Client-Cert header cannot be read.") from None


def authenticated(http: Request) -> Requester:
    """Return the person and system behind a request; a dependency of every route but the public."""
    requester = desk_of(http).authenticator.authenticate(credentials_of(http))
    http.state.proved = True
    return requester


Authenticated = Annotated[Requester, Depends(authenticated)]
TheDesk = Annotated[Desk, Depends(desk_of)]


def check_once(http: Request, name: str) -> None:
    """Check that a header has one value, because two readers may choose differently among two.

    Raises:
        InvalidRequestError: it is doubled.

    """
    if len(http.headers.getlist(name)) > 1:
        raise InvalidRequestError(f"Send the {name} header once.")


async def neutral(http: Request) -> JSONResponse:
    """Answer `no information available to you`: same body, same size, same time for every cause."""
    await anyio.sleep(max(0.0, http.state.arrived_at + NEUTRAL_ANSWER_SECONDS - time.monotonic()))
    return respond(NEUTRAL)


async def refuse(http: Request, kind: Kind, detail: str | None = None) -> JSONResponse:
    """Log that a request was rejected, then say so; if it cannot be logged, say only that.

    Who did not prove who they are too often is told so instead, and only counted.
    """
    route = http.scope.get("route")
    method = http.method if http.method in _METHODS else "other"
    door = f"{method} {getattr(route, 'path', 'unknown')}"
    try:
        wait = await anyio.to_thread.run_sync(_log_rejected, http, door, kind)
    except BrokerError:
        return respond(UNAVAILABLE)
    if wait:
        answer = respond(TOO_MANY)
        answer.headers["Retry-After"] = str(wait)
        return answer
    return respond(kind, detail)


def _log_rejected(http: Request, door: str, kind: Kind) -> int:
    desk, source = desk_of(http), _source_of(http)
    proved = getattr(http.state, "proved", False)
    # A body may be refused before anybody looked who sent it. Who can prove it is never limited.
    if not proved and kind is not AUTHENTICATION and desk.rejections.wait_of(source):
        with suppress(BrokerError):
            authenticated(http)
            proved = True
    return reject(desk, door, kind.name, None if proved else source)


def _source_of(http: Request) -> str:
    """Return where a call came from: of an IPv6 address the network, which one caller has whole."""
    host = "" if http.client is None else http.client.host
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == _IPV6:
        return str(ipaddress.ip_network((int(address), _IPV6_NETWORK_BITS), strict=False))
    return host
