"""How the verifier reads: its own plain spelling, its own idea of when two words are one name.

Apart from detection on purpose: another table of look-alikes (by what Unicode calls a letter), and
a rougher ear. Detection has a dictionary; this has none, so it listens only where a capital, or the
want of any, says that a word may be a name.
"""

import re
import unicodedata
from functools import cache

_SOUNDS_LIKE = {
    "er": "p", "es": "c", "ha": "x", "u": "y", "en": "h", "ve": "b", "te": "t", "em": "m",
    "ka": "k", "ie": "e", "short i": "i", "alpha": "a", "beta": "b", "epsilon": "e", "zeta": "z",
    "eta": "h", "iota": "i", "kappa": "k", "mu": "m", "nu": "n", "omicron": "o", "rho": "p",
    "tau": "t", "upsilon": "y", "chi": "x", "byelorussian-ukrainian i": "i", "je": "j", "dze": "s",
}  # fmt: skip
_LETTER = re.compile(r"(?:SMALL|CAPITAL) LETTER (.+)")
_MEANT = str.maketrans("0134578@$", "oieastbas")
_UNITS = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "nil": "0", "one": "1", "two": "2",
    "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_TWICE = {"double": 2, "triple": 3, "treble": 3}
_LETTERS = re.compile(r"[^\W\d_]+")
_ALIKE = (
    (re.compile(r"ph|ff|v|w"), "f"),
    (re.compile(r"ck|kh|ch|gh|c|q|x|g"), "k"),
    (re.compile(r"sh|sz|ts|z|j"), "s"),
    (re.compile(r"th|dh|d"), "t"),
    (re.compile(r"[aeiouyh]"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
)
"""Consonants that one name has in one spelling and one in another; vowels and h come and go."""
_BEGIN_ALIKE = tuple(
    map(
        set,
        ("ck", "kq", "cq", "fp", "jy", "gj", "sz", "xh", "xs", "kh", "vw", "iy", "ae", "eo", "ou"),
    )
)
"""First letters that spellings of one name exchange."""
_FEWEST_SOUNDS = 3
_SHORTEST_NEAR = 6
"""Letters below which one slip makes too many other words."""


def plain(text: str) -> str:
    """Return letters and digits only, without accents, small, single blanks between words."""
    folded = unicodedata.normalize("NFKD", "".join(map(_latin, text)))
    seen = "".join(
        one for one in folded if unicodedata.category(one)[0] not in "MC" or one in "\n\t"
    )
    return " ".join(re.findall(r"[^\W_]+", re.sub("['\u2019\u02bc`]", "", seen.casefold())))


@cache
def _latin(character: str) -> str:
    """Return the Latin letter that a Greek or Cyrillic one imitates, by its name."""
    if character.isascii():
        return character
    name = unicodedata.name(character, "")
    match = _LETTER.search(name)
    if match is None or not name.startswith(("CYRILLIC", "GREEK")):
        return character
    called = match[1].lower()
    return _SOUNDS_LIKE.get(called, called if len(called) == 1 else character)


def as_meant(words: str) -> str:
    """Return plain words with figures that stand for letters read as those: `marl0we`."""
    return " ".join(
        word.translate(_MEANT) if not word.isdigit() else word for word in words.split()
    )


def told_digits(words: str) -> str:
    """Return plain words with spoken digits as digits, the blanks between them closed up."""
    told: list[str] = []
    times = 1
    for word in words.split():
        if word in _TWICE:
            times = _TWICE[word]
            continue
        told.append(_UNITS.get(word, word) * times if word in _UNITS else word)
        times = 1
    return re.sub(r"(?<=\d) (?=\d)", "", " ".join(told))


def shown_as_names(text: str) -> set[str]:
    """Return the words whose capitals make them names; all words where capitals say nothing."""
    letters = [one for one in text if one.isalpha()]
    small = sum(map(str.islower, letters))
    if not letters or small == len(letters) or small * 10 < len(letters):
        return set(plain(text).split())
    return {plain(one.group()) for one in _LETTERS.finditer(text) if one.group()[0].isupper()}


def near(word: str, part: str) -> bool:
    """Say whether a word is one slip from a name, or sounds like it."""
    if min(len(word), len(part)) < _SHORTEST_NEAR - 1 or word == part:
        return False
    if len(part) >= _SHORTEST_NEAR and word[0] == part[0] and _one_slip(word, part):
        return True
    if word[0] != part[0] and {word[0], part[0]} not in _BEGIN_ALIKE:
        return False
    sounds = _sounds(part)
    return len(sounds) >= _FEWEST_SOUNDS and sounds == _sounds(word) and word[-1] == part[-1]


def _sounds(word: str) -> str:
    for pattern, sound in _ALIKE:
        word = pattern.sub(sound, word)
    return word


def _one_slip(one: str, other: str) -> bool:
    """Say whether the two differ between a common beginning and a common end by one letter."""
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return abs(len(one) - len(other)) <= 1
    first, last = one[start:], other[start:]
    swapped = first[:2] == last[:2][::-1] and first[2:] == last[2:]
    return swapped or first[1:] == last[1:] or first[1:] == last or first == last[1:]
