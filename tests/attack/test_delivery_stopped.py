from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from broker.domain.case import Approval, Case
from broker.domain.changes import PutCase, RevokeRecipientKey
from broker.domain.consent import Consent
from broker.domain.errors import LedgerVerificationError
from broker.domain.ids import (
    AgencyId,
    AgencyKind,
    CaseId,
    Category,
    DisclosureId,
    PractitionerId,
    Purpose,
)
from broker.domain.ledger import Receipt
from broker.domain.outbox import DueDelivery, Outbox
from broker.domain.words import ApprovalKind, ConsentStatus, EventKind
from broker.ledger import events
from broker.service.deliver import deliver_due
from broker.service.desk import Desk
from broker.service.register import Register
from broker.service.share import share
from broker.service.timeline import timeline
from keys.recipient import RecipientPrivateKey
from redaction.service import RedactionService
from tests import builders as a
from tests.desk import furnish, police_connectors, real_desk, recipient_key
from tests.mailboxes import delivered, mailbox_server
from tests.simulators import SetClock

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A desk on which one package waits in the outbox, and where it would go."""

    desk: Desk
    clock: SetClock
    mailboxes: Path
    disclosure_id: DisclosureId

    def deliver(self) -> None:
        """Let the worker come by, and once more when every lease and pause is over."""
        deliver_due(self.desk)
        self.clock.advance(timedelta(hours=1))
        deliver_due(self.desk)

    def stopped(self) -> list[object]:
        """Return why it was stopped, as often as the log says so."""
        entries = self.desk.log.entries(0, 1_000)
        return [one.detail["reason"] for one in entries if one.kind is EventKind.DELIVERY_STOPPED]

    def left(self) -> list[str]:
        """Return what has reached a mailbox."""
        return delivered(self.mailboxes)

    def say(self, *said: Consent) -> None:
        """Let the client say something while the package waits."""
        case = self.desk.cases.case(CaseId("MR-0417"))
        assert case is not None
        changed = replace(case, version=case.version + 1, consents=(*case.consents, *said))
        self.desk.ledger.record(events.consent_changed(changed, a.NOW), PutCase(case=changed))

    def register(self) -> Register:
        """Return what puts people and keys on file."""
        return Register(self.desk.ledger, self.desk.cases, self.desk.clock)

    def revoke_keys(self, *, at: timedelta = timedelta()) -> None:
        """Revoke every key of the recipient."""
        for key in self.desk.directory.recipient_keys(a.practitioner().practitioner_id):
            change = RevokeRecipientKey(thumbprint=key.thumbprint, at=a.NOW + at)
            salt = self.desk.cases.broker_salt()
            self.desk.ledger.record(events.key_revoked(key, salt, a.NOW), change)


@contextmanager
def _waiting(
    url: str, folder: Path, redactor: RedactionService, case: Case | None = None
) -> Iterator[Waiting]:
    clock = SetClock()
    with (
        mailbox_server(folder / "mailboxes") as mailbox,
        real_desk(url, police_connectors(folder), redactor, clock=clock) as furnished,
    ):
        furnish(furnished, mailbox)
        desk = furnished.desk
        if case is not None:
            desk.ledger.record(events.case_recorded(case, a.NOW), PutCase(case=case))
        receipt = share(desk, a.requester(), a.share_request(reasons="He threatens her."))
        assert isinstance(receipt, Receipt)
        yield Waiting(
            desk=desk,
            clock=clock,
            mailboxes=folder / "mailboxes",
            disclosure_id=receipt.disclosure_id,
        )
        assert furnished.store.log.verify().size > 0


@pytest.fixture
def waiting(database_url: str, tmp_path: Path, redactor: RedactionService) -> Iterator[Waiting]:
    """One package of a client who agreed, waiting; once on each database."""
    with _waiting(database_url, tmp_path, redactor) as opened:
        yield opened


WITHDRAWN = a.consent(ConsentStatus.WITHDRAWN, taken_at=a.NOW)


CHANGES_OF_MIND = {
    "withdrawn": WITHDRAWN,
    "refused": a.consent(ConsentStatus.REFUSED, taken_at=a.NOW),
    "coerced": a.consent(taken_at=a.NOW, perpetrator_present=True),
    "limited-to-others": a.consent(
        ConsentStatus.GIVEN_LIMITED,
        taken_at=a.NOW,
        excluded_agencies=(AgencyKind("housing-la"),),
    ),
    "limited-to-less": a.consent(
        ConsentStatus.GIVEN_LIMITED,
        taken_at=a.NOW,
        excluded_categories=(Category("risk-assessment"),),
    ),
    "over-by-now": a.consent(taken_at=a.NOW, expires_at=a.NOW + timedelta(microseconds=1)),
}


def test_consent_withdrawn_while_a_package_waits_stops_it(waiting: Waiting) -> None:
    """The client changes her mind after the release: what has not left does not leave."""
    waiting.say(WITHDRAWN)
    waiting.deliver()

    assert waiting.left() == []
    assert waiting.stopped() == ["consent-not-given"]
    status = waiting.desk.log.disclosure(waiting.disclosure_id)
    assert status is not None
    assert (status.delivered_at, status.stopped_at) == (None, a.NOW)


def test_a_key_revoked_while_a_package_waits_stops_it(waiting: Waiting) -> None:
    """A stolen key opens nothing that had not left yet, even where a new key is there already."""
    waiting.revoke_keys()
    new = recipient_key(RecipientPrivateKey.generate(), "housing-1", "housing-la")
    waiting.register().key(new)
    waiting.deliver()

    assert waiting.left() == []
    assert waiting.stopped() == ["key-revoked"]


def test_a_recipient_who_left_gets_nothing_more(waiting: Waiting) -> None:
    """Somebody who works for another agency by now is not who it was meant for."""
    moved = a.practitioner(agency_id=AgencyId("ashmere-probation"))
    waiting.register().practitioner(moved)
    waiting.deliver()

    assert waiting.left() == []
    assert waiting.stopped() == ["recipient-left"]


def test_what_still_holds_is_delivered(waiting: Waiting) -> None:
    """Another yes, a new key and a key to be revoked tomorrow stop nothing."""
    waiting.say(a.consent(ConsentStatus.GIVEN_VERBAL, taken_at=a.NOW))
    waiting.register().key(recipient_key(RecipientPrivateKey.generate(), "housing-1", "housing-la"))
    waiting.revoke_keys(at=timedelta(days=1))
    waiting.deliver()

    assert waiting.left() == [waiting.disclosure_id]
    assert waiting.stopped() == []


@pytest.mark.parametrize("said", CHANGES_OF_MIND)
def test_whatever_is_no_yes_any_more_stops_it(
    migrated_sqlite: Path, tmp_path: Path, redactor: RedactionService, said: str
) -> None:
    """Refused, coerced, limited to others or over: a yes that was leaned on has to hold."""
    (tmp_path / "broker.db").write_bytes(migrated_sqlite.read_bytes())
    with _waiting(f"sqlite:///{tmp_path / 'broker.db'}", tmp_path, redactor) as waiting:
        waiting.say(CHANGES_OF_MIND[said])
        waiting.clock.advance(MINUTE)
        waiting.deliver()

        assert waiting.left() == []
        assert waiting.stopped() == ["consent-not-given"]


def test_what_never_leaned_on_a_yes_is_not_stopped_by_a_no(
    migrated_sqlite: Path, tmp_path: Path, redactor: RedactionService
) -> None:
    """Shared on reasons and a manager's approval against her no: a second no changes nothing."""
    approval = Approval(
        kind=ApprovalKind.MANAGER,
        purpose=Purpose("marac-research"),
        approved_by=PractitionerId("manager-1"),
        approved_at=a.NOW,
    )
    refused = a.consent(ConsentStatus.REFUSED)
    case = a.case(version=2, consents=(refused,), approvals=(approval,))
    (tmp_path / "broker.db").write_bytes(migrated_sqlite.read_bytes())
    with _waiting(f"sqlite:///{tmp_path / 'broker.db'}", tmp_path, redactor, case) as waiting:
        waiting.say(WITHDRAWN)
        waiting.deliver()

        assert waiting.left() == [waiting.disclosure_id]
        assert waiting.stopped() == []


