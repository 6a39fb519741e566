"""Words that no list explains: in a case note they are names until a person says otherwise."""

import re
from collections.abc import Iterable, Iterator

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page, Word
from redaction.recognisers.words import words
from redaction.style import Style

_SHORTEST = 3
_SHORTEST_UNCAPITALISED = 4
_FUNCTION = words("function-words") | words("roles") | words("titles")
_DOTTED = re.compile(
    r"(?<![\w.])(?!(?:i\.?e|e\.?g|a\.?m|p\.?m|u\.?k|d\.?v|d\.?o\.?b|n\.?b|c\.?o|u\.?s|p\.?s)\b)"
    r"(?:[^\W\d_]\.){2,3}(?!\w)|(?<![\w.])[A-Z]\.[A-Z]\b(?![.\w])",
    re.IGNORECASE,
)


def find_unknown_words(page: Page, _: object) -> Iterable[Finding]:
    """Find runs of words that hold a name: capitalised in mixed text, unexplained in any other."""
    run: list[Word] = []
    for word in page.words:
        if run and not (_beside(page, run[-1], word) and _continues(page, word)):
            yield from _named(page, run)
            run = []
        if run or _continues(page, word):
            run.append(word)
    yield from _named(page, run)
    for match in _DOTTED.finditer(page.text):
        yield _found(*match.span())


def _named(page: Page, run: list[Word]) -> Iterator[Finding]:
    """Yield the part of a run that is a name: without words that only open the sentence."""
    if not any(_is_name(page, word) for word in run):
        return
    words_left = list(run)
    while _only_opens(page, words_left[0]):
        words_left.pop(0)
    last = words_left[-1]
    yield _found(words_left[0].start, last.start + len(_base(last)))


def _only_opens(page: Page, word: Word) -> bool:
    """Say whether a first word has its capital from the sentence alone: `Believe Jermaine`."""
    return not _is_name(page, word) and not page.lexicon.may_be_name(_base(word))


def _continues(page: Page, word: Word) -> bool:
    """Say whether a word can be part of a name."""
    base = _base(word)
    if not base.replace("'", "").isalpha() or base in _FUNCTION:
        return False
    if _is_name(page, word):
        return True
    if word.style is Style.MIXED:
        return word.capital and len(base) > 1 and not word.text.isupper()
    return page.lexicon.may_be_name(base) or base in page.lexicon.surnames


def _is_name(page: Page, word: Word) -> bool:
    """Say whether a word is a name by itself."""
    base = _base(word)
    if page.lexicon.is_name(base):
        return word.capital or word.style is not Style.MIXED
    if page.lexicon.is_word(base):
        return base in page.lexicon.also_words and not page.is_plain(word)
    if word.style is Style.MIXED:
        return word.capital and len(base) >= _SHORTEST and not word.text.isupper()
    return base.isalpha() and len(base) >= _SHORTEST_UNCAPITALISED


def _base(word: Word) -> str:
    return word.lower.removesuffix("'s")


def _beside(page: Page, first: Word, second: Word) -> bool:
    gap = page.text[first.end : second.start]
    return gap in {" ", "-", "  "} and not first.lower.endswith("'s")


def _found(start: int, end: int) -> Finding:
    return Finding(start=start, end=end, label=Label.PERSON, recogniser="unknown-word")
