"""What each event says in the log. Never content, never a name, never an id that points at one.

Kinds of agency, roles, purposes, categories and facts are words of the vocabulary and stand in
the clear, so that anybody can replay decisions; people, agencies, systems and keys are tokens.
DO NOT rename a member of a detail or change its meaning: add a member instead.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from broker.domain.case import Case, Meeting
from broker.domain.context import FACT_NAMES
from broker.domain.decision import Decision, Ruling
from broker.domain.ids import AgencyKind, CaseTag, PolicyVersion
from broker.domain.ledger import EntryDraft, JsonValue, Receipt
from broker.domain.package import RecipientKey, SealedPackage
from broker.domain.people import Agency, AgencySystem, Practitioner
from broker.domain.record import HeldRecord
from broker.domain.request import Requester, ShareRequest
from broker.domain.task import Task
from broker.domain.words import UNKNOWN, EventKind
from broker.ledger.document_events import documents_of
from broker.ledger.entry import canonical_bytes, time_text
from broker.ledger.tokens import case_tag, token

SMALLEST_BUCKET_BYTES = 4_096
"""Package sizes are logged as the next power of two from here: the exact size is a fingerprint."""

_Detail = dict[str, JsonValue]


def request_fingerprint(request: ShareRequest) -> str:
    """Return SHA-256 hex over the canonical request: what must be equal when it comes again.

    The moment it was made is left out, because a client that asks again asks later.
    """
    members: _Detail = {
        "version": 1,
        "request": request.request_id,
        "case": request.case_id,
        "subject": request.subject_id,
        "purpose": request.purpose,
        "categories": tuple(request.categories),
        "holder": request.holder,
        "recipient": request.recipient,
        "meeting": request.meeting_id,
        "since": None if request.since is None else request.since.isoformat(),
        "reasons": request.reasons,
    }
    return sha256(canonical_bytes(members)).hexdigest()


def request_token(salt: bytes, requester: Requester, request: ShareRequest) -> str:
    """Return how the log names one request: an id is the requester's own, so it goes with them."""
    return token(salt, "request", f"{requester.practitioner_id}|{request.request_id}")


def decision(decided: Decision, at: datetime) -> EntryDraft:
    """Everything that was looked at and everything that was answered, refusals too.

    A word from outside the vocabulary is logged as `unknown`: it is the caller's text.
    """
    salt, request = decided.context.salt, decided.request
    detail: _Detail = {
        **_request(decided),
        "request_digest": token(salt, "fingerprint", request_fingerprint(request)),
        "purpose": decided.rulings[0].facts.purpose if decided.rulings else UNKNOWN,
        "meeting": request.meeting_id if decided.context.meeting else None,
        "subject": token(salt, "subject", request.subject_id),
        "requester": _requester(salt, decided.requester),
        "holder": _agency(salt, request.holder, decided.context.holder),
        "recipient": _recipient(decided),
        "since": decided.context.since.isoformat(),
        **_since_of(decided),
        "case_open": decided.context.case is not None,
        "outcome": decided.outcome.value,
        "policy_version": decided.policy_version,
        "rulings": tuple(_ruling(one) for one in decided.rulings),
    }
    return _draft(EventKind.DECISION, at, _tag(decided), detail)


def disclosure(package: SealedPackage, at: datetime) -> EntryDraft:
    """What is about to leave: digests and counts."""
    permit, salt = package.permit, package.permit.context.salt
    detail: _Detail = {
        **_request(permit),
        "disclosure": package.disclosure_id,
        "package_digest": package.digest,
        "size_bucket": size_bucket(len(package.content)),
        "holder": _agency(salt, permit.request.holder, permit.context.holder),
        "recipient": _recipient(permit),
        "keys": tuple(token(salt, "key", one) for one in package.recipients),
        "categories": tuple(one.category for one in permit.grants),
        "removed": dict(package.removed),
        "profile": package.profile,
        "outcome": permit.outcome.value,
        "policy_version": permit.policy_version,
        "sealed_at": time_text(package.sealed_at),
        "expires_at": time_text(package.expires_at),
        **({"earlier": tuple(permit.context.earlier)} if permit.context.earlier else {}),
        **documents_of(package),
    }
    return _draft(EventKind.DISCLOSURE, at, _tag(permit), detail)


def size_bucket(size: int) -> int:
    """Return the next power of two, at least SMALLEST_BUCKET_BYTES."""
    return max(SMALLEST_BUCKET_BYTES, 1 << (size - 1).bit_length())


def held(record: HeldRecord, at: datetime) -> EntryDraft:
    """A record that a person must see before it leaves."""
    detail: _Detail = {**_request(record.permit), "flags": tuple(record.flags)}
    return _draft(EventKind.HELD_FOR_PERSON, at, _tag(record.permit), detail)


