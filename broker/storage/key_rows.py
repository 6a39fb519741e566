"""The keys that a package is sealed to, as they are on file when it is queued.

Sealing read them some milliseconds ago, on this replica. Whoever revoked one meanwhile must not
see a package leave to it, so the transaction that queues the package compares them once more.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, bindparam, select

from broker.domain.errors import CaseChangedError
from broker.domain.ids import Thumbprint
from broker.storage import sealing
from broker.storage.ahead import Ahead, Ask, Question
from broker.storage.engine import read_rows
from broker.storage.sealing import Sealing
from broker.storage.tables import recipient_keys

KeyRow = tuple[str, int | None]
"""A key's row, and the entry that wrote it; a revocation writes it anew."""

_ROW = Question(recipient_keys.c.ref, recipient_keys.c.entry)
_KEYS = select(recipient_keys.c.ref, recipient_keys.c.sealed, recipient_keys.c.entry).where(
    recipient_keys.c.ref.in_(bindparam("refs", expanding=True))
)


def key_rows(
    sealing_: Sealing, readers: Engine, thumbprints: Sequence[Thumbprint], at: datetime
) -> tuple[KeyRow, ...]:
    """Return the rows of the keys that a package is sealed to.

    Raises:
        CaseChangedError: one was revoked after the package was sealed.

    """
    refs = [sealing_.keyring.ref("recipient-key", one) for one in thumbprints]
    found: dict[str, int] = {}
    for row in read_rows(readers, _KEYS, refs=refs) if refs else ():
        if sealing_.open_shared(sealing.RECIPIENT_KEY, row.sealed).revoked_by(at):
            raise _revoked()
        found[row.ref] = row.entry
    return tuple((ref, found.get(ref)) for ref in refs)


def asks_of_keys(keys: Sequence[KeyRow]) -> tuple[Ask, ...]:
    """Return what a transaction asks about them."""
    return tuple((_ROW, ref) for ref, _ in keys)


def check_keys(ahead: Ahead, keys: Sequence[KeyRow]) -> None:
    """Check that each key is still as it was read; CaseChangedError otherwise."""
    if any(ahead.value((_ROW, ref)) != entry for ref, entry in keys):
        raise _revoked()


def _revoked() -> CaseChangedError:
    return CaseChangedError(
        "A key of the recipient has changed meanwhile: ask again under the same key."
    )
