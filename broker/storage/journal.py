"""The disclosure log, written (ports.Ledger): the only door to state."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from broker.domain.changes import Change, PutPackage
from broker.domain.decision import Decision
from broker.domain.ids import DisclosureId, PolicyVersion
from broker.domain.ledger import EntryDraft, LedgerEntry, Receipt
from broker.domain.package import SealedPackage
from broker.domain.ports import Clock
from broker.domain.record import HeldRecord
from broker.domain.request import Requester, ShareRequest
from broker.domain.review import PutHeld
from broker.domain.review_terms import expires_at
from broker.ledger import events, review_events
from broker.ledger.receipts import make_receipt
from broker.storage.engine import read_rows
from broker.storage.preparing import Preparing
from broker.storage.reader import StoredLog
from broker.storage.reviews import review_id_of
from broker.storage.sequencer import Appended, Sequencer, Write
from broker.storage.tables import claims, disclosures
from broker.storage.under_policy import UnderPolicy
from broker.storage.writes import AlreadyDisclosedError, check_same_request

_ANSWERED = (
    select(claims.c.fingerprint, disclosures.c.disclosure_id)
    .outerjoin(disclosures, disclosures.c.claim == claims.c.ref)
    .where(claims.c.ref == bindparam("ref"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Turns domain values into entries and rows, and waits until they are durable."""

    sequencer: Sequencer
    preparing: Preparing
    log: StoredLog
    clock: Clock

    def record(self, draft: EntryDraft, *changes: Change) -> LedgerEntry:
        """Append one event together with its changes."""
        return self._append(draft, *changes).entry

    def record_decision(self, decision: Decision) -> LedgerEntry:
        """Append the decision, refusals too, and claim its request id."""
        draft = events.decision(decision, self.clock.now())
        writes = (self.preparing.decision(decision, draft.at),)
        return self.sequencer.append(draft, self._under(decision.policy_version, writes)).entry

    def record_held(self, held: HeldRecord) -> LedgerEntry:
        """Append that a record waits for a person, and keep it for the holder's reviewers."""
        now, permit = self.clock.now(), held.permit
        review = review_id_of(self.preparing.sealing.keyring, permit.requester, permit.request)
        draft = review_events.held(held, review, expires_at(held, now), now)
        return self._append(draft, PutHeld(held=held)).entry

    def record_disclosure(self, package: SealedPackage, *changes: Change) -> Receipt:
        """Append the disclosure and queue the package, or return the receipt there already is."""
        draft = events.disclosure(package, self.clock.now())
        try:
            writes = self.preparing.prepare((PutPackage(package=package), *changes), draft.at)
            version = package.permit.policy_version
            made = self.sequencer.append(draft, self._under(version, writes))
        except AlreadyDisclosedError as earlier:
            return self.log.receipt_of(earlier.disclosure_id)
        # If we crash here the package is queued and covered: the outbox delivers it, and the
        # same request asked again finds this receipt.
        entry, batch = made.entry, made.batch
        proof = batch.inclusion(entry.index)
        return make_receipt(self.log.key, self.log.check, entry, batch.head.note, proof)

    def earlier_receipt(self, requester: Requester, request: ShareRequest) -> Receipt | None:
        """Return the receipt of this same request, if it was already answered with one."""
        ref = self.preparing.claim_ref(requester.practitioner_id, request.request_id)
        rows = read_rows(self.preparing.readers, _ANSWERED, ref=ref)
        if not rows:
            return None
        (row,) = rows
        fingerprint = events.request_fingerprint(request)
        check_same_request(row.fingerprint, self.preparing.blind_fingerprint(fingerprint))
        made = row.disclosure_id
        return None if made is None else self.log.receipt_of(DisclosureId(made))

    def _under(self, version: PolicyVersion, writes: Sequence[Write]) -> tuple[Write, ...]:
        """Return the writes, to be made only while the version is the one in force."""
        first, *others = writes
        return (UnderPolicy(write=first, version=version, clock=self.clock), *others)

    def _append(self, draft: EntryDraft, *changes: Change) -> Appended:
        return self.sequencer.append(draft, self.preparing.prepare(changes, draft.at))
