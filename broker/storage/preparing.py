"""From a domain change to a sealed row, in the caller's thread: the writer only writes."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine, Table, bindparam, select

from broker.domain.alert import AlertChange
from broker.domain.broker_keys import PutLogKey
from broker.domain.case import Case, Meeting
from broker.domain.challenge import PutChallenge
from broker.domain.changes import (
    Change,
    ClaimRequest,
    FinishTask,
    MarkAcknowledged,
    MarkDelivered,
    PostponeDelivery,
    PutAgency,
    PutCase,
    PutMeeting,
    PutPackage,
    PutPractitioner,
    PutRecipientKey,
    PutSystem,
    RecordChange,
    RevokeRecipientKey,
    StopDelivery,
)
from broker.domain.decision import Decision
from broker.domain.duties import EMERGENCY, duties_of_decision, duties_of_disclosure
from broker.domain.erasure import RetentionChange
from broker.domain.errors import CaseChangedError, InvalidRequestError, LedgerError
from broker.domain.ids import CaseId, PractitionerId, RequestId
from broker.domain.opened import OpenedChange
from broker.domain.package import RecipientKey, SealedPackage
from broker.domain.policy import PolicyChange
from broker.domain.review import PutProgress, ReviewChange
from broker.domain.task import Duty
from broker.ledger.events import request_fingerprint
from broker.ledger.tokens import case_tag
from broker.storage import alerts, challenges, log_keys, opened, policy_rows, retention, sealing
from broker.storage.directory import StoredDirectory
from broker.storage.documents import Documents
from broker.storage.engine import read_rows
from broker.storage.key_rows import key_rows
from broker.storage.reviews import prepare_held, prepare_progress
from broker.storage.sealing import ClaimDocument, DataKey, DisclosureDocument, Sealing, T, Values
from broker.storage.sequencer import Write
from broker.storage.tables import (
    agencies,
    cases,
    data_keys,
    emergencies,
    meetings,
    practitioners,
    recipient_keys,
    systems,
)
from broker.storage.task_rows import NewRows, Together
from broker.storage.tasks import prepare_finish, prepare_tasks
from broker.storage.writes import (
    Claim,
    Mark,
    Postpone,
    PutCaseRow,
    PutNewRow,
    PutRow,
    QueuePackage,
    RevokeKeyRow,
    Settle,
)

_WRAPPED = select(data_keys.c.wrapped).where(data_keys.c.ref == bindparam("ref"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparing:
    """Prepares the changes of calls. Thread-safe."""

    sealing: Sealing
    readers: Engine
    directory: StoredDirectory
    new_keys: dict[str, DataKey] = field(default_factory=dict, repr=False)

    def prepare(self, changes: Sequence[Change], at: datetime) -> tuple[Write, ...]:
        """Return the writes of one call, in its order.

        Raises:
            InvalidRequestError: about something that is not there.

        """
        # Two versions of a new case in one call share the key that the first one makes.
        once = Preparing(
            sealing=self.sealing, readers=self.readers, directory=self.directory, new_keys={}
        )
        writes: list[Write] = []
        for change in changes:
            if isinstance(change, PolicyChange):
                writes.extend(policy_rows.prepare(self.sealing, change))
            elif isinstance(change, RetentionChange):
                writes.extend(retention.prepare(self.sealing, self.readers, change))
            elif isinstance(change, PutLogKey):
                writes.append(log_keys.prepare(change))
            elif isinstance(change, AlertChange):
                writes.append(alerts.prepare(change))
            elif isinstance(change, PutChallenge):
                writes.append(challenges.prepare(self.sealing, self.readers, change))
            elif isinstance(change, OpenedChange):
                writes.append(opened.prepare(self.sealing, self.readers, change))
            elif isinstance(change, ReviewChange):
                writes.append(once._review(change, at))
            else:
                writes.append(once._write(change, at))
        return tuple(writes)

    def decision(self, decision: Decision, at: datetime) -> Write:
        """Return the claim of the decision's request, with its reasons, and what has to be done."""
        key = self._case_key(decision.request.case_id)
        if decision.context.case is not None and key.name != self._case_ref(decision):
            raise CaseChangedError("The case has changed meanwhile: ask again under the same key.")
        claim = self._claim_under(key, decision)
        then = self._tasks(decision, duties_of_decision(decision, at), claim, key)
        return Together(first=claim, then=then) if then else claim

    def blind_fingerprint(self, fingerprint: str) -> str:
        """Return the stored form: a digest over guessable ids may not lie about."""
        key = self.sealing.keyring.index_key
        return hmac.new(key, b"fingerprint|" + fingerprint.encode(), hashlib.sha256).hexdigest()

    def claim_ref(self, practitioner_id: PractitionerId, request_id: RequestId) -> str:
        """Return where a request id is claimed."""
        return self.sealing.keyring.ref("claim", practitioner_id, request_id)

    def _review(self, change: ReviewChange, at: datetime) -> Write:
        if isinstance(change, PutProgress):
            return prepare_progress(self.sealing, self.readers, change)
        key = self._case_key(change.held.permit.request.case_id)
        return prepare_held(self.sealing, change, key, at)

    def _write(self, change: RecordChange, at: datetime) -> Write:  # noqa: C901, PLR0911  one case per change
        ref = self.sealing.keyring.ref
        match change:
            case PutAgency(agency=agency):
                where = ref("agency", agency.agency_id)
                return self._shared(agencies, where, sealing.AGENCY, agency)
            case PutPractitioner(practitioner=one):
                where = ref("practitioner", one.practitioner_id)
                return self._shared(practitioners, where, sealing.PRACTITIONER, one)
            case PutSystem(system=system):
                where = ref("system", system.thumbprint)
                return self._shared(systems, where, sealing.SYSTEM, system)
            case PutCase(case=case):
                return self._case(case)
            case PutMeeting(meeting=meeting):
                return self._meeting(meeting)
            case PutRecipientKey() | RevokeRecipientKey():
                return self._recipient_key(change)
            case ClaimRequest():
                return self._bare_claim(change)
            case PutPackage(package=package):
                return self._package(package, at)
            case FinishTask():
                return prepare_finish(self.sealing, self.readers, change)
            case MarkDelivered() | StopDelivery() | PostponeDelivery() | MarkAcknowledged():
                return _of_delivery(change)

    def _shared(self, table: Table, ref: str, documents: Documents[T], value: T) -> PutRow:
        sealed = self.sealing.seal(self.sealing.directory_key, documents, value)
        return PutRow(table=table, values={"ref": ref, "sealed": sealed})

    def _meeting(self, meeting: Meeting) -> PutRow:
        ref = self.sealing.keyring.ref("meeting", meeting.meeting_id)
        sealed = self.sealing.seal(self.sealing.directory_key, sealing.MEETING, meeting)
        values: Values = {"ref": ref, "held_at": meeting.held_at, "sealed": sealed}
        return PutRow(table=meetings, values=values)

    def _recipient_key(self, change: PutRecipientKey | RevokeRecipientKey) -> PutRow:
        if isinstance(change, PutRecipientKey):
            refusal = "This key is registered already: a thumbprint is never used again."
            return PutNewRow(
                table=recipient_keys, values=self._key_values(change.key), refusal=refusal
            )
        revoked = self.directory.revoked(change.thumbprint, change.at)
        return RevokeKeyRow(table=recipient_keys, values=self._key_values(revoked))

    def _key_values(self, key: RecipientKey) -> dict[str, str | bytes]:
        ref = self.sealing.keyring.ref
        return {
            "ref": ref("recipient-key", key.thumbprint),
            "owner": ref("practitioner", key.owner),
            "sealed": self.sealing.seal(self.sealing.directory_key, sealing.RECIPIENT_KEY, key),
        }

    def _case(self, case: Case) -> PutCaseRow:
        ref = self.sealing.keyring.ref("case", case.case_id)
        key, new_key = self._stored_key(ref), None
        if key is None:
            key = self.new_keys[ref] = self.sealing.new_key(ref)
            new_key = PutRow(table=data_keys, values={"ref": ref, "wrapped": key.wrapped})
        return PutCaseRow(
            table=cases,
            values={
                "ref": ref,
                "advocate": self.sealing.keyring.ref("practitioner", case.advocate),
                "version": case.version,
                "sealed": self.sealing.seal(key, sealing.CASE, case),
            },
            new_key=new_key,
        )

    def _stored_key(self, ref: str) -> DataKey | None:
        if ref in self.new_keys:
            return self.new_keys[ref]
        for (wrapped,) in read_rows(self.readers, _WRAPPED, ref=ref):
            return DataKey(name=ref, wrapped=wrapped)
        return None

    def _case_key(self, case_id: CaseId) -> DataKey:
        """Return the case's key; this month's for a case that is not there."""
        found = self._stored_key(self.sealing.keyring.ref("case", case_id))
        if found is not None:
            return found
        passing = retention.passing_key(self.sealing, self.readers)
        return self.sealing.directory_key if passing is None else passing.key

    def _case_ref(self, decision: Decision) -> str:
        return self.sealing.keyring.ref("case", decision.request.case_id)

    def _claim_under(self, key: DataKey, decision: Decision) -> Claim:
        request = decision.request
        document = ClaimDocument(
            practitioner_id=decision.requester.practitioner_id,
            request_id=request.request_id,
            request=request,
        )
        return self._claim(document, request_fingerprint(request), key)

    def _bare_claim(self, change: ClaimRequest) -> Claim:
        document = ClaimDocument(
            practitioner_id=change.practitioner_id, request_id=change.request_id, request=None
        )
        return self._claim(document, change.fingerprint, self.sealing.directory_key)

    def _claim(self, document: ClaimDocument, fingerprint: str, key: DataKey) -> Claim:
        return Claim(
            values={
                "ref": self.claim_ref(document.practitioner_id, document.request_id),
                "fingerprint": self.blind_fingerprint(fingerprint),
                "data_key": key.name,
                "sealed": self.sealing.seal(key, sealing.CLAIM, document),
            }
        )

    def _tasks(
        self, decision: Decision, duties: Sequence[Duty], claim: Claim, key: DataKey
    ) -> tuple[NewRows, ...]:
        return prepare_tasks(
            self.sealing,
            duties,
            claim=str(claim.values["ref"]),
            tag=case_tag(decision.context.salt, decision.request.case_id),
            key=key,
        )

    def _emergency(self, package: SealedPackage, at: datetime) -> tuple[NewRows, ...]:
        """Return what an emergency release is counted by (rule E03)."""
        permit = package.permit
        if permit.request.purpose != EMERGENCY:
            return ()
        by = self.sealing.keyring.ref("practitioner", permit.requester.practitioner_id)
        row: Values = {"ref": package.disclosure_id, "practitioner": by, "at": at}
        return (NewRows(table=emergencies, rows=(row,)),)

    def _package(self, package: SealedPackage, at: datetime) -> Together:
        if hashlib.sha256(package.content).hexdigest() != package.digest:
            raise LedgerError("The package is not the one that was sealed: seal the record again.")
        document = _disclosure_document(package)
        key = self._case_key(package.permit.request.case_id)
        claim = self._claim_under(key, package.permit)
        values = {
            "disclosure_id": package.disclosure_id,
            "claim": claim.values["ref"],
            "data_key": key.name,
            "sealed": self.sealing.seal(key, sealing.DISCLOSURE, document),
            "content": package.content,
        }
        case = package.permit.context.case
        queued = QueuePackage(
            claim=claim,
            values=values,
            next_attempt_at=at,
            case_ref=self.sealing.keyring.ref("case", package.permit.request.case_id),
            case_version=0 if case is None else case.version,
            keys=key_rows(self.sealing, self.readers, package.recipients, at),
        )
        tasks = self._tasks(package.permit, duties_of_disclosure(package, at), claim, key)
        return Together(first=queued, then=(*tasks, *self._emergency(package, at)))


