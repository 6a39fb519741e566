"""A revoked key receives nothing from that moment, on whichever replica, on both databases."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broker.domain.errors import CaseChangedError, NoRecipientKeyError
from broker.domain.ledger import EntryDraft, Receipt
from broker.domain.package import CLOCK_SKEW, KeyHolder, SealedPackage
from broker.domain.record import RedactedRecord
from broker.domain.words import EventKind
from broker.service.desk import Desk
from broker.service.recipient_keys import NewKey, challenge_key, register_key, revoke_key
from broker.service.share import share
from broker.storage.sequencer import Appended, Write
from keys.enrolment import answer_challenge
from keys.recipient import RecipientPrivateKey
from redaction.service import RedactionService
from tests import builders as a
from tests.desk import Furnished, furnish, police_connectors, real_desk
from tests.simulators import SetClock

Replicas = tuple[Furnished, Furnished]


@pytest.fixture
def replicas(database_url: str, tmp_path: Path, redactor: RedactionService) -> Iterator[Replicas]:
    """Two brokers on one database; the clock of the second is behind by as much as it may be."""
    behind = SetClock(moment=a.NOW - CLOCK_SKEW)
    systems = police_connectors(tmp_path)
    with (
        real_desk(database_url, systems, redactor, clock=SetClock()) as first,
        real_desk(database_url, systems, redactor, clock=behind) as second,
    ):
        furnish(first)
        yield first, second


def asked_of(desk: Desk, number: int) -> object:
    """Ask one replica for the common share."""
    request = a.share_request(request_id=f"request-{number:04}", reasons="He threatens her.")
    return share(desk, a.requester(), request)


def registration(desk: Desk, key: RecipientPrivateKey) -> NewKey:
    """Have a replica challenge a key of housing-1's, and answer."""
    who = a.requester()
    challenge = challenge_key(desk, who, key.public_jwk)
    assert challenge is not None
    return NewKey(
        public_jwk=key.public_jwk,
        held_by=KeyHolder.PERSON,
        days=30,
        ticket=challenge.ticket,
        answer=answer_challenge(challenge.sealed, key, who.practitioner_id),
    )


def later(desk: Desk, by: timedelta) -> None:
    """Let time pass at one replica."""
    assert isinstance(desk.clock, SetClock)
    desk.clock.advance(by)


def test_a_key_revoked_at_one_replica_is_revoked_at_every_other(replicas: Replicas) -> None:
    """What the second broker seals next finds no key, although its clock says: not yet."""
    first, second = replicas
    assert isinstance(asked_of(second.desk, 1), Receipt)

    revoke_key(first.desk, a.requester(), first.private_key.thumbprint, None)

    for number, one in enumerate((second, first), 2):
        with pytest.raises(NoRecipientKeyError, match="no usable key"):
            asked_of(one.desk, number)


def test_a_key_registered_at_one_replica_is_sealed_to_by_every_other(replicas: Replicas) -> None:
    """During a rotation a package has an entry for the old key and for the new one."""
    first, second = replicas
    new = registration(first.desk, RecipientPrivateKey.generate())
    assert register_key(first.desk, a.requester(), new) is not None
    later(second.desk, CLOCK_SKEW + timedelta(seconds=1))

    receipt = asked_of(second.desk, 1)

    assert isinstance(receipt, Receipt)
    assert receipt.entry.kind is EventKind.DISCLOSURE
    keys = receipt.entry.detail["keys"]
    assert isinstance(keys, tuple)
    assert len(keys) == 2


def test_any_replica_checks_what_another_one_asked(replicas: Replicas) -> None:
    """The challenge of one broker is answered at the other: nothing is kept in a process."""
    first, second = replicas
    key, who = RecipientPrivateKey.generate(), a.requester()
    new = registration(second.desk, key)

    assert register_key(first.desk, who, new) is not None
    found = second.desk.directory.recipient_keys(who.practitioner_id)
    assert key.thumbprint in {one.thumbprint for one in found}


def test_a_revocation_in_the_same_second_counts(replicas: Replicas) -> None:
    """Packages carry whole seconds; a key revoked half a second ago is revoked."""
    first, _ = replicas
    later(first.desk, timedelta(seconds=0.4))
    revoke_key(first.desk, a.requester(), first.private_key.thumbprint, None)
    later(first.desk, timedelta(seconds=0.4))

    with pytest.raises(NoRecipientKeyError):
        asked_of(first.desk, 1)


class RevokesAfterSealing:
    """The real sealer, after whose work another broker revokes the key before it is queued."""

    def __init__(self, furnished: Furnished, elsewhere: Desk) -> None:
        """Seal with the desk's own sealer, revoke at the other replica."""
        self._furnished, self._elsewhere = furnished, elsewhere

    def seal(self, redacted: RedactedRecord) -> SealedPackage:
        """Seal, and let the key be stolen before anybody can log that."""
        package = self._furnished.desk.sealer.seal(redacted)
        thumbprint = self._furnished.private_key.thumbprint
        revoke_key(self._elsewhere, a.requester(), thumbprint, None)
        return package


def test_a_key_revoked_between_sealing_and_the_log_receives_nothing(replicas: Replicas) -> None:
    """The package that was sealed to it a moment before is not queued, and nothing is logged."""
    first, second = replicas
    racing = replace(first.desk, sealer=RevokesAfterSealing(first, second.desk))

    with pytest.raises(CaseChangedError, match="A key of the recipient"):
        asked_of(racing, 1)

    kinds = [one.kind for one in first.desk.log.entries(0, 1_000)]
    assert EventKind.DISCLOSURE not in kinds
    assert first.desk.outbox.due(a.NOW, 10) == ()


def test_a_key_revoked_while_its_package_waits_for_the_writer_receives_nothing(
    replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything was looked at, and then it is revoked: the transaction itself compares."""
    first, second = replicas
    sequencer = first.store.ledger.sequencer
    append = sequencer.append

    def late(draft: EntryDraft, writes: Sequence[Write]) -> Appended:
        if draft.kind is EventKind.DISCLOSURE:
            revoke_key(second.desk, a.requester(), first.private_key.thumbprint, None)
        return append(draft, writes)

    monkeypatch.setattr(sequencer, "append", late)
    with pytest.raises(CaseChangedError, match="A key of the recipient"):
        asked_of(first.desk, 1)

    assert EventKind.DISCLOSURE not in [one.kind for one in first.desk.log.entries(0, 1_000)]
