"""Held records, from the verifier's hold to the recipient's hands, through the doors people take."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from broker.demo.systems.sql import build_database
from broker.domain.ids import CaseId
from broker.domain.words import EventKind, SubjectRole
from broker.ledger.tokens import case_tag
from broker.service.register import Register
from keys.opening import OpenedPackage, open_package
from redaction.service import RedactionService
from tests import builders as a
from tests.api.doors import Doors, open_doors
from tests.desk import NOTE
from tests.mailboxes import delivered, mailbox_server

HIDDEN = "wi lh el mi na th ro ss el l"
"""How the neighbour's name stands in the note: only the second look finds it."""
HELD_NOTE = f"{NOTE} The caller was {HIDDEN} from two doors down."
REVIEWS = "/v1/reviews"
CASE_TAG = case_tag(a.SALT, CaseId("MR-0417"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A broker whose police hold a note with a name that only the verifier finds."""

    doors: Doors
    mailboxes: Path

    def held(self, key: str = "request-0001", **changes: object) -> str:
        """Ask; return the review that comes of it."""
        before = {one["review_id"] for one in self.queue()}
        answer = self.doors.ask(key, categories=["incident-summary"], **changes)
        assert (answer.status_code, answer.json()["status"]) == (202, "held")
        (review,) = (one for one in self.queue() if one["review_id"] not in before)
        return str(review["review_id"])

    def queue(self, who: str = "police-1") -> list[dict[str, Any]]:
        """What waits for somebody."""
        answer = self.doors.call("GET", REVIEWS, who)
        assert answer.status_code == 200
        found: list[dict[str, Any]] = answer.json()["reviews"]
        return found

    def look(self, review: str, who: str = "police-1") -> dict[str, Any]:
        """One of them."""
        answer = self.doors.call("GET", f"{REVIEWS}/{review}", who)
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    def take_out(self, review: str, who: str = "police-1") -> dict[str, Any]:
        """Take out every flagged place."""
        taken = [
            {
                "item": text["item"],
                "order": text["order"],
                "start": flag["start"],
                "end": flag["end"],
                "reason": "informant-identity",
            }
            for text in self.look(review, who)["texts"]
            for flag in text["flagged"]
        ]
        answer = self.edit(review, who, taken_out=taken)
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    def edit(self, review: str, who: str = "police-1", **edits: object) -> httpx.Response:
        """Put edits in place of those there are."""
        return self.doors.call("PUT", f"{REVIEWS}/{review}/edits", who, json=edits)

    def release(self, review: str, digest: str, who: str = "police-1") -> httpx.Response:
        """Say yes."""
        return self.doors.call("POST", f"{REVIEWS}/{review}/release", who, json={"digest": digest})

    def refuse(self, review: str, who: str = "police-1", because: str = "No.") -> httpx.Response:
        """Say no."""
        return self.doors.call("POST", f"{REVIEWS}/{review}/refuse", who, json={"because": because})

    def of_case(self) -> list[EventKind]:
        """What the case's own chain says happened."""
        return [one.kind for one in self.doors.desk.log.entries_of_case(CASE_TAG)]

    def open(self, disclosure: str) -> OpenedPackage:
        """Open what lies in housing's mailbox."""
        furnished = self.doors.furnished
        return open_package(
            (self.mailboxes / "ashmere-housing-la" / disclosure).read_bytes(),
            furnished.private_key,
            [furnished.broker_key],
            now=self.doors.clock.now(),
            expected_disclosure=disclosure,
        )


@pytest.fixture
def town(database_url: str, tmp_path: Path, redactor: RedactionService) -> Iterator[Town]:
    """The police's note on file, the mailbox up; once on each database."""
    police = build_database(tmp_path / "police.sqlite", (a.item(HELD_NOTE),))
    with (
        mailbox_server(tmp_path / "mailboxes") as mailbox,
        open_doors(
            database_url,
            tmp_path,
            redactor,
            mailbox_url=mailbox,
            connectors={"version": 1, "connectors": {"ashmere-police": police}},
        ) as doors,
    ):
        informant = a.person(SubjectRole.INFORMANT, "Wilhelmina Throssell")
        case = a.case(version=2, people=(*a.case().people, informant))
        Register(doors.desk.ledger, doors.desk.cases, doors.clock).case(case)
        yield Town(doors=doors, mailboxes=tmp_path / "mailboxes")


def test_a_held_record_leaves_once_a_person_took_out_what_held_it(town: Town) -> None:
    """Queued, seen, edited, released, delivered and opened; and every step is in the case's log."""
    review = town.held()
    shown = town.look(review)
    assert not shown["releasable"]
    (text,) = (one for one in shown["texts"] if one["flagged"])
    (flag,) = text["flagged"]
    assert (flag["kind"], flag["explainable"], flag["open"]) == ("party-name", False, True)
    assert text["text"][flag["start"] : flag["end"]] == HIDDEN

    edited = town.take_out(review)
    assert edited["releasable"]
    assert HIDDEN not in str([one["leaves"] for one in edited["texts"]])
    answer = town.release(review, edited["digest"])
    assert (answer.status_code, answer.json()["status"]) == (201, "released")
    disclosure = answer.json()["disclosure_id"]
    assert delivered(town.mailboxes) == []

    assert town.doors.deliver() == 1
    content = town.open(disclosure).content
    plain = str([asdict(one) for one in content.items])
    assert "front desk" in plain
    for hidden in (HIDDEN, "Larch Court", "900461", "Pettifer"):
        assert hidden not in plain
    assert ("informant-identity", 1) in [(one.reason, one.count) for one in content.removed]
    assert town.of_case()[-8:] == [
        EventKind.HELD_FOR_PERSON,
        EventKind.REVIEW_READ,
        EventKind.REVIEW_READ,
        EventKind.REVIEW_EDITED,
        EventKind.DECISION,
        EventKind.REVIEW_RELEASED,
        EventKind.DISCLOSURE,
        EventKind.DELIVERED,
    ]
    # To the requester it is an answer like any other, asked for again under the same key.
    again = town.doors.ask("request-0001", categories=["incident-summary"])
    assert (again.status_code, again.json()["disclosure_id"]) == (201, disclosure)
    assert town.queue() == []
    assert town.doors.furnished.store.log.verify().size == town.doors.size()
