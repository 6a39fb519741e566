"""Opened-receipts: a recipient's own system signs what became of a package, and is asked for it."""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from broker.domain.ids import DisclosureId, PractitionerId, Role
from broker.domain.opened import OpenedState
from broker.domain.words import EventKind
from broker.service.opened_watch import flag_unheard
from connectors.tokens import SigningKey
from keys.encoding import b64u, compact_json
from keys.opened import receipt_claims, receipt_header
from redaction.service import RedactionService
from tests import builders as a
from tests.api.doors import SYSTEMS, Doors, open_doors
from tests.mailboxes import mailbox_server

HOUSING = SYSTEMS["housing-la"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A package that the police's mailbox of housing has, and how to speak of it."""

    doors: Doors
    disclosure: DisclosureId
    digest: str

    def signed(
        self,
        state: OpenedState = OpenedState.OPENED,
        *,
        key: SigningKey = HOUSING,
        until: datetime | None = None,
        changed: Mapping[str, object] | None = None,
    ) -> str:
        """A receipt as the agency's system signs it."""
        at = self.doors.clock.now()
        claims = receipt_claims(self.disclosure, self.digest, state, at, until)
        return key.sign(receipt_header(key.public_jwk()), {**claims, **(changed or {})})

    def send(self, receipt: str, who: str = "housing-1") -> httpx.Response:
        """Send a receipt as somebody."""
        path = f"/v1/disclosures/{self.disclosure}/receipts"
        return self.doors.call("POST", path, who, json={"receipt": receipt})

    def read(self, who: str = "housing-1") -> httpx.Response:
        """Read what was said."""
        return self.doors.call("GET", f"/v1/disclosures/{self.disclosure}/receipts", who)

    def tasks(self, who: str) -> list[str]:
        """What somebody has to do, as codes."""
        tasks = self.doors.call("GET", "/v1/tasks", who).json()["tasks"]
        return [one["obligation"] for one in tasks if one["obligation"].startswith("LATE")]


@pytest.fixture
def sent(database_url: str, tmp_path: Path, redactor: RedactionService) -> Iterator[Sent]:
    """Something that housing was given by the police, in its mailbox; once on each database."""
    with (
        mailbox_server(tmp_path / "mailboxes") as mailbox,
        open_doors(database_url, tmp_path, redactor, mailbox_url=mailbox) as doors,
    ):
        answer = doors.ask("request-0001")
        assert doors.deliver() == 1
        disclosure = DisclosureId(answer.json()["disclosure_id"])
        package = (tmp_path / "mailboxes" / "ashmere-housing-la" / disclosure).read_bytes()
        yield Sent(doors=doors, disclosure=disclosure, digest=hashlib.sha256(package).hexdigest())


def _expiry(sent: Sent) -> datetime:
    status = sent.doors.desk.log.disclosure(sent.disclosure)
    assert status is not None
    return datetime.fromisoformat(str(status.receipt.entry.detail["expires_at"]))


def _go_to(sent: Sent, at: datetime) -> None:
    clock = sent.doors.clock
    clock.advance(at - clock.now())


def test_a_recipient_says_what_became_of_a_package(sent: Sent) -> None:
    """Opened, stored until, deleted: each is checked, logged once, told to whoever asked, kept."""
    size, until = sent.doors.size(), sent.doors.clock.now() + timedelta(days=3)
    said = [
        sent.send(sent.signed(OpenedState.OPENED)),
        sent.send(sent.signed(OpenedState.STORED, until=until)),
        sent.send(sent.signed(OpenedState.DELETED)),
    ]

    assert [one.status_code for one in said] == [201] * 3, said[-1].text
    read = sent.read().json()["receipts"]
    assert [one["state"] for one in read] == ["opened", "stored", "deleted"]
    assert read[1]["until"] == until.strftime("%Y-%m-%dT%H:%M:%SZ")
    entries = [one for one in sent.doors.since(size) if one.kind is EventKind.OPENED_RECEIPT]
    assert [one.detail["state"] for one in entries] == ["opened", "stored", "deleted"]
    receipt = read[0]["receipt"]
    assert entries[0].detail["receipt_digest"] == hashlib.sha256(receipt.encode()).hexdigest()
    assert all(
        one.encode() not in entry.canonical
        for entry in entries
        for one in ("housing-1", HOUSING.thumbprint, HOUSING.public_jwk()["x"])
    )
    assert sent.doors.desk.log.verify().size == sent.doors.size()


def test_saying_it_again_changes_nothing(sent: Sent) -> None:
    """A client that never saw the answer sends it again, and is told the same."""
    first = sent.send(sent.signed())
    again = sent.send(sent.signed())

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()


def test_a_deputy_of_the_same_agency_speaks_for_her(sent: Sent) -> None:
    """A colleague who has the package may say so; one who only knows of it learns nothing."""
    guessed = sent.send(sent.signed(changed={"package_digest": "0" * 64}), "housing-2")
    assert guessed.status_code == 404
    assert sent.send(sent.signed(), "housing-2").status_code == 201


def test_to_everybody_else_there_is_no_such_package(sent: Sent) -> None:
    """Neither the holder nor another agency can say or read anything of it."""
    for who, kind in (("police-1", "police"), ("probation-1", "probation")):
        assert sent.send(sent.signed(key=SYSTEMS[kind]), who).status_code == 404
        assert sent.read(who).status_code == 404
    assert sent.read().json()["receipts"] == []


FORGED: Mapping[str, Callable[[Sent], str]] = {
    "another agency's system": lambda sent: sent.signed(key=SYSTEMS["police"]),
    "a key that nobody registered": lambda sent: sent.signed(key=SigningKey.generate()),
    "another package": lambda sent: sent.signed(changed={"package_digest": "0" * 64}),
    "another disclosure": lambda sent: sent.signed(changed={"disclosure_id": "0" * 32}),
    "another version": lambda sent: sent.signed(changed={"version": "marac-opened/2"}),
    "another state": lambda sent: sent.signed(changed={"state": "burnt"}),
    "an end without storing": lambda sent: sent.signed(changed={"until": "2026-11-10T10:00:00Z"}),
    "storing without an end": lambda sent: sent.signed(OpenedState.STORED),
    "storing for longer than allowed": lambda sent: sent.signed(
        OpenedState.STORED, until=_expiry(sent) + timedelta(seconds=1)
    ),
    "a time to come": lambda sent: sent.signed(changed={"at": "2030-01-01T00:00:00Z"}),
    "a time before it was sealed": lambda sent: sent.signed(changed={"at": "2020-01-01T00:00:00Z"}),
    "a time in another spelling": lambda sent: sent.signed(changed={"at": "2026-11-9T10:00:00Z"}),
    "one member more": lambda sent: sent.signed(changed={"more": "1"}),
    "a changed byte": lambda sent: sent.signed()[:-8] + "AAAAAAAA",
    "no signature": lambda sent: sent.signed().rpartition(".")[0] + ".",
    "a proof of possession": lambda sent: HOUSING.sign(
        {"typ": "dpop+jwt", "jwk": HOUSING.public_jwk()}, _claims(sent)
    ),
    "alg none": lambda sent: _unsigned(sent, "none"),
    "another algorithm": lambda sent: _unsigned(sent, "HS256"),
    "nonsense": lambda _: "x.y",
}


def _claims(sent: Sent) -> dict[str, object]:
    at = sent.doors.clock.now()
    return dict(receipt_claims(sent.disclosure, sent.digest, OpenedState.OPENED, at))


def _unsigned(sent: Sent, algorithm: str) -> str:
    """A receipt whose header says another algorithm; keyed with what everybody can see."""
    header = {"alg": algorithm, **receipt_header(HOUSING.public_jwk())}
    signed = f"{b64u(compact_json(header))}.{b64u(compact_json(_claims(sent)))}"
    key = compact_json(HOUSING.public_jwk())
    tag = b"" if algorithm == "none" else hmac.digest(key, signed.encode(), "sha256")
    return f"{signed}.{b64u(tag)}"


def test_a_receipt_that_is_not_hers_is_refused(sent: Sent) -> None:
    """Forged, altered, about something else or too good to be true: one sentence, nothing kept."""
    answers = {name: sent.send(forge(sent)) for name, forge in FORGED.items()}

    assert {name: one.status_code for name, one in answers.items()} == dict.fromkeys(FORGED, 422)
    assert all(one.json()["detail"].endswith(".") for one in answers.values())
    assert sent.read().json()["receipts"] == []


def test_what_is_never_opened_is_flagged_once(sent: Sent) -> None:
    """After five working days she and her lead have a task; opening it late does both."""
    desk, clock = sent.doors.desk, sent.doors.clock
    assert flag_unheard(desk) == 0
    clock.advance(timedelta(days=8))
    size = sent.doors.size()
    assert (flag_unheard(desk), flag_unheard(desk)) == (1, 0)

    (entry,) = sent.doors.since(size)
    assert (entry.kind, entry.detail["missing"]) == (EventKind.RECEIPT_OVERDUE, "not-opened")
    assert sent.tasks("housing-1") == ["LATE:not-opened"]
    assert sent.send(sent.signed()).status_code == 201
    assert sent.tasks("housing-1") == []
    assert desk.log.verify().size == sent.doors.size()


def test_what_was_opened_in_time_is_not_flagged(sent: Sent) -> None:
    """Whoever reported is left alone."""
    assert sent.send(sent.signed()).status_code == 201
    sent.doors.clock.advance(timedelta(days=8))

    assert flag_unheard(sent.doors.desk) == 0


def test_what_is_kept_beyond_its_time_is_flagged(sent: Sent) -> None:
    """A day after it was to be gone and nobody said so; the report that it is does the tasks."""
    assert sent.send(sent.signed()).status_code == 201
    _go_to(sent, _expiry(sent) + timedelta(days=5))
    assert flag_unheard(sent.doors.desk) == 1
    assert sent.tasks("housing-1") == ["LATE:not-deleted"]

    assert sent.send(sent.signed(OpenedState.DELETED)).status_code == 201
    tasks = sent.doors.call("GET", "/v1/tasks", "housing-1").json()["tasks"]
    assert {"LATE:not-deleted", "EXP"}.isdisjoint(one["obligation"] for one in tasks)
    assert flag_unheard(sent.doors.desk) == 0


def test_whoever_said_until_when_is_held_to_it(sent: Sent) -> None:
    """She stored it for three days: it is asked for after these, not after the package's term."""
    until = sent.doors.clock.now() + timedelta(days=3)
    assert sent.send(sent.signed(OpenedState.STORED, until=until)).status_code == 201
    sent.doors.clock.advance(timedelta(days=8))

    assert sent.doors.clock.now() < _expiry(sent)
    assert flag_unheard(sent.doors.desk) == 1
    assert sent.tasks("housing-1") == ["LATE:not-deleted"]


def test_what_is_flagged_is_the_leads_too(sent: Sent) -> None:
    """The IG lead of the recipient's agency has the same task."""
    sent.doors.clock.advance(timedelta(days=8))
    assert flag_unheard(sent.doors.desk) == 1
    lead = replace(
        a.requester(), practitioner_id=PractitionerId("lead-of-housing"), role=Role("ig-lead")
    )

    codes = [one.duty.code for one in sent.doors.desk.tasks.open_of(lead)]
    assert codes == ["LATE:not-opened"]
