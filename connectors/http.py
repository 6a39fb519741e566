"""The one way in which the broker makes HTTP calls to other people's systems.

Reads go to one configured origin, follow no redirects, ignore proxies of the environment, and are
bounded in bytes and in time while they stream. Addresses hold references to people, so nothing of
an address reaches a log line or an error.
"""

import json
import logging
import ssl
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from broker.domain.errors import SettingsError, SourceMismatchError, SourceUnavailableError
from connectors.deadline import Deadline

MAX_RESPONSE_BYTES: Final = 8 * 1024 * 1024
"""One page of one person's record; a longer one is refused while it streams."""
CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 8.0
"""Between two chunks; the deadline of the whole fetch bounds the sum."""
MAX_CONNECTIONS: Final = 32
_NOT_FOUND: Final = frozenset({404, 410})


def http_client(*, headers: Mapping[str, str], ca_file: Path | None = None) -> httpx.Client:
    """Return a client that follows no redirects and takes no settings from the environment."""
    # The first writes whole addresses, in which FHIR and REST name the person; those below the
    # second write answers' headers.
    logging.getLogger("httpx").disabled = True
    logging.getLogger("httpcore").setLevel(logging.CRITICAL)
    return httpx.Client(
        headers={"Accept-Encoding": "identity", "User-Agent": "marac-broker", **headers},
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        limits=httpx.Limits(max_connections=MAX_CONNECTIONS),
        follow_redirects=False,
        trust_env=False,
        verify=_tls(ca_file),
    )


@cache
def _tls(ca_file: Path | None) -> ssl.SSLContext:
    """Return the usual context, made once: reading every authority takes a while."""
    return ssl.create_default_context(cafile=ca_file)


def check_base_url(url: str) -> str:
    """Return the address without a final slash; plain HTTP is only for this machine.

    Raises:
        SettingsError: another scheme, no host, credentials, a query or a fragment.

    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError("An address must start with https:// and name a host: correct it.")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise SettingsError("Plain http:// is only for this machine: use https:// for the address.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError("An address may not hold a password, a query or a fragment: remove it.")
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpApi:
    """Where an API is, the bearer key it wants, and who signs its certificate if not the usual."""

    url: str
    key: str | None = field(default=None, repr=False)
    ca_file: Path | None = None


class HttpReader:
    """Reads JSON from one holder's API, and from nowhere else."""

    def __init__(self, *, name: str, api: HttpApi, accept: str) -> None:
        """Take the API; the first connection is made by the first call."""
        self._name = name
        self._base = check_base_url(api.url) + "/"
        bearer = {"Authorization": f"Bearer {api.key}"} if api.key else {}
        self._client = http_client(headers={"Accept": accept} | bearer, ca_file=api.ca_file)
        weakref.finalize(self, self._client.close)

    def __repr__(self) -> str:
        """Name the system only: the client holds its key."""
        return f"HttpReader({self._name!r})"

    @property
    def base(self) -> str:
        """The API's address, with its final slash."""
        return self._base

    def address(self, reference: str) -> str:
        """Return the absolute address of a link in an answer.

        Raises:
            SourceMismatchError: it leads out of the API.

        """
        absolute = urljoin(self._base, reference)
        if not absolute.startswith(self._base) or ".." in urlsplit(absolute).path.split("/"):
            raise SourceMismatchError(
                f"{self._name} sent a link to somewhere else: report it to the holder."
            )
        return absolute

    def get(
        self, reference: str, deadline: Deadline, params: Mapping[str, str] | None = None
    ) -> bytes | None:
        """Return the body, or None where the system says that there is no such thing.

        Raises:
            SourceUnavailableError: no answer in time, or a status other than success.
            SourceMismatchError: too long, or compressed against our wish.

        """
        deadline.check(self._name)
        try:
            with self._client.stream(
                "GET",
                self.address(reference),
                params=params,
                timeout=httpx.Timeout(
                    min(READ_SECONDS, deadline.remaining()),
                    connect=min(CONNECT_SECONDS, deadline.remaining()),
                ),
            ) as response:
                if response.status_code in _NOT_FOUND:
                    return None
                self._check_head(response)
                return self._read(response, deadline)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # The original names the address, and with it the person.
            raise SourceUnavailableError(
                f"{self._name} could not be read ({type(error).__name__}): check that it runs."
            ) from None

    def _check_head(self, response: httpx.Response) -> None:
        if response.status_code != httpx.codes.OK:
            raise SourceUnavailableError(
                f"{self._name} answered with status {response.status_code}: "
                "check its address and key."
            )
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise SourceMismatchError(
                f"{self._name} compressed its answer although asked not to: report it."
            )

    def _read(self, response: httpx.Response, deadline: Deadline) -> bytes:
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > MAX_RESPONSE_BYTES:
                raise SourceMismatchError(
                    f"{self._name} answered with more than {MAX_RESPONSE_BYTES} bytes: "
                    "narrow the dates or categories."
                )
            deadline.check(self._name)
        return bytes(body)

    def get_object(
        self, reference: str, deadline: Deadline, params: Mapping[str, str] | None = None
    ) -> Mapping[str, object] | None:
        """Return the parsed JSON object, or None; raises like get, and for anything else."""
        body = self.get(reference, deadline, params)
        if body is None:
            return None
        try:
            parsed: object = json.loads(body)
        except (ValueError, RecursionError):
            parsed = None
        if not isinstance(parsed, dict):
            raise SourceMismatchError(
                f"{self._name} answered with no JSON object: report it to the holder."
            )
        return parsed
