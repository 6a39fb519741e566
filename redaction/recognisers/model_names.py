"""What our own model calls people and places: it knows how case notes name them.

It was taught by context, not by capitals, so it may take an everyday word for a name. From the ends
of what it found only words are cut that are never a name there.
"""

from collections.abc import Iterable

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page, Word
from redaction.recognisers.words import words as word_list
from redaction.style import Style

RECOGNISER = "model"
_ANYBODY = frozenset({
    "everybody", "everyone", "anybody", "anyone", "somebody", "someone", "nobody",
})  # fmt: skip
_NEVER = word_list("function-words") | word_list("titles") | frozenset({"s", "w"}) | _ANYBODY
_ROLES = word_list("roles")
_ARTICLES = frozenset({"the", "a", "an", "his", "her", "their", "my", "our"})
_LONGEST_ABBREVIATION = 4
_DEEDS = word_list("said-and-done") | word_list("function-words")
_REACH = 24
"""Characters looked at for the words beside."""
_BODIES = word_list("public-bodies")


def find_model_names(page: Page, named: list[tuple[int, int, str]]) -> Iterable[Finding]:
    """Take the model's entities, without the words at their ends that name nobody."""
    for start, end, kind in named:
        label = Label(kind)
        words = list(page.words_within(start, end))
        words = _person(page, words) if label is Label.PERSON else _place(page, words)
        if words:
            cut = 2 if words[-1].lower.endswith("'s") and label is Label.PERSON else 0
            yield Finding(
                start=words[0].start, end=words[-1].end - cut, label=label, recogniser=RECOGNISER
            )


def _person(page: Page, words: list[Word]) -> list[Word]:
    while words and (words[0].lower in _ROLES or _nobody(page, words[0]) or _letter(page, words)):
        words.pop(0)
    while words and _nobody(page, words[-1]):
        words.pop()
    if len(words) == 1 and (_abbreviated(words[0]) or _opens(page, words[0])):
        return []
    return [] if all(_of_the_trade(page, word) for word in words) else words


def _of_the_trade(page: Page, word: Word) -> bool:
    """Say whether a word is casework's own and written without a capital that would mean a name."""
    lexicon, base = page.lexicon, word.lower.removesuffix("'s")
    named = lexicon.may_be_name(base) or base in lexicon.surnames
    shown = word.capital and word.style is not Style.CAPITALS
    return base in lexicon.jargon and not named and not shown


def _letter(page: Page, words: list[Word]) -> bool:
    """Say whether a letter before a dash is no initial: `T/C - Health visitor`."""
    following = words[1:2]
    gap = page.text[words[0].end : following[0].start] if following else ""
    return len(words[0].text) == 1 and "-" in gap and " " in gap


def _abbreviated(word: Word) -> bool:
    """Say whether a word is a letter or an abbreviation: initials are for the matcher."""
    short = word.text.isupper() and len(word.text) <= _LONGEST_ABBREVIATION
    return len(word.text) == 1 or (short and word.style is Style.MIXED)


def _nobody(page: Page, word: Word) -> bool:
    """Say whether a word is a function word, a number, or small and plain among capitals."""
    if word.lower in _NEVER or any(map(str.isdigit, word.text)):
        return True
    return word.style is Style.MIXED and not word.capital and page.lexicon.is_word(word.lower)


def _opens(page: Page, word: Word) -> bool:
    """Say whether a capital only opens a sentence or a heading: `Photo shown`."""
    base, lexicon = word.lower.removesuffix("'s"), page.lexicon
    if word.style is not Style.MIXED or lexicon.may_be_name(base) or base in lexicon.surnames:
        return False
    if not lexicon.is_word(base) or not _at_start(page, word):
        return False
    if base in lexicon.jargon or base.endswith(("ed", "ing")):
        return True
    return base in lexicon.words and not _acts(page, word)


def _at_start(page: Page, word: Word) -> bool:
    """Say whether a word stands where any word has a capital: after a stop, a dash or a heading."""
    before = page.words_within(max(0, word.start - _REACH), word.start)
    heading = bool(before) and before[-1].text.isupper() and len(before[-1].text) > 1
    return heading or page.opens_sentence(word) or page.text[: word.start].endswith("- ")


def _acts(page: Page, word: Word) -> bool:
    """Say whether what follows is a deed, as after a name: `Crusher laughed`, not `Gas safety`."""
    following = page.words_within(word.end, word.end + _REACH)[:1]
    if (
        not following
        or word.lower.endswith("'s")
        or page.text[word.end : following[0].start] != " "
    ):
        return page.text[word.end : word.end + 1] != "."
    deed = following[0].lower
    return following[0].capital or deed in _DEEDS or deed.endswith(("ed", "s", "ing"))


def _place(page: Page, words: list[Word]) -> list[Word]:
    """Return a place without its article; `the loo` and `the Federal Ministry` locate nobody."""
    article = bool(words) and words[0].lower in _ARTICLES and words[0].text != "The"
    named = words[1:] if article else words
    letters = [word for word in named if not word.text[0].isdigit()]
    plain = bool(letters) and all(page.lexicon.is_word(word.lower) for word in letters)
    small = all(word.style is Style.MIXED and not word.capital for word in letters)
    nowhere = any(word.lower in _BODIES for word in named) or not any(
        word.capital and word.style is Style.MIXED for word in named
    )
    return [] if plain and (small or (article and nowhere)) else named
