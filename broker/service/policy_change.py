"""Putting a policy in force, step by step and never by one person alone.

Only registered IG leads get past the first line; anybody else is told that there is nothing for
them. Who approves is compared by practitioner id with who wrote and who submitted.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from broker.domain.errors import InvalidRequestError
from broker.domain.ids import PolicyVersion, PractitionerId
from broker.domain.policy import (
    AdvancePolicy,
    DraftPolicy,
    PolicyFiles,
    PolicyRecord,
    PolicyStep,
    PolicyVerb,
    Publication,
    PublicationKind,
    PublishPolicy,
    RollbackAsked,
    check_transition,
)
from broker.domain.request import Requester
from broker.ledger import policy_events
from broker.ledger.publication import digest_files, digest_statement, write_statement
from broker.service.desk import Desk
from broker.service.policy_view import PolicySeen, is_ig_lead, newest_publication, seen

MAX_AHEAD = timedelta(days=366)
"""How far off a publication may count from: further is a slip in the year."""
ROLLBACK_WITHIN = timedelta(days=1)
"""For how long the first of two people asking for a rollback counts."""
MAX_FAULT_LINES = 200
"""Of what is said against a pack in one answer: who has more to mend starts with these."""
_NOT_THERE = "No such version is on file: list the versions."
_NOT_WHOLE = "The version is not whole on file: change its files and draft it anew."


def draft_policy(desk: Desk, requester: Requester, files: PolicyFiles) -> PolicySeen | None:
    """Put a version on file. It may still have faults: those are said when it is submitted."""
    if not is_ig_lead(desk, requester, "drafting a policy"):
        return None
    record = PolicyRecord(
        version=desk.shelf.reader.version_of(files),
        step=PolicyStep.DRAFT,
        revision=1,
        author=requester.practitioner_id,
        drafted_at=desk.clock.now(),
    )
    entry = policy_events.drafted(record, files, desk.cases.broker_salt())
    desk.ledger.record(entry, DraftPolicy(record=record, files=files))
    return seen(desk, record)


def submit_policy(desk: Desk, requester: Requester, version: PolicyVersion) -> PolicySeen | None:
    """Say that a version is ready, once it loads strictly and passes its own checks.

    Raises:
        InvalidRequestError: it does not; holds everything that is wrong.

    """
    if not is_ig_lead(desk, requester, "submitting a policy"):
        return None
    record, now = _record(desk, version), desk.clock.now()
    step = check_transition(PolicyVerb.SUBMIT, record.step)
    faults = desk.shelf.reader.check(_files(desk, version), now.date())
    if faults:
        more = len(faults) - MAX_FAULT_LINES
        rest = (f"... and {more} lines more: marac-broker policies check shows them.",)
        raise InvalidRequestError("\n".join((*faults[:MAX_FAULT_LINES], *rest[: max(0, more)])))
    by = requester.practitioner_id
    ready = replace(record, revision=record.revision + 1, step=step, submitter=by, submitted_at=now)
    salt = desk.cases.broker_salt()
    desk.ledger.record(policy_events.submitted(ready, by, salt, now), AdvancePolicy(record=ready))
    return seen(desk, ready)


def approve_policy(desk: Desk, requester: Requester, version: PolicyVersion) -> PolicySeen | None:
    """Approve a version that other people wrote and submitted.

    Raises:
        InvalidRequestError: the approver is one of them, or it was not submitted.

    """
    if not is_ig_lead(desk, requester, "approving a policy"):
        return None
    record, by, now = _record(desk, version), requester.practitioner_id, desk.clock.now()
    step = check_transition(PolicyVerb.APPROVE, record.step)
    if by in (record.author, record.submitter):
        raise InvalidRequestError(
            "Whoever wrote or submitted a version cannot approve it: ask another IG lead."
        )
    revision = record.revision + 1
    approved = replace(record, revision=revision, step=step, approver=by, approved_at=now)
    entry = policy_events.approved(approved, by, desk.cases.broker_salt(), now)
    desk.ledger.record(entry, AdvancePolicy(record=approved))
    return seen(desk, approved)


def publish_policy(
    desk: Desk, requester: Requester, version: PolicyVersion, effective_at: datetime | None
) -> PolicySeen | None:
    """Sign that an approved version counts from a moment on; None: from now.

    What was scheduled before and has not come into force by then never will.

    Raises:
        InvalidRequestError: it was not approved, or the moment is gone or too far off.

    """
    if not is_ig_lead(desk, requester, "publishing a policy"):
        return None
    record, now = _record(desk, version), desk.clock.now()
    step = check_transition(PolicyVerb.PUBLISH, record.step)
    if effective_at is not None and not now <= effective_at <= now + MAX_AHEAD:
        raise InvalidRequestError(
            "Give a moment to come, at most a year ahead, or none for at once."
        )
    published = replace(record, revision=record.revision + 1, step=step)
    one = _next(desk, published, requester.practitioner_id, now)
    return _publish(desk, published, replace(one, effective_at=effective_at or now))


def rollback_policy(
    desk: Desk, requester: Requester, version: PolicyVersion, reason: str, *, emergency: bool
) -> PolicySeen | None:
    """Put an earlier version in force again, at once.

    The first person asks, another one does it within a day. In an emergency one person is enough;
    it raises an alarm that stays until the next publication.

    Raises:
        InvalidRequestError: it was never published, or is in force.

    """
    if not is_ig_lead(desk, requester, "rolling a policy back"):
        return None
    record, by, now = _record(desk, version), requester.practitioner_id, desk.clock.now()
    check_transition(PolicyVerb.ROLL_BACK, record.step)
    desk.rules.refresh()
    if version == desk.policy.version:
        raise InvalidRequestError("This version is in force: there is nothing to roll back.")
    asked = _asked(desk, record, by, now)
    if asked is None and not emergency:
        return _ask_rollback(desk, record, by, now)
    one = replace(
        _next(desk, record, by, now),
        kind=PublicationKind.EMERGENCY_ROLLBACK if asked is None else PublicationKind.ROLLBACK,
        second=None if asked is None else asked.asked_by,
        reason=reason,
    )
    return _publish(desk, replace(record, revision=record.revision + 1, rollback=None), one)


def _asked(
    desk: Desk, record: PolicyRecord, by: PractitionerId, now: datetime
) -> RollbackAsked | None:
    """Return who else asked for this rollback, if that still counts."""
    asked, newest = record.rollback, newest_publication(desk)
    if asked is None or asked.asked_by == by or now - asked.asked_at > ROLLBACK_WITHIN:
        return None
    return asked if newest is not None and asked.over == newest.number else None


def _ask_rollback(
    desk: Desk, record: PolicyRecord, by: PractitionerId, now: datetime
) -> PolicySeen:
    newest = newest_publication(desk)
    asked = RollbackAsked(asked_by=by, asked_at=now, over=newest.number if newest else 0)
    waiting = replace(record, revision=record.revision + 1, rollback=asked)
    entry = policy_events.rollback_asked(waiting, by, desk.cases.broker_salt(), now)
    desk.ledger.record(entry, AdvancePolicy(record=waiting))
    return seen(desk, waiting)


def _next(desk: Desk, record: PolicyRecord, by: PractitionerId, now: datetime) -> Publication:
    """Return the next publication, from now on; the store refuses it if another was first."""
    newest, files = newest_publication(desk), _files(desk, record.version)
    if record.submitter is None or record.approver is None:
        raise InvalidRequestError(_NOT_WHOLE)
    signed = None if newest is None else newest.signed
    return Publication(
        number=1 if newest is None else newest.number + 1,
        version=record.version,
        previous=None if newest is None else newest.version,
        previous_digest="" if signed is None else digest_statement(signed.statement),
        kind=PublicationKind.PUBLICATION,
        effective_at=now,
        published_at=now,
        author=record.author,
        submitter=record.submitter,
        approver=record.approver,
        publisher=by,
        files=digest_files(files),
    )


def _publish(desk: Desk, record: PolicyRecord, one: Publication) -> PolicySeen:
    signed = desk.shelf.signer.sign(write_statement(one))
    desk.ledger.record(
        policy_events.published(one, desk.cases.broker_salt()),
        AdvancePolicy(record=record),
        PublishPolicy(publication=one, signed=signed),
    )
    # If we crash here it is published: every broker, this one too when it starts, goes by it.
    desk.rules.refresh()
    return seen(desk, record)


def _record(desk: Desk, version: PolicyVersion) -> PolicyRecord:
    record = desk.shelf.store.record(version)
    if record is None:
        raise InvalidRequestError(_NOT_THERE)
    return record


def _files(desk: Desk, version: PolicyVersion) -> PolicyFiles:
    """Return the files that were drafted: what is signed is never what somebody put there later."""
    files = desk.shelf.store.files(version)
    if files is None or desk.shelf.reader.version_of(files) != version:
        raise InvalidRequestError(_NOT_WHOLE)
    return files
