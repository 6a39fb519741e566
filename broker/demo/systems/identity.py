"""The agencies' identity provider of the demonstration: a small OpenID Connect issuer, for real.

A registered system of an agency asks for a token in the name of one of that agency's own
practitioners, whom the agency has signed in itself. The token is RFC 9068, ES256, ten minutes, and
bound to the system's key (RFC 9449). Serves loopback only: it keeps no accounts and no log.
"""

import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from broker.domain.errors import SettingsError
from broker.domain.ids import AgencyId
from broker.domain.people import Practitioner
from broker.domain.ports import Clock
from connectors.client import ASSERTION_TYPE
from connectors.dpop import read_proof
from connectors.tokens import PublicKey, SigningKey, UnprovedError, public_key, read_token

TOKEN_LIFE: Final = timedelta(minutes=10)
ASSERTION_WINDOW: Final = timedelta(minutes=2)
"""How long a client assertion may live (RFC 7523 section 3, item 4)."""
MAX_FORM_BYTES: Final = 16 * 1024
REMEMBERED_IDS: Final = 10_000
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_NONCE_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredSystem:
    """One agency's system, its public key, and the people its agency may vouch for."""

    public_jwk: Mapping[str, str] = field(repr=False)
    agency_id: AgencyId
    practitioners: tuple[Practitioner, ...]


def identity_app(
    *,
    issuer: str,
    audience: str,
    signing_key: SigningKey,
    systems: Sequence[RegisteredSystem],
    clock: Clock,
) -> Starlette:
    """Return the application: discovery, keys and the token endpoint.

    Args:
        issuer: its own base URL, on loopback.
        audience: whom the tokens are for.
        signing_key: its public half is what `/jwks` shows.
        systems: whoever may ask.
        clock: what the tokens' times are told by.

    Raises:
        SettingsError: `issuer` is not on this machine.

    """
    if urlsplit(issuer).hostname not in _LOOPBACK:
        raise SettingsError("The demonstration's issuer runs on loopback only; use 127.0.0.1.")
    desk = _TokenDesk(issuer, audience, signing_key, systems, clock)
    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", desk.discovery),
            Route("/jwks", desk.jwks),
            Route("/token", desk.token, methods=["POST"]),
        ]
    )


class _TokenDesk:
    def __init__(
        self,
        issuer: str,
        audience: str,
        signing_key: SigningKey,
        systems: Sequence[RegisteredSystem],
        clock: Clock,
    ) -> None:
        self._issuer = issuer.rstrip("/")
        self._audience = audience
        self._key = signing_key
        self._systems = {public_key(one.public_jwk).thumbprint(): one for one in systems}
        self._clock = clock
        self._used = _UsedIds()

    async def discovery(self, _http: Request) -> JSONResponse:
        """Answer RFC 8414 metadata."""
        return JSONResponse(
            {
                "issuer": self._issuer,
                "token_endpoint": self._endpoint(),
                "jwks_uri": f"{self._issuer}/jwks",
                "grant_types_supported": ["client_credentials"],
                "response_types_supported": [],
                "subject_types_supported": ["public"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
                "dpop_signing_alg_values_supported": ["ES256", "Ed25519"],
            }
        )

    async def jwks(self, _http: Request) -> JSONResponse:
        """Answer the one public key."""
        key = {**self._key.public_jwk(), "kid": self._key.thumbprint, "use": "sig", "alg": "ES256"}
        return JSONResponse({"keys": [key]})

    async def token(self, http: Request) -> JSONResponse:
        """Answer a token, or RFC 6749 section 5.2's error without saying which check failed."""
        try:
            form = _form_of(await _body_of(http))
            proof = http.headers.get("dpop", "")
            token = await run_in_threadpool(self._issue, form, proof, self._clock.now())
        except UnprovedError:
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        return JSONResponse(
            {
                "access_token": token,
                "token_type": "DPoP",
                "expires_in": int(TOKEN_LIFE.total_seconds()),
            },
            headers={"Cache-Control": "no-store"},
        )

    def _issue(self, form: Mapping[str, str], proof: str, now: datetime) -> str:
        client = self._client(form, now)
        shown = read_proof(proof, "POST", self._endpoint(), now=now)
        self._used.claim(shown.proof_id, shown.expires_at, now)
        if shown.thumbprint != client:
            raise UnprovedError("the proof is another key's")
        system = self._systems[client]
        for one in system.practitioners:
            if one.practitioner_id == form["subject"] and one.agency_id == system.agency_id:
                return self._sign(one, client, now)
        raise UnprovedError("not of this agency")

    def _client(self, form: Mapping[str, str], now: datetime) -> str:
        """Return the thumbprint of the system that signed the client assertion (RFC 7523)."""
        kind = (form["grant_type"], form["client_assertion_type"])
        if kind != ("client_credentials", ASSERTION_TYPE):
            raise UnprovedError("grant")
        assertion = read_token(form["client_assertion"], self._system_key, kinds=("jwt",))
        client, expires = str(assertion.header["kid"]), assertion.moment("exp")
        names = {assertion.text("iss"), assertion.text("sub"), form["client_id"]}
        if names != {client} or assertion.text("aud") != self._endpoint():
            raise UnprovedError("client")
        left = expires - now.timestamp()
        if not 0 < left <= ASSERTION_WINDOW.total_seconds():
            raise UnprovedError("time")
        nonce = f"{client}|{assertion.text('jti')}"
        self._used.claim(nonce, datetime.fromtimestamp(expires, UTC), now)
        return client

    def _system_key(self, header: Mapping[str, object]) -> PublicKey:
        system = self._systems.get(str(header.get("kid")))
        if system is None:
            raise UnprovedError("client")
        return public_key(system.public_jwk)

    def _sign(self, practitioner: Practitioner, client: str, now: datetime) -> str:
        issued = int(now.timestamp())
        claims = {
            "iss": self._issuer,
            "sub": practitioner.practitioner_id,
            "aud": self._audience,
            "iat": issued,
            "exp": issued + int(TOKEN_LIFE.total_seconds()),
            "jti": secrets.token_urlsafe(_NONCE_BYTES),
            "client_id": client,
            "agency": practitioner.agency_id,
            "role": practitioner.role,
            "cnf": {"jkt": client},
        }
        return self._key.sign({"typ": "at+jwt", "kid": self._key.thumbprint}, claims)

    def _endpoint(self) -> str:
        return f"{self._issuer}/token"


class _UsedIds:
    """Assertions and proofs that were used, until they would be refused for their age."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._until: OrderedDict[str, datetime] = OrderedDict()

    def claim(self, one: str, until: datetime, now: datetime) -> None:
        with self._lock:
            for old in [name for name, end in self._until.items() if end <= now]:
                del self._until[old]
            if one in self._until or len(self._until) >= REMEMBERED_IDS:
                raise UnprovedError("replay")
            self._until[one] = until


async def _body_of(http: Request) -> bytes:
    body = b""
    async for piece in http.stream():
        body += piece
        if len(body) > MAX_FORM_BYTES:
            raise UnprovedError("size")
    return body


def _form_of(body: bytes) -> Mapping[str, str]:
    """Read a form in which every field must be given once."""
    try:
        fields = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=16)
    except ValueError as error:
        raise UnprovedError("form") from error
    names = ("grant_type", "subject", "client_id", "client_assertion_type", "client_assertion")
    if any(len(fields.get(name, ())) != 1 for name in names):
        raise UnprovedError("form")
    return {name: fields[name][0] for name in names}
