"""What is kept, seen by whoever destroys it (erasure.Archive), and its changes as rows."""

import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine, bindparam, delete, or_, select, update

from broker.domain.case import Case
from broker.domain.erasure import (
    BeginPeriod,
    DropPackage,
    EraseCase,
    ErasePeriod,
    Erasure,
    KeptPackage,
    KeyToDestroy,
    Period,
    PutHold,
    RetentionChange,
    RewrapKeys,
    Rewrapping,
)
from broker.domain.ids import CaseId, CaseTag, DisclosureId
from broker.domain.retention import Hold
from broker.ledger.tokens import SALT_BYTES, case_tag
from broker.storage import sealing
from broker.storage.blinding import DIRECTORY_KEY
from broker.storage.engine import read_rows, reading
from broker.storage.retention_rows import (
    HELD_KEYS,
    BeginPeriodRows,
    Drop,
    EraseKey,
    PutHoldRow,
    ReplaceRow,
    RetentionWrite,
    RewrapRow,
    rows_under,
)
from broker.storage.scrubbing import scrub, sweep
from broker.storage.sealing import DataKey, PeriodDocument, Sealing, Values, check_same_row
from broker.storage.sequencer import Sequencer
from broker.storage.tables import (
    AnyRow,
    broker_secrets,
    cases,
    data_keys,
    disclosures,
    erasures,
    holds,
    kept_spans,
    log_entries,
    meetings,
    periods,
    practitioners,
)

PAGE = 200
"""Cases read at once; about 1 MB."""
SHARED_KEY = "directory-key"
"""Where the broker's secrets hold the key of what belongs to no case."""
_PERIOD_KEY = "period-"

