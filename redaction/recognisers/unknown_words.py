"""Words that no list explains: in a case note they are names until a person says otherwise."""

from collections.abc import Iterable

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page, Word
from redaction.style import Style

_SHORTEST = 3
_SHORTEST_UNCAPITALISED = 4


def find_unknown_words(page: Page, _: object) -> Iterable[Finding]:
    """Find given names, and unexplained words that are capitalised or in a text without case."""
    for word in page.words:
        base = word.lower.removesuffix("'s")
        if base.isalpha() and _is_name(page, word, base):
            end = word.start + len(base)
            yield Finding(start=word.start, end=end, label=Label.PERSON, recogniser="unknown-word")


def _is_name(page: Page, word: Word, base: str) -> bool:
    if page.lexicon.is_name(base):
        return word.capital or word.style is not Style.MIXED
    if page.lexicon.is_word(base):
        return base in page.lexicon.also_words and not page.is_plain(word)
    if word.style is Style.MIXED:
        return word.capital and len(base) >= _SHORTEST and not base.isupper()
    return len(base) >= _SHORTEST_UNCAPITALISED
