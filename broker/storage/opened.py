"""What recipients said of packages, sealed under the case's key (opened.OpenedReceipts)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Engine, String, bindparam, insert, literal, select

from broker.domain.errors import InvalidRequestError
from broker.domain.ids import DisclosureId
from broker.domain.opened import (
    ANSWERS,
    LateReceipt,
    Missing,
    OpenedChange,
    OpenedReceipt,
    OpenedState,
    PutLate,
    PutOpened,
    Unheard,
    late_assignees,
    late_duties,
)
from broker.domain.task import Named
from broker.ledger.entry import parse_entry
from broker.storage import sealing
from broker.storage.blinding import DIRECTORY_KEY
from broker.storage.documents import Documents
from broker.storage.engine import read_rows
from broker.storage.retention_rows import check_key
from broker.storage.review_rows import EndTask
from broker.storage.sealing import DataKey, Sealing, Values, check_same_row, row_digest
from broker.storage.tables import (
    AnyRow,
    AnySelect,
    data_keys,
    disclosures,
    log_entries,
    opened_receipts,
)
from broker.storage.task_rows import NewRows
from broker.storage.tasks import prepare_tasks, task_id_of

RECEIPT = Documents(OpenedReceipt)
LATE = Documents(LateReceipt)
EXPIRED = "EXP"
"""The code of the task to delete a package, which a receipt of its deletion does."""
_TWICE = "This was said already, or was heard meanwhile: read what was said of the package."
_OF = (
    select(
        opened_receipts.c.ref,
        opened_receipts.c.data_key,
        opened_receipts.c.sealed,
        data_keys.c.wrapped,
    )
    .outerjoin(data_keys, data_keys.c.ref == opened_receipts.c.data_key)
    .where(opened_receipts.c.ref.in_(bindparam("refs", expanding=True)))
)
_DISCLOSED = (
    select(
        disclosures.c.data_key,
        disclosures.c.claim,
        disclosures.c.sealed,
        data_keys.c.wrapped,
    )
    .outerjoin(data_keys, data_keys.c.ref == disclosures.c.data_key)
    .where(disclosures.c.disclosure_id == bindparam("disclosure_id"))
)
_HEARD: dict[Missing, tuple[str, ...]] = {
    Missing.OPENED: tuple(OpenedState),
    Missing.DELETED: (OpenedState.DELETED,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOpened:
    """Reads what is committed, every time."""

    sealing: Sealing
    readers: Engine

    def of(self, disclosure_id: DisclosureId) -> tuple[OpenedReceipt, ...]:
        """Return what was said of a package, in the order of OpenedState."""
        refs = [_ref(disclosure_id, one) for one in OpenedState]
        rows = {row.ref: row for row in read_rows(self.readers, _OF, refs=refs)}
        return tuple(self._open(rows[one]) for one in refs if one in rows)

    def unheard(self, missing: Missing, after: int, limit: int) -> tuple[Unheard, ...]:
        """Return delivered packages of which it was neither heard nor said to be missing."""
        rows = read_rows(self.readers, _UNHEARD[missing], after=after, limit=limit)
        refs = [_ref(row.disclosure_id, OpenedState.STORED) for row in rows]
        stored = map(self._open, read_rows(self.readers, _OF, refs=refs) if refs else ())
        until = {one.disclosure_id: one.until for one in stored}
        return tuple(
            Unheard(
                disclosure_id=DisclosureId(row.disclosure_id),
                entry=row.entry,
                delivered_at=row.delivered_at,
                expires_at=_expiry(row.canonical),
                until=until.get(DisclosureId(row.disclosure_id)),
            )
            for row in rows
        )

    def _open(self, row: AnyRow) -> OpenedReceipt:
        found = self.sealing.open(_key(self.sealing, row), RECEIPT, row.sealed)
        check_same_row(row.ref, _ref(found.disclosure_id, found.state))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOpenedRow:
    """One thing said of a package, or said to be missing; with the tasks it does or makes."""

    values: Values = field(repr=False)
    unless: tuple[str, ...]
    over: tuple[EndTask, ...]
    then: tuple[NewRows, ...]

    @property
    def digests(self) -> tuple[str, ...]:
        """Everybody's."""
        made = (digest for rows in self.then for digest in rows.digests)
        own = row_digest(opened_receipts.name, self.values)
        return (own, *(one.digest for one in self.over), *made)

    def apply(self, connection: Connection, entry: int) -> None:
        """Add it; InvalidRequestError when it was said, or the case is gone."""
        if self.values["data_key"] != DIRECTORY_KEY:
            check_key(connection, str(self.values["data_key"]))
        ref = opened_receipts.c.ref
        if connection.execute(select(ref).where(ref.in_(self.unless)).limit(1)).first():
            raise InvalidRequestError(_TWICE)
        connection.execute(insert(opened_receipts), {**self.values, "entry": entry})
        for done in self.over:
            done.apply(connection, entry)
        for rows in self.then:
            rows.apply(connection, entry)


