"""Somebody can write to the database, or means to put a policy in force alone."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, delete, select, update

from broker.domain.errors import (
    CustodyError,
    InvalidRequestError,
    LedgerVerificationError,
    PolicyChangedError,
    PublicationError,
)
from broker.domain.ids import PolicyVersion, PractitionerId
from broker.domain.policy import (
    Publication,
    PublicationKind,
    PublishPolicy,
    SignedPublication,
    StoredPublication,
)
from broker.domain.words import EventKind
from broker.ledger import policy_events
from broker.ledger.publication import CONTEXT, digest_files, read_statement, write_statement
from broker.service.desk import Desk
from broker.service.gather import gather
from broker.service.policy_change import publish_policy, rollback_policy
from broker.service.publications import check_publication
from broker.storage.policy_rows import pack_files
from broker.storage.sealing import PUBLICATION
from broker.storage.tables import policy_files, policy_publications, policy_versions
from keys.publications import PublicationSigner
from tests import builders as a
from tests.desk import Furnished, furnish
from tests.leads import ANN, BEN, CAT, approved, change_desk, lead, pack, published, strict_pack
from tests.simulators import MemoryCustody, SetClock

MONDAY = timedelta(days=3)


@pytest.fixture
def clock() -> SetClock:
    """The broker's clock."""
    return SetClock()


@pytest.fixture
def opened(database_url: str, clock: SetClock) -> Iterator[Furnished]:
    """A broker on which one version is in force and another is scheduled for Monday."""
    with change_desk(database_url, clock) as furnished:
        published(furnished.desk, pack(1))
        version = approved(furnished.desk, pack(2))
        publish_policy(furnished.desk, lead(ANN), version, clock.now() + MONDAY)
        yield furnished


def change_row(opened: Furnished, table: Table, key: object, **values: Any) -> None:  # noqa: ANN401
    """Change one row behind the broker's back."""
    (column,) = table.primary_key
    with opened.store.engines[0].begin() as connection:
        connection.execute(update(table).where(column == key).values(values))


def cell(opened: Furnished, number: int, column: str) -> Any:  # noqa: ANN401
    """Return one cell of a publication."""
    table = policy_publications.c
    with opened.store.engines[0].begin() as connection:
        return connection.scalar(select(table[column]).where(table.number == number))


def resealed(opened: Furnished, signed: SignedPublication) -> bytes:
    """Return a statement sealed as the broker seals it: the attacker has its data key too."""
    sealing = opened.store.policies.sealing
    return sealing.seal(sealing.directory_key, PUBLICATION, signed)


def flipped(opened: Furnished) -> dict[str, object]:
    """A changed byte of the sealed statement."""
    sealed = cell(opened, 2, "sealed")
    return {"sealed": sealed[:40] + bytes([sealed[40] ^ 1]) + sealed[41:]}


def hurried(opened: Furnished) -> dict[str, object]:
    """Another effective date."""
    return {"effective_at": cell(opened, 2, "effective_at") - timedelta(days=2)}


def renamed(opened: Furnished) -> dict[str, object]:
    """Another version."""
    del opened
    return {"version": "0" * 64}


def forged(opened: Furnished) -> dict[str, object]:
    """Somebody else's signature."""
    signed = opened.desk.shelf.store.publications()[0].signed
    assert signed is not None
    other = PublicationSigner(custody=MemoryCustody(seed=bytes(32)))
    return {"sealed": resealed(opened, other.sign(signed.statement))}


