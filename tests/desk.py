"""A desk with the real parts: database, policy, connector, Presidio, keys. For whole requests."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Protocol, runtime_checkable

from sqlalchemy import make_url

from broker.bootstrap import NobodyAuthenticates
from broker.demo.systems.sql import build_database
from broker.domain.decision import Permit
from broker.domain.errors import RedactionError
from broker.domain.ids import AgencyId, PractitionerId
from broker.domain.package import KeyHolder, RecipientKey
from broker.domain.policy import PolicyFiles
from broker.domain.ports import Authenticator, Clock, Redactor
from broker.domain.record import Draft, RecordItem
from broker.domain.review import Edits, Revised, Reviser
from broker.service.desk import Desk
from broker.service.keeping import Keeping
from broker.service.register import Register
from broker.service.rules import RulesInForce, Shelf
from broker.storage.store import Store, open_store
from connectors.mailbox import HttpMailbox
from connectors.router import SourceRouter
from connectors.settings import connectors_from
from keys.certificates import DestructionCertifier
from keys.enrolment import KeyEnrolment
from keys.opened import SignedReceipts
from keys.publications import PublicationSigner
from keys.recipient import RecipientPrivateKey
from keys.records import CaseVault
from keys.sealer import PackageSealer
from keys.term_keys import FileTermKeys
from policies import PolicySet
from policies.reading import PackReader, files_of, held_to_nothing
from tests import builders as a
from tests.simulators import MemoryCustody, SetClock

ORIGIN = "ashmere.example/test"
BASE_URL = "http://broker.test"
NOTE = (
    "Mara Ellwood (DOB 17/04/1991) attended the front desk. She now lives at Flat 3, 8 Larch Court,"
    " Hexley HX1 9ZZ and asked that Devan is not told. Neighbour Joan Pettifer heard shouting on"
    " Friday. Mara can be reached on 07700 900461. Devan was seen near the school again."
)


@dataclass(slots=True)
class MemorySpans:
    """A span store that lasts as long as the test."""

    kept: dict[bytes, bytes] = field(default_factory=dict)

    def get(self, key: bytes) -> bytes | None:
        """Return what was kept."""
        return self.kept.get(key)

    def put(self, key: bytes, spans: bytes) -> None:
        """Keep."""
        self.kept[key] = spans


@runtime_checkable
class Revises(Reviser, Protocol):
    """A redactor that can also do its second half, as the real one can."""


class NothingIsRevised:
    """Stands where a test's own redactor leaves nothing for a person to look at."""

    def revise(self, permit: Permit, draft: Draft, edits: Edits) -> Revised:
        """Fail the test that asks."""
        del permit, draft, edits
        raise RedactionError("This desk has no redactor of its own; open it with a real one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Furnished:
    """A desk, the store behind it, and what the recipient holds at home."""

    desk: Desk
    store: Store
    private_key: RecipientPrivateKey
    custody: MemoryCustody

    @property
    def broker_key(self) -> bytes:
        """The broker's public package key."""
        return self.custody.public_key("package")


def incidents() -> tuple[RecordItem, ...]:
    """What police hold on the victim: an incident with a note, and a risk assessment."""
    return (
        a.item(NOTE),
        a.item(
            None,
            item_id="DASH-1",
            category="risk-assessment",
            title="Risk checklist",
            fields=(("ticks", "16"), ("judgement", "high")),
        ),
    )


PACKS = PackReader(passes=held_to_nothing)
"""Reads each pack once for all tests of a process: what it makes never changes."""


@lru_cache(maxsize=1)
def _packaged() -> PolicyFiles:
    return files_of(None)


def policy_in_force() -> PolicySet:
    """The pack that comes with the broker."""
    return PACKS.load(_packaged(), a.NOW.date())


def police_connectors(folder: Path) -> Mapping[str, object]:
    """Build the police's database; return the connectors' configuration for it."""
    path = folder / "police.sqlite"
    if path.exists():
        path.unlink()
    config = build_database(path, incidents())
    return {"version": 1, "connectors": {"ashmere-police": config}}


def term_keys_of(url: str) -> Path:
    """Return the folder of a database's term keys: every desk on it has the same."""
    parsed = make_url(url)
    beside = parsed.query.get("host") or Path(str(parsed.database)).parent
    return Path(str(beside)) / f"terms-{Path(str(parsed.database)).stem}"


@contextmanager
def real_desk(  # one for each part a test may want to be its own
    url: str,
    connectors: Mapping[str, object],
    redactor: Redactor,
    *,
    clock: Clock | None = None,
    authenticator: Authenticator | None = None,
    private_key: RecipientPrivateKey | None = None,
) -> Iterator[Furnished]:
    """Open a desk on the database at `url`, which must be migrated."""
    clock, custody = clock or SetClock(), MemoryCustody()
    with ExitStack() as stack:
        term_keys = FileTermKeys(term_keys_of(url), custody)
        vault = CaseVault(custody, term_keys)
        store = open_store(url, custody=custody, vault=vault, clock=clock, origin=ORIGIN)
        stack.callback(store.close)
        shelf = _shelf(store, custody)
        rules = RulesInForce(shelf, store.ledger, clock)
        keeping = _keeping(store, rules, clock, term_keys, custody)
        desk = Desk(
            clock=clock,
            authenticator=authenticator or NobodyAuthenticates(),
            directory=store.directory,
            cases=store.cases,
            rules=rules,
            shelf=shelf,
            source=SourceRouter(connectors_from(connectors), clock),
            redactor=redactor,
            sealer=PackageSealer(custody=custody, directory=store.directory, clock=clock),
            enrolment=KeyEnrolment(custody=custody),
            ledger=store.ledger,
            log=store.log,
            search=store.search,
            challenges=store.challenges,
            alerts=store.alerts,
            opened=store.opened,
            receipts=SignedReceipts(),
            outbox=store.outbox,
            mailbox=HttpMailbox(),
            tasks=store.tasks,
            keeping=keeping,
            reviews=store.reviews,
            reviser=redactor if isinstance(redactor, Revises) else NothingIsRevised(),
        )
        key = private_key or RecipientPrivateKey.generate()
        yield Furnished(desk=desk, store=store, private_key=key, custody=custody)


def _keeping(
    store: Store, rules: RulesInForce, clock: Clock, term_keys: FileTermKeys, custody: MemoryCustody
) -> Keeping:
    return Keeping(
        clock=clock,
        cases=store.cases,
        ledger=store.ledger,
        log=store.log,
        rules=rules,
        archive=store.archive,
        term_keys=term_keys,
        certifier=DestructionCertifier(custody=custody),
    )


def _shelf(store: Store, custody: MemoryCustody) -> Shelf:
    return Shelf(
        store=store.policies,
        reader=PACKS,
        signer=PublicationSigner(custody=custody),
        own_files=_packaged(),
    )


def furnish(furnished: Furnished, mailbox_url: str = "http://127.0.0.1:9") -> None:
    """Put the common case on file: two agencies, the requester, her key, the case, the meeting."""
    desk = furnished.desk
    register = Register(desk.ledger, desk.cases, desk.clock)
    for kind in ("police", "housing-la", "probation", "idva-service"):
        register.agency(a.agency(kind, mailbox_url=f"{mailbox_url}/ashmere-{kind}"))
    register.practitioner(a.practitioner())
    register.practitioner(a.practitioner("probation-1", "probation", name="Tobias Wren"))
    register.practitioner(a.practitioner("idva-1", "idva-service", name="Sunniva Blythe"))
    register.key(recipient_key(furnished.private_key, "housing-1", "housing-la"))
    register.case(a.case())
    register.meeting(a.meeting(agencies=("housing-la", "police", "probation", "idva-service")))


def recipient_key(private_key: RecipientPrivateKey, owner: str, kind: str) -> RecipientKey:
    """The public half, as the owner would register it."""
    return RecipientKey(
        thumbprint=private_key.thumbprint,
        owner=PractitionerId(owner),
        agency_id=AgencyId(f"ashmere-{kind}"),
        held_by=KeyHolder.PERSON,
        public_jwk=private_key.public_jwk,
        not_before=a.NOW - timedelta(days=30),
        not_after=a.NOW + timedelta(days=300),
    )
