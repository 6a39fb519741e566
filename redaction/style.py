"""How a text is capitalised, which decides what a capital letter proves."""

import re
import string
from enum import StrEnum
from itertools import pairwise

_CAPITALS_SHARE = 0.7
"""A line is in capitals when more of its letters are than this; measured on invented notes."""

_LETTERS_A_CAPITAL = 60
"""A text with fewer capitalised words than one in so many small letters has no capitals to trust.

Abbreviations in capitals do not count: a note in small letters still says `A&E`.
"""


_UPPER, _LOWER = string.ascii_uppercase.encode(), string.ascii_lowercase.encode()
_CAPITALISED = re.compile(rb"[A-Z](?=[a-z])")


class Style(StrEnum):
    """How a line is written; it decides what a capital letter proves."""

    MIXED = "mixed"
    LOWER = "lower"
    CAPITALS = "capitals"


def style_of(text: str) -> Style:
    """Return how a text is capitalised."""
    upper, lower, capitalised = _counted(text)
    if upper > _CAPITALS_SHARE * (upper + lower):
        return Style.CAPITALS
    return Style.LOWER if capitalised * _LETTERS_A_CAPITAL <= lower else Style.MIXED


def _counted(text: str) -> tuple[int, int, int]:
    """Return capitals, small letters, and capitals before a small letter; by bytes where it can."""
    if text.isascii():
        written = text.encode()
        upper = len(written) - len(written.translate(None, _UPPER))
        lower = len(written) - len(written.translate(None, _LOWER))
        return upper, lower, len(_CAPITALISED.findall(written))
    return (
        sum(map(str.isupper, text)),
        sum(map(str.islower, text)),
        sum(one.isupper() and other.islower() for one, other in pairwise(text)),
    )
