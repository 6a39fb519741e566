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

WORD = r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*"
_SHORTEST = 3
_LONGEST_ABBREVIATION = 4
_FEWEST_SPEAKERS = 3
"""Lines that begin with a word and a colon from which a text is a chat, not a form."""
_FEWEST_SMALL, _MOST_SMALL = 0.1, 0.97
"""Shares of small letters between which capitals mean something."""
_ALONE = re.compile(r"(?<![\w.&/-])[A-Z]{2,3}(?![\w&/-])")
_SPEAKER = re.compile(rf"^\W{{0,3}}(?P<name>{WORD}):\s", re.MULTILINE)
_ACTS = re.compile(r"[ ]([a-z]{3,})\b")
SMALL_PAIR = re.compile(r"(?<![\w.&@#/'\u2019-])[A-Z]{2}(?![\w&@/'\u2019-]|\.\w)", re.IGNORECASE)
_BEFORE = re.compile(r"([^\W\d_]+)[ ]\Z")
_REACH = 12
"""Characters before capitals in which the word before them may stand."""
_NOBODY_AFTER = re.compile(r"[ ]?(?:[A-Z\d\u25a0]|-)")
"""What follows an abbreviation: a name, a number, what was taken out."""
_CAPITAL = re.compile(r"(?:(?<=[a-z,;.!?:] )|(?<![^\n]))(?P<name>[A-Z][a-z]+)(?!\w)")


def suspects(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each word of a text stands that stands where a name stands."""
    for pattern in _slots():
        for match in pattern.finditer(text):
            if may_name(match["name"]) and not _abbreviated(text, match["name"]):
                yield match.span("name")
    for match in _CAPITAL.finditer(text):
        if match["name"].lower() in _rare_names():
            yield match.span("name")
    if not shows_capitals(text):
        yield from _uncapitalised(text)
    speakers = list(_SPEAKER.finditer(text))
    if len(speakers) >= _FEWEST_SPEAKERS and len({_said(one) for one in speakers}) < len(speakers):
        yield from (one.span("name") for one in speakers if may_name(one["name"]))


def _said(match: re.Match[str]) -> str:
    return match["name"].lower()


def initials_left(text: str, names: Iterable[str]) -> bool:
    """Say whether the initials of a name stand alone: in capitals, where those tell anything.

    In a note without capitals it is enough that the letters are no word and abbreviate nothing.
    """
    letters = {part for name in names for part in _initials(name)}
    if not shows_capitals(text):
        letters -= listed("no-initials") | listed("abbreviations") | listed("no-name")
        return any(match.group().lower() in letters for match in SMALL_PAIR.finditer(text))
    return any(_stands_for(text, match, letters) for match in _ALONE.finditer(text))


def _stands_for(text: str, match: re.Match[str], letters: set[str]) -> bool:
    """Say whether initials are meant: what also abbreviates something else must do something."""
    initials = match.group().lower()
    if initials not in letters:
        return False
    return initials not in listed("no-initials") or stands_as_somebody(text, match)


def stands_as_somebody(text: str, match: re.Match[str]) -> bool:
    """Say whether capitals do something, or have it done to them: `ON had left`, `with DA.`."""
    acts = _ACTS.match(text, match.end())
    deeds = listed("deeds") | listed("does")
    if acts is not None and (acts[1] in deeds or acts[1].endswith("ed")):
        return True
    before = _BEFORE.search(text, max(0, match.start() - _REACH), match.start())
    met = before is not None and before[1].lower() in listed("meets")
    return met and _NOBODY_AFTER.match(text, match.end()) is None


def _initials(name: str) -> set[str]:
    firsts = _firsts(name)
    return {firsts[0] + firsts[-1], "".join(firsts)} if len(firsts) > 1 else set()


def any_initials(name: str) -> set[str]:
    """Return whatever may be written for a name: its first letter with that of any other part."""
    firsts = _firsts(name)
    return _initials(name) | {firsts[0] + one for one in firsts[1:]}


def _firsts(name: str) -> list[str]:
    return [part[0].lower() for part in re.findall(WORD, name.replace("-", " "))]


def _abbreviated(text: str, word: str) -> bool:
    """Say whether a text that is not shouted writes a short word in capitals: `VLO attended`."""
    return word.isupper() and len(word) <= _LONGEST_ABBREVIATION and not text.isupper()


def may_name(word: str) -> bool:
    """Say whether a word is long enough for a name and in no list of what is none."""
    plain = word.lower().replace("\u2019", "'").removesuffix("'s")
    negated = plain.endswith("n't")
    return len(plain) >= _SHORTEST and plain not in listed("no-name") and not negated


def shows_capitals(text: str) -> bool:
    """Say whether a capital letter tells anything in a text."""
    letters = [one for one in text if one.isalpha()]
    small = sum(one.islower() for one in letters)
    return bool(letters) and _FEWEST_SMALL < small / len(letters) < _MOST_SMALL


def _uncapitalised(text: str) -> Iterator[tuple[int, int]]:
    """Yield where given names stand that are seldom anything else."""
    for match in re.finditer(WORD, text):
        if match.group().lower() in _rare_names():
            yield match.span()


@cache
def _stored() -> dict[str, str]:
    stored: dict[str, str] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    return stored


@cache
def listed(name: str) -> frozenset[str]:
    """Return one of the verifier's own lists."""
    return frozenset(_stored()[name].split())


@cache
def _rare_names() -> frozenset[str]:
    """Return names that a note seldom means as words, from the list that detection uses too."""
    stored = yaml.safe_load((Path(__file__).parent / "names.yaml").read_text("utf-8"))
    every = {*stored["names"].split(), *stored["also-words"].split(), *stored["short-forms"]}
    return frozenset(every) - listed("usually-words") - listed("no-name")


@cache
def surnames() -> frozenset[str]:
    """Return surnames, most of them everyday words too."""
    stored = yaml.safe_load((Path(__file__).parent / "names.yaml").read_text("utf-8"))
    return frozenset((*stored["surnames"].split(), *stored["surnames-alone"].split()))


@cache
def _slots() -> tuple[re.Pattern[str], ...]:
    deeds, introduces = "|".join(listed("deeds")), "|".join(listed("introduces"))
    claims = "|".join(one.replace("-", r"\s+") for one in sorted(listed("claims")))
    return tuple(
        re.compile(form, re.IGNORECASE)
        for form in (
            rf"(?:\A|[.!?;:,]\s+|\n\s*|\b(?:and|then|says|said|that|but)\s+)(?P<name>{WORD})\s+(?:{deeds})\b",
            rf"\b(?:{introduces})\s+(?P<name>{WORD})\s+(?:{deeds})\b",
            rf"\b(?:{claims})[\s:'\"]{{1,3}}(?P<name>{WORD})",
        )
    )
