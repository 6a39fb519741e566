"""The whole way: a system fetches a token from a real issuer and proves itself with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from broker.demo.systems.identity import RegisteredSystem, identity_app
from broker.domain.errors import AuthenticationError, SettingsError
from broker.domain.ids import AgencyId, PractitionerId
from broker.domain.request import Credentials
from connectors.client import ASSERTION_TYPE, AgencyClient, IssuedTokens, _assertion, fetch_token
from connectors.dpop import prove
from connectors.identity import JwksCache, TokenAuthenticator
from tests.attack.identity import (
    BROKER,
    ISSUER_KEY,
    OTHER_SYSTEM,
    SYSTEM,
    UNREGISTERED,
    Proofs,
    door,
    registered,
)
from tests.attack.loopback import serving
from tests.builders import NOW, practitioner
from tests.unit.keys.world import ListedDirectory, Watch

HOUSING = PractitionerId("housing-1")


@dataclass
class Town:
    """An issuer over real HTTP, and a client that speaks to it."""

    issuer: str
    http: httpx.Client
    clock: Watch = field(default_factory=Watch)

    @property
    def endpoint(self) -> str:
        """Where tokens are issued, as the issuer itself says."""
        found = self.http.get(f"{self.issuer}/.well-known/openid-configuration").json()
        assert found["issuer"] == self.issuer
        return str(found["token_endpoint"])

    def ask(self, **changes: str) -> httpx.Response:
        """Ask for a token as an honest system does, but for `changes`."""
        headers = {"DPoP": changes.pop("proof", None) or self.proof()}
        form = {
            "grant_type": "client_credentials",
            "subject": "housing-1",
            "client_id": SYSTEM.thumbprint,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": _assertion(self.endpoint, SYSTEM, self.clock.at),
        } | changes
        return self.http.post(self.endpoint, data=form, headers=headers)

    def proof(self) -> str:
        """A proof for the token endpoint."""
        return prove(SYSTEM, "POST", self.endpoint, at=self.clock.at)

    def door(self) -> TokenAuthenticator:
        """The broker's door, trusting this issuer."""
        jwks = JwksCache(f"{self.issuer}/jwks", self.http, self.clock)
        return door(issuer=self.issuer, jwks=jwks, clock=self.clock)


@contextmanager
def town() -> Iterator[Town]:
    """Serve an issuer for housing's and police's systems."""
    clock = Watch()
    systems = [
        RegisteredSystem(
            public_jwk=key.public_jwk(),
            agency_id=AgencyId(f"ashmere-{kind}"),
            practitioners=(practitioner(f"{kind.partition('-')[0]}-1", kind),),
        )
        for key, kind in ((SYSTEM, "housing-la"), (OTHER_SYSTEM, "police"))
    ]

    def make(url: str) -> Starlette:
        return identity_app(
            issuer=url, audience=BROKER, signing_key=ISSUER_KEY, systems=systems, clock=clock
        )

    with serving(make) as url, httpx.Client(trust_env=False) as http:
        yield Town(issuer=url, http=http, clock=clock)


@pytest.fixture(scope="module")
def here() -> Iterator[Town]:
    """One issuer for the tests that do not move its clock."""
    with town() as one:
        yield one


def test_from_sign_in_to_a_proved_call_over_http() -> None:
    """Issuer and broker are both real servers; the client signs, the broker's door believes."""
    with town() as one:
        at = one.door()

        async def who(http: Request) -> JSONResponse:
            credentials = Credentials(
                authorization=http.headers["authorization"],
                proof=http.headers["dpop"],
                method=http.method,
                url=f"{BROKER}{http.url.path}",
            )
            try:
                found = await run_in_threadpool(at.authenticate, credentials)
            except AuthenticationError:
                return JSONResponse({}, 401)
            return JSONResponse({"who": found.practitioner_id, "body": await http.json()})

        with serving(lambda _url: Starlette(routes=[Route("/who", who, methods=["POST"])])) as url:
            at._origin = url
            tokens = IssuedTokens(one.http, one.endpoint, SYSTEM, HOUSING, one.clock)
            client = AgencyClient(url, tokens, SYSTEM, one.http, one.clock)
            answers = [client.request("POST", "/who?page=1", json={"n": n}) for n in range(3)]
            thief = AgencyClient(url, tokens, OTHER_SYSTEM, one.http, one.clock)
            stolen = thief.request("POST", "/who", json={})

    assert [one.json() for one in answers] == [
        {"who": "housing-1", "body": {"n": n}} for n in range(3)
    ]
    assert stolen.status_code == httpx.codes.UNAUTHORIZED


def test_a_token_is_fetched_again_only_when_it_is_about_to_expire() -> None:
    """Ten minutes' life, renewed in the last of them."""
    with town() as one:
        tokens = IssuedTokens(one.http, one.endpoint, SYSTEM, HOUSING, one.clock)
        first = tokens()
        one.clock.at = NOW + timedelta(minutes=8, seconds=59)
        assert tokens() == first

        one.clock.at = NOW + timedelta(minutes=9)
        assert tokens() != first


