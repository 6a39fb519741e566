"""One folded text, read once: its words, how each line is capitalised, and whose case it is."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from redaction.gates import Gates, Token, matches_at, tokens_of
from redaction.lexicon import Lexicon
from redaction.style import Style, style_of

if TYPE_CHECKING:
    from redaction.parties.matcher import PartyMatcher

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_FEW_LETTERS = 4
_GATES = Gates()
"""Of the patterns that the rules of this process have tried; the texts of every case share them."""


class Word(NamedTuple):
    """One word: where it is, as written, in lower case, and the style of its line.

    A tuple, because a note makes hundreds of them.
    """

    start: int
    end: int
    text: str
    lower: str
    style: Style
    capital: bool
    """Whether it starts with a capital letter."""

    def __repr__(self) -> str:
        """Show where it stands, never what it says."""
        return f"Word(start={self.start}, end={self.end}, style={self.style})"


@dataclass(frozen=True, kw_only=True)
class Page:
    """What every recogniser reads."""

    text: str = field(repr=False)
    lexicon: Lexicon = field(repr=False)
    matcher: "PartyMatcher" = field(repr=False)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """Every word of the text in order; underscores separate, apostrophes do not."""
        found: list[Word] = []
        for first, line, style in self._lines():
            for match in _WORD.finditer(line):
                text = match.group()
                start = first + match.start()
                found.append(
                    Word(start, start + len(text), text, text.lower(), style, text[0].isupper())
                )
        return tuple(found)

    @cached_property
    def tokens(self) -> list[Token]:
        """Every place where a word or a sign begins."""
        return tokens_of(self.text)

    @cached_property
    def _beginnings(self) -> dict[int, list[int]]:
        return _GATES.starts(self.tokens)

    def matches(self, pattern: re.Pattern[str]) -> Iterable[re.Match[str]]:
        """Return what `pattern.finditer` does on the text; tried only where it can begin.

        Args:
            pattern: one that a module keeps; a text's own would be learnt for ever.

        """
        starts = self._beginnings.get(id(pattern))
        if starts is None:
            _GATES.learn(pattern)
            return pattern.finditer(self.text)
        return matches_at(pattern, self.text, starts) if starts else ()

    def matches_before(
        self, pattern: re.Pattern[str], held: re.Pattern[str], blanks: int
    ) -> Iterable[re.Match[str]]:
        """Return what `pattern.finditer` does, where each match must hold a match of another.

        Args:
            pattern: begins with a word. It is tried only before what it must hold.
            held: found first; rare, or cheap to find.
            blanks: the most gaps with a blank that a match may have before what it holds.

        """
        starts: set[int] = set()
        for match in self.matches(held):
            after = bisect_left(self._places, match.start())
            left = blanks
            while after and (left := left - self.text[self._places[after] - 1].isspace()) >= 0:
                after -= 1
                at = self._places[after]
                starts.update(range(at, at + 1) if self.text[at].isalpha() else self._within(after))
        return matches_at(pattern, self.text, sorted(starts)) if starts else ()

    def matches_holding(
        self, pattern: re.Pattern[str], *held: str | re.Pattern[str]
    ) -> Iterable[re.Match[str]]:
        """Return what `pattern.finditer` does, if the text has anything of what each match holds.

        Args:
            pattern: may begin anywhere, so that no other gate is known.
            held: signs in small letters, or patterns; one of them is in every match.

        """
        signs = (one for one in held if isinstance(one, str))
        told = (one for one in held if not isinstance(one, str))
        if any(sign in self._small for sign in signs):
            return self.matches(pattern)
        return self.matches(pattern) if any(map(self._has, told)) else ()

    def matches_small(self, pattern: re.Pattern[str]) -> Iterable[re.Match[str]]:
        """Return what the pattern finds with its case ignored; four times as fast in plain ASCII.

        Args:
            pattern: compiled without flags, all in small letters, and only its spans are used.

        """
        if self.text.isascii():
            return pattern.finditer(self._small)
        return re.compile(pattern.pattern, re.IGNORECASE).finditer(self.text)

    def _has(self, pattern: re.Pattern[str]) -> bool:
        return any(True for _ in self.matches(pattern))

    @cached_property
    def _small(self) -> str:
        return self.text.lower()

    def _within(self, place: int) -> range:
        """Return every position of a token: after a digit, a letter may begin a match."""
        return range(self._places[place], self._places[place + 1])

    @cached_property
    def _places(self) -> list[int]:
        return [at for at, _, _ in self.tokens] + [len(self.text)]

    @cached_property
    def _starts(self) -> list[int]:
        return [word.start for word in self.words]

    def words_from(self, position: int) -> tuple[Word, ...]:
        """Return up to 12 words that start at the position or after it."""
        first = bisect_right(self._starts, position - 1)
        return self.words[first : first + 12]

    def words_within(self, start: int, end: int) -> tuple[Word, ...]:
        """Return the words that start inside the range."""
        first, last = bisect_right(self._starts, start - 1), bisect_right(self._starts, end - 1)
        return self.words[first:last]

    def opens_sentence(self, word: Word) -> bool:
        """Say whether a capital on this word may come from its place alone."""
        before = self.text[max(0, word.start - 6) : word.start].rstrip(" \t'\"(-*>")
        return not before or before[-1] in ".!?:;\n"

    def is_plain(self, word: Word) -> bool:
        """Say whether a word is an everyday word as written, and so no name on its own."""
        base = word.lower.removesuffix("'s")
        if not self.lexicon.is_word(base):
            return False
        if base not in self.lexicon.also_words:
            return True
        return word.style is not Style.MIXED or not word.capital or self.opens_sentence(word)

    @cached_property
    def recased(self) -> str:
        """The text as a newspaper would write it, for the model; the same length as `text`."""
        letters = list(self.text)
        after_name = False
        for word in self.words:
            if word.style is not Style.MIXED:
                plain = self.lexicon.is_word(word.lower) and not after_name
                shown = word.lower if plain else word.text.capitalize()
                if len(shown) == len(word.text):
                    letters[word.start : word.end] = shown
            after_name = self.lexicon.is_name(word.lower)
        return "".join(letters)

    @cached_property
    def lowered(self) -> str:
        """The text with its lines of capitals in small letters, for our own model."""
        letters = list(self.text)
        for word in self.words:
            if word.style is Style.CAPITALS and len(word.lower) == len(word.text):
                letters[word.start : word.end] = word.lower
        return "".join(letters)

    def _lines(self) -> list[tuple[int, str, Style]]:
        lines = self.text.splitlines(keepends=True)
        whole = style_of(self.text)
        if len(lines) == 1:
            return [(0, self.text, whole)]
        found, start = [], 0
        for line in lines:
            letters = islice(filter(str.isalpha, line), _FEW_LETTERS)
            few = sum(1 for _ in letters) < _FEW_LETTERS
            found.append((start, line, whole if few else style_of(line)))
            start += len(line)
        return found
