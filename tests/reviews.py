"""What the tests of held records share: a town whose police hold a note that the verifier stops."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from broker.demo.systems.sql import build_database
from broker.domain.ids import CaseId
from broker.domain.people import Person
from broker.domain.ports import Redactor
from broker.domain.words import EventKind, SubjectRole
from broker.ledger.tokens import case_tag
from broker.service.register import Register
from keys.opening import OpenedPackage, open_package
from tests import builders as a
from tests.api.doors import Doors, open_doors
from tests.desk import NOTE
from tests.mailboxes import mailbox_server

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

    def held(self, key: str = "request-0001", by: str = "housing-1", **changes: object) -> str:
        """Ask; return the review that comes of it."""
        before = {one["review_id"] for one in self.queue()}
        answer = self.doors.ask(key, by, categories=["incident-summary"], **changes)
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

    def edit(self, review: str, by: str = "police-1", **edits: object) -> httpx.Response:
        """Put edits in place of those there are."""
        return self.doors.call("PUT", f"{REVIEWS}/{review}/edits", by, json=edits)

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


@contextmanager
def reviewing_town(
    url: str,
    folder: Path,
    redactor: Redactor,
    *,
    note: str = HELD_NOTE,
    people: tuple[Person, ...] = (),
) -> Iterator[Town]:
    """The police's note on file, its informant in the case, the mailbox up."""
    police = build_database(folder / "police.sqlite", (a.item(note),))
    with (
        mailbox_server(folder / "mailboxes") as mailbox,
        open_doors(
            url,
            folder,
            redactor,
            mailbox_url=mailbox,
            connectors={"version": 1, "connectors": {"ashmere-police": police}},
        ) as doors,
    ):
        informant = a.person(SubjectRole.INFORMANT, "Wilhelmina Throssell")
        case = a.case(version=2, people=(*a.case().people, informant, *people))
        Register(doors.desk.ledger, doors.desk.cases, doors.clock).case(case)
        yield Town(doors=doors, mailboxes=folder / "mailboxes")
