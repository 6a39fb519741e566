"""A broker with a case that has left traces everywhere, and everything that an attacker could try.

The attacker is the strongest there is: they have every row of every table, the log, all secrets
that are left, and a dictionary with the right answers in it.
"""

import base64
import hmac
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256

from sqlalchemy import select

from broker.domain.changes import FinishTask
from broker.domain.context import CaseContext
from broker.domain.ids import AgencyId, CaseId, Category, Purpose, Role, SubjectId
from broker.domain.people import Address, AgencyReference, Identifier
from broker.domain.record import Draft, DraftItem, DraftPiece, HeldRecord
from broker.domain.request import ShareRequest
from broker.domain.words import SubjectRole
from broker.ledger import events
from broker.ledger.events import request_fingerprint
from broker.ledger.tokens import token
from broker.service.consent import Statement, change_consent
from broker.service.gather import gather
from broker.service.register import Register
from broker.service.retention_months import begin_month
from broker.storage import Store
from broker.storage.tables import metadata
from tests import builders as a
from tests.contract.county import package
from tests.desk import Furnished, furnish
from tests.leads import ANN, BEN, change_desk
from tests.simulators import SetClock

CASE, LATER_CASE, NEVER_FILED = "MR-7319", "MR-7320", "MR-7321"
SUBJECT = "quillon-victim"
NAMES = ("Zephyrine Quillon-Marsh", "Zephie", "Balthazar Quillon-Marsh", "Ottilie Quillon-Marsh")
ADDRESSES = ("17 Gannet Steps, Hexley", "Flat 9, 41 Curlew Wharf, Ashmere")
POSTCODES = ("HX7 4ZQ", "AM3 8XJ")
NHS, PHONE, EMAIL, REFERENCE = "9990417326", "07700 900873", "zephie@quillon.example", "NOM-88417"
REASONS = "Her brother Balthazar said at the lychgate that he knows Curlew Wharf."
METHOD, NOTE = (
    "telephone via Sister Agnes Penhaligon",
    "Talked through with Zephie, lychgate.",
)
WAITING = "Balthazar waited outside Curlew Wharf on Sunday."
BORN = date(1987, 2, 19)
REQUEST, UNKNOWN_REQUEST = "request-quillon-01", "request-quillon-09"
STRANGE = (
    *(CASE, LATER_CASE, NEVER_FILED, SUBJECT, *NAMES, *ADDRESSES, *POSTCODES, NHS, PHONE, EMAIL),
    *(REFERENCE, REASONS, METHOD, NOTE, WAITING, BORN.isoformat(), REQUEST, UNKNOWN_REQUEST),
)
"""What points at somebody, as it was given to the broker."""
RESEARCH, EMERGENCY = Purpose("marac-research"), Purpose("marac-emergency")
YEARS = timedelta(days=2557 + 400)
"""Past the term of a case that was closed within a year."""


@dataclass(slots=True, kw_only=True)
class World:
    """The broker, its clock, and what it was told."""

    furnished: Furnished
    clock: SetClock
    requests: list[ShareRequest] = field(default_factory=list)

    @property
    def store(self) -> Store:
        """The store behind the desk."""
        return self.furnished.store


@contextmanager
def world(url: str) -> Iterator[World]:
    """Open a desk on a fresh database and leave traces of the case wherever there is a place."""
    clock = SetClock()
    with change_desk(url, clock) as opened:
        made = World(furnished=opened, clock=clock)
        begin_month(opened.desk.keeping)
        furnish(opened)
        _file(made)
        _ask(made)
        _hold_and_note(made)
        yield made


@contextmanager
def reopened(url: str, clock: SetClock) -> Iterator[Furnished]:
    """Open another replica on the same database and the same term keys."""
    with change_desk(url, clock) as opened:
        yield opened


def _file(made: World) -> None:
    desk = made.furnished.desk
    victim = a.person(
        name=NAMES[0],
        subject_id=SUBJECT,
        names=NAMES[:2],
        date_of_birth=BORN,
        addresses=tuple(
            Address(text=text, postcode=postcode)
            for text, postcode in zip(ADDRESSES, POSTCODES, strict=True)
        ),
        identifiers=(
            Identifier(kind="nhs-number", value=NHS),
            Identifier(kind="phone", value=PHONE),
            Identifier(kind="email", value=EMAIL),
        ),
        references=(AgencyReference(agency_id=AgencyId("ashmere-police"), value=REFERENCE),),
    )
    brother = a.person(SubjectRole.PERPETRATOR, NAMES[2])
    child = a.person(SubjectRole.CHILD, NAMES[3])
    case = a.case(CASE, salt=b"\x51" * 32, people=(victim, brother, child))
    later = a.case(LATER_CASE, salt=b"\x52" * 32, people=(child,), repeat_of=CaseId(CASE))
    register = register_of(made)
    register.case(case)
    register.case(later)
    register.meeting(a.meeting("MR-0417", CASE, LATER_CASE))
    for name in (ANN, BEN):
        register.practitioner(a.practitioner(name, "marac-coordination", role=Role("ig-lead")))
    conflicted = a.practitioner("housing-9", declared_conflicts=(CaseId(CASE),))
    register.practitioner(conflicted)
    said = Statement(status=case.consents[0].status, method=METHOD)
    assert change_consent(desk, a.requester("idva-1", "idva-service"), CaseId(CASE), said)


def register_of(made: World) -> Register:
    """Return the register of the world's desk."""
    desk = made.furnished.desk
    return Register(desk.ledger, desk.cases, desk.clock)


def _request(request_id: str, **changes: object) -> ShareRequest:
    return a.share_request(
        request_id,
        case_id=CaseId(CASE),
        subject_id=SubjectId(SUBJECT),
        reasons=REASONS,
        **changes,
    )


