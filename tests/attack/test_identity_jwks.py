"""The issuer's keys: a flood of invented ones reaches nobody, and silence is never consent."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from connectors.jwks import FRESH_FOR, KEPT_FOR, REFETCH_AFTER, JwksCache
from connectors.tokens import SigningKey, UnprovedError
from tests.attack.identity import (
    ISSUER_KEY,
    SYSTEM,
    UNREGISTERED,
    call,
    check_refused,
    door,
    token,
)
from tests.attack.loopback import serving
from tests.builders import NOW
from tests.unit.keys.world import Watch

SECOND = timedelta(seconds=1)


def published(*keys: SigningKey, **changes: object) -> bytes:
    """A JWKS document."""
    listed = [{**one.public_jwk(), "kid": one.thumbprint, **changes} for one in keys]
    return json.dumps({"keys": listed}).encode()


@dataclass
class Issuer:
    """Answers what a test says, over real HTTP, and counts."""

    body: bytes = published(ISSUER_KEY)
    status: int = 200
    fetched: int = 0
    clock: Watch = field(default_factory=Watch)

    async def jwks(self, _http: Request) -> Response:
        """Answer."""
        self.fetched += 1
        if self.status == httpx.codes.FOUND:
            return RedirectResponse("/elsewhere")
        return Response(self.body, self.status, media_type="application/json")

    async def elsewhere(self, _http: Request) -> Response:
        """Answer good keys from where nobody should look."""
        return Response(published(ISSUER_KEY))

    @contextmanager
    def cache(self) -> Iterator[JwksCache]:
        """Serve, and a cache that fetches from here."""
        routes = [Route("/jwks", self.jwks), Route("/elsewhere", self.elsewhere)]
        with (
            serving(lambda _url: Starlette(routes=routes)) as url,
            httpx.Client(trust_env=False) as http,
        ):
            yield JwksCache(f"{url}/jwks", http, self.clock)


def check_unknown(cache: JwksCache, kid: str = ISSUER_KEY.thumbprint) -> None:
    """The cache vouches for nothing."""
    with pytest.raises(UnprovedError):
        cache.key(kid)


def test_a_flood_of_unknown_kids_causes_one_fetch() -> None:
    """A thousand invented tokens at once are not a thousand calls to the issuer."""
    issuer = Issuer()
    with issuer.cache() as cache, ThreadPoolExecutor(8) as threads:
        at = door(jwks=cache)
        flood = [call(token(UNREGISTERED, {"kid": f"kid-{one}"})) for one in range(200)]
        list(threads.map(lambda one: check_refused(one, at), flood))
        assert issuer.fetched == 1

        assert at.authenticate(call(token()))
        assert issuer.fetched == 1


def test_a_new_key_is_found_half_a_minute_later() -> None:
    """The issuer rotates: its new key is fetched as soon as asking again is allowed."""
    issuer = Issuer()
    with issuer.cache() as cache:
        cache.key(ISSUER_KEY.thumbprint)
        issuer.body = published(ISSUER_KEY, SYSTEM)
        check_unknown(cache, SYSTEM.thumbprint)

        issuer.clock.at = NOW + REFETCH_AFTER
        assert cache.key(SYSTEM.thumbprint).thumbprint() == SYSTEM.thumbprint
        assert issuer.fetched == 2


def test_known_keys_cost_no_fetch() -> None:
    """While they are fresh the issuer is not asked again."""
    issuer = Issuer()
    with issuer.cache() as cache:
        for _ in range(20):
            cache.key(ISSUER_KEY.thumbprint)

    assert issuer.fetched == 1


def test_a_withdrawn_key_is_dropped() -> None:
    """When the keys are no longer fresh they are fetched, and the old one is believed no more."""
    issuer = Issuer()
    with issuer.cache() as cache:
        cache.key(ISSUER_KEY.thumbprint)
        issuer.body = published(SYSTEM)

        issuer.clock.at = NOW + FRESH_FOR + SECOND
        check_unknown(cache)


def test_an_issuer_that_went_away_is_believed_for_a_quarter_of_an_hour() -> None:
    """Its keys serve through a short outage, and nobody is believed after a long one."""
    issuer = Issuer()
    with issuer.cache() as cache:
        cache.key(ISSUER_KEY.thumbprint)
        issuer.status = 503

        issuer.clock.at = NOW + KEPT_FOR
        assert cache.key(ISSUER_KEY.thumbprint)
        issuer.clock.at = NOW + KEPT_FOR + SECOND
        check_unknown(cache)
        issuer.status = 200
        issuer.clock.at += REFETCH_AFTER
        assert cache.key(ISSUER_KEY.thumbprint)


def test_an_issuer_that_cannot_be_reached_opens_nothing() -> None:
    """No keys, no belief: the door answers its one sentence."""
    with httpx.Client(trust_env=False) as http:
        nowhere = JwksCache("http://127.0.0.1:9/jwks", http, Watch())
        check_refused(call(token()), door(jwks=nowhere))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": [1, null, "key", {}]}',
        b"[" * 200_000,
        b"\xff\xfe",
        published(ISSUER_KEY, use="enc"),
        published(ISSUER_KEY, d="AAAA"),
        published(ISSUER_KEY, kid=7),
        published(*[ISSUER_KEY] * 65),
        b" " * 300_000 + published(ISSUER_KEY),
    ],
    ids=lambda one: repr(one[:24]),
)
def test_nonsense_from_the_issuer_opens_nothing(body: bytes) -> None:
    """Malformed, oversized, for another use, or with a private part: as if there were no key."""
    with Issuer(body=body).cache() as cache:
        check_unknown(cache)


def test_one_key_of_an_unknown_kind_does_not_hide_the_others() -> None:
    """Issuers publish RSA keys beside those we use."""
    listed = json.loads(published(ISSUER_KEY))
    listed["keys"].insert(0, {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "rsa"})
    with Issuer(body=json.dumps(listed).encode()).cache() as cache:
        assert cache.key(ISSUER_KEY.thumbprint)
        check_unknown(cache, "rsa")


@pytest.mark.parametrize("status", [302, 404, 500])
def test_keys_come_from_the_configured_address_only(status: int) -> None:
    """A redirect is not followed, and an error's body is not read as keys."""
    with Issuer(status=status).cache() as cache:
        check_unknown(cache)