def source_failed(
    salt: bytes, requester: Requester, request: ShareRequest, failure: str, at: datetime
) -> EntryDraft:
    """A permitted request came to nothing; `failure` is the name of the error."""
    detail: _Detail = {"request": request_token(salt, requester, request), "failure": failure}
    return _draft(EventKind.SOURCE_FAILED, at, case_tag(salt, request.case_id), detail)


def delivered(receipt: Receipt, at: datetime) -> EntryDraft:
    """The recipient's mailbox has the package."""
    return _of_receipt(EventKind.DELIVERED, receipt, at, {})


def delivery_failed(receipt: Receipt, attempts: int, at: datetime) -> EntryDraft:
    """The mailbox did not take the package, for the `attempts`-th time."""
    return _of_receipt(EventKind.DELIVERY_FAILED, receipt, at, {"attempts": attempts})


def delivery_stopped(receipt: Receipt, reason: str, at: datetime) -> EntryDraft:
    """The package was taken out of the outbox and will not leave; `reason` is a word."""
    return _of_receipt(EventKind.DELIVERY_STOPPED, receipt, at, {"reason": reason})


def task_done(task: Task, doer: Requester, salt: bytes, at: datetime) -> EntryDraft:
    """Somebody did what an obligation asked for; `salt` is the broker's, here and below."""
    detail: _Detail = {
        "task": task.task_id,
        "obligation": task.duty.code,
        "entry": task.entry,
        "requester": _requester(salt, doer),
    }
    return _draft(EventKind.TASK_DONE, at, task.case_tag, detail)


def tasks_read(reader: Requester, found: int, salt: bytes, at: datetime) -> EntryDraft:
    """Somebody read what they have to do: how much it was, not what."""
    detail: _Detail = {"requester": _requester(salt, reader), "tasks": found}
    return _draft(EventKind.TASKS_READ, at, None, detail)


def acknowledged(receipt: Receipt, at: datetime) -> EntryDraft:
    """The recipient has opened the package."""
    return _of_receipt(EventKind.ACKNOWLEDGED, receipt, at, {})


def disclosure_read(receipt: Receipt, reader: Requester, salt: bytes, at: datetime) -> EntryDraft:
    """Somebody looked up where a disclosure stands."""
    return _of_receipt(
        EventKind.DISCLOSURE_READ, receipt, at, {"requester": _requester(salt, reader)}
    )


def rejected(reason: str, kind: AgencyKind | None, at: datetime) -> EntryDraft:
    """A call that did not get as far as a decision; `reason` is a word, never what was sent."""
    return _draft(EventKind.REQUEST_REJECTED, at, None, {"reason": reason, "agency_kind": kind})


def list_read(meeting: Meeting, reader: Requester, salt: bytes, at: datetime) -> EntryDraft:
    """Somebody read a meeting's list; `salt` is the broker's."""
    detail: _Detail = {"meeting": meeting.meeting_id, "requester": _requester(salt, reader)}
    return _draft(EventKind.LIST_READ, at, None, detail)


def timeline_read(case: Case, reader: Requester, at: datetime) -> EntryDraft:
    """An advocate or auditor read what the log holds of a case."""
    detail: _Detail = {"requester": _requester(case.salt, reader)}
    return _of_case(EventKind.TIMELINE_READ, case, at, detail)


def case_recorded(case: Case, at: datetime, changed: tuple[str, ...] = ()) -> EntryDraft:
    """A case was added or replaced; `changed` names what, where it was not the whole case."""
    detail: _Detail = {"case_version": case.version}
    if changed:
        detail["changed"] = changed
    return _of_case(EventKind.CASE_RECORDED, case, at, detail)


def consent_changed(case: Case, at: datetime) -> EntryDraft:
    """The newest statement of consent is another one: its status, not who said what."""
    newest = max(case.consents, key=lambda one: one.taken_at, default=None)
    status = None if newest is None else newest.status.value
    detail: _Detail = {"case_version": case.version, "status": status}
    return _of_case(EventKind.CONSENT_CHANGED, case, at, detail)


def meeting_listed(meeting: Meeting, at: datetime) -> EntryDraft:
    """A meeting's list was added or replaced."""
    detail: _Detail = {
        "meeting": meeting.meeting_id,
        "held_at": time_text(meeting.held_at),
        "listings": len(meeting.listings),
    }
    return _draft(EventKind.MEETING_LISTED, at, None, detail)


def agency_registered(agency: Agency, salt: bytes, at: datetime) -> EntryDraft:
    """An agency was added or replaced; `salt` is the broker's, here and below."""
    detail: _Detail = {"agency": _agency(salt, agency.agency_id, agency)}
    return _draft(EventKind.AGENCY_REGISTERED, at, None, detail)


def practitioner_registered(one: Practitioner, salt: bytes, at: datetime) -> EntryDraft:
    """A practitioner was added or replaced."""
    detail: _Detail = {
        "practitioner": token(salt, "practitioner", one.practitioner_id),
        "agency": token(salt, "agency", one.agency_id),
        "role": one.role,
    }
    return _draft(EventKind.PRACTITIONER_REGISTERED, at, None, detail)


