"""How a text without trustworthy capitals is shown to the model that was taught to read such texts.

Its own capitals say nothing, so they are replaced by what the word lists know: everyday words in
small letters, words that no list has with one capital, and words that are somebody's name as well
with two (`HOpe`), a spelling that no note uses for anything else. DO NOT CHANGE any of this without
training anew: the weights were taught this notation.
"""

import re
from functools import cache
from pathlib import Path
from typing import Protocol

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
ALSO_NAMES = Path(__file__).parent / "also_names.txt"
_SHORTEST_POSSESSIVE = 4
"""Letters from which a name may have grown an s without an apostrophe: `at ivys`."""


class Words(Protocol):
    """What is asked of word lists; they are in lower case."""

    @property
    def surnames(self) -> frozenset[str]:
        """Surnames, most of them everyday words too."""

    def is_word(self, token: str, /) -> bool:
        """Say whether a token is an everyday word or a form of one."""

    def may_be_name(self, token: str, /) -> bool:
        """Say whether a token is a given name, even one that is also a word."""


def flat_form(text: str, words: Words) -> str:
    """Return a text in the notation; of the same length."""
    letters, shown = list(text), dict[str, str]()
    for match in _WORD.finditer(text):
        lower = match.group().lower()
        if len(lower) == len(match.group()):
            if lower not in shown:
                shown[lower] = _shown(lower, words)
            letters[match.start() : match.end()] = shown[lower]
    return "".join(letters)


def _shown(lower: str, words: Words) -> str:
    base = lower.removesuffix("'s")
    if not words.is_word(base):
        other = lower.capitalize()
    elif also_name(base, words):
        other = lower[:2].upper() + lower[2:]
    else:
        return lower
    return other if len(other) == len(lower) else lower


def also_name(base: str, words: Words) -> bool:
    """Say whether a word, without the s of a possessive, is somebody's name as well."""
    grown = base.endswith("s") and len(base) >= _SHORTEST_POSSESSIVE
    return any(
        words.may_be_name(one) or one in words.surnames or one in also_names()
        for one in ((base, base[:-1]) if grown else (base,))
    )


@cache
def also_names() -> frozenset[str]:
    """Return the words of the list that are names as well."""
    return frozenset(ALSO_NAMES.read_text("utf-8").partition("\n\n")[2].split())
