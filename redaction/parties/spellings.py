"""Spellings of one name: parts, joined parts, short forms, initials, one slip of the keyboard."""

import re
from itertools import pairwise

from redaction.fold import fold
from redaction.lexicon import Lexicon

_SHORTEST_PART = 2
_SHORTEST_JOINED = 6
SHORTEST_FUZZY = 5
"""Letters below which one edit turns too many words into each other."""
SHORTEST_STEM = 3
"""Letters that a cut-down first name keeps at the least."""
_PET_ENDINGS = ("", "y", "ie", "ey", "s", "o", "a", "z", "za", "zza", "er", "ster", "i")
_APOSTROPHE = re.compile("['\u2019]")
_BREAK = re.compile(r"[^a-z0-9]+")
_PARTICLES = frozenset({
    "de", "da", "di", "du", "la", "le", "del", "della", "dos", "van", "von", "der", "den", "al",
    "el", "ul", "ur", "bin", "bint", "ibn", "ben", "abu", "umm", "um", "ap", "ab", "ferch", "ni",
    "nic", "o", "mac", "mc", "st", "of", "the", "and",
})  # fmt: skip
"""Words that belong to a name and name nobody by themselves."""
_GRAFTED = ("mac", "mc", "al", "el", "o")
"""Particles that some people write as one word with what follows: `MacLeod`, `Alkhatib`."""
_BY_CHILD = frozenset({"abu", "umm", "um"})
"""`Abu Sami` is a father by his child's name: `Sami` alone is the child."""


def parts_of(name: str) -> tuple[str, ...]:
    """Return the folded lower-case parts of a name, apostrophes closed up: `omalley`."""
    plain = fold(name).text.lower().replace("'", "")
    return tuple(part for part in _BREAK.split(plain) if part)


def particle_pairs(name: str) -> frozenset[tuple[str, str]]:
    """Return each particle of a name with the word it belongs to: `al` and `khatib`."""
    split = [part for part in _BREAK.split(fold(name).text.lower()) if part]
    pairs = {(one, other) for one, other in pairwise(split) if one in _PARTICLES}
    for part in parts_of(name):
        for particle in _GRAFTED:
            rest = part.removeprefix(particle)
            if rest != part and len(rest) >= SHORTEST_STEM + 1:
                pairs.add((particle, rest))
    return frozenset(pairs)


def is_particle(word: str) -> bool:
    """Say whether a word may stand inside a name without being one: `van`, `der`."""
    return word in _PARTICLES


def names_by_child(name: str) -> bool:
    """Say whether a name calls somebody the parent of a child whose name it holds."""
    parts = parts_of(name)
    return len(parts) > 1 and parts[0] in _BY_CHILD


def spellings(name: str, lexicon: Lexicon) -> frozenset[str]:
    """Return every single token that may stand for the person of this name."""
    whole = parts_of(name)
    parts = [part for part in whole if part not in _PARTICLES] or list(whole)
    found = {part for part in parts if len(part) >= _SHORTEST_PART}
    found |= {one + other for one, other in pairwise(whole) if one in _PARTICLES}
    for part in parts[:-1] or parts:
        found |= lexicon.short_forms.get(part, frozenset())
    joined = {a + b for one, other in pairwise(parts) for a, b in ((one, other), (other, one))}
    if parts:
        joined |= {parts[0] + parts[-1], parts[-1] + parts[0]}
    found |= {token for token in joined if len(token) >= _SHORTEST_JOINED}
    return frozenset(found)


def initials(name: str) -> frozenset[str]:
    """Return the initials a note may use: the first with any other, either way round, and all."""
    found: set[str] = set()
    for written in (name, _APOSTROPHE.sub(" ", name)):
        parts = [part for part in parts_of(written) if part not in _PARTICLES or written != name]
        found |= _letters(parts)
    return frozenset(found)


def _letters(parts: list[str]) -> frozenset[str]:
    if len(parts) <= 1:
        return frozenset()
    every = "".join(part[0] for part in parts)
    pairs = {every[0] + letter for letter in every[1:]}
    return frozenset({every, *pairs, *(pair[::-1] for pair in pairs)})


def is_pet_form(token: str, first: str) -> bool:
    """Say whether a token is a cut-down first name: `miha`, `kev`, `shaz` of Sharon is not."""
    stems = (token[: len(token) - len(end)] for end in _PET_ENDINGS if token.endswith(end))
    return any(SHORTEST_STEM <= len(stem) < len(first) and first.startswith(stem) for stem in stems)


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
