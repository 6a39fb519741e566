"""A policy changes on several brokers while all of them release: nothing leaves by the old one."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from broker.domain.ids import PolicyVersion
from broker.domain.ledger import LedgerEntry, Receipt
from broker.domain.words import EventKind
from broker.service.answer import answer
from broker.service.desk import Desk
from broker.service.policy_change import publish_policy, rollback_policy
from redaction.service import RedactionService
from tests import builders as a
from tests.brokers import Broker, CountyClock, watched
from tests.desk import furnish, police_connectors, real_desk
from tests.leads import ANN, approved, change_desk, lead, pack, published, strict_pack

BY_A_POLICY = (EventKind.DECISION, EventKind.DISCLOSURE)
PUT_IN_FORCE = (EventKind.POLICY_PUBLISHED, EventKind.POLICY_ROLLED_BACK, EventKind.POLICY_IN_FORCE)


def everything(desk: Desk) -> Iterator[LedgerEntry]:
    """Every entry of the log, in order."""
    start = 0
    while page := desk.log.entries(start, 1000):
        yield from page
        start += len(page)


def check_no_stale_entry(desk: Desk) -> list[tuple[EventKind, str]]:
    """Check that no decision or disclosure follows a policy that was no longer in force.

    Returns the kinds and versions of the entries that were made by a policy, in order.
    """
    in_force: str | None = None
    made: list[tuple[EventKind, str]] = []
    for one in everything(desk):
        version = str(one.detail.get("policy_version"))
        at_once = str(one.detail.get("effective_at")) <= f"{one.at:%Y-%m-%dT%H:%M:%S.%fZ}"
        if one.kind is EventKind.POLICY_IN_FORCE or (one.kind in PUT_IN_FORCE and at_once):
            in_force = version
        elif one.kind in BY_A_POLICY:
            assert in_force in (None, version), f"entry {one.index} is by a policy of the past"
            made.append((one.kind, version))
    return made


def test_two_brokers_and_a_third_that_publishes(database_url: str) -> None:
    """At once, at a moment, and back: each change reaches both, and no old permit follows it."""
    clock = CountyClock(epoch=time.time())
    with change_desk(database_url, clock) as opened:
        desk = opened.desk
        furnish(opened)
        first, second = published(desk, pack(1)), approved(desk, pack(2))
        brokers = [Broker.start(database_url, name, clock.epoch) for name in ("north", "south")]
        try:
            wait_for(brokers, first)
            publish_policy(desk, lead(ANN), second, None)
            wait_for(brokers, second)
            third = approved(desk, pack(3))
            publish_policy(desk, lead(ANN), third, clock.now() + timedelta(seconds=2))
            wait_for(brokers, third)
            rollback_policy(desk, lead(ANN), second, "a slip", emergency=True)
            for one in brokers:
                one.said.clear()
            wait_for(brokers, second)
        finally:
            ends = [one.stop() for one in brokers]
        assert ends == [0, 0]
        versions = [version for kind, version in check_no_stale_entry(desk)]
        assert {first, second, third} == set(versions)
        assert opened.store.log.verify().size == len(list(everything(desk)))


def wait_for(brokers: list[Broker], version: PolicyVersion) -> None:
    """Wait until each of them discloses by a version."""
    for one in brokers:
        one.wait_for(version)


def test_shares_that_race_a_publication(
    database_url: str, redactor: RedactionService, tmp_path: Path
) -> None:
    """Whole requests meet a publication half-way: each is answered, none by the rules before."""
    clock, stop = CountyClock(epoch=time.time()), threading.Event()
    answers: list[str] = []
    connectors = police_connectors(tmp_path)
    with (
        real_desk(database_url, connectors, redactor, clock=clock) as opened,
        change_desk(database_url, clock) as office,
        watched(opened.desk),
    ):
        furnish(opened)
        assert isinstance(answer(opened.desk, a.requester(), a.share_request("first-one")), Receipt)
        version = approved(office.desk, strict_pack())

        def ask(name: str) -> None:
            number = 0
            while not stop.is_set():
                number += 1
                request = a.share_request(f"{name}-{number:06d}")
                answers.append(type(answer(opened.desk, a.requester(), request)).__name__)

        threads = [threading.Thread(target=ask, args=(f"asker{n}",)) for n in range(3)]
        for one in threads:
            one.start()
        time.sleep(0.3)
        publish_policy(office.desk, lead(ANN), version, None)
        until = time.monotonic() + 60
        while answers[-1:] != ["Refusal"] and time.monotonic() < until:
            time.sleep(0.01)
        stop.set()
        for one in threads:
            one.join()

        assert {"Receipt", "Refusal"} == set(answers)
        made = check_no_stale_entry(opened.desk)
        assert (EventKind.DISCLOSURE, version) not in made
        assert (EventKind.DECISION, version) in made


class Meanwhile:
    """Stands before a port of the desk: the first use of one of its methods makes it happen."""

    def __init__(self, port: object, method: str, happens: Callable[[], object]) -> None:
        """Be the port in all but that method."""
        self._port, self._method = port, method
        self._left = [happens]

    def __getattr__(self, name: str) -> object:
        """Let it happen once, then answer as the port does."""
        if name == self._method and self._left:
            self._left.pop()()
        return getattr(self._port, name)


@pytest.mark.parametrize(("port", "method"), [("cases", "meeting"), ("redactor", "redact")])
def test_a_policy_that_changes_between_two_lines(
    database_url: str, redactor: RedactionService, tmp_path: Path, port: str, method: str
) -> None:
    """While facts are gathered, and while a record is redacted: it is decided anew, by the new."""
    with (
        real_desk(database_url, police_connectors(tmp_path), redactor) as opened,
        change_desk(database_url) as office,
    ):
        furnish(opened)
        desk, version = opened.desk, approved(office.desk, strict_pack())

        def publish() -> None:
            publish_policy(office.desk, lead(ANN), version, None)

        stands: Any = {port: Meanwhile(getattr(desk, port), method, publish)}
        slow = replace(desk, **stands)

        given = answer(slow, a.requester(), a.share_request())

        assert type(given).__name__ == "Refusal"
        made = check_no_stale_entry(desk)
        assert made[-1] == (EventKind.DECISION, version)
        assert EventKind.DISCLOSURE not in [kind for kind, _ in made]
        assert desk.outbox.due(desk.clock.now(), 10) == ()
