"""Challenges, sealed under the case's key (challenge.Challenges), and their steps as rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, select

from broker.domain.challenge import (
    ANSWER,
    ANSWERED,
    Challenge,
    ChallengeId,
    ChallengeReason,
    ChallengeStep,
    PutChallenge,
    duties_of,
    lead_of,
)
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import AgencyId, CaseId, DisclosureId
from broker.domain.task import AdvocateOf, Assignee
from broker.storage import sealing
from broker.storage.documents import Documents
from broker.storage.engine import read_rows
from broker.storage.retention_rows import check_key
from broker.storage.review_rows import EndTask
from broker.storage.sealing import DataKey, Sealing, Values, check_same_row, row_digest
from broker.storage.tables import AnyRow, AnySelect, challenges, data_keys
from broker.storage.task_rows import NewRows
from broker.storage.tasks import prepare_tasks, task_id_of
from broker.storage.writes import put

ID_DIGITS = 32
MAX_CHALLENGES = 500
"""In one answer; those due first come first."""
CHALLENGE = Documents(Challenge)

_ALL = select(
    challenges.c.ref, challenges.c.data_key, challenges.c.sealed, data_keys.c.wrapped
).join(data_keys, data_keys.c.ref == challenges.c.data_key)
_ONE = _ALL.where(challenges.c.ref == bindparam("ref"))
_OF_HOLDER = (
    _ALL.where(challenges.c.owner == bindparam("owner"))
    .order_by(challenges.c.due_at, challenges.c.ref)
    .limit(MAX_CHALLENGES)
)
_OF_CASES = (
    _ALL.where(challenges.c.data_key.in_(bindparam("names", expanding=True)))
    .order_by(challenges.c.due_at, challenges.c.ref)
    .limit(MAX_CHALLENGES)
)
_WRAPPED = select(data_keys.c.wrapped).where(data_keys.c.ref == bindparam("ref"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChallenges:
    """Reads what is committed, every time."""

    sealing: Sealing
    readers: Engine

    def id_of(self, disclosure_id: DisclosureId, reason: ChallengeReason) -> ChallengeId:
        """Return how a challenge is called: nothing can be told from it."""
        return ChallengeId(self.sealing.keyring.ref("challenge", disclosure_id, reason)[:ID_DIGITS])

    def challenge(self, challenge_id: ChallengeId) -> Challenge | None:
        """Return one, or None."""
        return next(self._read(_ONE, ref=challenge_id), None)

    def of_holder(self, holder: AgencyId) -> tuple[Challenge, ...]:
        """Return what the holder has to answer or has answered."""
        return tuple(self._read(_OF_HOLDER, owner=_owner(self.sealing, holder)))

    def of_cases(self, cases: tuple[CaseId, ...]) -> tuple[Challenge, ...]:
        """Return those about any of the cases."""
        names = [self.sealing.keyring.ref("case", one) for one in cases]
        return tuple(self._read(_OF_CASES, names=names)) if names else ()

    def _read(self, query: AnySelect, **values: str | list[str]) -> Iterator[Challenge]:
        for row in read_rows(self.readers, query, **values):
            yield self._open(row)

    def _open(self, row: AnyRow) -> Challenge:
        key = DataKey(name=row.data_key, wrapped=row.wrapped)
        found = self.sealing.open(key, CHALLENGE, row.sealed)
        check_same_row(row.ref, found.challenge_id)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PutChallengeRow:
    """The next step of a challenge, the tasks that it does, and those that it makes."""

    values: Values = field(repr=False)
    over: tuple[EndTask, ...]
    then: tuple[NewRows, ...]

    @property
    def digests(self) -> tuple[str, ...]:
        """Everybody's."""
        made = (digest for rows in self.then for digest in rows.digests)
        own = row_digest(challenges.name, self.values)
        return (own, *(one.digest for one in self.over), *made)

    def apply(self, connection: Connection, entry: int) -> None:
        """Take it; InvalidRequestError when somebody took one meanwhile, or the case is gone."""
        check_key(connection, str(self.values["data_key"]))
        newest = select(challenges.c.revision).where(challenges.c.ref == self.values["ref"])
        if self.values["revision"] != (connection.scalar(newest) or 0) + 1:
            raise InvalidRequestError(
                "This challenge is there already, or has gone on meanwhile: read it again."
            )
        put(connection, challenges, {**self.values, "entry": entry})
        for done in self.over:
            done.apply(connection, entry)
        for rows in self.then:
            rows.apply(connection, entry)


def prepare(sealing_: Sealing, readers: Engine, change: PutChallenge) -> PutChallengeRow:
    """Return the write of a step.

    Raises:
        InvalidRequestError: the case is not on file any more.

    """
    one = change.challenge
    name = sealing_.keyring.ref("case", one.case_id)
    wrapped = [row.wrapped for row in read_rows(readers, _WRAPPED, ref=name)]
    if not wrapped:
        raise InvalidRequestError("There is nothing to challenge any more: read it again.")
    key = DataKey(name=name, wrapped=wrapped[0])
    values: Values = {
        "ref": one.challenge_id,
        "data_key": name,
        "owner": _owner(sealing_, one.holder),
        "due_at": one.due_at,
        "revision": one.revision,
        "step": one.step.value,
        "sealed": sealing_.seal(key, CHALLENGE, one),
    }
    then = prepare_tasks(
        sealing_, duties_of(one, change.at), claim=one.challenge_id, tag=one.case_tag, key=key
    )
    over = tuple(_over(sealing_, one, key, change.at))
    return PutChallengeRow(values=values, over=over, then=then)


def _over(sealing_: Sealing, one: Challenge, key: DataKey, at: datetime) -> Iterator[EndTask]:
    """Yield the tasks that a step does: answering was one, and closing is the other."""
    if one.step is ChallengeStep.OPENED:
        return
    ends: list[tuple[str, Assignee]] = [(ANSWER, lead_of(one))]
    told = AdvocateOf(case_id=one.case_id)
    if one.step is ChallengeStep.CLOSED:
        ends.append((ANSWERED, told))
    for code, who in ends:
        task_id = task_id_of(
            sealing_, code, who, claim=one.challenge_id, released=one.disclosure_id
        )
        note = sealing.EvidenceDocument(task_id=task_id, note=f"The challenge was {one.step}.")
        sealed = sealing_.seal(key, sealing.EVIDENCE, note)
        yield EndTask(task_id=task_id, at=at, evidence=sealed)


def _owner(sealing_: Sealing, holder: AgencyId) -> str:
    return sealing_.keyring.ref("challenges-of", holder)