class Before:
    """An outbox as a broker left it that did not keep what was known of consent."""

    def __init__(self, outbox: Outbox) -> None:
        """Read the real one."""
        self._outbox = outbox

    def due(self, now: datetime, limit: int) -> tuple[DueDelivery, ...]:
        """Lease, and forget."""
        return tuple(replace(one, consents=None) for one in self._outbox.due(now, limit))


def test_a_package_from_before_needs_a_yes(waiting: Waiting) -> None:
    """What waited through an upgrade may have leaned on a yes, so without one it stays."""
    waiting.say(a.consent(ConsentStatus.NOT_SOUGHT_UNSAFE, taken_at=a.NOW))
    deliver_due(replace(waiting.desk, outbox=Before(waiting.desk.outbox)))

    assert waiting.left() == []
    assert waiting.stopped() == ["consent-not-given"]


def test_a_package_from_before_leaves_while_the_yes_stands(waiting: Waiting) -> None:
    """An upgrade alone stops nothing."""
    deliver_due(replace(waiting.desk, outbox=Before(waiting.desk.outbox)))

    assert waiting.left() == [waiting.disclosure_id]


def test_a_case_that_cannot_be_read_keeps_only_its_own_package_back(
    waiting: Waiting, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody spoilt a case: its package waits with an alarm, and the worker goes on."""

    class Spoilt:
        """Cases of which one is no longer as it was written."""

        def case(self, case_id: CaseId) -> Case | None:
            """Fail as the store does."""
            raise LedgerVerificationError(f"A stored case cannot be read ({len(case_id)}).")

        def __getattr__(self, name: str) -> object:
            return getattr(waiting.desk.cases, name)

    spoilt: Any = Spoilt()
    assert deliver_due(replace(waiting.desk, cases=spoilt)) == 0

    assert waiting.left() == []
    assert waiting.stopped() == []
    assert waiting.disclosure_id in caplog.text


def test_a_yes_taken_back_in_the_last_moment_is_taken_back(waiting: Waiting) -> None:
    """A withdrawal while the worker has the package in its hands counts."""

    class Withdraws:
        """The real outbox, between whose lease and the mailbox the client withdraws."""

        def due(self, now: object, limit: int) -> tuple[DueDelivery, ...]:
            """Lease, then let her say it."""
            found = waiting.desk.outbox.due(a.NOW, limit)
            assert now is not None
            waiting.say(WITHDRAWN)
            return found

    deliver_due(replace(waiting.desk, outbox=Withdraws()))

    assert waiting.left() == []
    assert waiting.stopped() == ["consent-not-given"]


def test_a_stopped_package_is_said_to_be_stopped_in_the_timeline(waiting: Waiting) -> None:
    """The advocate reads that it did not leave, and why."""
    waiting.say(WITHDRAWN)
    waiting.deliver()
    advocate = a.requester("idva-1", "idva-service")
    found = timeline(waiting.desk, advocate, CaseId("MR-0417"))

    assert found is not None
    told = [one.sentence for one in found.events if one.entry.kind is EventKind.DELIVERY_STOPPED]
    assert told == [
        "It was stopped on its way and did not leave: your client's agreement no longer stands."
    ]
