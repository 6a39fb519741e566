"""The broker behind a real server on loopback, and the people who call it with real proofs."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from broker.api.app import create_app
from broker.domain.case import Listing
from broker.domain.ids import AgencyId, CaseId, PractitionerId, Role, Thumbprint
from broker.domain.ledger import LedgerEntry
from broker.domain.people import AgencySystem
from broker.domain.ports import Clock, Redactor
from broker.service.deliver import deliver_due
from broker.service.desk import Desk
from broker.service.register import Register
from connectors.dpop import prove
from connectors.identity import TokenAuthenticator
from connectors.tokens import PublicKey, SigningKey, UnprovedError, public_key
from tests import builders as a
from tests.attack.loopback import serving
from tests.desk import Furnished, furnish, police_connectors, real_desk
from tests.simulators import SetClock

ISSUER = "https://sign-in.ashmere.example"
ISSUER_KEY = SigningKey.generate()
AGENCY_OF = {
    "housing-1": "housing-la",
    "housing-2": "housing-la",
    "idva-1": "idva-service",
    "probation-1": "probation",
    "police-1": "police",
    "lead-ann": "police",
    "lead-ben": "probation",
    "sysadmin-1": "police",
}
ROLES = {"lead-ann": "ig-lead", "lead-ben": "ig-lead", "sysadmin-1": "sysadmin-no-content"}
SYSTEMS = {kind: SigningKey.generate() for kind in set(AGENCY_OF.values())}
ASK = "/v1/share-requests"
UNLISTED, SHIELDED, UNKNOWN_CASE = "MR-0418", "MR-0419", "MR-9999"
TOKEN_LIFE_SECONDS = 600


class OneIssuer:
    """The issuer's keys, without the HTTP between (see test_identity_jwks for that)."""

    def key(self, kid: str) -> PublicKey:
        """Return the one key there is."""
        if kid != ISSUER_KEY.thumbprint:
            raise UnprovedError("kid")
        return public_key(ISSUER_KEY.public_jwk())


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """A running broker and how to call it."""

    furnished: Furnished
    desk: Desk
    clock: SetClock
    base_url: str
    http: httpx.Client = field(repr=False)

    def headers(self, method: str, path: str, who: str = "housing-1") -> dict[str, str]:
        """Return a token and a fresh proof for one call."""
        url, token = f"{self.base_url}{path}", self.token(who)
        proof = prove(SYSTEMS[AGENCY_OF[who]], method, url, at=self.clock.now(), access_token=token)
        return {"Authorization": f"DPoP {token}", "DPoP": proof}

    def token(self, who: str) -> str:
        """Return a token as the issuer gives it."""
        issued = int(self.clock.now().timestamp())
        claims = {
            "iss": ISSUER,
            "sub": who,
            "aud": self.base_url,
            "iat": issued,
            "exp": issued + TOKEN_LIFE_SECONDS,
            "agency": f"ashmere-{AGENCY_OF[who]}",
            "cnf": {"jkt": SYSTEMS[AGENCY_OF[who]].thumbprint},
        }
        return ISSUER_KEY.sign({"typ": "at+jwt", "kid": ISSUER_KEY.thumbprint}, claims)

    def call(  # what a test may want to be its own
        self,
        method: str,
        path: str,
        who: str = "housing-1",
        *,
        headers: Mapping[str, str] | None = None,
        **sent: Any,  # noqa: ANN401  # pass-through to httpx
    ) -> httpx.Response:
        """Call with a token and a proof."""
        proved = self.headers(method, path.partition("?")[0], who)
        return self.http.request(
            method, f"{self.base_url}{path}", headers={**proved, **(headers or {})}, **sent
        )

    def ask(self, key: str, who: str = "housing-1", **changes: object) -> httpx.Response:
        """Make the common share request."""
        return self.call("POST", ASK, who, json=body(**changes), headers={"Idempotency-Key": key})

    def post(self, content: bytes, key: str = "request-0001", **headers: str) -> httpx.Response:
        """Post a body as it is to the main door."""
        sent = {"Idempotency-Key": key, "Content-Type": "application/json", **headers}
        return self.call("POST", ASK, headers=sent, content=content)

    def size(self) -> int:
        """Return how many entries the log has."""
        checkpoint = self.desk.log.checkpoint()
        return checkpoint.size if checkpoint else 0

    def since(self, size: int) -> tuple[LedgerEntry, ...]:
        """Return the entries made after the log had that size."""
        return self.desk.log.entries(size, 1000)

    def deliver(self) -> int:
        """Deliver what is due, as the service's own thread does."""
        return deliver_due(self.desk)


