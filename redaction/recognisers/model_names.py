"""What the language model calls people, places and organisations: a net under the rules."""

from collections.abc import Iterable

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page, Word
from redaction.recognisers.words import words as word_list
from redaction.style import Style

_FUNCTION = word_list("function-words") | word_list("roles")
_VERBS = word_list("said-and-done")
_SIDES = frozenset({
    "lower", "upper", "great", "little", "north", "south", "east", "west", "old", "new", "high",
})  # fmt: skip
_LABELS = {
    "PERSON": Label.PERSON,
    "GPE": Label.LOCATION,
    "LOC": Label.LOCATION,
    "FAC": Label.LOCATION,
    "ORG": Label.ORG,
    "NORP": Label.DEMOGRAPHIC,
}


def find_model_names(page: Page, named: list[tuple[int, int, str]]) -> Iterable[Finding]:
    """Take the model's entities, without the everyday words at their ends."""
    for start, end, kind in named:
        label = _LABELS.get(kind)
        words = _trimmed(page, list(page.words_within(start, end))) if label else []
        if label and words:
            last = words[-1]
            first = _with_side(page, words[0]) if words[0].capital else words[0]
            cut = 2 if last.lower.endswith("'s") else 0
            yield Finding(start=first.start, end=last.end - cut, label=label, recogniser="model")


def _with_side(page: Page, word: Word) -> Word:
    """Return the word before a place's name if it belongs to it: `Lower Withen`."""
    before = page.words_within(max(0, word.start - 7), word.start)[-1:]
    beside = bool(before) and page.text[before[0].end : word.start] == " "
    return before[0] if beside and before[0].capital and before[0].lower in _SIDES else word


def _trimmed(page: Page, words: list[Word]) -> list[Word]:
    while words and _worthless(page, words[0]):
        words.pop(0)
    while words and _worthless(page, words[-1]) and not _surname(page, words):
        words.pop()
    return words


def _surname(page: Page, words: list[Word]) -> bool:
    """Say whether the last word follows a given name where capitals prove nothing."""
    last = words[-1]
    base = last.lower
    if base in _VERBS or (base not in page.lexicon.words and base not in page.lexicon.surnames):
        return False  # `DOMINIC LEFT`, `devan opens mail`: an inflected word is what he did.
    follows = len(words) > 1 and page.lexicon.is_name(words[-2].lower)
    return follows and last.style is not Style.MIXED and last.lower not in _FUNCTION


def _worthless(page: Page, word: Word) -> bool:
    return not word.text.replace("'", "").isalpha() or page.is_plain(word)
