"""Folding: one plain spelling for every way of writing the same letters, with a way back.

Detection reads the folded text; what is removed is always a range of the original. Folding drops
what a reader does not see (zero-width characters, accents) and turns look-alikes into the Latin
letter they imitate, so that an invisible character inside a name hides nothing. What a program
has written in code (`&#77;`, `%4D`) is read as the letter that it stands for.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import unquote

_CODED = re.compile(
    r"(?P<code>&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d{0,2});|(?:%[0-9a-f]{2})+)"
    r"|</?(?:b|i|u|s|em|strong|span|font|mark|small|sub|sup|a|del|ins|wbr|code|tt|big)\b"
    r"[^<>\n]{0,80}>|=\r?\n|\*{1,3}|~~|__"
    "|[\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\ufe0f\u20e3\u200d]+",
    re.IGNORECASE,
)
"""Codes, and what stands between two letters without a reader minding: tags, breaks, emoji."""
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
    coded = any(sign in source for sign in "&%<=*~_")
    if source.isascii() and not coded:
        whole = range(len(source))
        text = source.replace("`", "'")
        return Folded(text=text, source=source, starts=whole, ends=range(1, len(source) + 1))
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end, character in _units(source):
        for letter in _fold_character(character):
            letters.append(letter)
            starts.append(start)
            ends.append(end)
    return Folded(text="".join(letters), source=source, starts=tuple(starts), ends=tuple(ends))


def _units(source: str) -> Iterator[tuple[int, int, str]]:
    """Yield every character with its range; one that is written in code has the code's range."""
    position = 0
    for match in _CODED.finditer(source):
        meant = _decoded(match.group()) if match["code"] else _inside(source, match)
        if meant is not None:
            yield from ((at, at + 1, source[at]) for at in range(position, match.start()))
            yield from ((match.start(), match.end(), one) for one in meant)
            position = match.end()
    yield from ((at, at + 1, source[at]) for at in range(position, len(source)))


def _inside(source: str, match: re.Match[str]) -> str | None:
    """Return nothing for what stands inside a word, None where it stands beside one."""
    before, after = source[: match.start()][-1:], source[match.end() : match.end() + 1]
    inside = (before.isalnum() or before in "><") and (after.isalnum() or after in "<>")
    return "" if inside and before and after else None


def _decoded(code: str) -> str | None:
    """Return what a code stands for; None for what only looks like one, such as `100%20`."""
    try:
        meant = unescape(code) if code.startswith("&") else unquote(code, errors="strict")
    except (UnicodeDecodeError, ValueError):
        return None
    plain = meant.replace("\xa0", " ").replace("\u00ad", "")
    return meant if meant != code and plain.isprintable() else None


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
