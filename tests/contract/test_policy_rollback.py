"""Going back to an earlier policy, on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from broker.domain.errors import InvalidRequestError
from broker.domain.words import EventKind
from broker.service.desk import Desk
from broker.service.policy_change import ROLLBACK_WITHIN, rollback_policy
from broker.service.policy_view import policy_seen
from tests.leads import (
    ANN,
    BEN,
    CAT,
    approved,
    change_desk,
    lead,
    pack,
    policy_events_of,
    published,
)
from tests.simulators import SetClock

REASON = "R22 refused what the panel agreed."


@pytest.fixture
def clock() -> SetClock:
    """The broker's clock."""
    return SetClock()


@pytest.fixture
def desk(database_url: str, clock: SetClock) -> Iterator[Desk]:
    """A broker before anything was published."""
    with change_desk(database_url, clock) as furnished:
        yield furnished.desk


def test_a_rollback_takes_two_people(desk: Desk) -> None:
    """The first to ask changes nothing, however often; the second puts the old rules back."""
    first, second = published(desk, pack(1)), published(desk, pack(2))

    for _ in range(2):
        rollback_policy(desk, lead(ANN), first, REASON, emergency=False)
        assert desk.policy.version == second
    rollback_policy(desk, lead(BEN), first, REASON, emergency=False)

    assert desk.policy.version == first
    assert policy_events_of(desk)[-4:] == [
        *("policy-rollback-asked", "policy-rollback-asked"),
        *("policy-rolled-back", "policy-in-force"),
    ]
    found = policy_seen(desk, lead(CAT), first)
    assert found is not None
    stated = found.publications[0].stated
    assert stated is not None
    assert (stated.kind, stated.publisher, stated.second) == ("rollback", BEN, ANN)
    assert stated.reason == REASON
    assert not any(REASON.encode() in one.canonical for one in desk.log.entries(0, 1000))


def test_an_old_request_for_a_rollback_counts_no_more(desk: Desk, clock: SetClock) -> None:
    """Two people mean it at one time about one policy: a day later, or over another, ask anew."""
    first, second = published(desk, pack(1)), published(desk, pack(2))
    rollback_policy(desk, lead(ANN), first, REASON, emergency=False)
    clock.advance(ROLLBACK_WITHIN + timedelta(seconds=1))
    rollback_policy(desk, lead(BEN), first, REASON, emergency=False)
    assert desk.policy.version == second

    third = published(desk, pack(3))
    rollback_policy(desk, lead(CAT), first, REASON, emergency=False)
    assert desk.policy.version == third
    rollback_policy(desk, lead(BEN), first, REASON, emergency=False)
    assert desk.policy.version == first


def test_one_person_in_an_emergency_raises_an_alarm(desk: Desk) -> None:
    """One IG lead is enough in an emergency; it stays an alarm until somebody publishes."""
    first, _ = published(desk, pack(1)), published(desk, pack(2))
    quiet = desk.rules.alarms

    rollback_policy(desk, lead(ANN), first, REASON, emergency=True)

    assert desk.policy.version == first
    (alarm,) = set(desk.rules.alarms) - set(quiet)
    assert "by one person, in an emergency" in alarm
    entry = next(
        one for one in desk.log.entries(0, 1000) if one.kind is EventKind.POLICY_ROLLED_BACK
    )
    assert entry.detail["emergency"] is True
    published(desk, pack(3))
    assert alarm not in desk.rules.alarms


def test_what_is_in_force_is_not_rolled_back_to(desk: Desk) -> None:
    """There is nothing to roll back, and a version that was never published is none to go to."""
    version = published(desk, pack(1))
    with pytest.raises(InvalidRequestError, match="in force"):
        rollback_policy(desk, lead(ANN), version, REASON, emergency=True)
    with pytest.raises(InvalidRequestError, match="approved, not published: publish it first"):
        rollback_policy(desk, lead(ANN), approved(desk, pack(2)), REASON, emergency=True)