def prepare(sealing_: Sealing, readers: Engine, change: OpenedChange) -> PutOpenedRow:
    """Return the write of either change.

    Raises:
        InvalidRequestError: the disclosure is not on file any more.

    """
    about = change.late if isinstance(change, PutLate) else change.receipt
    for row in read_rows(readers, _DISCLOSED, disclosure_id=about.disclosure_id):
        if isinstance(change, PutLate):
            return _late(sealing_, row, change)
        return _said(sealing_, row, change)
    raise InvalidRequestError("There is no such package any more: read it again.")


def _said(sealing_: Sealing, row: AnyRow, change: PutOpened) -> PutOpenedRow:
    receipt, key = change.receipt, _key(sealing_, row)
    ref = _ref(receipt.disclosure_id, receipt.state)
    return PutOpenedRow(
        values={
            "ref": ref,
            "data_key": key.name,
            "state": receipt.state.value,
            "sealed": sealing_.seal(key, RECEIPT, receipt),
        },
        unless=(ref,),
        over=tuple(_over(sealing_, row, key, change)),
        then=(),
    )


def _late(sealing_: Sealing, row: AnyRow, change: PutLate) -> PutOpenedRow:
    late, key = change.late, _key(sealing_, row)
    released = late.disclosure_id
    ref = _ref(released, late.missing)
    return PutOpenedRow(
        values={
            "ref": ref,
            "data_key": key.name,
            "state": late.missing.value,
            "sealed": sealing_.seal(key, LATE, late),
        },
        unless=(ref, *(_ref(released, one) for one in _HEARD[late.missing])),
        over=(),
        then=prepare_tasks(sealing_, late_duties(late), claim=released, tag=late.case_tag, key=key),
    )


def _over(sealing_: Sealing, row: AnyRow, key: DataKey, change: PutOpened) -> Iterator[EndTask]:
    """Yield the tasks that a receipt does: what was missing, and the one to delete it."""
    document = sealing_.open(key, sealing.DISCLOSURE, row.sealed)
    released, state = change.receipt.disclosure_id, change.receipt.state
    recipient = Named(practitioner_id=document.recipient)
    who = late_assignees(document.recipient, document.recipient_agency)
    these = [(one.code, each, str(released)) for one in ANSWERS[state] for each in who]
    if state is OpenedState.DELETED:
        these.append((EXPIRED, recipient, row.claim))
    for code, each, claim in these:
        task_id = task_id_of(sealing_, code, each, claim=claim, released=released)
        note = sealing.EvidenceDocument(task_id=task_id, note=f"Its receipt says: {state}.")
        sealed = sealing_.seal(key, sealing.EVIDENCE, note)
        yield EndTask(task_id=task_id, at=change.at, evidence=sealed)


def _unheard(missing: Missing) -> AnySelect:
    said = opened_receipts.alias()
    stop = (*_HEARD[missing], missing)
    mine = [disclosures.c.disclosure_id + literal(f":{one}", String) for one in stop]
    there = select(said.c.ref).where(said.c.ref.in_(mine)).exists()
    return (
        select(
            disclosures.c.disclosure_id,
            disclosures.c.entry,
            disclosures.c.delivered_at,
            log_entries.c.canonical,
        )
        .join(log_entries, log_entries.c.index == disclosures.c.entry)
        .where(
            disclosures.c.delivered_at.is_not(None),
            disclosures.c.entry > bindparam("after"),
            ~there,
        )
        .order_by(disclosures.c.entry)
        .limit(bindparam("limit"))
    )


_UNHEARD = {one: _unheard(one) for one in Missing}


def _expiry(canonical: bytes) -> datetime:
    return datetime.fromisoformat(str(parse_entry(canonical).detail["expires_at"]))


def _key(sealing_: Sealing, row: AnyRow) -> DataKey:
    if row.data_key == DIRECTORY_KEY:
        return sealing_.directory_key
    return DataKey(name=row.data_key, wrapped=row.wrapped or b"")


def _ref(disclosure_id: str, word: str) -> str:
    return f"{disclosure_id}:{word}"