def _of_delivery(
    change: MarkDelivered | StopDelivery | PostponeDelivery | MarkAcknowledged,
) -> Write:
    disclosure_id = change.disclosure_id
    if isinstance(change, MarkAcknowledged):
        return Mark(mark="acknowledged", disclosure_id=disclosure_id, at=change.at)
    until = change.leased_until
    if isinstance(change, PostponeDelivery):
        again = change.next_attempt_at
        return Postpone(disclosure_id=disclosure_id, leased_until=until, next_attempt_at=again)
    mark = "delivered" if isinstance(change, MarkDelivered) else "stopped"
    return Settle(mark=mark, disclosure_id=disclosure_id, leased_until=until, at=change.at)


def _disclosure_document(package: SealedPackage) -> DisclosureDocument:
    permit = package.permit
    if permit.context.recipient is None or permit.context.recipient_agency is None:
        raise InvalidRequestError("The recipient is not registered: register them, then ask again.")
    return DisclosureDocument(
        disclosure_id=package.disclosure_id,
        request_id=permit.request.request_id,
        requester=permit.requester.practitioner_id,
        recipient=permit.request.recipient,
        recipient_agency=permit.context.recipient_agency.agency_id,
        mailbox_url=permit.context.recipient_agency.mailbox_url,
        consents=tuple((one.category, one.facts.consent) for one in permit.grants),
    )