@pytest.mark.parametrize("key", [UNREGISTERED, OTHER_SYSTEM], ids=["unregistered", "police"])
def test_a_system_gets_no_token_for_another_agencys_person(here: Town, key: object) -> None:
    """Police's system cannot speak for housing's officer; a stranger for nobody."""
    with pytest.raises(AuthenticationError, match="registration"):
        fetch_token(here.http, here.endpoint, key, HOUSING, at=NOW)  # type: ignore[arg-type]  # a SigningKey


def test_the_honest_form_is_answered_with_a_bound_token(here: Town) -> None:
    """Otherwise the refusals below would prove nothing."""
    answer = here.ask()

    assert answer.status_code == httpx.codes.OK
    assert answer.json()["token_type"] == "DPoP"
    assert answer.json()["expires_in"] == 600
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "changes",
    [
        {"grant_type": "password"},
        {"subject": "police-1"},
        {"subject": ""},
        {"client_id": OTHER_SYSTEM.thumbprint},
        {"client_assertion_type": "none"},
        {"client_assertion": "a.b.c"},
        {"proof": "a.b.c"},
        {"proof": prove(SYSTEM, "POST", "http://127.0.0.1:1/token", at=NOW)},
        {"more": "x" * 20_000},
        {"grant_type": "client_credentials&subject=housing-1"},
    ],
)
def test_the_issuer_refuses_anything_else(here: Town, changes: dict[str, str]) -> None:
    """One answer for every fault."""
    answer = here.ask(**changes)

    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert answer.json() == {"error": "invalid_client"}


def test_an_assertion_and_a_proof_serve_once(here: Town) -> None:
    """What was overheard on the way to the issuer buys nothing."""
    assertion, proof = _assertion(here.endpoint, SYSTEM, NOW), here.proof()
    assert here.ask(client_assertion=assertion, proof=proof).status_code == httpx.codes.OK

    for replayed in ({"client_assertion": assertion}, {"proof": proof}):
        assert here.ask(**replayed).status_code == httpx.codes.UNAUTHORIZED


@pytest.mark.parametrize(
    "at", [NOW - timedelta(seconds=61), NOW + timedelta(seconds=61)], ids=["old", "early"]
)
def test_an_assertion_of_another_time_is_refused(here: Town, at: datetime) -> None:
    """Sixty seconds' life, and no more than two minutes ahead."""
    assertion = _assertion(here.endpoint, SYSTEM, at)

    assert here.ask(client_assertion=assertion).status_code == httpx.codes.UNAUTHORIZED


def test_an_assertion_for_another_issuer_is_refused(here: Town) -> None:
    """An agency may have several issuers; none can use what was meant for another."""
    assertion = _assertion("http://127.0.0.1:1/token", SYSTEM, NOW)

    assert here.ask(client_assertion=assertion).status_code == httpx.codes.UNAUTHORIZED


def test_a_bound_token_is_of_no_use_with_another_key(here: Town) -> None:
    """The issuer binds to the key that asked, not to one that the form names."""
    proof = prove(UNREGISTERED, "POST", here.endpoint, at=NOW)

    assert here.ask(proof=proof).status_code == httpx.codes.UNAUTHORIZED


def test_the_issuer_serves_loopback_only() -> None:
    """Nobody runs the demonstration's issuer on a network by mistake."""
    with pytest.raises(SettingsError, match="loopback"):
        identity_app(
            issuer="https://sign-in.ashmere.example",
            audience=BROKER,
            signing_key=ISSUER_KEY,
            systems=(),
            clock=Watch(),
        )


def test_a_door_without_names_is_not_built() -> None:
    """An empty issuer or audience would match what it should not."""
    for missing in ({"issuer": ""}, {"audience": ""}, {"base_url": ""}, {"base_url": "broker"}):
        with pytest.raises(SettingsError, match="Set the token issuer"):
            door(**missing)


def test_the_door_forgets_no_registered_system() -> None:
    """The directory is read on every call: a system taken off it is out at once."""
    directory = ListedDirectory(systems=(registered(SYSTEM, "housing-la"),))
    with town() as one:
        jwks = JwksCache(f"{one.issuer}/jwks", one.http, one.clock)
        at = door(
            issuer=one.issuer, jwks=jwks, clock=one.clock, directory=directory, proofs=Proofs()
        )
        access = one.ask().json()["access_token"]

        def call() -> Credentials:
            return Credentials(
                authorization=f"DPoP {access}",
                proof=prove(SYSTEM, "GET", f"{BROKER}/x", at=NOW, access_token=access),
                method="GET",
                url=f"{BROKER}/x",
            )

        assert at.authenticate(call())
        directory.systems = ()
        with pytest.raises(AuthenticationError):
            at.authenticate(call())
