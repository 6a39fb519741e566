"""A policy on its way into force, on both databases, with the real pack and real signatures."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from broker.domain.errors import InvalidRequestError, PolicyChangedError
from broker.domain.ids import PolicyVersion
from broker.domain.policy import (
    TRANSITIONS,
    PolicyStanding,
    PolicyStep,
    PolicyVerb,
    check_transition,
)
from broker.domain.request import Requester
from broker.domain.words import EventKind
from broker.ledger.publication import read_statement, write_statement
from broker.service.desk import Desk
from broker.service.gather import gather
from broker.service.policy_change import (
    MAX_AHEAD,
    approve_policy,
    draft_policy,
    publish_policy,
    rollback_policy,
    submit_policy,
)
from broker.service.policy_view import overview, policy_files, policy_seen
from tests import builders as a
from tests.desk import Furnished, furnish
from tests.leads import (
    ANN,
    BEN,
    CAT,
    GUARDS,
    approved,
    change_desk,
    lead,
    pack,
    policy_events_of,
    published,
    strict_pack,
)
from tests.simulators import SetClock

REASON = "R22 refused what the panel agreed."


@pytest.fixture
def clock() -> SetClock:
    """The broker's clock."""
    return SetClock()


@pytest.fixture
def opened(database_url: str, clock: SetClock) -> Iterator[Furnished]:
    """A broker before anything was published."""
    with change_desk(database_url, clock) as furnished:
        yield furnished


@pytest.fixture
def desk(opened: Furnished) -> Desk:
    """Its desk."""
    return opened.desk


def standings(desk: Desk, version: PolicyVersion) -> list[PolicyStanding]:
    """Where each publication of a version stands, newest first."""
    found = policy_seen(desk, lead(CAT), version)
    assert found is not None
    return [one.standing for one in found.publications]


def test_from_draft_to_in_force(opened: Furnished) -> None:
    """Each step is one entry; once published the new rules decide, and the log verifies."""
    desk = opened.desk
    before = desk.policy.version

    version = published(desk, pack(1))

    assert desk.policy.version == version != before
    assert policy_events_of(desk) == [
        *("policy-drafted", "policy-submitted", "policy-approved"),
        *("policy-published", "policy-in-force"),
    ]
    found = policy_seen(desk, lead(CAT), version)
    assert found is not None
    record = found.record
    assert (record.author, record.submitter, record.approver) == (ANN, ANN, BEN)
    assert record.step is PolicyStep.PUBLISHED
    assert standings(desk, version) == [PolicyStanding.IN_FORCE]
    assert opened.store.log.verify().size == len(desk.log.entries(0, 1000))


def test_before_anything_is_published_the_brokers_own_pack_decides(desk: Desk) -> None:
    """A broker on its own goes by the pack it was started with, and a draft changes nothing."""
    own = desk.policy.version
    approved(desk, pack(1))
    desk.rules.refresh()

    assert desk.policy.version == own
    seen = overview(desk, lead(CAT))
    assert seen is not None
    assert (seen.in_force, [one.record.step for one in seen.versions]) == (own, ["approved"])


def test_the_files_come_back_byte_for_byte(desk: Desk) -> None:
    """What an IG lead fetches is what was drafted."""
    version = approved(desk, pack(2))

    assert policy_files(desk, lead(CAT), version) == pack(2)


def test_the_statement_reads_back(desk: Desk) -> None:
    """A statement says who did what, chains to the one before, and has one form of bytes."""
    first, second = published(desk, pack(1)), published(desk, pack(2))

    newest, oldest = desk.shelf.store.publications()
    assert newest.signed is not None
    stated = read_statement(newest.signed.statement)
    assert (stated.number, stated.version, stated.previous) == (2, second, first)
    assert (stated.author, stated.approver, stated.publisher) == (ANN, BEN, ANN)
    assert dict(stated.files).keys() == pack(2).keys()
    assert write_statement(stated) == newest.signed.statement
    assert oldest.signed is not None
    assert oldest.signed.statement != newest.signed.statement


@pytest.mark.parametrize("verb", list(PolicyVerb))
@pytest.mark.parametrize("step", list(PolicyStep))
def test_every_step_is_in_the_table_and_no_other_is_taken(
    verb: PolicyVerb, step: PolicyStep
) -> None:
    """A verb on a version that is not where it needs it is refused with what to do instead."""
    needed, reached = TRANSITIONS[verb]
    if step is needed:
        assert check_transition(verb, step) is reached
        return
    with pytest.raises(InvalidRequestError, match=f"is {step}, not {needed}: "):
        check_transition(verb, step)


VERBS: dict[str, Callable[[Desk, Requester, PolicyVersion], object]] = {
    "submit": submit_policy,
    "approve": approve_policy,
    "publish": lambda desk, who, version: publish_policy(desk, who, version, None),
    "rollback": lambda desk, who, version: rollback_policy(
        desk, who, version, REASON, emergency=True
    ),
    "draft": lambda desk, who, _: draft_policy(desk, who, pack(3)),
    "list": lambda desk, who, _: overview(desk, who),
    "read": policy_seen,
    "fetch": policy_files,
}


@pytest.mark.parametrize("verb", VERBS)
def test_nobody_but_an_ig_lead_gets_in(desk: Desk, verb: str) -> None:
    """A system administrator, a manager or an advocate gets nothing, and the attempt is logged."""
    version = approved(desk, pack(1))
    before = policy_events_of(desk)

    for role in ("sysadmin-no-content", "manager-approver", "idva", "marac-coordinator", "unknown"):
        assert VERBS[verb](desk, lead("somebody", role), version) is None

    assert policy_events_of(desk) == before
    last = desk.log.entries(0, 1000)[-5:]
    assert {one.kind for one in last} == {EventKind.REQUEST_REJECTED}


