from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from broker.domain.changes import FinishTask, MarkAcknowledged, PutCase
from broker.domain.errors import InvalidRequestError, LedgerVerificationError
from broker.domain.ids import AgencyId, PractitionerId, RequestId, Role
from broker.domain.request import Requester
from broker.domain.task import Task, TaskId, TaskState
from broker.ledger import events
from broker.storage import Store
from broker.storage.tables import metadata
from tests import builders
from tests.builders import NOW
from tests.contract.county import disclose, draft, package, settle

IDVA = builders.requester("idva-1", "idva-service")
HOUSING = builders.requester()
POLICE_IG = replace(builders.requester("police-9", "police"), role=Role("ig-lead"))
TABLE = metadata.tables["tasks"]


def decide(store: Store, *codes: str, request_id: str = "request-0001", **changes: object) -> None:
    """Record a decision with these obligations."""
    ruling = builders.ruling(obligations=codes)
    permit = builders.permit(builders.share_request(request_id), ruling, **changes)
    store.ledger.record_decision(permit)


def codes_of(store: Store, requester: Requester) -> list[str]:
    """What somebody has to do, in its order."""
    return [one.duty.code for one in store.tasks.open_of(requester)]


def finish(store: Store, task: Task, by: Requester = IDVA) -> None:
    """Note that it is done."""
    salt = store.cases.broker_salt()
    change = FinishTask(task_id=task.task_id, at=NOW, evidence="Told her on the safe number.")
    store.ledger.record(events.task_done(task, by, salt, NOW), change)


def test_what_a_decision_asks_for_is_on_the_lists_of_those_it_asks(store: Store) -> None:
    """The advocate, another agency's lead, and nobody else: written with the decision's entry."""
    settle(store)
    decide(store, "NTF:urgent", "IG")

    (told,) = store.tasks.open_of(IDVA)
    (review,) = store.tasks.open_of(POLICE_IG)
    assert (told.duty.code, review.duty.code) == ("NTF:urgent", "IG")
    assert told.entry == review.entry == 4
    entry = store.log.entry(told.entry)
    assert entry is not None
    assert told.case_tag == entry.case_tag
    for other in (
        HOUSING,
        builders.requester("idva-2", "idva-service"),
        replace(POLICE_IG, agency_id=AgencyId("ashmere-housing-la")),
        replace(POLICE_IG, role=Role("agency-spoc")),
    ):
        assert store.tasks.open_of(other) == ()
        assert store.tasks.task_of(other, told.task_id) is None
    store.log.verify()


def test_a_case_handed_over_takes_its_tasks_along(store: Store) -> None:
    """The new advocate sees what the old one left, and the old one no longer does."""
    settle(store)
    decide(store, "NTF")
    case = builders.case(version=2, advocate=PractitionerId("idva-2"))
    store.ledger.record(events.case_recorded(case, NOW), PutCase(case=case))

    assert codes_of(store, IDVA) == []
    assert codes_of(store, builders.requester("idva-2", "idva-service")) == ["NTF"]


def test_a_request_asked_again_makes_no_second_task(store: Store) -> None:
    """The same request under the same key is the same duty, however often it is decided."""
    settle(store)
    for _ in range(3):
        decide(store, "NTF")
    decide(store, "NTF", "SRV", "IG")

    assert codes_of(store, IDVA) == ["NTF"]
    assert codes_of(store, POLICE_IG) == ["IG"]
    store.log.verify()


def test_nobody_reviews_what_they_asked_for_themselves(store: Store) -> None:
    """A lead's own request is on the list of their office, and not for their own eyes."""
    settle(store)
    asker = replace(POLICE_IG, agency_id=AgencyId("ashmere-idva-service"))
    decide(store, "IG", requester=asker)

    colleague = replace(POLICE_IG, practitioner_id=PractitionerId("police-8"))
    assert codes_of(store, colleague) == ["IG"]
    same_person = replace(asker, agency_id=AgencyId("ashmere-police"))
    assert codes_of(store, same_person) == []
    (task,) = store.tasks.open_of(colleague)
    assert store.tasks.task_of(same_person, task.task_id) is None


def test_the_acknowledgement_is_what_meets_its_task(store: Store) -> None:
    """Opening and acknowledging a package is the evidence; nobody has to say it a second time."""
    settle(store)
    receipt = disclose(store)
    assert codes_of(store, HOUSING) == ["ACK"]
    mark = MarkAcknowledged(disclosure_id=receipt.disclosure_id, at=NOW)
    entry = store.ledger.record(events.acknowledged(receipt, NOW), mark)

    assert codes_of(store, HOUSING) == []
    (done,) = store.tasks.done_of(HOUSING)
    assert (done.done_at, done.done_entry, done.evidence) == (NOW, entry.index, None)
    assert done.state_at(NOW) is TaskState.DONE


