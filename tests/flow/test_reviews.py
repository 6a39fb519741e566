"""Held records, from the hold to the recipient's hands, through the doors that people take."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest

from broker.domain.ids import CaseId
from broker.domain.words import EventKind, SubjectRole
from broker.service.register import Register
from broker.service.review_watch import see_to_reviews
from keys.recipient import RecipientPrivateKey
from redaction.service import RedactionService
from tests.desk import recipient_key
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


def test_what_may_reach_the_perpetrators_side_needs_two_people(town: Town) -> None:
    """For probation one yes is not enough, the same person's second yes is none, and then it is."""
    doors = town.doors
    desk, key = doors.desk, RecipientPrivateKey.generate()
    Register(desk.ledger, desk.cases, doors.clock).key(
        recipient_key(key, "probation-1", "probation")
    )
    review = town.held(by="probation-1", recipient="probation-1")
    assert town.look(review)["people_needed"] == 2
    digest = town.take_out(review)["digest"]
    for _ in range(2):
        first = town.release(review, digest)
        assert (first.status_code, first.json()["status"]) == (201, "second-person")
    assert doors.deliver() == 0
    assert town.queue("lead-ann")[0]["approvals"] == 1

    second = town.release(review, digest, "lead-ann")
    assert second.json()["status"] == "released"
    assert second.json() == town.release(review, digest, "lead-ann").json()
    assert town.of_case().count(EventKind.REVIEW_APPROVED) == 1
    assert town.of_case().count(EventKind.REVIEW_RELEASED) == 1
    assert town.of_case().count(EventKind.DISCLOSURE) == 1
    assert doors.deliver() == 1


def test_what_nobody_looks_at_becomes_a_task_and_then_is_destroyed(town: Town) -> None:
    """Due, overdue, a lead is told; at its term it is gone, and the requester hears nothing."""
    doors = town.doors
    review = town.held()
    assert _tasks(town, "police-1") == [("HELD", "open")]
    assert see_to_reviews(doors.desk) == 0

    doors.clock.advance(timedelta(days=2))
    assert (see_to_reviews(doors.desk), see_to_reviews(doors.desk)) == (1, 0)
    assert [(one["review_id"], one["state"]) for one in town.queue()] == [(review, "overdue")]
    assert _tasks(town, "police-1") == [("HELD", "overdue")]
    assert _tasks(town, "lead-ann") == [("HELD:late", "open")]
    (late,) = doors.call("GET", "/v1/tasks", "lead-ann").json()["tasks"]
    noted = doors.call(
        "POST", f"/v1/tasks/{late['task_id']}/done", "lead-ann", json={"evidence": "Done."}
    )
    assert noted.status_code == 422  # Only looking at the record does it.

    doors.clock.advance(timedelta(days=30))
    assert (see_to_reviews(doors.desk), see_to_reviews(doors.desk)) == (1, 0)
    assert town.queue() == []
    assert _tasks(town, "police-1") == _tasks(town, "lead-ann") == []
    assert town.of_case()[-2:] == [EventKind.REVIEW_OVERDUE, EventKind.REVIEW_EXPIRED]
    assert doors.ask("request-0001", categories=["incident-summary"]).status_code == 404
    assert doors.furnished.store.log.verify().size == doors.size()


def test_what_was_answered_some_other_way_waits_no_longer(town: Town) -> None:
    """Asked again once the case is mended, it is released as usual, and what was held is gone."""
    doors, review = town.doors, town.held()
    case = doors.desk.cases.case(CaseId("MR-0417"))
    assert case is not None
    people = tuple(one for one in case.people if one.role is not SubjectRole.INFORMANT)
    Register(doors.desk.ledger, doors.desk.cases, doors.clock).case(
        replace(case, version=case.version + 1, people=people)
    )
    answer = doors.ask("request-0001", categories=["incident-summary"])
    assert answer.status_code == 201

    digest = town.look(review)["digest"]
    assert town.release(review, digest).json()["disclosure_id"] == answer.json()["disclosure_id"]
    assert see_to_reviews(doors.desk) == 1
    assert town.queue() == []
    assert town.of_case()[-1] is EventKind.REVIEW_EXPIRED
    assert town.of_case().count(EventKind.DISCLOSURE) == 1
    again = doors.ask("request-0001", categories=["incident-summary"])
    assert again.json()["disclosure_id"] == answer.json()["disclosure_id"]


def test_her_advocate_reads_what_became_of_it(town: Town) -> None:
    """Each step is a sentence in the client's timeline, in words and without anybody's name."""
    review = town.held()
    town.release(review, town.take_out(review)["digest"])
    found = town.doors.call("GET", "/v1/cases/MR-0417/timeline", "idva-1").json()["events"]
    said = [one["sentence"] for one in found if one["kind"].startswith("review-")]

    assert said == [
        "Police looked at the record that was held back.",
        "Police took more out of the record that was held back.",
        "Police looked at it and said that it may leave.",
    ]


def _tasks(town: Town, who: str) -> list[tuple[str, str]]:
    found = town.doors.call("GET", "/v1/tasks", who).json()["tasks"]
    return [(one["obligation"], one["state"]) for one in found]
