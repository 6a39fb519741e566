"""Cases and meetings, read (ports.Cases). A case that is not there costs what one there costs."""

import secrets
from dataclasses import dataclass, field

from sqlalchemy import Engine, bindparam, select

from broker.domain.case import Case, Meeting
from broker.domain.ids import CaseId, MeetingId, PractitionerId, SubjectId
from broker.domain.people import Person
from broker.domain.words import SubjectRole
from broker.ledger.tokens import SALT_BYTES
from broker.storage import sealing
from broker.storage.engine import read_rows
from broker.storage.retention import passing_key
from broker.storage.sealing import DataKey, Sealing, check_same_row
from broker.storage.tables import cases, data_keys, meetings

_CASES = select(cases.c.ref, cases.c.sealed, data_keys.c.wrapped).join(
    data_keys, data_keys.c.ref == cases.c.ref
)
_CASE = _CASES.where(cases.c.ref == bindparam("ref"))
_CASELOAD = _CASES.where(cases.c.advocate == bindparam("advocate"))
_MEETING = select(meetings.c.sealed).where(meetings.c.ref == bindparam("ref"))
_MEETINGS = select(meetings.c.sealed).order_by(meetings.c.held_at.desc(), meetings.c.ref)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoy:
    """A sealed case of nobody, opened when the asked one is not there."""

    key: DataKey
    sealed: bytes = field(repr=False)


def make_decoy(sealing_: Sealing) -> Decoy:
    """Return a decoy as large as a usual case."""
    people = tuple(
        Person(subject_id=SubjectId(f"nobody-{n}"), role=SubjectRole.THIRD_PARTY, names=("Nobody",))
        for n in range(5)
    )
    nobody = Case(
        case_id=CaseId("nobody"),
        version=1,
        salt=secrets.token_bytes(SALT_BYTES),
        people=people,
        advocate=PractitionerId("nobody"),
    )
    key = sealing_.new_key("decoy")
    return Decoy(key=key, sealed=sealing_.seal(key, sealing.CASE, nobody))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCases:
    """Reads what is committed, every time."""

    sealing: Sealing
    readers: Engine
    decoy: Decoy

    def case(self, case_id: CaseId) -> Case | None:
        """Return the case as last committed, or None."""
        ref = self.sealing.keyring.ref("case", case_id)
        for row in read_rows(self.readers, _CASE, ref=ref):
            return self._open(ref, row.wrapped, row.sealed)
        self.sealing.open(self.decoy.key, sealing.CASE, self.decoy.sealed)
        return None

    def meeting(self, meeting_id: MeetingId) -> Meeting | None:
        """Return the meeting and its list, or None."""
        ref = self.sealing.keyring.ref("meeting", meeting_id)
        for (sealed,) in read_rows(self.readers, _MEETING, ref=ref):
            found = self.sealing.open_shared(sealing.MEETING, sealed)
            check_same_row(meeting_id, found.meeting_id)
            return found
        return None

    def meetings(self) -> tuple[Meeting, ...]:
        """Return every meeting, newest first."""
        rows = read_rows(self.readers, _MEETINGS)
        return tuple(self.sealing.open_shared(sealing.MEETING, sealed) for (sealed,) in rows)

    def caseload(self, advocate: PractitionerId) -> tuple[CaseId, ...]:
        """Return the cases of one advocate, by id."""
        owner = self.sealing.keyring.ref("practitioner", advocate)
        rows = read_rows(self.readers, _CASELOAD, advocate=owner)
        found = [self._open(row.ref, row.wrapped, row.sealed) for row in rows]
        for case in found:
            check_same_row(advocate, case.advocate)
        return tuple(sorted(case.case_id for case in found))

    def broker_salt(self) -> bytes:
        """Return 32 random bytes, made once: tokens for what belongs to no known case."""
        return self.sealing.keyring.broker_salt

    def passing_salt(self) -> bytes:
        """Return the salt of this month; the broker's own before the first month was begun."""
        passing = passing_key(self.sealing, self.readers)
        return self.broker_salt() if passing is None else passing.salt

    def _open(self, ref: str, wrapped: bytes, sealed: bytes) -> Case:
        found = self.sealing.open(DataKey(name=ref, wrapped=wrapped), sealing.CASE, sealed)
        check_same_row(ref, self.sealing.keyring.ref("case", found.case_id))
        return found
