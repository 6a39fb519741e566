"""Folding: one plain spelling for every way of writing the same letters, with a way back.

Detection reads the folded text; what is removed is always a range of the original. Folding drops
what a reader does not see (zero-width characters, accents) and turns look-alikes into the Latin
letter they imitate, so that an invisible character inside a name hides nothing.
"""

import unicodedata
from dataclasses import dataclass, field

_LOOK_ALIKES = str.maketrans(
    "АВЕКМНОРСТХУІЈЅԛԝаеорсухіјѕһԁԌгёЁΑΒΕΖΗΙΚΜΝΟΡΤΥΧαινορτυχϲκłŁøØđĐħıŀȷßẞæÆœŒðÐþÞəƏ",
    "ABEKMHOPCTXYIJSqwaeopcyxijshdGreEABEZHIKMNOPTYXaivoptuxcklLoOdDhiljsSaAoOdDtTeE",
)
"""Unicode TR39 confusables that occur in names; letters that NFKD does not take apart go with them.

One letter always becomes one letter, so that the map stays simple: sharp s folds to s.
"""
_PUNCTUATION = str.maketrans(
    "\u2018\u2019\u201b\u02bc\u02b9\u0060\u00b4\u2032\uff07"
    "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
    "\u201c\u201d\u201e\u00ab\u00bb\u2022\u2044\u2215",
    "'''''''''" + "-" * 10 + '"""""' + ".//",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A folded text and, for each of its characters, the source range that it came from."""

    text: str = field(repr=False)
    source: str = field(repr=False)
    starts: tuple[int, ...] | range = field(repr=False)
    ends: tuple[int, ...] | range = field(repr=False)

    def source_range(self, start: int, end: int) -> tuple[int, int]:
        """Return the source range of folded `[start, end)`, widened to whole tokens."""
        if start >= end:
            raise ValueError("an empty range has no source")
        first, last = self.starts[start], self.ends[end - 1]
        while first > 0 and _joined(self.source, first):
            first -= 1
        while last < len(self.source) and _joined(self.source, last):
            last += 1
        return first, last


def fold(source: str) -> Folded:
    """Fold a text. The result never has a character without a source range."""
    if source.isascii():
        whole = range(len(source))
        text = source.replace("`", "'")
        return Folded(text=text, source=source, starts=whole, ends=range(1, len(source) + 1))
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for position, character in enumerate(source):
        for letter in _fold_character(character):
            letters.append(letter)
            starts.append(position)
            ends.append(position + 1)
    return Folded(text="".join(letters), source=source, starts=tuple(starts), ends=tuple(ends))


def _fold_character(character: str) -> str:
    if character.isascii():
        return "'" if character == "`" else character
    plain = character.translate(_PUNCTUATION).translate(_LOOK_ALIKES)
    decomposed = unicodedata.normalize("NFKD", plain)
    seen = "".join(one for one in decomposed if unicodedata.category(one) not in _UNSEEN)
    return seen.translate(_PUNCTUATION).translate(_LOOK_ALIKES)


_UNSEEN = frozenset({"Cf", "Mn", "Me", "Cn", "Co"})


def _joined(source: str, position: int) -> bool:
    """Say whether the characters on both sides of a position belong to one token."""
    return _holds(source[position - 1]) and _holds(source[position])


def _holds(character: str) -> bool:
    return character.isalnum() or (
        not character.isascii() and unicodedata.category(character) in _UNSEEN
    )
