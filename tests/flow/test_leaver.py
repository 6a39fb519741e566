"""A representative who has left: nothing is answered, sealed or delivered to her from that day."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broker.domain.errors import InvalidRequestError
from broker.domain.ids import PractitionerId, RequestId
from broker.domain.ledger import Receipt
from broker.domain.words import EventKind
from broker.service.register import Register
from broker.service.share import share
from redaction.service import RedactionService
from tests import builders as a
from tests.api.doors import Doors, open_doors
from tests.mailboxes import delivered, mailbox_server

HOUSING = PractitionerId("housing-1")


@pytest.fixture
def doors(database_url: str, tmp_path: Path, redactor: RedactionService) -> Iterator[Doors]:
    """The common case on file, the mailbox up; once on each database."""
    with (
        mailbox_server(tmp_path / "mailboxes") as mailbox,
        open_doors(database_url, tmp_path, redactor, mailbox_url=mailbox) as opened,
    ):
        yield opened


def test_an_ig_lead_records_who_has_left_her_agency(doors: Doors) -> None:
    """Of her own agency only; not herself; it is logged without a name, and can be undone."""
    path, size = "/v1/practitioners/police-1/departure", doors.size()
    today = doors.clock.now().date().isoformat()
    for stranger in ("lead-ben", "housing-1"):
        assert doors.call("POST", path, stranger, json={"left_on": today}).status_code == 404
    assert doors.call("GET", "/v1/keys", "police-1").status_code == 200

    done = doors.call("POST", path, "lead-ann", json={"left_on": today})
    assert (done.status_code, done.json()["left_on"]) == (201, today)
    assert doors.call("GET", "/v1/keys", "police-1").status_code == 401
    kinds = [one.kind for one in doors.since(size)]
    assert EventKind.PRACTITIONER_REGISTERED in kinds
    assert all(b"police-1" not in one.canonical for one in doors.since(size))

    assert doors.call("POST", path, "lead-ann", json={"left_on": None}).status_code == 201
    assert doors.call("GET", "/v1/keys", "police-1").status_code == 200
    herself = "/v1/practitioners/lead-ann/departure"
    assert doors.call("POST", herself, "lead-ann", json={"left_on": today}).status_code == 422


def leave(doors: Doors, days: int) -> None:
    """Put on file since which day housing-1 is not there any more."""
    desk = doors.desk
    person = desk.directory.practitioner(HOUSING)
    assert person is not None
    gone = replace(person, left_on=(doors.clock.now() + timedelta(days=days)).date())
    Register(desk.ledger, desk.cases, desk.clock).practitioner(gone)


def test_whoever_left_yesterday_is_a_stranger(doors: Doors) -> None:
    """Her token, her system and her key are as they were, and she is nobody here."""
    assert doors.call("GET", "/v1/keys").status_code == 200
    leave(doors, -1)

    assert doors.call("GET", "/v1/keys").status_code == 401
    assert doors.ask("request-0001").status_code == 401


def test_whoever_leaves_tomorrow_works_today(doors: Doors) -> None:
    """The day counts from its beginning, and not before."""
    leave(doors, 1)
    assert doors.ask("request-0001").status_code == 201

    doors.clock.advance(timedelta(days=1))
    assert doors.call("GET", "/v1/keys").status_code == 401


def test_nothing_is_released_to_whoever_has_left(doors: Doors) -> None:
    """A request that named her as the recipient while she was at the door finds nobody there."""
    asked = replace(a.share_request(), made_at=doors.clock.now())
    leave(doors, 0)

    with pytest.raises(InvalidRequestError, match="recipient"):
        share(doors.desk, a.requester(), asked)
    again = replace(asked, request_id=RequestId("request-0002"))
    leave(doors, 1)
    assert isinstance(share(doors.desk, a.requester(), again), Receipt)


def test_what_waits_for_whoever_has_left_does_not_leave(doors: Doors, tmp_path: Path) -> None:
    """A package on its way is stopped, and the log says why."""
    assert doors.ask("request-0001").status_code == 201
    leave(doors, 0)
    doors.deliver()

    assert delivered(tmp_path / "mailboxes") == []
    stopped = [one for one in doors.since(0) if one.kind is EventKind.DELIVERY_STOPPED]
    assert [one.detail["reason"] for one in stopped] == ["recipient-left"]
