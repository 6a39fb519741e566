"""How a text is capitalised, which decides what a capital letter proves."""

from enum import StrEnum

_CAPITALS_SHARE = 0.7
"""A line is in capitals when more of its letters are than this; measured on invented notes."""


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
    return Style.LOWER if upper * 60 <= lower else Style.MIXED
