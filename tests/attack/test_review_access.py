"""Nobody but the holder's own people, tied to nobody in the case, learns that a record waits."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from broker.domain.ids import CaseId, PractitionerId, Role
from broker.domain.people import Practitioner
from broker.domain.words import EventKind
from broker.service.register import Register
from redaction.service import RedactionService
from tests import builders as a
from tests.api.doors import new_sqlite
from tests.reviews import REVIEWS, Town, reviewing_town

NOBODYS = "0" * 32
POLICE = a.practitioner("police-1", "police", name="Bran Oake")
CASE = CaseId("MR-0417")


@pytest.fixture(scope="module")
def town(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, redactor: RedactionService
) -> Iterator[Town]:
    """A broker that the tests of this module share."""
    folder = tmp_path_factory.mktemp("town")
    with reviewing_town(new_sqlite(migrated_sqlite, folder), folder, redactor) as opened:
        yield opened


@pytest.fixture(scope="module")
def held(town: Town) -> str:
    """A record that waits for the police."""
    return town.held("request-0001")


def _register(town: Town, *people: Practitioner) -> None:
    desk = town.doors.desk
    for one in people:
        Register(desk.ledger, desk.cases, desk.clock).practitioner(one)


def _calls(town: Town, review: str, who: str) -> list[httpx.Response]:
    """Everything that can be tried with a review."""
    digest = {"digest": "0" * 64}
    return [
        town.doors.call("GET", f"{REVIEWS}/{review}", who),
        town.edit(review, who, left_out=[{"item": 0, "order": 2}]),
        town.doors.call("POST", f"{REVIEWS}/{review}/release", who, json=digest),
        town.refuse(review, who),
    ]


@pytest.mark.parametrize("who", ["housing-1", "probation-1", "idva-1", "sysadmin-1"])
def test_whose_record_it_is_not_is_told_of_none(town: Town, held: str, who: str) -> None:
    """Requester, recipient, advocate, another agency, an administrator: as if it were not there."""
    for theirs, nobodys in zip(_calls(town, held, who), _calls(town, NOBODYS, who), strict=True):
        assert theirs.status_code == 404
        assert theirs.content == nobodys.content
    queue = town.doors.call("GET", REVIEWS, who)
    assert queue.status_code == 404 or queue.json()["reviews"] == []
    assert held in [one["review_id"] for one in town.queue()]


CONFLICTS = {
    "declared": replace(POLICE, declared_conflicts=(CASE,)),
    "his-phone": replace(POLICE, phones=("+44 7700 900123",)),
    "her-home": replace(POLICE, addresses=(a.victim().addresses[0],)),
    "his-namesake": replace(POLICE, name="Devan Ellwood"),
}


@pytest.mark.parametrize("tie", sorted(CONFLICTS))
def test_an_officer_tied_to_the_case_reviews_nothing_of_it(town: Town, held: str, tie: str) -> None:
    """The abuser may be the reviewer: his queue is empty, and that he looked is logged."""
    _register(town, CONFLICTS[tie])
    try:
        assert town.queue() == []
        size = town.doors.size()
        theirs, nobodys = (
            town.doors.call("GET", f"{REVIEWS}/{one}", "police-1") for one in (held, NOBODYS)
        )
        assert (theirs.status_code, theirs.content) == (404, nobodys.content)
        tried, _ = town.doors.since(size)
        assert tried.kind is EventKind.REQUEST_REJECTED
        assert tried.case_tag is not None  # The advocate reads of the attempt.
    finally:
        _register(town, POLICE)


@pytest.mark.parametrize("role", ["auditor", "sysadmin-no-content", "offender-manager", "dpo"])
def test_a_role_that_answers_for_no_record_reviews_none(town: Town, held: str, role: str) -> None:
    """Being at the holder is not enough: the role must be one that answers for its records."""
    _register(town, replace(POLICE, role=Role(role)))
    try:
        assert town.doors.call("GET", REVIEWS, "police-1").status_code == 404
        assert all(one.status_code == 404 for one in _calls(town, held, "police-1"))
    finally:
        _register(town, POLICE)


@pytest.mark.parametrize("hidden", ["shielded", "employee_case"])
def test_a_hidden_case_is_reviewed_by_its_handlers_only(
    migrated_sqlite: Path, tmp_path: Path, redactor: RedactionService, hidden: str
) -> None:
    """A case that is closed to the office after it was held is closed to its reviewers too."""
    with reviewing_town(new_sqlite(migrated_sqlite, tmp_path), tmp_path, redactor) as town:
        review = town.held()
        desk, doors = town.doors.desk, town.doors
        case = desk.cases.case(CASE)
        assert case is not None
        handled = replace(case, version=3, handlers=(PractitionerId("lead-ann"),))
        closed = (
            replace(handled, shielded=True)
            if hidden == "shielded"
            else replace(handled, employee_case=True)
        )
        Register(desk.ledger, desk.cases, doors.clock).case(closed)

        assert town.queue() == []
        assert doors.call("GET", f"{REVIEWS}/{review}", "police-1").status_code == 404
        assert [one["review_id"] for one in town.queue("lead-ann")] == [review]


def test_nobody_reviews_what_they_asked_for_themselves(town: Town) -> None:
    """An officer who sends what the police hold to housing does not let it through as well."""
    sent = town.doors.ask(
        "request-0077", "police-1", purpose="marac-research", categories=["incident-summary"]
    )
    assert sent.json()["status"] == "held"
    waiting = {one["review_id"] for one in town.queue("lead-ann")}
    own = waiting - {one["review_id"] for one in town.queue("police-1")}

    assert len(own) == 1
    (review,) = own
    assert all(one.status_code == 404 for one in _calls(town, review, "police-1"))
    assert town.look(review, "lead-ann")["permitted"]
