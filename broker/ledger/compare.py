"""Whether two statements of a log can both be true of one log that only ever grew.

This is what a witness asks before it cosigns, and what an advocate asks of what they kept and what
they are shown now. Both statements are signed by the log's key: where they cannot both be true,
the two together prove that the log was rewritten or that two people were shown two logs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from broker.domain.ids import CaseTag
from broker.domain.ledger import Checkpoint
from broker.ledger.tree import check_consistency


class Finding(StrEnum):
    """What two statements, an older and a newer, come to."""

    SAME = "same"
    GROWN = "grown"
    UNPROVEN = "unproven"
    OTHER_LOG = "other-log"
    OLDER_HEAD = "older-head"
    FORKED = "forked"
    UNMAPPED = "unmapped"
    OTHER_MAP = "other-map"
    CASE_SHRUNK = "case-shrunk"
    CASE_REWRITTEN = "case-rewritten"

    @property
    def holds(self) -> bool:
        """Whether the newer is known to go on from the older."""
        return self in (Finding.SAME, Finding.GROWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A verified checkpoint, with what somebody was shown under it.

    Args:
        tag: the case that `leaves` belong to; None where no case was shown.
        leaves: leaf hashes of the case's entries by their number; all of them if `whole`.
        whole: these are all of the case's entries at that size, as the signed map says.

    """

    signed: Checkpoint
    tag: CaseTag | None = None
    leaves: tuple[tuple[int, bytes], ...] = ()
    whole: bool = False


def consistent(old: Checkpoint, new: Checkpoint, path: Sequence[bytes] | None) -> Finding:
    """Compare two checkpoints whose signatures were checked.

    Args:
        old: the one that was kept.
        new: the one that is shown now.
        path: RFC 6962 consistency proof between the two; None where there is none to be had.

    """
    if old.origin != new.origin:
        return Finding.OTHER_LOG
    if old.size > new.size:
        return Finding.OLDER_HEAD
    if old.map_root is not None and new.map_root is None:
        return Finding.UNMAPPED
    if old.size == new.size:
        return _at_one_size(old, new)
    if path is None:
        return Finding.UNPROVEN
    grown = check_consistency((old.size, old.root), (new.size, new.root), path)
    return Finding.GROWN if grown else Finding.FORKED


def _at_one_size(old: Checkpoint, new: Checkpoint) -> Finding:
    if old.root != new.root:
        return Finding.FORKED
    # A note from before there was a map, cosigned later, says less and contradicts nothing.
    return Finding.SAME if old.map_root in {None, new.map_root} else Finding.OTHER_MAP


def compared(old: Statement, new: Statement, path: Sequence[bytes] | None) -> Finding:
    """Compare what was shown under two checkpoints; the case counts where both are of one case."""
    found = consistent(old.signed, new.signed, path)
    if old.tag is None or old.tag != new.tag or found is Finding.OTHER_LOG:
        return found
    # Which of the two is the later is what their sizes say, whichever was handed over first.
    earlier, later = (new, old) if found is Finding.OLDER_HEAD else (old, new)
    then, now = dict(earlier.leaves), dict(later.leaves)
    if any(now.get(number, leaf) != leaf for number, leaf in then.items()):
        return Finding.CASE_REWRITTEN
    if later.whole and not then.keys() <= now.keys():
        return Finding.CASE_SHRUNK
    return found
