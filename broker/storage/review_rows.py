"""Held records and their steps as rows (see sequencer.Write).

A record on file is one row that never changes, and what was done about it is another that each
step replaces. The step that ends a review deletes the record's row in the same transaction, unless
the case is on hold.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, exists, select, update

from broker.domain.errors import InvalidRequestError
from broker.domain.retention import HoldStep
from broker.domain.task import TaskId
from broker.storage.sealing import Values, done_digest, row_digest
from broker.storage.tables import holds, review_steps, reviews, tasks
from broker.storage.task_rows import NewRows
from broker.storage.writes import put

ON_HOLD = exists(
    select(holds.c.ref).where(
        holds.c.data_key == reviews.c.data_key, holds.c.step != HoldStep.LIFTED
    )
)
"""Whether nothing of the case may be destroyed (retention.HoldStep)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndTask:
    """A task that is over because what it asked for has happened."""

    task_id: TaskId
    at: datetime
    evidence: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """The mark's. A task that was done leaves the entry with a digest of no mark."""
        return done_digest(self.task_id, self.at, self.evidence)

    def apply(self, connection: Connection, entry: int) -> None:
        """Mark it, unless it is done or was never there."""
        marked = {"done_at": self.at, "done_entry": entry, "evidence": self.evidence}
        connection.execute(
            update(tasks)
            .where(tasks.c.ref == self.task_id, tasks.c.done_at.is_(None))
            .values(marked)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PutStepRow:
    """The next step of a review.

    Args:
        values: of the row; `revision` is one more than what is stored.
        ends: whether the record goes with it.
        over: tasks that this step does.
        then: tasks that it makes.

    """

    values: Values = field(repr=False)
    ends: bool
    over: tuple[EndTask, ...] = ()
    then: tuple[NewRows, ...] = ()

    @property
    def digests(self) -> tuple[str, ...]:
        """The step's, and those of the tasks."""
        own = row_digest(review_steps.name, self.values)
        made = (digest for rows in self.then for digest in rows.digests)
        return (own, *(one.digest for one in self.over), *made)

    def apply(self, connection: Connection, entry: int) -> None:
        """Take it; InvalidRequestError when somebody else took one, or the record is gone."""
        ref = self.values["ref"]
        there = connection.scalar(select(reviews.c.ref).where(reviews.c.ref == ref))
        newest = select(review_steps.c.revision).where(review_steps.c.ref == ref)
        stored = connection.scalar(newest) or 0
        if there is None or self.values["revision"] != stored + 1:
            raise InvalidRequestError(
                "Somebody else has seen to this record meanwhile: look at it again."
            )
        put(connection, review_steps, {**self.values, "entry": entry})
        if self.ends:
            # Under a hold nothing is destroyed: what ended goes once the hold is lifted.
            connection.execute(delete(reviews).where(reviews.c.ref == ref, ~ON_HOLD))
        for done in self.over:
            done.apply(connection, entry)
        for rows in self.then:
            rows.apply(connection, entry)