_CASES = (
    select(cases.c.ref, cases.c.sealed, data_keys.c.wrapped)
    .join(data_keys, data_keys.c.ref == cases.c.ref)
    .where(cases.c.ref > bindparam("after"))
    .order_by(cases.c.ref)
    .limit(PAGE)
)
_HOLDS = select(holds.c.ref, holds.c.data_key, holds.c.sealed, data_keys.c.wrapped).join(
    data_keys, data_keys.c.ref == holds.c.data_key
)
_HOLDS_OF = _HOLDS.where(holds.c.data_key == bindparam("data_key"))
_WRAPPED = select(data_keys.c.wrapped).where(data_keys.c.ref == bindparam("ref"))
_PERIODS = select(periods.c.ref).order_by(periods.c.ref)
_NEWEST = (
    select(periods.c.ref, periods.c.sealed, data_keys.c.wrapped)
    .join(data_keys, data_keys.c.ref == periods.c.data_key)
    .order_by(periods.c.ref.desc())
    .limit(1)
)
_PACKAGES = (
    select(disclosures.c.disclosure_id, disclosures.c.next_attempt_at, log_entries.c.case_tag)
    .join(log_entries, log_entries.c.index == disclosures.c.entry)
    .where(
        disclosures.c.entry < bindparam("before"),
        disclosures.c.dropped_entry.is_(None),
        disclosures.c.data_key.not_in(HELD_KEYS),
    )
    .order_by(disclosures.c.entry)
    .limit(bindparam("most", type_=disclosures.c.entry.type))
)
_KEYS = select(data_keys.c.ref, data_keys.c.wrapped).order_by(data_keys.c.ref)
_SHARED = select(broker_secrets.c.wrapped).where(broker_secrets.c.name == SHARED_KEY)
_ERASURES = (
    select(erasures.c.ref, erasures.c.entry)
    .where(erasures.c.entry > bindparam("after"))
    .order_by(erasures.c.entry)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassingKey:
    """The key and the salt of what belongs to no case on file, of the newest month."""

    key: DataKey
    salt: bytes


def passing_key(sealing_: Sealing, readers: Engine) -> PassingKey | None:
    """Return the newest month's; None before the first month was begun."""
    for row in read_rows(readers, _NEWEST):
        key = DataKey(name=_PERIOD_KEY + row.ref, wrapped=row.wrapped)
        document = sealing_.open(key, sealing.PERIOD, row.sealed)
        check_same_row(row.ref, document.period)
        return PassingKey(key=key, salt=document.salt)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArchive:
    """Reads what is committed, every time."""

    sealing: Sealing
    sequencer: Sequencer
    writer: Engine
    readers: Engine

    def cases(self) -> Iterator[Case]:
        """Yield every case, one at a time."""
        after = ""
        while rows := read_rows(self.readers, _CASES, after=after):
            for row in rows:
                key = DataKey(name=row.ref, wrapped=row.wrapped)
                found = self.sealing.open(key, sealing.CASE, row.sealed)
                check_same_row(row.ref, self.sealing.keyring.ref("case", found.case_id))
                yield found
            after = rows[-1].ref

    def holds(self) -> tuple[Hold, ...]:
        """Return every hold there ever was on a case that is on file, lifted ones too."""
        return tuple(_hold(self.sealing, row) for row in read_rows(self.readers, _HOLDS))

    def holds_of(self, case_id: CaseId) -> tuple[Hold, ...]:
        """Return every hold there ever was on one case."""
        rows = read_rows(
            self.readers, _HOLDS_OF, data_key=self.sealing.keyring.ref("case", case_id)
        )
        return tuple(_hold(self.sealing, row) for row in rows)

    def key_of_case(self, case: Case) -> KeyToDestroy | None:
        """Return what goes with the case's key; None where the case is gone."""
        found = self._key(self.sealing.keyring.ref("case", case.case_id))
        tag = case_tag(case.salt, case.case_id)
        return None if found is None else replace(found, tag=tag)

    def periods(self) -> tuple[Period, ...]:
        """Return the months whose key of passing things is there, oldest first."""
        return tuple(Period(ref) for (ref,) in read_rows(self.readers, _PERIODS))

    def key_of_period(self, period: Period) -> KeyToDestroy | None:
        """Return what goes with the month's key; None where it is gone."""
        return self._key(_PERIOD_KEY + period)

    def packages_before(self, entry: int, limit: int) -> tuple[KeptPackage, ...]:
        """Return packages still kept of disclosures logged before `entry`, oldest first."""
        return tuple(
            KeptPackage(
                disclosure_id=DisclosureId(row.disclosure_id),
                tag=None if row.case_tag is None else CaseTag(row.case_tag),
                waits=row.next_attempt_at is not None,
            )
            for row in read_rows(self.readers, _PACKAGES, before=entry, most=limit)
        )

    def keys_to_rewrap(self, limit: int) -> tuple[Rewrapping, ...]:
        """Return data keys that are not wrapped for this month, wrapped anew; none: all are."""
        found: list[Rewrapping] = []
        for name, old in read_rows(self.readers, _KEYS):
            new = self.sealing.vault.rewrapped(old, name)
            if new != old:
                found.append(Rewrapping(name=name, old=old, new=new))
            if len(found) == limit:
                break
        return tuple(found)

    def rewrap_shared_key(self) -> None:
        """Do the same for the key of what belongs to no case."""
        ((old,),) = read_rows(self.readers, _SHARED)
        new = self.sealing.vault.rewrapped(old, DIRECTORY_KEY)
        if new != old:
            same = (broker_secrets.c.name == SHARED_KEY) & (broker_secrets.c.wrapped == old)
            anew = update(broker_secrets).where(same).values(wrapped=new)
            self.sequencer.aside(lambda connection: connection.execute(anew).rowcount)

    def forget_spans(self, before: datetime) -> int:
        """Delete kept spans that are older, and those of before their time was kept."""
        old = or_(kept_spans.c.kept_at < before, kept_spans.c.kept_at.is_(None))
        gone = delete(kept_spans).where(old)
        return self.sequencer.aside(lambda connection: connection.execute(gone).rowcount)

    def erasures(self, after: int) -> tuple[Erasure, ...]:
        """Return what was destroyed by entries after that index, oldest first."""
        rows = read_rows(self.readers, _ERASURES, after=after)
        return tuple(Erasure(key_id=row.ref, entry=row.entry) for row in rows)

    def forget_keys(self, key_ids: Collection[str]) -> None:
        """Drop destroyed keys from this process's memory."""
        self.sealing.vault.forget(key_ids)

    def scrub(self) -> bool:
        """Leave nothing of deleted rows in the database's files; False: not now, try again."""
        self.sequencer.aside(sweep)
        return scrub(self.writer)

    def _key(self, name: str) -> KeyToDestroy | None:
        with reading(self.readers) as connection:
            wrapped = connection.scalar(_WRAPPED, {"ref": name})
            if wrapped is None:
                return None
            rows = rows_under(connection, name)
        return KeyToDestroy(key_id=sealing.key_id(wrapped), rows=rows, tag=None)


def _hold(sealing_: Sealing, row: AnyRow) -> Hold:
    key = DataKey(name=row.data_key, wrapped=row.wrapped)
    found = sealing_.open(key, sealing.HOLD, row.sealed)
    check_same_row(row.ref, sealing_.keyring.ref("hold", found.case_id, found.kind))
    return found


def prepare(
    sealing_: Sealing, readers: Engine, change: RetentionChange
) -> tuple[RetentionWrite, ...]:
    """Return the writes of a change, in their order."""
    match change:
        case PutHold(hold=hold):
            return (_hold_row(sealing_, readers, hold),)
        case EraseCase(case_id=case_id, version=version, key=key):
            name = sealing_.keyring.ref("case", case_id)
            erased = EraseKey(name=name, key_id=key.key_id, tag=key.tag, version=version)
            return (erased, *_without(sealing_, readers, case_id))
        case BeginPeriod(period=period):
            return (_period_rows(sealing_, period),)
        case ErasePeriod(period=period, key=key):
            name = _PERIOD_KEY + period
            return (EraseKey(name=name, key_id=key.key_id, tag=None, version=None),)
        case DropPackage(disclosure_id=disclosure_id, at=at):
            return (Drop(disclosure_id=disclosure_id, at=at),)
        case RewrapKeys(keys=keys):
            return tuple(RewrapRow(name=one.name, old=one.old, new=one.new) for one in keys)


def _hold_row(sealing_: Sealing, readers: Engine, hold: Hold) -> PutHoldRow:
    name = sealing_.keyring.ref("case", hold.case_id)
    wrapped = [row.wrapped for row in read_rows(readers, _WRAPPED, ref=name)]
    # Without a key the write refuses: nothing is put on a case that is gone.
    key = DataKey(name=name, wrapped=wrapped[0]) if wrapped else sealing_.directory_key
    values: Values = {
        "ref": sealing_.keyring.ref("hold", hold.case_id, hold.kind),
        "data_key": name,
        "revision": hold.revision,
        "step": hold.step.value,
        "sealed": sealing_.seal(key, sealing.HOLD, hold),
    }
    return PutHoldRow(values=values)


def _period_rows(sealing_: Sealing, period: Period) -> BeginPeriodRows:
    key = sealing_.new_key(_PERIOD_KEY + period)
    document = PeriodDocument(period=period, salt=secrets.token_bytes(SALT_BYTES))
    sealed = sealing_.seal(key, sealing.PERIOD, document)
    return BeginPeriodRows(
        key={"ref": key.name, "wrapped": key.wrapped},
        period={"ref": period, "data_key": key.name, "sealed": sealed},
    )


def _without(sealing_: Sealing, readers: Engine, case_id: CaseId) -> Iterator[ReplaceRow]:
    """Yield every row outside the case that names it, without its id."""
    shared = sealing_.directory_key
    for row in read_rows(readers, select(meetings)):
        meeting = sealing_.open(shared, sealing.MEETING, row.sealed)
        if meeting.listing(case_id) is not None:
            left = tuple(one for one in meeting.listings if one.case_id != case_id)
            sealed = sealing_.seal(shared, sealing.MEETING, replace(meeting, listings=left))
            values: Values = {"ref": row.ref, "held_at": row.held_at, "sealed": sealed}
            yield ReplaceRow(table=meetings, values=values, read=row.sealed)
    for row in read_rows(readers, select(practitioners)):
        one = sealing_.open(shared, sealing.PRACTITIONER, row.sealed)
        if case_id in one.declared_conflicts:
            others = tuple(each for each in one.declared_conflicts if each != case_id)
            changed = replace(one, declared_conflicts=others)
            sealed = sealing_.seal(shared, sealing.PRACTITIONER, changed)
            values = {"ref": row.ref, "sealed": sealed}
            yield ReplaceRow(table=practitioners, values=values, read=row.sealed)
    yield from _unlinked(sealing_, readers, case_id)


def _unlinked(sealing_: Sealing, readers: Engine, case_id: CaseId) -> Iterator[ReplaceRow]:
    """Yield the later cases of the same people, which say that they repeat this one."""
    after = ""
    while rows := read_rows(readers, _CASES, after=after):
        for row in rows:
            key = DataKey(name=row.ref, wrapped=row.wrapped)
            case = sealing_.open(key, sealing.CASE, row.sealed)
            if case.repeat_of == case_id:
                changed = replace(case, version=case.version + 1, repeat_of=None)
                values: Values = {
                    "ref": row.ref,
                    "advocate": sealing_.keyring.ref("practitioner", case.advocate),
                    "version": changed.version,
                    "sealed": sealing_.seal(key, sealing.CASE, changed),
                }
                yield ReplaceRow(table=cases, values=values, read=row.sealed)
        after = rows[-1].ref
