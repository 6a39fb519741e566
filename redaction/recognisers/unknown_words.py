"""Words that no list explains: in a case note they are names until a person says otherwise."""

import re
from collections.abc import Iterable, Iterator, Sequence

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page, Word
from redaction.recognisers.words import words
from redaction.style import Style

_SHORTEST = 3
_PAIR = 2
_ALSO_WHEN = frozenset({"may", "june", "april", "august", "will", "sunday", "christmas"})
_SHORTEST_UNCAPITALISED = 4
_FUNCTION = words("function-words") | words("roles") | words("titles")
_DOTTED = re.compile(
    r"(?<![\w.])(?!(?:i\.?e|e\.?g|a\.?m|p\.?m|u\.?k|d\.?v|d\.?o\.?b|n\.?b|c\.?o|u\.?s|p\.?s)\b)"
    r"(?:[^\W\d_]\.){2,3}(?!\w)|(?<![\w.])[A-Z]\.[A-Z]\b(?![.\w])",
    re.IGNORECASE,
)


def find_unknown_words(page: Page, model: Sequence[tuple[int, int, str]]) -> Iterable[Finding]:
    """Find runs of words that hold a name: capitalised in mixed text, unexplained in any other."""
    run: list[Word] = []
    people = [(start, end) for start, end, kind in model if kind == Label.PERSON]
    for word in page.words:
        if run and not (_beside(page, run[-1], word) and _continues(page, word)):
            yield from _named(page, run, people)
            run = []
        if run or _continues(page, word):
            run.append(word)
    yield from _named(page, run, people)
    for match in page.matches(_DOTTED):
        yield _found(*match.span())


def _named(page: Page, run: list[Word], people: list[tuple[int, int]]) -> Iterator[Finding]:
    """Yield the part of a run that is a name: without words that only open the sentence."""
    if not any(_is_name(page, word) for word in run) and not _full_name(page, run, people):
        return
    words_left = list(run)
    while _only_opens(page, words_left):
        words_left.pop(0)
    last = words_left[-1]
    yield _found(words_left[0].start, last.start + len(_base(last)))


def _full_name(page: Page, run: list[Word], people: list[tuple[int, int]]) -> bool:
    """Say whether two capitals are a name of everyday words: `Ivy Fields`, `Cassandra Purcell`."""
    if len(run) != _PAIR or any(word.style is not Style.MIXED for word in run):
        return False
    first, last = map(_base, run)
    if first in _ALSO_WHEN or page.text[run[0].end : run[1].start] != " ":
        return False
    modelled = any(start < run[1].end and run[0].start < end for start, end in people)
    given = page.lexicon.may_be_name(first)
    return (given and (modelled or last in page.lexicon.surnames or _acts(page, run[1]))) or (
        modelled and first in page.lexicon.things
    )


def _acts(page: Page, word: Word) -> bool:
    """Say whether a deed follows: `Ivy Fields feels`."""
    following = page.words_within(word.end, word.end + 2)
    return bool(following) and following[0].lower.endswith(("s", "ed", "ing", "aid", "ang"))


def _only_opens(page: Page, run: list[Word]) -> bool:
    """Say whether a first word has its capital from the sentence alone: `Believe Jermaine`."""
    word, base = run[0], _base(run[0])
    named = _is_name(page, word) or page.lexicon.may_be_name(base)
    return not named and not (base in page.lexicon.things and _alone_before_name(page, run))


def _alone_before_name(page: Page, run: list[Word]) -> bool:
    """Say whether a thing stands before one more word only, as in `Verity Mount`."""
    mixed = run[0].style is Style.MIXED
    return mixed and len(run) == _PAIR and not page.lexicon.is_name(_base(run[1]))


def _continues(page: Page, word: Word) -> bool:
    """Say whether a word can be part of a name."""
    if word.style is Style.MIXED and not word.capital:
        return False
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
