"""What our own model calls people and places: it knows how case notes name them.

Unlike the published model it may take an everyday word for a name, because it was taught by context
and not by capitals. From the ends of what it found only words are cut that are never a name there.
"""

from collections.abc import Iterable

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page, Word
from redaction.recognisers.words import words as word_list
from redaction.style import Style

RECOGNISER = "case-model"
_NEVER = word_list("function-words") | word_list("titles") | frozenset({"s", "w"})
_ROLES = word_list("roles")


def find_case_names(page: Page, named: list[tuple[int, int, str]]) -> Iterable[Finding]:
    """Take the model's entities, without the words at their ends that name nobody."""
    for start, end, kind in named:
        label = Label(kind)
        words = list(page.words_within(start, end))
        if label is Label.PERSON:
            words = _trimmed(page, words)
        if words:
            cut = 2 if words[-1].lower.endswith("'s") and label is Label.PERSON else 0
            yield Finding(
                start=words[0].start, end=words[-1].end - cut, label=label, recogniser=RECOGNISER
            )


def _trimmed(page: Page, words: list[Word]) -> list[Word]:
    while words and (words[0].lower in _ROLES or _nobody(page, words[0])):
        words.pop(0)
    while words and _nobody(page, words[-1]):
        words.pop()
    return words


def _nobody(page: Page, word: Word) -> bool:
    """Say whether a word is a function word, a number, or small and plain among capitals."""
    if word.lower in _NEVER or word.text.isdigit():
        return True
    return word.style is Style.MIXED and not word.capital and page.lexicon.is_word(word.lower)
