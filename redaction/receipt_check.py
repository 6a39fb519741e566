"""Does a receipt belong to this original: does every commitment open, and did nothing else change?

For the reviewer who has the original, the result and the salt. A recipient, who lacks the last,
can check nothing and guess nothing.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

from broker.domain.errors import RedactionError
from redaction.receipt import commitment


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """One removal as a receipt tells it; offsets are those of the original."""

    start: int
    end: int
    replacement: str
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What came of it.

    Args:
        removals: how many the receipt lists.
        unopened: positions in that list whose commitment is to something else.
        untold: the result differs from the original where the receipt says nothing.

    """

    removals: int
    unopened: tuple[int, ...]
    untold: bool = field(default=False)

    @property
    def holds(self) -> bool:
        """Whether the receipt tells the truth about this original."""
        return not self.unopened and not self.untold


def compare(
    original: str, result: str | None, removals: Sequence[Removal], salt: bytes, salt_sha256: str
) -> Compared:
    """Open every commitment and make the result again; without a result (held), only open.

    Raises:
        RedactionError: the salt is another receipt's, or the removals are out of order.

    """
    if not hmac.compare_digest(hashlib.sha256(salt).hexdigest(), salt_sha256):
        raise RedactionError("Find the salt of this receipt: this one is another's.")
    position = 0
    for one in removals:
        if not position <= one.start <= one.end <= len(original):
            raise RedactionError("Ask for the receipt again: its removals are not in order.")
        position = one.end
    unopened = tuple(
        number
        for number, one in enumerate(removals)
        if not hmac.compare_digest(commitment(salt, original[one.start : one.end]), one.commitment)
    )
    untold = result is not None and _made_again(original, removals) != result
    return Compared(removals=len(removals), unopened=unopened, untold=untold)


def _made_again(original: str, removals: Sequence[Removal]) -> str:
    parts, position = [], 0
    for one in removals:
        parts += [original[position : one.start], one.replacement]
        position = one.end
    return "".join([*parts, original[position:]])
