"""What still looks like a name in a text that is about to leave: a word where a name would stand.

Part of the verifier, and like it apart from detection. It cannot know that `crusher` is somebody;
it can see that a word stands in a place of the sentence where in case notes people stand. A flag
costs a person a look; a miss may cost somebody far more.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import yaml

_WORD = r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*"
_SHORTEST = 3
_LONGEST_ABBREVIATION = 4
_FEWEST_SPEAKERS = 3
"""Lines that begin with a word and a colon from which a text is a chat, not a form."""
_FEWEST_SMALL, _MOST_SMALL = 0.1, 0.97
"""Shares of small letters between which capitals mean something."""
_ALONE = re.compile(r"(?<![\w.&/-])[A-Z]{2,3}(?![\w&/-])")
_SPEAKER = re.compile(rf"^\W{{0,3}}(?P<name>{_WORD}):\s", re.MULTILINE)
_CAPITAL = re.compile(r"(?<=[a-z,;] )(?P<name>[A-Z][a-z]+)(?!\w)")


def suspects(text: str) -> Iterator[str]:
    """Yield each word of a text that stands where a name stands; the caller says only that."""
    for pattern in _slots():
        for match in pattern.finditer(text):
            if _may_name(match["name"]) and not _abbreviated(text, match["name"]):
                yield match["name"]
    for match in _CAPITAL.finditer(text):
        if match["name"].lower() in _rare_names():
            yield match["name"]
    yield from _uncapitalised(text)
    speakers = [match["name"].lower() for match in _SPEAKER.finditer(text)]
    if len(speakers) >= _FEWEST_SPEAKERS and len(set(speakers)) < len(speakers):
        yield from (name for name in speakers if _may_name(name))


def initials_left(text: str, names: Iterable[str]) -> bool:
    """Say whether the initials of a name stand alone in capitals, in a text that shows capitals."""
    letters = {part for name in names for part in _initials(name)} - _words("no-initials")
    if not letters or text.isupper():
        return False
    return any(match.group().lower() in letters for match in _ALONE.finditer(text))


def _initials(name: str) -> set[str]:
    firsts = [part[0].lower() for part in re.findall(_WORD, name.replace("-", " "))]
    return {firsts[0] + firsts[-1], "".join(firsts)} if len(firsts) > 1 else set()


def _abbreviated(text: str, word: str) -> bool:
    """Say whether a text that is not shouted writes a short word in capitals: `VLO attended`."""
    return word.isupper() and len(word) <= _LONGEST_ABBREVIATION and not text.isupper()


def _may_name(word: str) -> bool:
    plain = word.lower().replace("\u2019", "'").removesuffix("'s")
    negated = plain.endswith("n't")
    return len(plain) >= _SHORTEST and plain not in _words("no-name") and not negated


def _uncapitalised(text: str) -> Iterator[str]:
    """Yield given names that are seldom anything else from a text that shows no capitals."""
    letters = [one for one in text if one.isalpha()]
    small = sum(one.islower() for one in letters)
    if letters and _FEWEST_SMALL < small / len(letters) < _MOST_SMALL:
        return
    for match in re.finditer(_WORD, text):
        if match.group().lower() in _rare_names():
            yield match.group()


@cache
def _stored() -> dict[str, str]:
    stored: dict[str, str] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    return stored


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(_stored()[name].split())


@cache
def _rare_names() -> frozenset[str]:
    """Return names that a note seldom means as words, from the list that detection uses too."""
    stored = yaml.safe_load((Path(__file__).parent / "names.yaml").read_text("utf-8"))
    every = {*stored["names"].split(), *stored["also-words"].split(), *stored["short-forms"]}
    return frozenset(every) - _words("usually-words") - _words("no-name")


@cache
def _slots() -> tuple[re.Pattern[str], ...]:
    deeds, introduces = "|".join(_words("deeds")), "|".join(_words("introduces"))
    claims = "|".join(one.replace("-", r"\s+") for one in sorted(_words("claims")))
    return tuple(
        re.compile(form, re.IGNORECASE)
        for form in (
            rf"(?:\A|[.!?;:,]\s+|\n\s*|\b(?:and|then|says|said|that|but)\s+)(?P<name>{_WORD})\s+(?:{deeds})\b",
            rf"\b(?:{introduces})\s+(?P<name>{_WORD})\s+(?:{deeds})\b",
            rf"\b(?:{claims})[\s:'\"]{{1,3}}(?P<name>{_WORD})",
        )
    )