EDITS = {"byte": flipped, "date": hurried, "version": renamed, "signature": forged}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_publication_never_comes_into_force(
    opened: Furnished, clock: SetClock, edit: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The old rules stay, it is refused once and for all, and alarms are raised."""
    desk, old = opened.desk, opened.desk.policy.version
    change_row(opened, policy_publications, 2, **EDITS[edit](opened))
    clock.advance(MONDAY)

    for _ in range(3):
        desk.rules.refresh()

    assert desk.policy.version == old
    assert "Publication 2 was refused" in caplog.text
    assert any("Publication 2 was refused" in one for one in desk.rules.alarms)
    refusals = [one for one in desk.log.entries(0, 1000) if one.kind is EventKind.POLICY_REFUSED]
    assert [one.detail["fault"] for one in refusals] == ["row"]
    furnish(opened)
    decide(desk)
    with pytest.raises(LedgerVerificationError):
        opened.store.log.verify()


def decide(desk: Desk) -> None:
    """Decide something by the rules in force and have it recorded."""
    request = a.share_request()
    context = gather(desk, a.requester(), request)
    desk.ledger.record_decision(desk.policy.decide(a.requester(), request, context))


def test_other_files_under_a_published_version(opened: Furnished, clock: SetClock) -> None:
    """Files put in the place of those that were signed are not loaded."""
    desk, old = opened.desk, opened.desk.policy.version
    version = desk.shelf.store.publications()[0].version
    change_row(opened, policy_files, version, content=pack_files(strict_pack()))
    clock.advance(MONDAY)

    desk.rules.refresh()

    assert desk.policy.version == old
    assert desk.log.entries(0, 1000)[-1].detail["fault"] == "files"


def test_files_swapped_before_they_are_signed(opened: Furnished) -> None:
    """What an approver read is what is signed: files swapped between the two are refused."""
    desk = opened.desk
    version = approved(desk, pack(3))
    change_row(opened, policy_files, version, content=pack_files(strict_pack()))

    with pytest.raises(InvalidRequestError, match="not whole on file"):
        publish_policy(desk, lead(ANN), version, None)


@pytest.mark.parametrize("edit", EDITS)
def test_a_policy_in_force_is_not_taken_out_by_an_edit(
    opened: Furnished, database_url: str, clock: SetClock, edit: str
) -> None:
    """What is loaded stays, an alarm is raised, and no broker starts on the version before."""
    desk = opened.desk
    clock.advance(MONDAY)
    desk.rules.refresh()
    version = desk.policy.version
    change_row(opened, policy_publications, 2, **EDITS[edit](opened))

    desk.rules.refresh()

    assert desk.policy.version == version
    assert any("restore from a backup" in one for one in desk.rules.alarms)
    with pytest.raises(PublicationError), change_desk(database_url, clock):
        pass


def test_a_publication_that_was_taken_away(opened: Furnished, clock: SetClock) -> None:
    """The newest publication removed: the rules stay, nothing is decided, its entry is named."""
    desk = opened.desk
    furnish(opened)
    clock.advance(MONDAY)
    desk.rules.refresh()
    version = desk.policy.version
    with opened.store.engines[0].begin() as connection:
        connection.execute(delete(policy_publications).where(policy_publications.c.number == 2))

    desk.rules.refresh()

    assert desk.policy.version == version
    assert any("is gone" in one for one in desk.rules.alarms)
    with pytest.raises(PolicyChangedError):
        decide(desk)
    gone = next(
        one.index
        for one in reversed(desk.log.entries(0, 1000))
        if one.kind is EventKind.POLICY_PUBLISHED
    )
    with pytest.raises(LedgerVerificationError) as found:
        opened.store.log.verify()
    assert found.value.entry == gone


@pytest.mark.parametrize("mark", ["in_force", "refused"])
def test_a_mark_that_nobody_made(opened: Furnished, clock: SetClock, mark: str) -> None:
    """Neither can a policy be switched on early by hand, nor off: verification names the mark."""
    desk, old = opened.desk, opened.desk.policy.version
    number = 2 if mark == "in_force" else 1
    values = {f"{mark}_at": clock.now(), f"{mark}_entry": 0}
    change_row(opened, policy_publications, number, **values)

    desk.rules.refresh()

    assert desk.policy.version == old
    with pytest.raises(LedgerVerificationError) as found:
        opened.store.log.verify()
    assert found.value.entry == 0


def _stated(**changes: Any) -> Publication:  # noqa: ANN401
    made = Publication(
        number=1,
        version=PolicyVersion("ab" * 32),
        previous=None,
        previous_digest="",
        kind=PublicationKind.PUBLICATION,
        effective_at=a.NOW,
        published_at=a.NOW,
        author=PractitionerId(ANN),
        submitter=PractitionerId(ANN),
        approver=PractitionerId(BEN),
        publisher=PractitionerId(ANN),
        files=digest_files({"guards.csv": b"x"}),
    )
    return replace(made, **changes)


def _stored(signed: SignedPublication) -> StoredPublication:
    return StoredPublication(
        number=1,
        version=PolicyVersion("ab" * 32),
        effective_at=a.NOW,
        signed=signed,
        as_logged=True,
        in_force_at=None,
        refused_at=None,
    )


ALONE: dict[str, dict[str, Any]] = {
    "author-approves": {"approver": ANN},
    "submitter-approves": {"submitter": BEN},
    "rollback-alone": {"kind": PublicationKind.ROLLBACK, "reason": "x", "second": None},
    "rollback-with-oneself": {"kind": PublicationKind.ROLLBACK, "reason": "x", "second": ANN},
    "emergency-without-a-word": {"kind": PublicationKind.EMERGENCY_ROLLBACK, "reason": None},
}


@pytest.mark.parametrize("name", ALONE)
def test_even_a_signed_statement_needs_two_people(name: str) -> None:
    """A broker that was made to sign for one person is not believed by the others."""
    signer = PublicationSigner(custody=MemoryCustody())
    stored = _stored(signer.sign(write_statement(_stated(**ALONE[name]))))

    with pytest.raises(PublicationError, match="needs two"):
        check_publication(stored, {"guards.csv": b"x"}, signer)


def test_a_checkpoint_s_signature_is_none_for_a_policy() -> None:
    """The key that signs the log cannot be made to sign a policy by way of a checkpoint."""
    custody = MemoryCustody()
    signer = PublicationSigner(custody=custody)
    statement = write_statement(_stated())
    bare = SignedPublication(statement=statement, signature=custody.sign("log", statement))

    assert CONTEXT.startswith(b"marac-broker policy publication")
    assert not signer.holds(bare)
    assert signer.holds(signer.sign(statement))


BAD_STATEMENTS: dict[str, Callable[[bytes], bytes]] = {
    "spaces": lambda good: good.replace(b":", b": ", 1),
    "another-version": lambda good: good.replace(b'"version":1', b'"version":2'),
    "a-member-more": lambda good: good[:-1] + b',"z":1}',
    "a-member-less": lambda good: good.replace(b'"reason":null,', b""),
    "a-word-for-a-number": lambda good: good.replace(b'"number":1', b'"number":"1"'),
    "an-unknown-kind": lambda good: good.replace(b'"publication"', b'"proclamation"'),
    "no-time-zone": lambda good: good.replace(b"000Z", b"000"),
    "not-json": lambda good: good[:-1],
    "a-list": lambda _: b"[]",
    "nothing": lambda _: b"",
}


@pytest.mark.parametrize("name", BAD_STATEMENTS)
def test_a_statement_is_read_in_one_way_or_not_at_all(name: str) -> None:
    """Bytes that differ from what we would write are refused, even if they say the same."""
    good = write_statement(_stated())
    assert read_statement(good) == _stated()
    bad = BAD_STATEMENTS[name](good)
    assert bad != good

    with pytest.raises(PublicationError):
        read_statement(bad)


def test_a_row_committed_to_by_its_entry_but_signed_by_nobody(
    opened: Furnished, clock: SetClock
) -> None:
    """A publication written through the log itself, without our key, is refused by every broker."""
    desk, old = opened.desk, opened.desk.policy.version
    newest = desk.shelf.store.publications()[0]
    assert newest.signed is not None
    stated = replace(read_statement(newest.signed.statement), number=3, effective_at=clock.now())
    signed = SignedPublication(statement=write_statement(stated), signature=bytes(64))
    salt = desk.cases.broker_salt()
    desk.ledger.record(
        policy_events.published(stated, salt), PublishPolicy(publication=stated, signed=signed)
    )

    desk.rules.refresh()

    assert desk.policy.version == old
    assert desk.log.entries(0, 1000)[-1].detail["fault"] == "signature"


def test_a_damaged_record_ends_in_an_error_and_no_step(opened: Furnished) -> None:
    """Who wrote a version cannot be edited so that its author may approve it."""
    desk = opened.desk
    version = approved(desk, pack(3))
    change_row(opened, policy_versions, version, sealed=b"x" * 64)

    with pytest.raises(CustodyError):
        rollback_policy(desk, lead(CAT), version, "reason", emergency=True)
