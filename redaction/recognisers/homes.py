"""Streets that stand without a number where somebody stays: `at Nan's, Canal Side`, `c/o 8 Elms`.

Whose home it is stands before it, and the street after a comma; or the street is known by its
article, `the Ridgeway`. Names that were found lend theirs to the kind of street after them.
"""

import re
from collections.abc import Iterable, Iterator

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page
from redaction.recognisers.words import words
from redaction.style import Style

_KINDS = words("street-types-only") | words("sure-street-types")
_ALSO_WORDS = frozenset({
    "side", "place", "court", "green", "gate", "hill", "row", "view", "end", "park", "bank",
    "close",
})  # fmt: skip
"""Kinds of street that are everyday words: taken where a comma or a capital says street."""
_SHORT = frozenset({"cl", "sq", "square"})
_SOMEBODYS = re.compile(
    r"(?:['\u2019]s|s['\u2019]),[^\S\n]+"
    r"(?P<place>(?:[^\W\d_][\w'-]*[^\S\n]+){1,2}(?P<kind>[^\W\d_]{2,}))\b",
    re.IGNORECASE,
)
_CARE_OF = re.compile(
    r"\bc/o[^\S\n]+(?P<place>\d{1,4}[a-z]?[^\S\n]+[^\W\d_][\w'-]*)", re.IGNORECASE
)
_ARTICLE = re.compile(
    r"\b(?P<place>the[^\S\n]+"
    r"(?P<name>[^\W\d_]{2,}(?:way|croft|garth|dene|dale|hurst|mead|meads|fields)))\b",
    re.IGNORECASE,
)
_KIND_AFTER = re.compile(r"[^\S\n](?P<kind>[^\W\d_]{2,})\b\.?")


def find_homes(page: Page, _: object) -> Iterable[Finding]:
    """Find them."""
    for match in page.matches(_SOMEBODYS):
        if match["kind"].lower() in _KINDS | _ALSO_WORDS | _SHORT and _as_written(page, match):
            yield _found(*match.span("place"))
    for match in page.matches(_CARE_OF):
        yield _found(*match.span("place"))
    for match in page.matches(_ARTICLE):
        if _named(page, match):
            yield _found(*match.span("place"))


def street_of(page: Page, one: Finding) -> Iterator[Finding]:
    """Yield the street whose name was found as somebody's: `Newgale Cl` for `Newgale`."""
    match = _KIND_AFTER.match(page.text, one.end)
    if match is None:
        return
    kind = page.words_within(match.start("kind"), match.end("kind"))[0]
    mixed = kind.style is Style.MIXED
    sure = kind.lower in _KINDS | _SHORT
    if (mixed and kind.capital and (sure or kind.lower in _ALSO_WORDS)) or (not mixed and sure):
        yield _found(one.start, match.end())


def _as_written(page: Page, match: re.Match[str]) -> bool:
    """Say whether a mixed text writes every word of the street with a capital."""
    mixed = [one for one in page.words_within(*match.span("place")) if one.style is Style.MIXED]
    return all(one.capital for one in mixed)


def _named(page: Page, match: re.Match[str]) -> bool:
    """Say whether a word after `the` is a street's: with a capital, or in no dictionary."""
    (word,) = page.words_within(*match.span("name"))
    if word.style is Style.MIXED:
        return word.capital
    return not page.lexicon.is_word(word.lower)


def _found(start: int, end: int) -> Finding:
    return Finding(start=start, end=end, label=Label.ADDRESS, recogniser="address")
