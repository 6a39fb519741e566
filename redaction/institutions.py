"""Bodies, offices and laws are nobody: what is made of official words only is no finding.

Formal prose capitalises them (`the Administrative Court`, `Article 8 of the Convention`), and a net
made for case notes catches them as names or addresses. What holds any other word
stays, because a body's place tells where (`Leeds Crown Court`); so does a word that stands alone
where a surname would (`Ms Law`), and everything in text whose capitals mean nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from redaction.findings import Finding
from redaction.labels import Label
from redaction.style import Style

if TYPE_CHECKING:
    from redaction.page import Page, Word

_SOURCE = Path(__file__).parent / "institutions.yaml"
_GUESSES = frozenset({"cue", "model", "unknown-word", "address", "place"})
"""Recognisers that guess; what the record holds or a form proves is never touched."""
_NAMES = frozenset({
    Label.PERSON, Label.ADDRESS, Label.LOCATION, Label.ORG, Label.SCHOOL, Label.WORKPLACE,
    Label.REFUGE,
})  # fmt: skip
_FEWEST = 2
"""Official words side by side that name an office whatever stands before them."""
_REACH = 24
"""Characters looked at for the words beside."""
_YEAR = 4
"""Digits of a year; a door's number has fewer."""


def unofficial(page: "Page", findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings without those that hold nothing but official words."""
    for one in findings:
        guess = one.recogniser in _GUESSES and one.label in _NAMES and not one.people
        if not (guess and _office(page, one)) and not _of_a_state(page, one):
            yield one


def _office(page: "Page", one: Finding) -> bool:
    """Say whether nothing but a body, an office or a law was found; its number goes with it."""
    words = page.words_within(one.start, one.end)
    official = _official(page, words)
    return any(official) and not _numbered(one, words, official) and not _named(words, official)


def _of_a_state(page: "Page", one: Finding) -> bool:
    """Say whether a nationality is that of a state or its law: `the Polish Government`."""
    after = page.words_within(one.end, one.end + _REACH)[:1]
    beside = bool(after) and page.text[one.end : after[0].start] == " "
    if one.label is not Label.DEMOGRAPHIC or not beside:
        return False
    return after[0].lower in _words()["states"] or _may_be_official(after[0])


def _named(words: Sequence["Word"], official: Sequence[bool]) -> bool:
    """Say whether anything in a finding is more than an office: a body's place tells where."""
    return not all(_part_of_office(words, official, at) for at in range(len(words)))


def _numbered(one: Finding, words: Sequence["Word"], official: Sequence[bool]) -> bool:
    """Say whether a door's number stands before the official word: `12 Crown Court` is a home."""
    before = words[: official.index(True)]
    return one.label is Label.ADDRESS and any(
        word.text[0].isdigit() and len(word.text) < _YEAR for word in before
    )


def _part_of_office(words: Sequence["Word"], official: Sequence[bool], at: int) -> bool:
    """Say whether a word is official, joins such, or is their number: `Article 6 of the`."""
    if official[at]:
        return True
    number = words[at].text[0].isdigit()
    return any(official[:at]) and (number or words[at].lower in _words()["joints"])


def _official(page: "Page", words: Sequence["Word"]) -> list[bool]:
    """Say of each word whether it is part of an office's name."""
    marked = [_may_be_official(word) for word in words]
    found = [False] * len(words)
    start = 0
    while start < len(words):
        end = start
        while end < len(words) and marked[end]:
            end += 1
        if end - start >= _FEWEST or (end > start and _no_name(page, words[start])):
            found[start:end] = [True] * (end - start)
        start = max(end, start + 1)
    return found


def _may_be_official(word: "Word") -> bool:
    return word.style is Style.MIXED and word.capital and _base(word) in _words()["official"]


def _no_name(page: "Page", word: "Word") -> bool:
    """Say whether an official word that stands alone is no surname: `the Court`, not `Ms Law`."""
    if _base(word) in _words()["always"]:
        return True
    *_, other, before = (None, None, *page.words_within(max(0, word.start - _REACH), word.start))
    if before is None or page.text[before.end : word.start] != " ":
        return False
    of_office = before.lower == "of" and other is not None and _may_be_official(other)
    return of_office or before.lower in _words()["before"] or _may_be_official(before)


def _base(word: "Word") -> str:
    return word.lower.removesuffix("'s")


@cache
def _words() -> dict[str, frozenset[str]]:
    stored = yaml.safe_load(_SOURCE.read_text("utf-8"))
    return {name: frozenset(listed.split()) for name, listed in stored.items()}


def after_article(text: str, start: int, end: int) -> bool:
    """Say whether a range is an official word after an article or another: `the Labour Court`."""
    before = text[max(0, start - _REACH) : start].split()
    official = text[start:end].lower() in _words()["official"]
    return official and bool(before) and before[-1].lower() in _introducing()


@cache
def _introducing() -> frozenset[str]:
    return _words()["before"] | _words()["official"]
