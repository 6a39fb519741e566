"""What can be a holder's reference to a person at all; anything else means nobody."""

from typing import Final

MAX_REFERENCE_CHARACTERS: Final = 128


def can_be_reference(text: str) -> bool:
    """Tell whether it is one short line of printable characters."""
    return 0 < len(text) <= MAX_REFERENCE_CHARACTERS and text.isprintable()
