"""Proofs of possession that were used, on every replica (ports.SeenProofs)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite

from broker.domain.ports import Clock
from broker.storage.blinding import Keyring
from broker.storage.sequencer import Sequencer
from broker.storage.tables import seen_proofs

_FORGET = delete(seen_proofs).where(seen_proofs.c.expires_at < bindparam("now"))
# SQLAlchemy keeps an INSERT's count only when it is asked to.
_CLAIM = {
    name: dialect.insert(seen_proofs)
    .on_conflict_do_nothing()
    .execution_options(preserve_rowcount=True)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredProofs:
    """Claims each proof once. Fails closed: without the database no proof is fresh."""

    keyring: Keyring
    sequencer: Sequencer
    clock: Clock

    def claim(self, proof_id: str, expires_at: datetime) -> bool:
        """Return True the first time, False for a replay. Forgets after `expires_at`."""
        ref, now = self.keyring.ref("proof", proof_id), self.clock.now()
        return self.sequencer.aside(lambda connection: _claim(connection, ref, expires_at, now))


def _claim(connection: Connection, ref: str, expires_at: datetime, now: datetime) -> bool:
    connection.execute(_FORGET, {"now": now})
    row = {"ref": ref, "expires_at": expires_at}
    return connection.execute(_CLAIM[connection.dialect.name], row).rowcount == 1
