"""What witnesses cosigned (domain.witness.Cosigned); losing it loses no entry and no proof."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, insert, select

from broker.domain.ledger import Checkpoint, Receipt
from broker.ledger.checkpoint import parse_checkpoint
from broker.ledger.cosignature import CheckBy, WitnessKey, cosignatures, with_lines
from broker.ledger.receipts import make_receipt
from broker.storage.engine import reading
from broker.storage.reader import StoredLog
from broker.storage.sequencer import Sequencer
from broker.storage.tables import cosigned

_NOTE = select(cosigned.c.note).where(cosigned.c.size == bindparam("size"))
_NOTE_TO_CHANGE = _NOTE.with_for_update()
_NEWEST = (
    select(cosigned.c.note)
    .where(cosigned.c.witnesses >= bindparam("needed"))
    .order_by(cosigned.c.size.desc())
    .limit(1)
)
_OVER = (
    select(cosigned.c.note)
    .where(cosigned.c.witnesses >= bindparam("needed"), cosigned.c.size > bindparam("entry"))
    .order_by(cosigned.c.size)
    .limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCosigned:
    """Counts only cosignatures of the witnesses it was given, and each witness once."""

    keys: Sequence[WitnessKey]
    check: CheckBy
    log: StoredLog
    sequencer: Sequencer

    def add(self, checkpoint: Checkpoint, lines: tuple[str, ...]) -> int:
        """Keep them beside those there are; return of how many witnesses there are now."""
        cosignatures(self.keys, self.check, with_lines(checkpoint.note, lines))
        if not lines:
            return len(cosignatures(self.keys, self.check, self.note(checkpoint)))
        return self.sequencer.aside(lambda connection: self._merge(connection, checkpoint, lines))

    def note(self, checkpoint: Checkpoint) -> str:
        """Return the note with what cosignatures there are."""
        with reading(self.log.readers) as connection:
            kept = connection.scalar(_NOTE, {"size": checkpoint.size})
        return checkpoint.note if kept is None else str(kept)

    def newest(self, needed: int) -> Checkpoint | None:
        """Return the newest that so many witnesses cosigned."""
        with reading(self.log.readers) as connection:
            note = connection.scalar(_NEWEST, {"needed": needed})
        return None if note is None else parse_checkpoint(note)

    def final(self, receipt: Receipt, needed: int) -> Receipt | None:
        """Return the receipt under the first checkpoint over it that so many cosigned."""
        index = receipt.entry.index
        with reading(self.log.readers) as connection:
            note = connection.scalar(_OVER, {"needed": needed, "entry": index})
        if note is None or len(cosignatures(self.keys, self.check, note)) < needed:
            return None
        proof = self.log.inclusion(index, parse_checkpoint(note).size)
        return make_receipt(self.log.key, self.log.check, receipt.entry, note, proof)

    def _merge(self, connection: Connection, checkpoint: Checkpoint, lines: tuple[str, ...]) -> int:
        """Write the row anew; two replicas at once wait for each other at it."""
        kept = connection.scalar(_NOTE_TO_CHANGE, {"size": checkpoint.size})
        note = with_lines(checkpoint.note if kept is None else kept, lines)
        count = len(cosignatures(self.keys, self.check, note))
        connection.execute(delete(cosigned).where(cosigned.c.size == checkpoint.size))
        row = {"size": checkpoint.size, "note": note, "witnesses": count}
        connection.execute(insert(cosigned).values(row))
        return count
