"""What the tests of policy changes share: IG leads, packs that differ, and a desk to change at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from broker.domain.ids import PolicyVersion, PractitionerId, Role
from broker.domain.policy import (
    DraftPolicy,
    NotePolicyAlarm,
    PolicyFiles,
    PolicyRecord,
    PolicyStep,
    Publication,
    PublicationKind,
    PublishPolicy,
    PutPolicyInForce,
    SignedPublication,
)
from broker.domain.ports import Clock
from broker.domain.record import HeldRecord, SourceRecord
from broker.domain.request import Requester
from broker.domain.words import EventKind
from broker.ledger import policy_events
from broker.ledger.publication import digest_files, write_statement
from broker.service.desk import Desk
from broker.service.policy_change import (
    approve_policy,
    draft_policy,
    publish_policy,
    submit_policy,
)
from broker.storage import Store
from policies.reading import files_of
from tests import builders as a
from tests.desk import Furnished, real_desk

GUARDS = "guards.csv"
SENTENCE = "have nothing to do with safety from domestic abuse"
"""Of rule S05."""
ANN, BEN, CAT = "lead-ann", "lead-ben", "lead-cat"
"""Three IG leads."""
POLICY_KINDS = tuple(one for one in EventKind if one.value.startswith("policy-"))


class HoldsEverything:
    """Stands where no text is to be redacted."""

    def redact(self, record: SourceRecord) -> HeldRecord:
        """Hold it."""
        return HeldRecord(permit=record.permit, flags=("not-open",))


@contextmanager
def change_desk(url: str, clock: Clock | None = None) -> Iterator[Furnished]:
    """A desk on the database at `url` for whoever changes policies and decides by them."""
    with real_desk(url, {"version": 1, "connectors": {}}, HoldsEverything(), clock=clock) as opened:
        yield opened


def lead(name: str, role: str = "ig-lead") -> Requester:
    """Somebody who is registered in that role, after authentication."""
    return replace(a.requester(name, "marac-coordination"), role=Role(role))


def pack(number: int = 0) -> PolicyFiles:
    """The packaged files; from 1 on with one sentence changed, which decides nothing."""
    files = dict(files_of(None))
    if number:
        text = files[GUARDS].decode()
        assert text.count(SENTENCE) == 1
        files[GUARDS] = text.replace(SENTENCE, f"{SENTENCE} ({number})").encode()
    return files


def strict_pack() -> PolicyFiles:
    """A pack that refuses research before a meeting, which the packaged one permits."""
    files = dict(files_of(None))
    lines = files[GUARDS].decode().splitlines(keepends=True)
    (stop,) = (one for one in lines if one.startswith("S05,"))
    _, effect, outcome, _, rest = stop.split(",", 4)
    more = f"T99,{effect},{outcome},marac-research,{rest}"
    files[GUARDS] = "".join((*lines, more)).encode()
    return files


def approved(desk: Desk, files: PolicyFiles) -> PolicyVersion:
    """Draft and submit as Ann, approve as Ben."""
    drafted = draft_policy(desk, lead(ANN), files)
    assert drafted is not None
    version = drafted.record.version
    submit_policy(desk, lead(ANN), version)
    approve_policy(desk, lead(BEN), version)
    return version


def published(desk: Desk, files: PolicyFiles) -> PolicyVersion:
    """Do all of it, in force at once."""
    version = approved(desk, files)
    publish_policy(desk, lead(ANN), version, None)
    return version


def policy_events_of(desk: Desk) -> list[str]:
    """The kinds of policy entries in the log, in order, without the loading at the start."""
    entries = desk.log.entries(0, 1000)
    return [one.kind.value for one in entries if one.kind in POLICY_KINDS]


def file_policy(store: Store) -> None:
    """Put a row in every table about policies, as the steps would, without a pack behind it."""
    salt, version, ann = store.cases.broker_salt(), PolicyVersion("ab" * 32), PractitionerId(ANN)
    record = PolicyRecord(
        version=version, step=PolicyStep.DRAFT, revision=1, author=ann, drafted_at=a.NOW
    )
    files = {GUARDS: b"id,effect"}
    draft = policy_events.drafted(record, files, salt)
    store.ledger.record(draft, DraftPolicy(record=record, files=files))
    one = Publication(
        number=1,
        version=version,
        previous=None,
        previous_digest="",
        kind=PublicationKind.PUBLICATION,
        effective_at=a.NOW,
        published_at=a.NOW,
        author=ann,
        submitter=ann,
        approver=PractitionerId(BEN),
        publisher=ann,
        files=digest_files(files),
    )
    signed = SignedPublication(statement=write_statement(one), signature=bytes(64))
    publish = PublishPolicy(publication=one, signed=signed)
    store.ledger.record(policy_events.published(one, salt), publish)
    mark = PutPolicyInForce(number=1, at=a.NOW)
    store.ledger.record(policy_events.in_force(1, version, a.NOW), mark)
    noted = NotePolicyAlarm(version=version, day="2026-11-09")
    store.ledger.record(policy_events.alarmed(version, 1, a.NOW), noted)
