"""Nothing is decided or released by a policy that is no longer in force.

Which one is in force is read in the very transaction that makes the decision or the disclosure
durable. Publications are written under the same lock, so none can slip in between: after the
entry of a publication whose moment has come, no entry of the version before follows.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from broker.domain.errors import PolicyChangedError
from broker.domain.ids import PolicyVersion
from broker.domain.ports import Clock
from broker.storage.ahead import Ask, asks_of
from broker.storage.direct import run
from broker.storage.sequencer import Write
from broker.storage.tables import Moment

_IN_FORCE = (
    "SELECT version FROM policy_publications WHERE refused_entry IS NULL"
    " AND (in_force_entry IS NOT NULL OR effective_at <= {}) ORDER BY number DESC LIMIT 1"
)
_NOW = Moment()
_KNOWN = "policy-in-force"
"""Where a connection keeps what its transaction has read: one question serves a whole batch."""


def forget_policy(connection: Connection) -> None:
    """Have the policy in force read again: this very transaction may have changed it."""
    connection.info.pop(_KNOWN, None)


def _version_in_force(connection: Connection, clock: Clock) -> str | None:
    """Return the version in force; None before anything was published.

    Nobody else can publish while this transaction holds the log's lock, so it is read once.
    """
    transaction = connection.get_transaction()
    of: object
    known: str | None
    of, known = connection.info.get(_KNOWN, (None, None))
    if transaction is None or of is not transaction:
        dialect = connection.dialect
        query = _IN_FORCE.format("?" if dialect.name == "sqlite" else "%s")
        row = run(connection, query, (_NOW.process_bind_param(clock.now(), dialect),)).fetchone()
        known = None if row is None else str(row[0])
        connection.info[_KNOWN] = (transaction, known)
    return known


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderPolicy:
    """A write that is made only while the version it was decided by is in force.

    Before anything was ever published each broker decides by the pack it was given.
    """

    write: Write
    version: PolicyVersion
    clock: Clock

    @property
    def digests(self) -> tuple[str, ...]:
        """The write's."""
        return self.write.digests

    @property
    def asks(self) -> tuple[Ask, ...] | None:
        """The write's."""
        return asks_of(self.write)

    def apply(self, connection: Connection, entry: int) -> None:
        """Write it; PolicyChangedError when another version is in force by now."""
        in_force = _version_in_force(connection, self.clock)
        if in_force is not None and in_force != self.version:
            raise PolicyChangedError(
                "Another policy came into force meanwhile: ask again under the same key."
            )
        self.write.apply(connection, entry)
