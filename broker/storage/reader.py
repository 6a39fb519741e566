"""The disclosure log, read (ports.LedgerReader)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, func, select

from broker.domain.errors import LedgerError, LedgerVerificationError
from broker.domain.ids import CaseTag, DisclosureId, PractitionerId, RequestId
from broker.domain.ledger import Checkpoint, InclusionProof, LedgerEntry, Receipt
from broker.domain.ports import DisclosureStatus
from broker.ledger.checkpoint import Check, LogKey, parse_checkpoint
from broker.ledger.entry import parse_entry
from broker.ledger.receipts import make_receipt
from broker.storage import sealing
from broker.storage.appending import read_head
from broker.storage.blinding import DIRECTORY_KEY
from broker.storage.engine import read_rows, reading
from broker.storage.log_keys import LogKeys
from broker.storage.nodes import read_consistency, read_inclusion
from broker.storage.sealing import (
    COMMITTED,
    DataKey,
    DisclosureDocument,
    Sealing,
    check_same_row,
    digest_of_disclosure,
    written_by,
)
from broker.storage.tables import (
    AnyRow,
    data_keys,
    disclosures,
    emergencies,
    log_checkpoints,
    log_entries,
)
from broker.storage.verifying import verify_all

MAX_PAGE = 1_000
"""Entries in one answer; ask again from where it ended."""
_STATUS_COLUMNS = (
    *(disclosures.c[name] for name in COMMITTED["disclosures"] if name != "content"),
    disclosures.c.entry,
    disclosures.c.delivered_at,
    disclosures.c.acknowledged_at,
    disclosures.c.stopped_at,
)
_STATUS = (
    select(*_STATUS_COLUMNS, data_keys.c.wrapped)
    .outerjoin(data_keys, data_keys.c.ref == disclosures.c.data_key)
    .where(disclosures.c.disclosure_id == bindparam("disclosure_id"))
)
_CANONICAL = select(log_entries.c.canonical)
_ENTRY = _CANONICAL.where(log_entries.c.index == bindparam("index"))
_ENTRIES = _CANONICAL.where(
    log_entries.c.index.between(bindparam("start"), bindparam("last"))
).order_by(log_entries.c.index)
_ENTRIES_OF_CASE = _CANONICAL.where(
    log_entries.c.case_tag == bindparam("tag"), log_entries.c.case_number > bindparam("after")
).order_by(log_entries.c.case_number)
_PAGE_OF_CASE = _ENTRIES_OF_CASE.limit(bindparam("most", type_=log_entries.c.index.type))
_COVERING = (
    select(log_checkpoints.c.note)
    .where(log_checkpoints.c.size > bindparam("entry"))
    .order_by(log_checkpoints.c.size)
    .limit(1)
)
_AS_LONG = (
    select(log_checkpoints.c.size).where(log_checkpoints.c.size >= bindparam("size")).limit(1)
)
_EMERGENCIES = (
    select(func.count())
    .select_from(emergencies)
    .join(disclosures, disclosures.c.disclosure_id == emergencies.c.ref)
    .where(
        emergencies.c.practitioner == bindparam("practitioner"),
        emergencies.c.at >= bindparam("since"),
        disclosures.c.claim != bindparam("claim"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLog:
    """Reads what is committed, every time, without waiting for the writer."""

    sealing: Sealing
    readers: Engine
    keys: LogKeys

    @property
    def key(self) -> LogKey:
        """The log's key, and those before it."""
        return self.keys.now

    @property
    def check(self) -> Check:
        """Whether a checkpoint's signature is that of the key of its time."""
        return self.keys.check

    def checkpoint(self) -> Checkpoint | None:
        """Return the newest signed checkpoint; None before the first entry."""
        with reading(self.readers) as connection:
            head = read_head(connection)
        return None if head is None else parse_checkpoint(head.note)

    def entry(self, index: int) -> LedgerEntry | None:
        """Return the entry at the position, as stored, unverified."""
        found = _parsed(read_rows(self.readers, _ENTRY, index=index))
        return found[0] if found else None

    def entries(self, start: int, limit: int) -> tuple[LedgerEntry, ...]:
        """Return up to `limit` entries, at most MAX_PAGE, from position `start` on."""
        end = start + max(0, min(limit, MAX_PAGE))
        return _parsed(read_rows(self.readers, _ENTRIES, start=start, last=end - 1))

    def entries_of_case(
        self, tag: CaseTag, after: int = 0, limit: int | None = None
    ) -> tuple[LedgerEntry, ...]:
        """Return the case's entries in its order, from number `after` + 1 on; all, or `limit`."""
        if limit is None:
            return _parsed(read_rows(self.readers, _ENTRIES_OF_CASE, tag=tag, after=after))
        return _parsed(read_rows(self.readers, _PAGE_OF_CASE, tag=tag, after=after, most=limit))

    def inclusion(self, index: int, size: int) -> InclusionProof:
        """Return the audit path; LedgerError if `index >= size` or the tree is smaller."""
        with reading(self.readers) as connection:
            _check_size(connection, size)
            return read_inclusion(connection, index, size)

    def consistency(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        """Return the RFC 6962 consistency proof; LedgerError for sizes the tree never had."""
        with reading(self.readers) as connection:
            _check_size(connection, new_size)
            return read_consistency(connection, old_size, new_size)

    def disclosure(self, disclosure_id: DisclosureId) -> DisclosureStatus | None:
        """Return where a disclosure stands, or None."""
        with reading(self.readers) as connection:
            row = connection.execute(_STATUS, {"disclosure_id": disclosure_id}).one_or_none()
            if row is None:
                return None
            document = self.open_disclosure(row)
            receipt = self.receipt(connection, row)
        return DisclosureStatus(
            receipt=receipt,
            request_id=document.request_id,
            requester=document.requester,
            recipient=document.recipient,
            recipient_agency=document.recipient_agency,
            delivered_at=row.delivered_at,
            acknowledged_at=row.acknowledged_at,
            stopped_at=row.stopped_at,
        )

    def emergencies(self, by: PractitionerId, since: datetime, but: RequestId) -> int:
        """Return how many other requests of theirs were emergency releases since then."""
        ref = self.sealing.keyring.ref
        ((found,),) = read_rows(
            self.readers,
            _EMERGENCIES,
            practitioner=ref("practitioner", by),
            since=since,
            claim=ref("claim", by, but),
        )
        return int(found)

    def receipt_of(self, disclosure_id: DisclosureId) -> Receipt:
        """Return the receipt of a disclosure that there is."""
        found = self.disclosure(disclosure_id)
        if found is None:
            raise LedgerVerificationError(
                "A disclosure that was logged is gone: run marac-broker ledger verify."
            )
        return found.receipt

    def receipt(self, connection: Connection, row: AnyRow) -> Receipt:
        """Return the receipt of a disclosure's row, once the row is what its entry vouches for.

        The receipt is always the same: its checkpoint is the one that was signed with the entry.
        """
        canonical = connection.scalar(_ENTRY, {"index": row.entry})
        note = connection.scalar(_COVERING, {"entry": row.entry})
        if canonical is None or note is None:
            raise LedgerVerificationError(_CHANGED, row.entry)
        entry = parse_entry(canonical)
        proof = read_inclusion(connection, row.entry, parse_checkpoint(note).size)
        try:
            receipt = make_receipt(self.key, self.check, entry, note, proof)
        except LedgerVerificationError:
            # Another broker may have gone over to another key since.
            if not self.keys.look_again(connection):
                raise
            receipt = make_receipt(self.key, self.check, entry, note, proof)
        if digest_of_disclosure(row, entry) not in written_by(entry):
            raise LedgerVerificationError(_CHANGED, row.entry)
        check_same_row(row.disclosure_id, receipt.disclosure_id)
        return receipt

    def open_disclosure(self, row: AnyRow) -> DisclosureDocument:
        """Return what a disclosure's row holds sealed."""
        shared = row.data_key == DIRECTORY_KEY
        key = DataKey(name=row.data_key, wrapped=row.wrapped or b"")
        key = self.sealing.directory_key if shared else key
        document = self.sealing.open(key, sealing.DISCLOSURE, row.sealed)
        check_same_row(row.disclosure_id, document.disclosure_id)
        return document

    def verify(self) -> Checkpoint:
        """Recompute everything stored (see verifying).

        Raises:
            LedgerVerificationError: names the first entry at fault.

        """
        with reading(self.readers) as connection:
            self.keys.look_again(connection)
            return verify_all(connection, self.key, self.check)


_CHANGED = (
    "A disclosure is not as it was logged, so it is not delivered: run marac-broker ledger verify."
)


def _parsed(rows: Sequence[AnyRow]) -> tuple[LedgerEntry, ...]:
    return tuple(parse_entry(canonical) for (canonical,) in rows)


def _check_size(connection: Connection, size: int) -> None:
    if connection.scalar(_AS_LONG, {"size": size}) is None:
        raise LedgerError("The log is not as long as that: ask for its newest checkpoint.")
