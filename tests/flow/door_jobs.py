"""The tables of what no caller asks for: what is put on file, and what runs by itself."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

from broker.domain.ids import AgencyId, Thumbprint
from broker.domain.people import AgencySystem
from broker.domain.words import EventKind as Kind
from broker.service import alert_watch, deliver, opened_watch, reject, review_watch
from broker.service.policy_change import publish_policy
from broker.service.policy_watch import PolicyWatch
from broker.service.register import Register
from broker.service.rejections import SOURCE_ENTRIES
from broker.service.retention_months import begin_month
from broker.service.retention_watch import RetentionWatch
from broker.service.rules import RulesInForce
from broker.storage.tables import policy_publications
from connectors.tokens import SigningKey
from keys.recipient import RecipientPrivateKey
from tests import builders as a
from tests.attack.test_policy_publication import change_row
from tests.contract.test_witnessing import eyes, witnessing
from tests.desk import recipient_key
from tests.erasures import YEARS
from tests.flow.door_tables import Door, Walk
from tests.leads import ANN, approved, lead, pack

PATIENCE_SECONDS = 60.0
Loop = Callable[[threading.Event], None]


def _runs(walk: Walk, loop: Loop, entries: int) -> None:
    """Run a job as a broker does, until the log has grown by so many entries."""
    until, size, stopped = time.monotonic() + PATIENCE_SECONDS, walk.doors.size(), threading.Event()
    thread = threading.Thread(target=loop, args=(stopped,))
    thread.start()
    while walk.doors.size() < size + entries and time.monotonic() < until:
        time.sleep(0.01)
    stopped.set()
    thread.join(PATIENCE_SECONDS)


def _register(walk: Walk) -> Register:
    desk = walk.doors.desk
    return Register(desk.ledger, desk.cases, desk.clock)


def _system(walk: Walk) -> None:
    thumbprint = Thumbprint(SigningKey.generate().thumbprint)
    agency = AgencyId("ashmere-police")
    _register(walk).system(AgencySystem(thumbprint=thumbprint, agency_id=agency, name="second"))


REGISTER = (
    Door(
        name="agency",
        walk=lambda walk: _register(walk).agency(a.agency("education")),
        leaves=(Kind.AGENCY_REGISTERED,),
    ),
    Door(
        name="practitioner",
        walk=lambda walk: _register(walk).practitioner(a.practitioner("police-2", "police")),
        leaves=(Kind.PRACTITIONER_REGISTERED,),
    ),
    Door(name="system", walk=_system, leaves=(Kind.SYSTEM_REGISTERED,)),
    Door(
        name="key",
        walk=lambda walk: _register(walk).key(
            recipient_key(RecipientPrivateKey.generate(), "police-2", "police")
        ),
        leaves=(Kind.KEY_REGISTERED,),
    ),
    Door(
        name="case",
        walk=lambda walk: _register(walk).case(a.case("MR-0500", salt=bytes(range(3, 35)))),
        leaves=(Kind.CASE_RECORDED,),
    ),
    Door(
        name="meeting",
        walk=lambda walk: _register(walk).meeting(a.meeting(meeting_id="ashmere-2026-12")),
        leaves=(Kind.MEETING_LISTED,),
    ),
)


def _alert(walk: Walk) -> None:
    walk.doors.ask("request-0009", "housing-2", recipient="housing-2")
    _runs(walk, lambda stopped: alert_watch.watch_log_until(walk.doors.desk, stopped), 1)


def _ask(walk: Walk, key: str) -> None:
    assert walk.doors.ask(key, categories=["risk-assessment"]).status_code == 201


def _deliver(walk: Walk) -> None:
    _runs(walk, lambda stopped: deliver.deliver_until(walk.doors.desk, stopped), 1)


def _delivered(walk: Walk) -> None:
    _ask(walk, "request-0001")
    _deliver(walk)


def _not_delivered(walk: Walk) -> None:
    _register(walk).agency(a.agency("housing-la", mailbox_url="http://127.0.0.1:9"))
    _ask(walk, "request-0002")
    _deliver(walk)


def _stopped(walk: Walk) -> None:
    moved = a.practitioner(agency_id=AgencyId("ashmere-probation"))
    _register(walk).practitioner(moved)
    walk.doors.clock.advance(timedelta(minutes=10))
    _deliver(walk)
    _register(walk).practitioner(a.practitioner())


def _cosigned(walk: Walk) -> None:
    store, stopped = walk.doors.furnished.store, threading.Event()
    with eyes(Path(walk.told["folder"]), store, 1) as up:
        watch = witnessing(store, up, needed=1)
        thread = threading.Thread(target=watch.until, args=(stopped,))
        thread.start()
        while not any(one.witness.newest(store.log.key.origin) for one in up):
            time.sleep(0.01)
        stopped.set()
        thread.join(PATIENCE_SECONDS)


def _unseen(walk: Walk) -> None:
    assert walk.doors.ask("request-0003", categories=["incident-summary"]).status_code == 202
    for days in (3, 30):
        walk.doors.clock.advance(timedelta(days=days))
        _runs(walk, lambda stopped: review_watch.see_to_reviews_until(walk.doors.desk, stopped), 1)


def _unheard(walk: Walk) -> None:
    _runs(walk, lambda stopped: opened_watch.flag_unheard_until(walk.doors.desk, stopped), 1)


def _counted(walk: Walk) -> None:
    stopped = threading.Event()
    for _ in range(SOURCE_ENTRIES + 1):
        answer = walk.doors.http.get(f"{walk.doors.base_url}/v1/tasks")
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    stopped.set()
    thread = threading.Thread(target=reject.note_counted_until, args=(walk.doors.desk, stopped))
    thread.start()
    thread.join(PATIENCE_SECONDS)


def _policy_watch(walk: Walk, entries: int) -> None:
    desk = walk.doors.desk
    assert isinstance(desk.rules, RulesInForce)
    _runs(walk, PolicyWatch(desk.rules, desk.shelf, desk.clock).until, entries)


def _scheduled(walk: Walk, number: int) -> None:
    desk = walk.doors.desk
    version = approved(desk, pack(number))
    publish_policy(desk, lead(ANN), version, desk.clock.now() + timedelta(hours=1))
    walk.doors.clock.advance(timedelta(hours=2))


def _comes_into_force(walk: Walk) -> None:
    _scheduled(walk, 1)
    _policy_watch(walk, 1)


def _is_refused(walk: Walk) -> None:
    _scheduled(walk, 2)
    change_row(walk.doors.furnished, policy_publications, 2, version="0" * 64)
    _policy_watch(walk, 1)


def _has_its_reviews_due(walk: Walk) -> None:
    walk.doors.clock.advance(timedelta(days=800))
    _policy_watch(walk, 1)


def _retention(walk: Walk) -> None:
    watch = RetentionWatch(walk.doors.desk.keeping)
    walk.doors.clock.advance(YEARS)
    _runs(walk, watch.until, 1)


SCHEDULED = (
    Kind.POLICY_DRAFTED,
    Kind.POLICY_SUBMITTED,
    Kind.POLICY_APPROVED,
    Kind.POLICY_PUBLISHED,
)
JOBS = (
    Door(
        name="alert_watch.watch_log_until",
        walk=_alert,
        leaves=(Kind.DECISION, Kind.ALERT_RAISED),
    ),
    Door(
        name="deliver.deliver_until",
        walk=_delivered,
        leaves=(Kind.DECISION, Kind.DISCLOSURE, Kind.DELIVERED),
    ),
    Door(
        name="deliver.deliver_until",
        walk=_not_delivered,
        leaves=(Kind.AGENCY_REGISTERED, Kind.DECISION, Kind.DISCLOSURE, Kind.DELIVERY_FAILED),
    ),
    Door(
        name="deliver.deliver_until",
        walk=_stopped,
        leaves=(
            Kind.PRACTITIONER_REGISTERED,
            Kind.DELIVERY_STOPPED,
            Kind.PRACTITIONER_REGISTERED,
        ),
    ),
    Door(
        name="witnessing.Witnessing.until",
        walk=_cosigned,
        because="a cosignature stands beside a checkpoint that is there, and is about nobody",
    ),
    Door(
        name="review_watch.see_to_reviews_until",
        walk=_unseen,
        leaves=(Kind.DECISION, Kind.HELD_FOR_PERSON, Kind.REVIEW_OVERDUE, Kind.REVIEW_EXPIRED),
    ),
    Door(
        name="opened_watch.flag_unheard_until",
        walk=_unheard,
        leaves=(Kind.RECEIPT_OVERDUE, Kind.RECEIPT_OVERDUE),
    ),
    Door(
        name="reject.note_counted_until",
        walk=_counted,
        leaves=(*(Kind.REQUEST_REJECTED,) * SOURCE_ENTRIES, Kind.REJECTIONS_COUNTED),
    ),
    Door(
        name="policy_watch.PolicyWatch.until",
        walk=_comes_into_force,
        leaves=(*SCHEDULED, Kind.POLICY_IN_FORCE),
    ),
    Door(
        name="policy_watch.PolicyWatch.until",
        walk=_is_refused,
        leaves=(*SCHEDULED, Kind.POLICY_REFUSED),
    ),
    Door(
        name="policy_watch.PolicyWatch.until",
        walk=_has_its_reviews_due,
        leaves=(Kind.POLICY_ALARM,),
    ),
    Door(
        name="retention_watch.RetentionWatch.until",
        walk=lambda walk: begin_month(walk.doors.desk.keeping),
        leaves=(Kind.KEYS_REWRAPPED, Kind.PERIOD_BEGUN),
    ),
    Door(
        name="retention_watch.RetentionWatch.until",
        walk=_retention,
        leaves=(
            *(Kind.KEYS_REWRAPPED, Kind.PERIOD_BEGUN, Kind.PACKAGE_DROPPED),
            *(Kind.CASE_ERASED, Kind.CASE_ERASED, Kind.CASE_ERASED),
            *(Kind.PERIOD_ERASED, Kind.TERM_KEY_DESTROYED),
        ),
    ),
)
