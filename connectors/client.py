"""What an agency's own system runs to call the broker: its issuer's tokens, its key's proofs."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final

import httpx

from broker.domain.errors import AuthenticationError
from broker.domain.ids import PractitionerId
from broker.domain.ports import Clock
from connectors.dpop import prove
from connectors.tokens import SigningKey

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""RFC 7523 section 2.2."""
ASSERTION_LIFE: Final = timedelta(seconds=60)
RENEW_BEFORE: Final = timedelta(seconds=60)
"""A token with less life than this is replaced, so that no call arrives with a dead one."""
_NONCE_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A token as issued."""

    value: str = field(repr=False)
    expires_at: datetime


def fetch_token(
    http: httpx.Client,
    token_endpoint: str,
    system_key: SigningKey,
    practitioner_id: PractitionerId,
    *,
    at: datetime,
) -> AccessToken:
    """Ask the issuer for a token for one practitioner, bound to this system's key.

    The system authenticates as a client by signing with the key it is registered under, and its
    client id is that key's thumbprint.

    Raises:
        AuthenticationError: the issuer did not give one.

    """
    form = {
        "grant_type": "client_credentials",
        "subject": practitioner_id,
        "client_id": system_key.thumbprint,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": _assertion(token_endpoint, system_key, at),
    }
    proof = prove(system_key, "POST", token_endpoint, at=at)
    try:
        answer = http.post(token_endpoint, data=form, headers={"DPoP": proof})
        answer.raise_for_status()
        body = answer.json()
        life = timedelta(seconds=int(body["expires_in"]))
        return AccessToken(value=str(body["access_token"]), expires_at=at + life)
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        raise AuthenticationError(
            "The token issuer gave no token; check the system's registration and its clock."
        ) from None


class IssuedTokens:
    """Calls `fetch_token` when there is no token yet or the last one is about to expire."""

    def __init__(
        self,
        http: httpx.Client,
        token_endpoint: str,
        system_key: SigningKey,
        practitioner_id: PractitionerId,
        clock: Clock,
    ) -> None:
        """Fetch for one practitioner, as one system; nothing is fetched yet."""
        self._http = http
        self._endpoint = token_endpoint
        self._key = system_key
        self._practitioner_id = practitioner_id
        self._clock = clock
        self._lock = Lock()
        self._current = AccessToken(value="", expires_at=datetime.min.replace(tzinfo=UTC))

    def __call__(self) -> str:
        """Return a token that will live for the next call."""
        with self._lock:
            now = self._clock.now()
            if self._current.expires_at - now <= RENEW_BEFORE:
                self._current = fetch_token(
                    self._http, self._endpoint, self._key, self._practitioner_id, at=now
                )
            return self._current.value


class AgencyClient:
    """Calls the broker's API with a token and a fresh proof on every call."""

    def __init__(
        self,
        base_url: str,
        token_source: Callable[[], str],
        system_key: SigningKey,
        http: httpx.Client,
        clock: Clock,
    ) -> None:
        """Call the broker at `base_url`; `token_source` returns a token that is alive."""
        self._base_url = base_url.rstrip("/")
        self._token_source = token_source
        self._key = system_key
        self._http = http
        self._clock = clock

    def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send one call. A repeat needs a new call of this, because a proof serves once."""
        url, token = f"{self._base_url}{path}", self._token_source()
        proof = prove(self._key, method, url, at=self._clock.now(), access_token=token)
        proved = {**(headers or {}), "Authorization": f"DPoP {token}", "DPoP": proof}
        return self._http.request(method, url, json=json, headers=proved)


def _assertion(token_endpoint: str, system_key: SigningKey, at: datetime) -> str:
    issued = int(at.timestamp())
    claims = {
        "iss": system_key.thumbprint,
        "sub": system_key.thumbprint,
        "aud": token_endpoint,
        "jti": secrets.token_urlsafe(_NONCE_BYTES),
        "iat": issued,
        "exp": issued + int(ASSERTION_LIFE.total_seconds()),
    }
    return system_key.sign({"typ": "JWT", "kid": system_key.thumbprint}, claims)