def system_registered(system: AgencySystem, salt: bytes, at: datetime) -> EntryDraft:
    """An agency's system was added or replaced."""
    detail: _Detail = {
        "system": token(salt, "system", system.thumbprint),
        "agency": token(salt, "agency", system.agency_id),
    }
    return _draft(EventKind.SYSTEM_REGISTERED, at, None, detail)


def key_registered(key: RecipientKey, salt: bytes, at: datetime) -> EntryDraft:
    """A recipient's public key was added."""
    detail = {**_key(key, salt), "held_by": key.held_by.value, "until": time_text(key.not_after)}
    return _draft(EventKind.KEY_REGISTERED, at, None, detail)


def key_revoked(key: RecipientKey, salt: bytes, at: datetime) -> EntryDraft:
    """From now on nothing is sealed to the key."""
    return _draft(EventKind.KEY_REVOKED, at, None, _key(key, salt))


def policy_asked(
    asker: Requester, rulings: Sequence[Ruling], version: PolicyVersion, salt: bytes, at: datetime
) -> EntryDraft:
    """Somebody asked what the rules say, about no case; `salt` is the broker's."""
    outcomes = [one.outcome.value for one in rulings]
    detail: _Detail = {
        "requester": _requester(salt, asker),
        "outcomes": {one: outcomes.count(one) for one in sorted(set(outcomes))},
        "policy_version": version,
    }
    return _draft(EventKind.POLICY_ASKED, at, None, detail)


def policy_loaded(version: PolicyVersion, at: datetime) -> EntryDraft:
    """A policy pack came into force."""
    return _draft(EventKind.POLICY_LOADED, at, None, {"policy_version": version})


def broker_started(software: str, at: datetime) -> EntryDraft:
    """A broker process started; `software` is name and version."""
    return _draft(EventKind.BROKER_STARTED, at, None, {"software": software})


def _draft(kind: EventKind, at: datetime, tag: CaseTag | None, detail: _Detail) -> EntryDraft:
    return EntryDraft(kind=kind, at=at, case_tag=tag, detail=detail)


def _of_case(kind: EventKind, case: Case, at: datetime, detail: _Detail) -> EntryDraft:
    return _draft(kind, at, case_tag(case.salt, case.case_id), detail)


def _of_receipt(kind: EventKind, receipt: Receipt, at: datetime, detail: _Detail) -> EntryDraft:
    named: _Detail = {"disclosure": receipt.disclosure_id, "entry": receipt.entry.index, **detail}
    return _draft(kind, at, receipt.entry.case_tag, named)


def _tag(decided: Decision) -> CaseTag:
    """Return the tag of the asked case, seen or not: an advocate must learn of every attempt."""
    return case_tag(decided.context.salt, decided.request.case_id)


def _request(decided: Decision) -> _Detail:
    salt, request = decided.context.salt, decided.request
    return {"request": request_token(salt, decided.requester, request)}


def _since_of(decided: Decision) -> _Detail:
    """Return the dates that are not `since`; a decision without any does not speak of them."""
    dates: _Detail = {one: day.isoformat() for one, day in decided.context.since_of}
    return {"since_of": dates} if dates else {}


def _requester(salt: bytes, requester: Requester) -> _Detail:
    return {
        "practitioner": token(salt, "practitioner", requester.practitioner_id),
        "role": requester.role,
        "agency": token(salt, "agency", requester.agency_id),
        "agency_kind": requester.agency_kind,
        "system": token(salt, "system", requester.system),
    }


def _agency(salt: bytes, agency_id: str, agency: Agency | None) -> _Detail:
    kind = None if agency is None else agency.kind
    return {"agency": token(salt, "agency", agency_id), "agency_kind": kind}


def _recipient(decided: Decision) -> _Detail:
    salt, context = decided.context.salt, decided.context
    named: _Detail = {"practitioner": token(salt, "practitioner", decided.request.recipient)}
    if context.recipient is None:
        return named
    agency_id = context.recipient.agency_id
    return {**named, **_agency(salt, agency_id, context.recipient_agency)}


def _key(key: RecipientKey, salt: bytes) -> _Detail:
    return {
        "key": token(salt, "key", key.thumbprint),
        "owner": token(salt, "practitioner", key.owner),
        "agency": token(salt, "agency", key.agency_id),
    }


def _ruling(ruling: Ruling) -> Mapping[str, JsonValue]:
    return {
        "category": ruling.facts.category,
        "outcome": ruling.outcome.value,
        "facts": dict(zip(FACT_NAMES, ruling.facts.as_tuple(), strict=True)),
        "rules": tuple(ruling.rules),
        "deciding_rules": tuple(ruling.deciding_rules),
        "obligations": tuple(ruling.obligations),
        "unmet": tuple(ruling.unmet),
        "profile": ruling.profile,
        "basis": tuple(ruling.basis),
    }
