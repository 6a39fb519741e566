"""A missed identifier becomes a test that holds nobody's data.

Of the sentence only everyday words, signs and capitals stay; every other word, every digit and
what was missed are invented anew in the same shape, so that the rule that let it through lets the
invented one through as well. What was invented is compared with what was there before it is kept.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Sequence

from broker.domain.errors import RedactionError
from redaction.lexicon import Lexicon

_TOKEN = re.compile(r"[^\W_]+")
_VOWELS, _CONSONANTS = "aeiou", "bdfgklmnprstvz"
_LONGEST = 400
"""Characters of a sentence: more of a note is not needed to miss something again."""
_SHORTEST_TOLD = 3
"""Letters or digits of a part that must not come back by chance."""

Everyday = Callable[[str], bool]


def invented_row(
    sentence: str, missed: str, found: Iterable[tuple[int, int]], lexicon: Lexicon
) -> str:
    """Return the sentence as a test keeps it, the missed value between << and >>.

    Args:
        sentence: as the note had it.
        missed: what should have gone, exactly as it stands there.
        found: what detection found in the sentence, so that it is invented anew too.
        lexicon: the everyday words.

    Raises:
        RedactionError: the value is not in the sentence, or the sentence is too long.

    """
    start = sentence.find(missed)
    if not missed.strip() or start < 0:
        raise RedactionError("Give what was missed exactly as it stands in the sentence.")
    if len(sentence) > _LONGEST:
        raise RedactionError(f"Give one sentence of at most {_LONGEST} characters.")
    end = start + len(missed)
    known = [(first, last) for first, last in found if last <= start or first >= end]
    before = _plain(sentence, 0, start, known, lexicon)
    after = _plain(sentence, end, len(sentence), known, lexicon)
    return f"{before}<<{_value(missed, lexicon)}>>{after}"


def _plain(
    sentence: str, start: int, end: int, known: Sequence[tuple[int, int]], lexicon: Lexicon
) -> str:
    """Return a stretch with everything invented that is not an everyday word."""

    def replaced(match: re.Match[str]) -> str:
        at = start + match.start()
        inside = any(first <= at < last for first, last in known)
        everyday = match.group().isalpha() and lexicon.is_word(match.group().lower())
        return match.group() if everyday and not inside else _shaped(match.group())

    return _TOKEN.sub(replaced, sentence[start:end])


def _value(missed: str, lexicon: Lexicon) -> str:
    """Return another value of the same shape; a name that is a word becomes another such name."""

    def replaced(match: re.Match[str]) -> str:
        word = match.group().lower()
        if lexicon.is_word(word) and len(word) < _SHORTEST_TOLD:
            return match.group()
        if word in lexicon.also_words:
            return _like(match.group(), _other(lexicon.also_words, word))
        if match.group().isalpha() and lexicon.is_word(word):
            return _like(match.group(), _other(lexicon.things or lexicon.words, word))
        return _shaped(match.group())

    invented = missed
    while invented == missed or _told(invented, missed):
        invented = _TOKEN.sub(replaced, missed)
        if not _parts(missed):
            break
    return invented


def _parts(text: str) -> set[str]:
    return {one for one in _TOKEN.findall(text.lower()) if len(one) >= _SHORTEST_TOLD}


def _told(invented: str, missed: str) -> bool:
    """Say whether a part of the real value came back by chance."""
    return bool(_parts(invented) & _parts(missed))


def _other(words: frozenset[str], word: str) -> str:
    """Return another word of the list, as long as this one if there is any."""
    others = sorted(words - {word})
    alike = [one for one in others if len(one) == len(word) and one.isalpha()]
    return secrets.choice(alike or others)


def _like(written: str, word: str) -> str:
    """Return a word with the capitals of another."""
    return word.upper() if written.isupper() else word.title() if written[0].isupper() else word


def _shaped(token: str) -> str:
    """Return other letters and digits in the same places: `Ab12` becomes `Ro47`."""
    return "".join(_sign(one) for one in token)


def _sign(one: str) -> str:
    if one.isdigit():
        return secrets.choice([digit for digit in "123456789" if digit != one])
    kind = _VOWELS if one.lower() in _VOWELS else _CONSONANTS
    letter = secrets.choice([letter for letter in kind if letter != one.lower()])
    return letter.upper() if one.isupper() else letter
