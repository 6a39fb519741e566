"""How a text is capitalised, which decides what a capital letter proves."""

from enum import StrEnum
from itertools import pairwise

_CAPITALS_SHARE = 0.7
"""A line is in capitals when more of its letters are than this; measured on invented notes."""

_LETTERS_A_CAPITAL = 60
"""A text with fewer capitalised words than one in so many small letters has no capitals to trust.

Abbreviations in capitals do not count: a note in small letters still says `A&E`.
"""


class Style(StrEnum):
    """How a line is written; it decides what a capital letter proves."""

    MIXED = "mixed"
    LOWER = "lower"
    CAPITALS = "capitals"


def style_of(text: str) -> Style:
    """Return how a text is capitalised."""
    upper = sum(map(str.isupper, text))
    lower = sum(map(str.islower, text))
    if upper > _CAPITALS_SHARE * (upper + lower):
        return Style.CAPITALS
    capitalised = sum(one.isupper() and other.islower() for one, other in pairwise(text))
    return Style.LOWER if capitalised * _LETTERS_A_CAPITAL <= lower else Style.MIXED