def test_done_is_noted_once_with_its_evidence(store: Store) -> None:
    """What was done is on file with its note and its entry, and cannot be done again."""
    settle(store)
    decide(store, "NTF")
    (task,) = store.tasks.open_of(IDVA)
    finish(store, task)

    assert store.tasks.open_of(IDVA) == ()
    (done,) = store.tasks.done_of(IDVA)
    assert done.evidence == "Told her on the safe number."
    assert done.done_entry == 5
    with pytest.raises(InvalidRequestError, match="done already"):
        finish(store, task)
    checkpoint = store.log.verify()
    assert checkpoint.size == 6


def test_overdue_comes_first(store: Store) -> None:
    """What should have been done yesterday stands above what is due tomorrow."""
    settle(store)
    decide(store, "NTF", request_id="request-0001")
    decide(store, "NTF:urgent", request_id="request-0002")

    urgent, told = store.tasks.open_of(IDVA)
    assert (urgent.duty.code, told.duty.code) == ("NTF:urgent", "NTF")
    later = NOW + timedelta(minutes=1)
    assert urgent.state_at(later) is TaskState.OVERDUE
    assert told.state_at(later) is TaskState.OPEN


def test_no_such_task_cannot_be_done(store: Store) -> None:
    """Nothing is logged as done that nobody had to do."""
    change = FinishTask(task_id=TaskId("0" * 32), at=NOW, evidence="done")

    with pytest.raises(InvalidRequestError, match="No such task"):
        store.ledger.record(draft(), change)
    assert store.log.checkpoint() is None


def test_a_refused_release_makes_no_task(store: Store) -> None:
    """Where the case changed meanwhile nothing is released, and nobody has to acknowledge it."""
    settle(store)
    permit = builders.permit()
    store.ledger.record_decision(permit)
    case = builders.case(version=2)
    store.ledger.record(events.case_recorded(case, NOW), PutCase(case=case))

    with pytest.raises(Exception, match="case has changed"):
        store.ledger.record_disclosure(package(permit))
    assert codes_of(store, HOUSING) == []


@pytest.mark.parametrize("column", ["done_at", "done_entry", "evidence", "due_at", "owner"])
def test_a_task_that_was_tampered_with_is_found(store: Store, column: str) -> None:
    """Nobody can make a duty look done, later or somebody else's without the log saying so."""
    settle(store)
    decide(store, "NTF")
    (task,) = store.tasks.open_of(IDVA)
    if column not in ("due_at", "owner"):
        finish(store, task)
    with store.engines[0].begin() as connection:
        row = connection.execute(select(TABLE)).one()
        changed = {
            "done_at": NOW + timedelta(days=1),
            "done_entry": 0,
            "evidence": bytes(len(row.evidence or b"")),
            "due_at": NOW + timedelta(days=1),
            "owner": "0" * 64,
        }[column]
        connection.execute(TABLE.update().values({column: changed}))

    with pytest.raises(LedgerVerificationError):
        store.log.verify()


def test_marking_a_task_done_behind_the_log_s_back_is_found(store: Store) -> None:
    """A row that says done and an entry that does not: the entry is believed."""
    settle(store)
    decide(store, "NTF")
    with store.engines[0].begin() as connection:
        connection.execute(TABLE.update().values(done_at=NOW))

    with pytest.raises(LedgerVerificationError):
        store.log.verify()


def test_what_was_noted_stands_readable_in_no_table(store: Store) -> None:
    """Neither the sentence nor the note of a task can be read in the database."""
    settle(store)
    decide(store, "NTF")
    (task,) = store.tasks.open_of(IDVA)
    finish(store, task)

    with store.engines[0].begin() as connection:
        row = connection.execute(select(TABLE)).one()
        written = b"|".join(one if isinstance(one, bytes) else str(one).encode() for one in row)
    assert b"NTF" in written  # The search itself works.
    for word in (b"safe number", b"timeline", b"MR-0417", b"idva-1"):
        assert word not in written


def test_emergency_releases_of_one_person_are_counted(store: Store) -> None:
    """Other requests of theirs since a moment count; the one being asked again does not."""
    settle(store)
    for number in range(3):
        disclose(store, f"request-000{number}", purpose="marac-emergency")
    disclose(store, "request-0009")
    by, month = PractitionerId("housing-1"), timedelta(days=30)

    count = store.log.emergencies
    assert count(by, NOW - month, RequestId("request-0100")) == 3
    assert count(by, NOW - month, RequestId("request-0001")) == 2
    assert count(by, NOW + timedelta(microseconds=1), RequestId("request-0100")) == 0
    assert count(PractitionerId("housing-2"), NOW - month, RequestId("request-0001")) == 0
