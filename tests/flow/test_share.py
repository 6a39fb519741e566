"""Whole requests, in one process, on both databases: from the question to the timeline."""

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from broker.demo.systems.sql import build_database
from broker.domain.changes import RevokeRecipientKey
from broker.domain.ids import CaseId
from broker.domain.ledger import LedgerEntry
from broker.domain.words import EventKind, SubjectRole
from broker.ledger import events
from broker.ledger.checkpoint import LogKey, check_checkpoint
from broker.ledger.entry import parse_entry
from broker.ledger.tokens import case_tag
from broker.ledger.tree import check_inclusion, leaf_hash
from broker.service.register import Register
from keys.opening import OpenedPackage, open_package
from keys.recipient import RecipientPrivateKey
from redaction.service import RedactionService
from tests import builders as a
from tests.api.doors import Doors, open_doors
from tests.desk import ORIGIN, police_connectors, recipient_key
from tests.mailboxes import delivered, mailbox_server

CONSENTS = "/v1/cases/MR-0417/consents"
TIMELINE = "/v1/cases/MR-0417/timeline"
CASE_TAG = case_tag(a.SALT, CaseId("MR-0417"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A broker, a mailbox, and where the mailbox keeps what it was given."""

    doors: Doors
    mailboxes: Path
    police: Path

    def package(self, disclosure_id: str) -> bytes:
        """Return what lies in housing's mailbox."""
        return (self.mailboxes / "ashmere-housing-la" / disclosure_id).read_bytes()

    def open(self, disclosure_id: str) -> OpenedPackage:
        """Open it as the recipient does."""
        furnished = self.doors.furnished
        return open_package(
            self.package(disclosure_id),
            furnished.private_key,
            [furnished.broker_key],
            now=self.doors.clock.now(),
            expected_disclosure=disclosure_id,
        )

    def of_case(self) -> list[EventKind]:
        """Return what the case's own chain says happened, in order."""
        return [one.kind for one in self.doors.desk.log.entries_of_case(CASE_TAG)]


@contextmanager
def _town(url: str, folder: Path, redactor: RedactionService, mailbox_url: str) -> Iterator[Town]:
    with open_doors(
        url,
        folder,
        redactor,
        mailbox_url=mailbox_url,
        connectors=police_connectors(folder),
    ) as doors:
        yield Town(doors=doors, mailboxes=folder / "mailboxes", police=folder / "police.sqlite")


@pytest.fixture
def town(database_url: str, tmp_path: Path, redactor: RedactionService) -> Iterator[Town]:
    """The common case on file, the mailbox up; once on each database."""
    with (
        mailbox_server(tmp_path / "mailboxes") as mailbox,
        _town(database_url, tmp_path, redactor, mailbox) as opened,
    ):
        yield opened


def test_a_request_from_question_to_timeline(town: Town) -> None:
    """Asked, decided, redacted, sealed, logged, delivered, opened, acknowledged, and seen."""
    doors = town.doors
    answer = doors.ask("request-0001")
    assert answer.status_code == 201
    disclosure = answer.json()["disclosure_id"]
    assert delivered(town.mailboxes) == []  # Logged first; nothing has left.

    assert doors.deliver() == 1
    assert delivered(town.mailboxes) == [disclosure]
    content = town.open(disclosure).content
    assert content.disclosure_id == disclosure
    plain = str([asdict(one) for one in content.items])
    assert "front desk" in plain
    assert "judgement" in plain
    for hidden in ("Larch Court", "HX1", "900461", "Pettifer"):
        assert hidden not in plain

    status = doors.call("GET", f"/v1/disclosures/{disclosure}").json()
    assert status["delivered_at"] is not None
    assert status["acknowledged_at"] is None
    for _ in range(2):
        said = doors.call("POST", f"/v1/disclosures/{disclosure}/acknowledgement")
        assert said.json()["acknowledged_at"] is not None

    _check_timeline(doors, doors.call("GET", TIMELINE, "idva-1").json())
    assert town.of_case() == [
        EventKind.CASE_RECORDED,
        EventKind.DECISION,
        EventKind.DISCLOSURE,
        EventKind.DELIVERED,
        EventKind.DISCLOSURE_READ,
        EventKind.ACKNOWLEDGED,
        EventKind.DISCLOSURE_READ,
        EventKind.TIMELINE_READ,
    ]
    assert doors.furnished.store.log.verify().size == doors.size()


def _check_timeline(doors: Doors, found: dict[str, object]) -> None:
    """Check everything an advocate can: numbers without gaps, each chained and in the tree."""
    custody = doors.furnished.custody
    key = LogKey(origin=ORIGIN, public_key=custody.public_key("log"))

    def check(message: bytes, signature: bytes) -> bool:
        return custody.sign("log", message) == signature

    shown = json.loads(json.dumps(found))
    checkpoint = check_checkpoint(key, check, shown["checkpoint"]["note"])
    previous = ""
    for number, event in enumerate(shown["events"], start=1):
        entry: LedgerEntry = parse_entry(event["entry"]["canonical"].encode())
        path = tuple(base64.b64decode(one) for one in event["proof"]["path"])
        leaf = leaf_hash(event["entry"]["canonical"].encode())
        assert check_inclusion(leaf, entry.index, checkpoint.size, path, checkpoint.root)
        assert (entry.case_number, entry.case_previous) == (number, previous)
        assert entry.case_tag == shown["case_tag"] == CASE_TAG
        assert "concerns no client" not in event["sentence"]
        previous = leaf.hex()


def test_asking_again_releases_nothing_again(town: Town) -> None:
    """The same key and body give the same receipt and one package, however often they come."""
    doors = town.doors
    first, second = doors.ask("request-0001"), doors.ask("request-0001")
    assert doors.deliver() == 1
    third = doors.ask("request-0001")
    assert first.content == second.content == third.content
    assert doors.deliver() == 0
    assert delivered(town.mailboxes) == [first.json()["disclosure_id"]]
    assert town.of_case().count(EventKind.DECISION) == 1  # Nor is the holder asked again.
    assert town.of_case().count(EventKind.DISCLOSURE) == 1


def test_a_key_sent_many_times_at_once_releases_once(town: Town) -> None:
    """Impatient repeats that cross on the wire all get the one receipt of the one package."""
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(town.doors.ask, ["request-0001"] * 6))
    assert {one.status_code for one in answers} == {201}
    assert len({one.content for one in answers}) == 1
    assert town.doors.deliver() == 1
    assert delivered(town.mailboxes) == [answers[0].json()["disclosure_id"]]
    assert town.of_case().count(EventKind.DISCLOSURE) == 1


def test_the_same_key_for_another_body_is_refused(town: Town) -> None:
    """A key stands for one request for ever; another body under it is refused and logged."""
    doors = town.doors
    doors.ask("request-0001")
    size = doors.size()
    answer = doors.ask("request-0001", categories=["incident-summary"])
    assert answer.status_code == 409
    assert "new idempotency key" in answer.json()["detail"]
    assert [one.kind for one in doors.since(size)] == [EventKind.REQUEST_REJECTED]
    assert doors.ask("request-0001").status_code == 201


def test_a_consent_withdrawn_counts_from_the_next_request(town: Town) -> None:
    """What the client says to her advocate changes the very next answer."""
    doors = town.doors
    assert doors.ask("request-0001").status_code == 201
    statement = {"status": "withdrawn", "method": "telephone, safe number"}
    assert doors.call("POST", CONSENTS, "idva-1", json=statement).status_code == 201
    doors.clock.advance(timedelta(seconds=1))

    answer = doors.ask("request-0002")
    assert answer.status_code == 202
    assert answer.json()["status"] == "referred"
    assert "reasons" in answer.json()["next_step"]
    assert answer.json()["receipt"] is None
    assert town.of_case()[-2:] == [EventKind.CONSENT_CHANGED, EventKind.DECISION]
    # What was released before had not left yet, so it does not leave any more.
    assert doors.deliver() == 0
    assert town.of_case()[-1] is EventKind.DELIVERY_STOPPED


def test_a_limited_consent_keeps_its_limits(town: Town) -> None:
    """A client who says yes, but not to housing, is taken at her word."""
    statement = {
        "status": "given-limited",
        "method": "in person",
        "excluded_agencies": ["housing-la"],
    }
    assert town.doors.call("POST", CONSENTS, "idva-1", json=statement).status_code == 201
    town.doors.clock.advance(timedelta(seconds=1))
    assert town.doors.ask("request-0001").status_code == 202
    assert town.doors.deliver() == 0


def test_a_revoked_key_receives_nothing(town: Town) -> None:
    """From the moment a key is revoked nothing is sealed to it; a new key mends it."""
    doors, desk = town.doors, town.doors.desk
    key = desk.directory.recipient_keys(a.practitioner().practitioner_id)[0]
    now = doors.clock.now()
    desk.ledger.record(
        events.key_revoked(key, desk.cases.broker_salt(), now),
        RevokeRecipientKey(thumbprint=key.thumbprint, at=now),
    )
    answer = doors.ask("request-0001")
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("no-recipient-key")
    assert town.of_case()[-2:] == [EventKind.DECISION, EventKind.SOURCE_FAILED]
    assert doors.deliver() == 0

    new = RecipientPrivateKey.generate()
    Register(desk.ledger, desk.cases, desk.clock).key(recipient_key(new, "housing-1", "housing-la"))
    assert doors.ask("request-0001").status_code == 201


def test_a_holder_that_is_down_is_on_the_cases_record(town: Town) -> None:
    """The holder is away: nothing leaves, the case's chain says so, and asking again works."""
    doors = town.doors
    away = town.police.with_suffix(".away")
    town.police.rename(away)
    answer = doors.ask("request-0001")
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("source-unavailable")
    assert "telephone the holder" in answer.json()["detail"]
    assert town.of_case()[-2:] == [EventKind.DECISION, EventKind.SOURCE_FAILED]
    assert doors.deliver() == 0

    away.rename(town.police)
    assert doors.ask("request-0001").status_code == 201
    assert doors.deliver() == 1


def test_a_record_that_the_verifier_stops_waits_for_a_person(
    database_url: str, tmp_path: Path, redactor: RedactionService
) -> None:
    """A name written so that only the second look finds it holds the whole record back."""
    note = "The caller was wi lh el mi na th ro ss el l from two doors down."
    informant = a.person(SubjectRole.INFORMANT, "Wilhelmina Throssell")
    with open_doors(
        database_url,
        tmp_path,
        redactor,
        connectors={
            "version": 1,
            "connectors": {
                "ashmere-police": build_database(tmp_path / "police.sqlite", (a.item(note),))
            },
        },
    ) as doors:
        case = a.case(version=2, people=(*a.case().people, informant))
        Register(doors.desk.ledger, doors.desk.cases, doors.clock).case(case)

        answer = doors.ask("request-0001", categories=["incident-summary"])
        assert answer.status_code == 202
        assert answer.json()["status"] == "held"
        assert answer.json()["receipt"] is None
        assert "hrossell" not in answer.text
        assert doors.deliver() == 0
        *_, decision, held = doors.desk.log.entries_of_case(CASE_TAG)
        assert decision.kind is EventKind.DECISION
        assert held.kind is EventKind.HELD_FOR_PERSON
        assert "hrossell" not in held.canonical.decode()
        found = doors.call("GET", TIMELINE, "idva-1").json()
        assert "held back so that a person looks" in found["events"][-2]["sentence"]


def test_a_mailbox_that_was_down_gets_its_package_once(
    database_url: str, tmp_path: Path, redactor: RedactionService
) -> None:
    """A delivery that fails is put off, logged, and made good exactly once."""
    with mailbox_server(tmp_path / "mailboxes") as mailbox:
        down = f"{mailbox}/not/an/agency"
        with _town(database_url, tmp_path, redactor, down) as town:
            doors = town.doors
            disclosure = doors.ask("request-0001").json()["disclosure_id"]
            assert doors.deliver() == 0
            assert town.of_case()[-1] is EventKind.DELIVERY_FAILED
            assert doors.deliver() == 0  # Not yet: it was put off.
            assert town.of_case().count(EventKind.DELIVERY_FAILED) == 1

            register = Register(doors.desk.ledger, doors.desk.cases, doors.desk.clock)
            register.agency(a.agency("housing-la", mailbox_url=f"{mailbox}/ashmere-housing-la"))
            doors.clock.advance(timedelta(minutes=1))
            assert doors.deliver() == 1
            doors.clock.advance(timedelta(hours=1))
            assert doors.deliver() == 0
            assert delivered(town.mailboxes) == [disclosure]
            assert town.open(disclosure).content.disclosure_id == disclosure
            assert town.of_case().count(EventKind.DELIVERED) == 1
            assert doors.furnished.store.log.verify().size == doors.size()