def _ask(made: World) -> None:
    """Disclose twice, once in an emergency; refuse once; ask about a case that is not there."""
    desk = made.furnished.desk
    for number, purpose in ((1, RESEARCH), (2, EMERGENCY)):
        request = _request(f"{REQUEST[:-1]}{number}", purpose=purpose)
        permit = a.permit(request, requester=a.requester(), context=_context(made, request))
        desk.ledger.record_decision(permit)
        desk.ledger.record_disclosure(package(permit))
        made.requests.append(request)
    for request_id, case_id in (("request-refused-1", CASE), (UNKNOWN_REQUEST, NEVER_FILED)):
        request = replace(_request(request_id), case_id=CaseId(case_id))
        decision = desk.policy.decide(a.requester(), request, gather(desk, a.requester(), request))
        desk.ledger.record_decision(decision)
        made.requests.append(request)
    made.store.spans.put(b"\x07" * 32, b"12:20 NAME")


def _context(made: World, request: ShareRequest) -> CaseContext:
    found = gather(made.furnished.desk, a.requester(), request)
    assert found.case is not None
    return found


def _hold_and_note(made: World) -> None:
    """Keep a record for a person, and finish a task with a note."""
    desk = made.furnished.desk
    request = _request("request-held-1")
    permit = a.permit(request, requester=a.requester(), context=_context(made, request))
    desk.ledger.record_decision(permit)
    desk.ledger.record_held(HeldRecord(permit=permit, flags=("party-name item 1",), draft=_draft()))
    made.requests.append(request)
    advocate = a.requester("idva-1", "idva-service")
    for task in desk.tasks.open_of(advocate)[:1]:
        done = events.task_done(task, advocate, desk.cases.broker_salt(), a.NOW)
        finish = FinishTask(task_id=task.task_id, at=a.NOW, evidence=NOTE)
        desk.ledger.record(done, finish)


def _draft() -> Draft:
    piece = DraftPiece(item=0, order=1, field_name=None, text=WAITING, kept=(), removals=())
    item = DraftItem(
        category=Category("incident-summary"),
        recorded_on=None,
        profile="P-VICTIM-SAFE",
        pieces=(piece,),
    )
    return Draft(items=(item,), case_version=2, engine_version="test", salt=bytes(32))


def rows_of(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Everything that the database gives to whoever may read it, by table."""
    with store.log.readers.begin() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))]
            for table in metadata.sorted_tables
        }


def texts_of(rows: dict[str, list[tuple[object, ...]]]) -> str:
    """All of it as one text: bytes in hex and as they are, so that digests of either form show."""
    cells = (cell for table in rows.values() for row in table for cell in row)
    return "\n".join(_text(cell) for cell in cells)


def _text(cell: object) -> str:
    if isinstance(cell, bytes):
        return f"{cell.hex()}\n{cell.decode('latin-1')}"
    return str(cell)


def spellings(word: str) -> Iterator[bytes]:
    """A word as software may have written it."""
    for one in {word, word.casefold(), word.upper(), word.replace(" ", "")}:
        raw = one.encode()
        yield from (raw, one.encode("utf-16-le"), one.encode("utf-16-be"), raw.hex().encode())
        for skipped in range(3):  # Base64 of the same word differs by where it begins.
            whole = raw[skipped : skipped + (len(raw) - skipped) // 3 * 3]
            if len(whole) >= SHORTEST:
                yield base64.b64encode(whole)


SHORTEST = 6
"""Bytes: shorter ones turn up by chance in what is random."""
KINDS = ("case", "subject", "practitioner", "agency", "request", "fingerprint", "key", "hold")
REFS = ("case", "claim", "practitioner", "office", "hold", "review", "meeting", "task")


NO_SECRETS = (bytes(32), b"\xff" * 32, sha256(b"").digest(), sha256(CASE.encode()).digest())
"""What a salt would be that somebody forgot to make, or made of what they had."""


def salts_left(store: Store) -> list[bytes]:
    """Every secret from which the log makes tokens, as far as it is to be had or to be guessed."""
    found = [store.cases.broker_salt(), store.cases.passing_salt(), *NO_SECRETS]
    found += [one.salt for one in store.archive.cases()]
    return found


def guesses(made: World) -> list[str]:
    """The dictionary: everything personal that the broker was told, and what was made of it."""
    asked = [request_fingerprint(one) for one in made.requests]
    pairs = [f"housing-1|{one.request_id}" for one in made.requests]
    return [*STRANGE, *NAMES, *asked, *pairs]


def confirmed(made: World, store: Store, salts: list[bytes]) -> set[str]:
    """Try every guess against everything that is stored; return those that something confirms.

    Digests and keyed digests of each guess, under every secret that is left, whole or cut as tokens
    are, are looked for in all rows of all tables, the log's among them.
    """
    text = texts_of(rows_of(store))
    found = set()
    for guess in guesses(made):
        if any(one in text for one in _digests(store, guess, salts)):
            found.add(guess)
    return found


def _digests(store: Store, guess: str, salts: list[bytes]) -> Iterator[str]:
    ring = store.log.sealing.keyring
    yield sha256(guess.encode()).hexdigest()
    yield base64.b64encode(sha256(guess.encode()).digest()).decode()
    yield store.ledger.preparing.blind_fingerprint(guess)
    yield hmac.new(ring.index_key, guess.encode(), sha256).hexdigest()
    for kind in REFS:
        yield ring.ref(kind, guess)
    yield ring.ref("claim", "housing-1", guess)
    for salt, kind in itertools.product(salts, KINDS):
        yield token(salt, kind, guess)
