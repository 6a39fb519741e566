"""What a change of policy says in the log: versions, moments, counts, and people as tokens.

No file of a pack, no sentence of a rule and no reason is in an entry; the version is the hash over
the files, so that whoever is given them can check which they were.
DO NOT rename a member of a detail or change its meaning: add a member instead.
"""

from datetime import datetime

from broker.domain.ids import PolicyVersion, PractitionerId
from broker.domain.ledger import EntryDraft, JsonValue
from broker.domain.policy import PolicyFiles, PolicyRecord, Publication, PublicationKind
from broker.domain.words import EventKind
from broker.ledger.entry import time_text
from broker.ledger.tokens import token

_Detail = dict[str, JsonValue]


def drafted(record: PolicyRecord, files: PolicyFiles, salt: bytes) -> EntryDraft:
    """A version was put on file; `salt` is the broker's, here and below."""
    detail: _Detail = {
        "policy_version": record.version,
        "by": _person(salt, record.author),
        "files": len(files),
        "bytes": sum(len(one) for one in files.values()),
    }
    return _draft(EventKind.POLICY_DRAFTED, record.drafted_at, detail)


def submitted(record: PolicyRecord, by: PractitionerId, salt: bytes, at: datetime) -> EntryDraft:
    """A version passed its checks and waits for a second person."""
    return _step(EventKind.POLICY_SUBMITTED, record.version, _person(salt, by), at)


def approved(record: PolicyRecord, by: PractitionerId, salt: bytes, at: datetime) -> EntryDraft:
    """A second person approved a version."""
    return _step(EventKind.POLICY_APPROVED, record.version, _person(salt, by), at)


def rollback_asked(
    record: PolicyRecord, by: PractitionerId, salt: bytes, at: datetime
) -> EntryDraft:
    """The first of two people asked for an earlier version."""
    return _step(EventKind.POLICY_ROLLBACK_ASKED, record.version, _person(salt, by), at)


def published(one: Publication, salt: bytes) -> EntryDraft:
    """A version is to count from a moment on; a rollback has a kind of event of its own."""
    ordinary = one.kind is PublicationKind.PUBLICATION
    detail: _Detail = {
        "number": one.number,
        "policy_version": one.version,
        "previous": one.previous,
        "effective_at": time_text(one.effective_at),
        "author": _person(salt, one.author),
        "approver": _person(salt, one.approver),
        "by": _person(salt, one.publisher),
        "second": None if one.second is None else _person(salt, one.second),
        "emergency": one.kind is PublicationKind.EMERGENCY_ROLLBACK,
        "files": len(one.files),
    }
    kind = EventKind.POLICY_PUBLISHED if ordinary else EventKind.POLICY_ROLLED_BACK
    return _draft(kind, one.published_at, detail)


def in_force(number: int, version: PolicyVersion, at: datetime) -> EntryDraft:
    """The first broker decides by the publication; from here on no other version releases."""
    return _draft(EventKind.POLICY_IN_FORCE, at, {"number": number, "policy_version": version})


def refused(number: int, version: PolicyVersion, fault: str, at: datetime) -> EntryDraft:
    """A broker met a publication that may not come into force; `fault` is of a fixed list."""
    detail: _Detail = {"number": number, "policy_version": version, "fault": fault}
    return _draft(EventKind.POLICY_REFUSED, at, detail)


def alarmed(version: PolicyVersion, alarms: int, at: datetime) -> EntryDraft:
    """Reviews or references of the policy in force are due or overdue: how many."""
    return _draft(EventKind.POLICY_ALARM, at, {"policy_version": version, "alarms": alarms})


def _step(kind: EventKind, version: PolicyVersion, by: str, at: datetime) -> EntryDraft:
    return _draft(kind, at, {"policy_version": version, "by": by})


def _draft(kind: EventKind, at: datetime, detail: _Detail) -> EntryDraft:
    return EntryDraft(kind=kind, at=at, case_tag=None, detail=detail)


def _person(salt: bytes, practitioner_id: PractitionerId) -> str:
    return token(salt, "practitioner", practitioner_id)
