"""The token issuer's public keys, fetched over HTTP and kept for a while.

A kid that nobody knows makes us ask the issuer again, but at most every REFETCH_AFTER, so that a
flood of invented kids is not a flood at the issuer. When the issuer cannot be reached the keys at
hand serve until KEPT_FOR is over, and then nobody is believed.
"""

import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock

import httpx

from broker.domain.ports import Clock
from connectors.tokens import PublicKey, UnprovedError, public_key

REFETCH_AFTER = timedelta(seconds=30)
FRESH_FOR = timedelta(minutes=5)
KEPT_FOR = timedelta(minutes=15)
"""How long a key that the issuer withdrew may go on being believed when it cannot be asked."""
FETCH_SECONDS = 5.0
"""For a whole answer: callers wait while one of them fetches."""
MAX_BYTES = 256 * 1024
MAX_KEYS = 64


class JwksCache:
    """Keys by kid. Safe to use from several threads: one of them fetches, the others wait."""

    __slots__ = ("_asked_at", "_clock", "_fetched_at", "_http", "_keys", "_lock", "_url")

    def __init__(self, url: str, http: httpx.Client, clock: Clock) -> None:
        """Fetch from `url`, the issuer's `jwks_uri`, when the first token arrives."""
        self._url = url
        self._http = http
        self._clock = clock
        self._lock = Lock()
        self._keys: Mapping[str, PublicKey] = {}
        self._fetched_at: datetime | None = None
        self._asked_at: datetime | None = None

    def key(self, kid: str) -> PublicKey:
        """Return the key of that kid.

        Raises:
            UnprovedError: the issuer has none, or could not be asked for too long.

        """
        with self._lock:
            now = self._clock.now()
            if kid not in self._keys or self._older_than(FRESH_FOR, now):
                self._ask(now)
            if kid not in self._keys or self._older_than(KEPT_FOR, now):
                raise UnprovedError("kid")
            return self._keys[kid]

    def _older_than(self, age: timedelta, now: datetime) -> bool:
        return self._fetched_at is None or now - self._fetched_at > age

    def _ask(self, now: datetime) -> None:
        """Fetch unless we just did; a failure leaves the keys as they are, to age."""
        if self._asked_at is not None and now - self._asked_at < REFETCH_AFTER:
            return
        self._asked_at = now
        try:
            self._keys = _read(self._fetch())
            self._fetched_at = now
        except (httpx.HTTPError, ValueError, RecursionError):
            return

    def _fetch(self) -> bytes:
        content, until = b"", time.monotonic() + FETCH_SECONDS
        with self._http.stream(
            "GET", self._url, timeout=FETCH_SECONDS, follow_redirects=False
        ) as response:
            if response.status_code != httpx.codes.OK:
                raise UnprovedError("status")
            for piece in response.iter_bytes():
                content += piece
                if len(content) > MAX_BYTES or time.monotonic() > until:
                    raise UnprovedError("too much or too slow")
        return content


def _read(content: bytes) -> Mapping[str, PublicKey]:
    """Take the keys we can use; an issuer may also publish others, which prove nothing here."""
    document = json.loads(content)
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise UnprovedError("jwks")
    keys: dict[str, PublicKey] = {}
    for one in listed:
        try:
            key = public_key(one)
        except UnprovedError:
            continue
        if isinstance(one.get("kid"), str) and one.get("use", "sig") == "sig":
            keys[one["kid"]] = key
    return keys
