"""One folded text, read once: its words, how each line is capitalised, and whose case it is."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from redaction.lexicon import Lexicon
from redaction.style import Style, style_of

if TYPE_CHECKING:
    from redaction.parties.matcher import PartyMatcher

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_FEW_LETTERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word: where it is, as written, in lower case, and the style of its line."""

    start: int
    end: int
    text: str = field(repr=False)
    lower: str = field(repr=False)
    style: Style

    @property
    def capital(self) -> bool:
        """Whether it starts with a capital letter."""
        return self.text[0].isupper()


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
        for start, line, style in self._lines():
            for match in _WORD.finditer(line):
                text = match.group()
                found.append(
                    Word(
                        start=start + match.start(),
                        end=start + match.end(),
                        text=text,
                        lower=text.lower(),
                        style=style,
                    )
                )
        return tuple(found)

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
        found, start = [], 0
        whole = style_of(self.text)
        for line in self.text.splitlines(keepends=True):
            own = style_of(line)
            few = sum(map(str.isalpha, line)) < _FEW_LETTERS
            found.append((start, line, whole if few else own))
            start += len(line)
        return found