def body(**changes: object) -> dict[str, object]:
    """What housing asks police about the victim; None leaves a member out."""
    made: dict[str, object] = {
        "case_id": "MR-0417",
        "subject_id": "victim",
        "purpose": "marac-research",
        "categories": ["incident-summary", "risk-assessment"],
        "holder": "ashmere-police",
        "recipient": "housing-1",
        "meeting_id": "ashmere-2026-11",
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


@contextmanager
def open_doors(
    url: str,
    folder: Path,
    redactor: Redactor,
    *,
    mailbox_url: str = "http://127.0.0.1:9",
    connectors: Mapping[str, object] | None = None,
) -> Iterator[Doors]:
    """Serve a furnished desk on the migrated database at `url`."""
    clock = SetClock()
    systems = connectors or police_connectors(folder)
    with real_desk(url, systems, redactor, clock=clock) as furnished:
        furnish(furnished, mailbox_url)
        _furnish_more(furnished)
        desk = furnished.desk

        def make(base_url: str) -> object:
            nonlocal desk
            desk = replace(desk, authenticator=_authenticator(furnished, clock, base_url))
            return create_app(desk, base_url=base_url)

        with (
            serving(make) as base_url,  # type: ignore[arg-type]  # FastAPI is an ASGIApp
            httpx.Client(trust_env=False, timeout=30) as http,
        ):
            yield Doors(furnished=furnished, desk=desk, clock=clock, base_url=base_url, http=http)


def _authenticator(furnished: Furnished, clock: Clock, base_url: str) -> TokenAuthenticator:
    return TokenAuthenticator(
        issuer=ISSUER,
        audience=base_url,
        jwks=OneIssuer(),
        directory=furnished.store.directory,
        proofs=furnished.store.proofs,
        clock=clock,
        base_url=base_url,
    )


def _furnish_more(furnished: Furnished) -> None:
    """Put on file: systems, two more people, a case on no list, a shielded one, and the list."""
    desk = furnished.desk
    register = Register(desk.ledger, desk.cases, desk.clock)
    conflicted = a.practitioner(
        "housing-2", name="Ottoline Fray", declared_conflicts=(CaseId("MR-0417"),)
    )
    register.practitioner(conflicted)
    register.practitioner(a.practitioner("police-1", "police", name="Bran Oake"))
    for who, role in ROLES.items():
        register.practitioner(
            a.practitioner(who, AGENCY_OF[who], name=f"Person {who}", role=Role(role))
        )
    for kind, key in SYSTEMS.items():
        system = AgencySystem(
            thumbprint=Thumbprint(key.thumbprint),
            agency_id=AgencyId(f"ashmere-{kind}"),
            name="case system",
        )
        register.system(system)
    register.case(a.case(UNLISTED, salt=bytes(range(1, 33))))
    handler = PractitionerId("police-1")
    register.case(a.case(SHIELDED, salt=bytes(range(2, 34)), shielded=True, handlers=(handler,)))
    listed = a.meeting(agencies=("housing-la", "police", "probation", "idva-service"))
    agencies = listed.listings[0].agencies
    shielded = Listing(case_id=CaseId(SHIELDED), agencies=agencies)
    register.meeting(replace(listed, listings=(*listed.listings, shielded)))


def new_sqlite(migrated: Path, folder: Path) -> str:
    """Return the URL of a fresh SQLite database with our schema."""
    folder.mkdir(exist_ok=True)
    shutil.copy(migrated, folder / "broker.db")
    return f"sqlite:///{folder / 'broker.db'}"


TOKEN_GONE = timedelta(seconds=TOKEN_LIFE_SECONDS + 1)
"""After this long a token has expired."""