@pytest.mark.parametrize("verb", ["submit", "approve", "publish", "rollback"])
def test_a_version_that_is_not_there(desk: Desk, verb: str) -> None:
    """An unknown version is refused with where to look."""
    with pytest.raises(InvalidRequestError, match="list the versions"):
        VERBS[verb](desk, lead(ANN), PolicyVersion("0" * 64))


@pytest.mark.parametrize("author", [ANN, BEN])
def test_one_person_cannot_do_both(desk: Desk, author: str) -> None:
    """Neither who wrote a version nor who submitted it approves it."""
    drafted = draft_policy(desk, lead(author), pack(1))
    assert drafted is not None
    version = drafted.record.version
    submit_policy(desk, lead(BEN), version)

    for one in {author, BEN}:
        with pytest.raises(InvalidRequestError, match="ask another IG lead"):
            approve_policy(desk, lead(one), version)
    approve_policy(desk, lead(CAT), version)


def test_a_version_is_drafted_once(desk: Desk) -> None:
    """The same files again are the same version, which nobody becomes the author of."""
    approved(desk, pack(1))
    with pytest.raises(InvalidRequestError, match="on file already"):
        draft_policy(desk, lead(CAT), pack(1))


def test_a_pack_with_faults_is_not_submitted(desk: Desk) -> None:
    """A draft may have faults; submitting says all of them, and nothing moves."""
    files = dict(pack())
    files[GUARDS] = files[GUARDS].replace(b"S01,deny,deny", b"S01,Deny,dney", 1)
    drafted = draft_policy(desk, lead(ANN), files)
    assert drafted is not None

    with pytest.raises(InvalidRequestError, match=r"guards\.csv:2:2.*\n.*guards\.csv:2:3"):
        submit_policy(desk, lead(ANN), drafted.record.version)

    with pytest.raises(InvalidRequestError, match="submit it first"):
        approve_policy(desk, lead(BEN), drafted.record.version)
    assert policy_events_of(desk) == ["policy-drafted"]


def test_a_policy_with_a_date_waits_for_it(desk: Desk, clock: SetClock) -> None:
    """Published on Friday for Monday: the old rules decide until then, the new ones from then."""
    old, moment = desk.policy.version, clock.now() + timedelta(days=3)
    version = approved(desk, pack(1))
    publish_policy(desk, lead(ANN), version, moment)
    assert standings(desk, version) == [PolicyStanding.SCHEDULED]

    clock.moment = moment - timedelta(microseconds=1)
    desk.rules.refresh()
    assert desk.policy.version == old

    clock.moment = moment
    desk.rules.refresh()
    assert desk.policy.version == version
    assert standings(desk, version) == [PolicyStanding.IN_FORCE]


@pytest.mark.parametrize("off", [timedelta(seconds=-1), MAX_AHEAD + timedelta(seconds=1)])
def test_a_date_gone_or_far_off_is_a_slip(desk: Desk, clock: SetClock, off: timedelta) -> None:
    """Nobody publishes for yesterday, or for the wrong year."""
    version = approved(desk, pack(1))
    with pytest.raises(InvalidRequestError, match="a moment to come"):
        publish_policy(desk, lead(ANN), version, clock.now() + off)


def test_the_newest_word_counts(desk: Desk, clock: SetClock) -> None:
    """What was scheduled never comes into force once a later publication did."""
    first, second = approved(desk, pack(1)), approved(desk, pack(2))
    publish_policy(desk, lead(ANN), first, clock.now() + timedelta(days=2))
    publish_policy(desk, lead(ANN), second, None)

    clock.advance(timedelta(days=3))
    desk.rules.refresh()

    assert desk.policy.version == second
    assert standings(desk, first) == [PolicyStanding.SUPERSEDED]


def test_a_decision_by_the_old_rules_is_not_recorded(opened: Furnished, database_url: str) -> None:
    """A broker that has not heard of the new rules yet decides nothing by the old ones."""
    furnish(opened)
    with change_desk(database_url) as other:
        published(other.desk, strict_pack())
        desk, size = opened.desk, len(opened.desk.log.entries(0, 1000))
        request = a.share_request()
        decision = desk.policy.decide(a.requester(), request, gather(desk, a.requester(), request))

        with pytest.raises(PolicyChangedError, match="ask again under the same key"):
            desk.ledger.record_decision(decision)

        assert len(desk.log.entries(0, 1000)) == size
        desk.rules.refresh()
        assert desk.policy.version == other.desk.policy.version


def test_a_request_sees_one_policy_from_beginning_to_end(desk: Desk) -> None:
    """What a request began with it ends with, though another one came into force meanwhile."""
    old = desk.policy
    begun = desk.for_one_request()
    version = published(desk, pack(1))
    begun.rules.refresh()

    assert begun.policy is old
    assert desk.policy.version == desk.for_one_request().policy.version == version


def test_no_entry_says_what_the_rules_say(desk: Desk) -> None:
    """Versions, moments and counts are logged; no file, sentence, or practitioner's id."""
    published(desk, pack(1))

    for one in desk.log.entries(0, 1000):
        for word in (b"lead-", b".csv", b"vocabulary", b"partnership-ig-lead"):
            assert word not in one.canonical
