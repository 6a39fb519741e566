"""How a worker showed a text to the model when the shipped weights were trained.

The product may learn to show a text better; these weights were taught with this.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from redaction.training.frozen.words import FrozenWords

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_FEW_LETTERS = 4
_CAPITALS_SHARE = 0.7
_LETTERS_A_CAPITAL = 60
_MIXED, _LOWER, _CAPITALS = "mixed", "lower", "capitals"
_PUNCTUATION = str.maketrans("\u2018\u2019\u2013\u2014`", "''--'")


def folded(text: str) -> str | None:
    """Return a text in plain letters, None where a letter would become two or none."""
    plain = text.translate(_PUNCTUATION)
    letters = unicodedata.normalize("NFKD", plain)
    seen = "".join(one for one in letters if unicodedata.category(one) != "Mn")
    return seen if len(seen) == len(text) else None


def recased(text: str, words: FrozenWords) -> str:
    """Return a text as a newspaper would write it; of the same length."""
    letters, after_name = list(text), False
    for start, end, word, style in _words(text):
        lower = word.lower()
        if style != _MIXED:
            plain = words.is_word(lower) and not after_name
            shown = lower if plain else word.capitalize()
            if len(shown) == len(word):
                letters[start:end] = shown
        after_name = words.is_name(lower)
    return "".join(letters)


def lowered(text: str) -> str:
    """Return a text with its lines of capitals in small letters."""
    letters = list(text)
    for start, end, word, style in _words(text):
        if style == _CAPITALS and len(word.lower()) == len(word):
            letters[start:end] = word.lower()
    return "".join(letters)


def _words(text: str) -> Iterator[tuple[int, int, str, str]]:
    whole, start = _style(text), 0
    for line in text.splitlines(keepends=True):
        few = sum(map(str.isalpha, line)) < _FEW_LETTERS
        style = whole if few else _style(line)
        for match in _WORD.finditer(line):
            yield start + match.start(), start + match.end(), match.group(), style
        start += len(line)


def _style(text: str) -> str:
    upper, lower = sum(map(str.isupper, text)), sum(map(str.islower, text))
    if upper > _CAPITALS_SHARE * (upper + lower):
        return _CAPITALS
    capitalised = sum(one.isupper() and other.islower() for one, other in pairwise(text))
    return _LOWER if capitalised * _LETTERS_A_CAPITAL <= lower else _MIXED
