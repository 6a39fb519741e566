"""What people hide in plain sight, and what it stands for: `J o h n`, `oh seven`, `Mar1owe`.

Each function yields respellings of one kind. A respelling may be wrong: `respell.py` reads the text
both ways and only what rests on a change counts.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from redaction.gates import Gates, matches_at, tokens_of

_SPACED_LETTERS = re.compile(
    r"(?<![\w'])[^\W\d_](?:([ .*_-])[^\W\d_](?![^\W_]))(?:\1[^\W\d_](?![^\W_]))+"
)
_SPACED_DIGITS = re.compile(r"(?<![\w/.:-])\d(?:[ .*_-]\d(?!\w)){5,}")
_SPACED_SIGNS = re.compile(
    r"(?<![\w'/.:-])(?=[^\n]{0,24}?\d)[^\W_](?: {1,3}[^\W_](?![^\W_])){4,}(?![^\W_])"
)
_CUT_WORD = re.compile(r"(?<=[^\W\d_]{2})-[ \t]*\n[ \t]*(?=[^\W\d_]{2})")
_CUT_NUMBER = re.compile(r"(?<=\d)[ \t]*\n[ \t]*(?=\d)|(?<=\d)-[ \t]*\n[ \t]*(?=\w)")
_WRAPPED = re.compile(r"(?<=[^\W\d_])[ \t]*\n[ \t]*(?=(?:[A-Z]|[a-z]{4,}\b)[a-z]*\b)")
_UNITS = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "nil": "0", "one": "1", "two": "2",
    "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
    "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
    "hundred": "00", "thousand": "000",
}  # fmt: skip
_TENS = {
    "twenty": "2", "thirty": "3", "forty": "4", "fifty": "5", "sixty": "6", "seventy": "7",
    "eighty": "8", "ninety": "9",
}  # fmt: skip
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_SPOKEN = "|".join((*_UNITS, *_TENS, *_TIMES, r"\d+"))
_SPOKEN_RUN = re.compile(rf"\b(?:{_SPOKEN})\b(?:[\s,-]{{1,3}}(?:{_SPOKEN})\b)+", re.IGNORECASE)
_SPOKEN_WORD = re.compile(rf"\b(?:{_SPOKEN})\b", re.IGNORECASE)
_FEWEST_SPOKEN = 5
"""Digits below which words are a count (`two or three`), not a number to call."""
_NUMBER_WORD = "|".join((*_UNITS, *_TENS))
_SPOKEN_HOUSE = re.compile(
    rf"(?<![\w'])(?P<number>(?:{_NUMBER_WORD})(?:[\s-](?:{_NUMBER_WORD})){{0,3}})"
    r"(?=\s+(?:[^\W\d_][\w'-]*\s+){1,2}(?:street|road|lane|avenue|close|drive|court|crescent|"
    r"terrace|gardens|grove|row|mews|rise|way|walk|place|hill|garth|fold|view|square|parade)\b)",
    re.IGNORECASE,
)
_ALPHABET = {
    "alpha": "a", "alfa": "a", "bravo": "b", "charlie": "c", "delta": "d", "echo": "e",
    "foxtrot": "f", "golf": "g", "hotel": "h", "india": "i", "juliet": "j", "juliett": "j",
    "kilo": "k", "lima": "l", "mike": "m", "november": "n", "oscar": "o", "papa": "p",
    "quebec": "q", "romeo": "r", "sierra": "s", "tango": "t", "uniform": "u", "victor": "v",
    "whiskey": "w", "whisky": "w", "xray": "x", "x-ray": "x", "yankee": "y", "zulu": "z",
}  # fmt: skip
"""The letters as they are called on the radio (ITU)."""
_CALLED_WORDS = "|".join((*_ALPHABET, *_UNITS, r"\d+"))
_CALLED_RUN = re.compile(
    rf"\b(?:{_CALLED_WORDS})\b(?:[\s,-]{{1,3}}(?:{_CALLED_WORDS})\b){{3,}}", re.IGNORECASE
)
_CALLED_WORD = re.compile(rf"\b(?:{_CALLED_WORDS})\b", re.IGNORECASE)
_FEWEST_CALLED = 3
_SEEN_AS = str.maketrans("OoQDlI|SsBZzG", "0000111558226")
_DIGIT = r"[0-9OoQDlI|SsBZz]"
_SCANNED = tuple(
    re.compile(rf"(?<![^\W_]){form}(?![^\W_])")
    for form in (
        rf"(?P<a>{_DIGIT}(?:[ ().-]{{0,2}}{_DIGIT}){{8,13}})",
        rf"[A-Za-z]{{1,2}}(?P<a>{_DIGIT}{{1,2}})[A-Za-z]?\s?(?P<b>[0-9OoQDlI|SsBZzG])[A-Za-z]{{2}}",
        rf"[A-Za-z]{{2}}\s?(?P<a>{_DIGIT}{{2}})\s?[A-Za-z]{{3}}",
        rf"[A-Za-z]{{2}}\s?(?P<a>{_DIGIT}{{2}}(?:\s?{_DIGIT}{{2}}){{2}})\s?[A-Da-d]",
        rf"(?P<a>{_DIGIT}{{2}}-{_DIGIT}{{2}}-{_DIGIT}{{2}})",
        rf"(?P<a>{_DIGIT}{{1,2}}[./-]{_DIGIT}{{1,2}}[./-]{_DIGIT}{{2,4}})",
        (
            r"(?P<a>[lI|]\d{0,3}|\d{1,2}[lIO|]\d?|[lIO|]\d{1,2}[lIO|]?)[a-z]?"
            r"(?=\s+[^\W\d_]+\s+[^\W\d_]+)"
        ),
    )
)
"""Telephone and NHS numbers, postcodes, plates, NI numbers, sort codes, dates, house numbers."""
_ROUND = frozenset("OoIl|")
"""Letters that a scanner takes for digits even in a group that has no digit at all."""
_GROUP = re.compile(r"[^ ().-]+")
_LEET_SIGNS = "$@!|"
_LEET, _LEET_DIGITS = (
    re.compile(
        r"(?<![\w@.])(?=[^\W_]{4}|[^\W_]*[$@!|])(?![A-Za-z]{2}\d[lIoOzZsSbB](?![^\W_]))"
        rf"[^\W\d_]+(?:[01345{signs}]{{1,2}}[^\W\d_]+){{1,4}}(?![\w@.])"
    )
    for signs in (_LEET_SIGNS, "")
)
_LEET_MANY = re.compile(
    r"(?<![\w@.])(?=(?:[^\W\d_]*[013457]){2})(?=(?:[013457]*[^\W\d_]){3})"
    r"(?![A-Za-z]{1,2}\d{1,2}[A-Za-z]{3}(?!\w))(?![A-Za-z]+\d+(?!\w))"
    r"(?!\d+(?:ft|st|x|mg|ml|kg|cm)\d)(?!\d+[A-Za-z]+(?!\w))"
    r"[^\W_]{4,16}(?![\w@.])|(?<![\w@.])0[A-Za-z]{3,12}(?![\w@.])"
)
"""Several signs in one word, also first and last, that is no plate and no number with its unit."""
_MEANT = str.maketrans("01345$@!|7", "oieassailt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Respelling:
    """One stretch of the folded text and what it is read as; empty where it is left out."""

    start: int
    end: int
    text: str = field(repr=False)


def respellings(text: str) -> Iterator[Respelling]:
    """Yield what may be meant otherwise, in no order; overlaps are possible."""
    starts = _GATES.starts(tokens_of(text))

    def matches(pattern: re.Pattern[str]) -> Iterable[re.Match[str]]:
        known = starts.get(id(pattern))
        return pattern.finditer(text) if known is None else matches_at(pattern, text, known)

    for pattern in (_SPACED_LETTERS, _SPACED_DIGITS, _SPACED_SIGNS):
        for match in matches(pattern):
            yield from _closed_up(match.start(), match.group())
    for pattern, meant in _BROKEN if "\n" in text else ():
        for match in matches(pattern):
            yield Respelling(start=match.start(), end=match.end(), text=meant)
    for pattern, read in _READ.items():
        for match in matches(pattern):
            yield from read(match)
    leet = _LEET if any(sign in text for sign in _LEET_SIGNS) else _LEET_DIGITS
    for match in (*matches(leet), *matches(_LEET_MANY)):
        yield from _leet(match)


def _closed_up(start: int, run: str) -> Iterator[Respelling]:
    for at, character in enumerate(run):
        if not character.isalnum():
            yield Respelling(start=start + at, end=start + at + 1, text="")


def _called(run: re.Match[str]) -> Iterator[Respelling]:
    """Yield a plate or postcode spelt out as letters and digits, if enough of it is letters."""
    words = list(_CALLED_WORD.finditer(run.group()))
    letters = [word for word in words if word.group().lower() in _ALPHABET]
    if len(letters) < _FEWEST_CALLED or len(letters) == len(words):
        return
    told = "".join(_letter(word.group().lower()) for word in words)
    yield Respelling(start=run.start(), end=run.end(), text=told)


def _letter(word: str) -> str:
    return _ALPHABET.get(word) or _UNITS.get(word, word)


def _house(match: re.Match[str]) -> Iterator[Respelling]:
    """Yield a house number that is told in words."""
    words = [word.group().lower() for word in _SPOKEN_WORD.finditer(match["number"])]
    start, end = match.span("number")
    yield Respelling(start=start, end=end, text="".join(_digits(words)))


def _leet(match: re.Match[str]) -> Iterator[Respelling]:
    meant = match.group().translate(_MEANT)
    yield Respelling(start=match.start(), end=match.end(), text=meant)


def _spoken(run: re.Match[str]) -> Iterator[Respelling]:
    """Yield a number told in words as digits, if it is long enough to be called."""
    start, words = run.start(), list(_SPOKEN_WORD.finditer(run.group()))
    digits = _digits([match.group().lower() for match in words])
    if sum(map(len, digits)) < _FEWEST_SPOKEN or all(match.group().isdigit() for match in words):
        return
    position, begun = 0, None
    for match, told in zip(words, digits, strict=True):
        if begun is None and match.start() > position:
            yield Respelling(start=start + position, end=start + match.start(), text="")
        begun = match.start() if begun is None else begun
        position = match.end()
        if told == "":
            continue  # `double seven` is one respelling: both words stand for the digits.
        if told != match.group() or begun != match.start():
            yield Respelling(start=start + begun, end=start + match.end(), text=told)
        begun = None


def _digits(words: list[str]) -> list[str]:
    """Return what each word adds: `double` nothing, the word after it twice."""
    told: list[str] = []
    times = 1
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in _TIMES:
            times = _TIMES[word]
            told.append("")
            continue
        unit = following in _UNITS and len(_UNITS[following]) == 1 and _UNITS[following] != "0"
        tens = _TENS.get(word, "") + ("" if unit else "0")
        told.append((tens if word in _TENS else _UNITS.get(word, word)) * times)
        times = 1
    return told


def _scanned(match: re.Match[str]) -> Iterator[Respelling]:
    """Yield the letters that a scanner saw for digits, where enough of the rest are digits."""
    digits = sum(map(str.isdigit, match.group()))
    for name, whole in match.groupdict().items():
        letters = [at for at, one in enumerate(whole) if not one.isdigit() and one not in " ().-/"]
        round_ones = all(whole[at] in _ROUND for at in letters)
        if digits * 2 >= len(letters) or (digits and round_ones):
            for group in _GROUP.finditer(whole):
                if any(map(str.isdigit, group.group())) or set(group.group()) <= _ROUND:
                    yield from _seen(match.start(name), group, letters)


def _seen(start: int, group: re.Match[str], letters: list[int]) -> Iterator[Respelling]:
    for at in letters:
        if group.start() <= at < group.end():
            meant = group.string[at].translate(_SEEN_AS)
            yield Respelling(start=start + at, end=start + at + 1, text=meant)


_READ = {
    _CALLED_RUN: _called,
    _SPOKEN_RUN: _spoken,
    **dict.fromkeys(_SCANNED, _scanned),
    _SPOKEN_HOUSE: _house,
}
_BROKEN = ((_CUT_WORD, ""), (_CUT_NUMBER, ""), (_WRAPPED, " "))
_GATES = Gates((
    _SPACED_LETTERS, _SPACED_DIGITS, _SPACED_SIGNS, _CUT_WORD, _CUT_NUMBER, _WRAPPED, *_READ,
    _LEET, _LEET_DIGITS, _LEET_MANY,
))  # fmt: skip
