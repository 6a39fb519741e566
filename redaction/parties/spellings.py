"""Spellings of one name: parts, joined parts, short forms, initials, one slip of the keyboard."""

import re

from redaction.fold import fold
from redaction.lexicon import Lexicon

_SHORTEST_PART = 2
_SHORTEST_JOINED = 6
SHORTEST_FUZZY = 5
"""Letters below which one edit turns too many words into each other."""
_SHORTEST_STEM = 3
_PET_ENDINGS = ("", "y", "ie", "ey", "s", "o", "a", "z", "za", "zza", "er", "ster", "i")
_BREAK = re.compile(r"[^a-z0-9]+")
_PARTICLES = frozenset(
    [
        "de",
        "da",
        "di",
        "del",
        "della",
        "van",
        "von",
        "der",
        "den",
        "al",
        "el",
        "bin",
        "bint",
        "ibn",
        "ap",
        "ab",
        "of",
        "the",
        "and",
    ]
)


def parts_of(name: str) -> tuple[str, ...]:
    """Return the folded lower-case parts of a name, apostrophes closed up: `omalley`."""
    plain = fold(name).text.lower().replace("'", "")
    return tuple(part for part in _BREAK.split(plain) if part)


def spellings(name: str, lexicon: Lexicon) -> frozenset[str]:
    """Return every single token that may stand for the person of this name."""
    parts = [part for part in parts_of(name) if part not in _PARTICLES]
    found = {part for part in parts if len(part) >= _SHORTEST_PART}
    for part in parts[:-1] or parts:
        found |= lexicon.short_forms.get(part, frozenset())
    for one, other in zip(parts, parts[1:], strict=False):
        found |= {
            joined for joined in (one + other, other + one) if len(joined) >= _SHORTEST_JOINED
        }
    if parts:
        ends = (parts[0] + parts[-1], parts[-1] + parts[0])
        found |= {joined for joined in ends if len(joined) >= _SHORTEST_JOINED}
    return frozenset(found)


def initials(name: str) -> frozenset[str]:
    """Return the initials a note may use: the first with any other, and all of them."""
    parts = [part for part in parts_of(name) if part not in _PARTICLES]
    if len(parts) <= 1:
        return frozenset()
    every = "".join(part[0] for part in parts)
    return frozenset({every, *(every[0] + letter for letter in every[1:])})


def is_pet_form(token: str, first: str) -> bool:
    """Say whether a token is a cut-down first name: `miha`, `kev`, `shaz` of Sharon is not."""
    for ending in _PET_ENDINGS:
        stem = token.removesuffix(ending) if ending else token
        if token.endswith(ending) and _SHORTEST_STEM <= len(stem) < len(first):
            if first.startswith(stem):
                return True
    return False


def deletions(token: str) -> frozenset[str]:
    """Return the token and every token with one letter left out: the neighbourhood of one edit."""
    return frozenset({token, *(token[:at] + token[at + 1 :] for at in range(len(token)))})


def within_one_edit(one: str, other: str) -> bool:
    """Say whether one insertion, deletion, substitution or swap of neighbours separates the two."""
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if at is None:
        return True
    rests = {
        (one[at + 1 :], other[at:]),
        (one[at:], other[at + 1 :]),
        (one[at + 1 :], other[at + 1 :]),
    }
    swapped = one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
    return swapped or any(a == b for a, b in rests)
