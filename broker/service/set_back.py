"""Whether a log was set back: a witness, or a file that somebody kept, knows more of it.

A broker that went on from an old copy would sign a second log. Nobody could tell which is true, so
it does not start.
"""

from collections.abc import Callable, Sequence

from broker.domain.errors import LedgerVerificationError
from broker.domain.ledger import Checkpoint
from broker.domain.ports import LedgerReader
from broker.domain.witness import WitnessDoor, WitnessError


def _size_told(door: WitnessDoor, newest: Checkpoint) -> int | None:
    """Return the size that a witness says it knows; None where it does not answer.

    Raises:
        LedgerVerificationError: it knows another log of the same size.

    """
    try:
        door.add_checkpoint(newest.size, (), newest.note)
    except WitnessError as told:
        if told.size == newest.size:
            raise LedgerVerificationError(
                f"The witness {door.name} cosigned another log of {newest.size} entries: keep both,"
                " which prove that one of them was forged, and tell the IG lead."
            ) from told
        return told.size
    return newest.size


def behind(known_by: str, known: int, ours: int) -> LedgerVerificationError:
    """Return the error that names the entries that are missing."""
    return LedgerVerificationError(
        f"The log ends with entry {ours - 1}, and {known_by} knows {known} entries: {ours} to"
        f" {known - 1} are missing. A log that went on from here would be a second one. Restore"
        " a newer copy.",
        ours,
    )


def ask_what_it_knows(
    door: WitnessDoor, newest: Checkpoint, path_from: Callable[[int], tuple[bytes, ...]]
) -> int | None:
    """Return the size that a witness knows, once our log is known to go on from it.

    Args:
        door: of the witness.
        newest: our newest checkpoint.
        path_from: consistency proof from an older size to it; empty from 0.

    Returns:
        None where the witness does not answer; more than ours where our log was set back.

    Raises:
        LedgerVerificationError: it knows another log.

    """
    told = _size_told(door, newest)
    if told is None or told >= newest.size:
        return told
    try:
        door.add_checkpoint(told, path_from(told), newest.note)
    except WitnessError as error:
        # Where it tells a size, another replica came first.
        if error.size is None:
            say = f"{error} Our log may not go on from what it knows: ask who runs the witness."
            raise LedgerVerificationError(say) from error
    return told


def check_not_set_back(doors: Sequence[WitnessDoor], log: LedgerReader) -> None:
    """Check, before a broker writes its first entry, that no witness knows more of the log.

    A witness that does not answer now is asked again while the broker runs.

    Raises:
        LedgerVerificationError: one does, or it knows another log.

    """
    newest = log.checkpoint()
    if newest is None:
        return
    for door in doors:
        told = ask_what_it_knows(
            door, newest, lambda old: log.consistency(old, newest.size) if old else ()
        )
        # Another replica may have gone on meanwhile: what there is now is what counts.
        now = log.checkpoint() or newest
        if told is not None and told > now.size:
            raise behind(f"the witness {door.name}", told, now.size)
