# ruff: noqa: ARG002  # the signatures are those of the page
"""Patterns are tried only where a match can begin, and nothing that is in a text is lost by it."""

import re
from collections.abc import Iterable
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import redaction.disguises
from redaction.findings import Finding
from redaction.fold import fold
from redaction.gates import Gates, matches_at, tokens_of
from redaction.lexicon import lexicon
from redaction.openings import beginning_of
from redaction.page import Page
from redaction.parties.matcher import PartyMatcher
from redaction.recognisers import RECOGNISERS
from redaction.training.generate import evaluation_notes
from tests.builders import perpetrator, victim
from tests.unit.redaction.support import shared_detector

_MOST = 0.8
"""Share of the rules' patterns with a gate; without any, reading takes four times as long."""
_MATCHER = PartyMatcher((victim(), perpetrator()), lexicon())
_PIECES = (
    "lives at", "Flat 2", "12a", "Kirkgate", "Street", ",", "no 7", "(30)", ", 31,", "the refuge",
    "safe house", "Mara", "Ellwood", "M E", "m.e.", "07700", "900461", "+44", "kitty2014", "x_y",
    "jo at gmail dot com", "jo@mail.example", "www.a.io", "snap:", "'jaffa'", "LS2 7AA",
    "AB12 CDE", "ref", "INC-1234", "QQ 12 34 56 C", "the 2nd of May", "12/03/1991", "dob",
    "St Anne's", "work at", "\n", "\t", "\u00e9t\u00e9", "\u0663", "\u212a", "\u017f", "J o h n",
    "seven double four", "Mar1owe", "K3v!n", "end-\nof", "O'Sullivan", "2nd", "CamelCase",
    "30 mins by bus", "S7", "A38",
)  # fmt: skip


class _Everywhere(Page):
    """A page on which every pattern is tried at every letter."""

    def matches(self, pattern: re.Pattern[str]) -> Iterable[re.Match[str]]:
        """Search the whole text."""
        return pattern.finditer(self.text)

    def matches_before(
        self, pattern: re.Pattern[str], held: re.Pattern[str], blanks: int
    ) -> Iterable[re.Match[str]]:
        """Search the whole text, whatever must be held."""
        return pattern.finditer(self.text)

    def matches_holding(
        self, pattern: re.Pattern[str], *held: str | re.Pattern[str]
    ) -> Iterable[re.Match[str]]:
        """Search the whole text, whatever must be held."""
        return pattern.finditer(self.text)

    def matches_small(self, pattern: re.Pattern[str]) -> Iterable[re.Match[str]]:
        """Search the text as it is written."""
        return re.compile(pattern.pattern, re.IGNORECASE).finditer(self.text)


@cache
def _kept_gates() -> Gates:
    return Gates(_kept_patterns())


def _found(kind: type[Page], text: str) -> dict[str, list[Finding]]:
    page = kind(text=text, lexicon=lexicon(), matcher=_MATCHER)
    return {name: list(find(page, [])) for name, find in RECOGNISERS.items()}


@cache
def _kept_patterns() -> list[re.Pattern[str]]:
    """Every pattern that the rules tried on some notes, and those of the disguises."""
    tried: dict[int, re.Pattern[str]] = {}

    class Noting(_Everywhere):
        def matches(self, pattern: re.Pattern[str]) -> Iterable[re.Match[str]]:
            tried[id(pattern)] = pattern
            return super().matches(pattern)

    _found(Noting, "Warm up: Ann Example of 1 Example Road.")
    kept = vars(redaction.disguises).values()
    return [*tried.values(), *(one for one in kept if isinstance(one, re.Pattern))]


def test_rules_find_the_same_in_notes_as_when_tried_at_every_letter() -> None:
    """Speed costs no finding: every rule finds on whole notes what it finds letter by letter."""
    for note in evaluation_notes(11, 30):
        text = fold(note.text).text
        _found(Page, text)

        assert _found(Page, text) == _found(_Everywhere, text)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(_PIECES), max_size=12), st.sampled_from((" ", "", ", ", "-", "\n")))
def test_rules_find_the_same_in_anything_put_together(pieces: list[str], glue: str) -> None:
    """Nor does it cost one where names, numbers and signs stand together as nobody writes them."""
    text = glue.join(pieces)

    assert _found(Page, text) == _found(_Everywhere, text)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(_PIECES), max_size=12), st.sampled_from((" ", "", "-", "\n")))
def test_each_pattern_matches_where_it_matches_everywhere(pieces: list[str], glue: str) -> None:
    """A gate lets every match through, in order, of each pattern by itself."""
    text = glue.join(pieces)
    patterns = _kept_patterns()
    starts = _kept_gates().starts(tokens_of(text))

    for pattern in patterns:
        if id(pattern) in starts:
            tried = [one.span() for one in matches_at(pattern, text, starts[id(pattern)])]

            assert tried == [one.span() for one in pattern.finditer(text)], pattern.pattern


def test_nearly_every_pattern_of_the_rules_has_a_gate() -> None:
    """What makes reading fast works on this Python: the beginnings of most patterns are told."""
    patterns = _kept_patterns()
    told = [one for one in patterns if beginning_of(one) is not None]

    assert len(told) > _MOST * len(patterns)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d+", r"(?<!\d)[a-z]+", r"\b\s*x", r"(?:)", r"\bx*", r"\b(?:a|)", r"(?<=x)y", r"^\s*\d",
        r"(\b.)\1", r"(?<![a-z])\d", "(?i)\u017f", r"(?<![^\W\d_])\w", r"\b[^x]",
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_tried_everywhere(pattern: str) -> None:
    """A pattern that may begin inside a word, with a blank or with nothing has no gate."""
    assert beginning_of(re.compile(pattern)) is None


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(?i)\bkilo", "\u212ailo"),
        (r"(?i)\bstep", "\u017ftep"),
        (r"(?i)\bid\b", "\u0130d \u0131d"),
        (r"\b\d\w", "\u0663a"),
        (r"\b\w{3}\d", "\u00e9t\u00e91"),
        (r"(?<!\w)a(?:bc)?", "a"),
        (r"(?m)^\d\d", "1\n23"),
        (r"\b[a-z]{1,12}\d", "abcdefghijkl1"),
        (r"\b(?:[a-z]+ ){2}\d", "seven words 1"),
    ],
)  # fmt: skip
def test_rare_letters_and_long_ways_pass_the_gate(pattern: str, text: str) -> None:
    """A match with letters of other alphabets, or far from its digit, is found all the same."""
    compiled = re.compile(pattern)
    starts = Gates([compiled]).starts(tokens_of(text))
    tried = [one.span() for one in matches_at(compiled, text, starts[id(compiled)])]

    assert tried == [one.span() for one in compiled.finditer(text)] != []


def test_a_python_whose_parser_is_another_tries_patterns_everywhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where a new Python cannot be asked how a pattern begins, reading is slow, and right."""
    monkeypatch.setattr("redaction.openings._parser", None)

    assert beginning_of(re.compile(r"\btel")) is None


def test_no_strange_word_is_remembered_after_a_text() -> None:
    """Words that may be names are gone from the worker's memory when a text is read."""
    shared_detector().detect("Wilhelmina Toshovska rang again and said hello.", ())

    known = lexicon()
    assert not any("toshovska" in getattr(known, name) for name in known.__slots__)


def test_a_word_shows_no_letter_when_printed() -> None:
    """A word in a traceback or a log says where it stands, not what it is."""
    page = Page(text="Wilhelmina rang", lexicon=lexicon(), matcher=_MATCHER)

    assert "ilhelmina" not in repr(page.words).casefold()
