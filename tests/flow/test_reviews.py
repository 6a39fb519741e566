"""Held records, from the hold to the recipient's hands, through the doors that people take."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from broker.domain.words import EventKind
from redaction.service import RedactionService
from tests.mailboxes import delivered
from tests.reviews import HIDDEN, Town, reviewing_town


@pytest.fixture
def town(database_url: str, tmp_path: Path, redactor: RedactionService) -> Iterator[Town]:
    """A broker of the test's own, once on each database."""
    with reviewing_town(database_url, tmp_path, redactor) as opened:
        yield opened


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
