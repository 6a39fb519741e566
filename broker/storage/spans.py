"""What was detected in a text, sealed so that nobody makes it say less (ports.SpanStore)."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from broker.domain.errors import CustodyError
from broker.domain.ports import Clock
from broker.storage.engine import read_rows
from broker.storage.sealing import Sealing
from broker.storage.sequencer import Sequencer
from broker.storage.tables import kept_spans

_KEPT = select(kept_spans.c.sealed).where(kept_spans.c.key == bindparam("key"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSpans:
    """A cache: whatever cannot be read back is detected again."""

    sealing: Sealing
    sequencer: Sequencer
    readers: Engine
    clock: Clock

    def get(self, key: bytes) -> bytes | None:
        """Return what was kept under the 32-byte key, or None."""
        rows = read_rows(self.readers, _KEPT, key=key)
        if not rows:
            return None
        sealed = rows[0].sealed
        ours = self.sealing.directory_key
        try:
            opened = self.sealing.vault.open(ours.wrapped, ours.name, sealed)
        except CustodyError:
            return None
        # The key stands in front of the spans, so that a row moved to another text is no hit.
        return opened[len(key) :] if opened.startswith(key) else None

    def put(self, key: bytes, spans: bytes) -> None:
        """Keep."""
        ours = self.sealing.directory_key
        sealed = self.sealing.vault.seal(ours.wrapped, ours.name, key + spans)
        row = {"key": key, "sealed": sealed, "kept_at": self.clock.now()}
        self.sequencer.aside(lambda connection: _put(connection, row))


def _put(connection: Connection, values: Mapping[str, object]) -> None:
    """Add or replace in one statement: on PostgreSQL two threads may put at once."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = dialect.insert(kept_spans).values(dict(values))
    anew = {name: value for name, value in values.items() if name != "key"}
    connection.execute(row.on_conflict_do_update(index_elements=["key"], set_=anew))
