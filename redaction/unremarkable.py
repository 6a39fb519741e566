"""The silent style's second look: sentences in which nothing seems to be missing.

Works on what was decided, never against it: a change may grow over a title, brackets or a comma
beside it, or leave its word to its neighbour; nothing that was to go comes back.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from redaction.labels import Label
from redaction.neutral import A_NUMBER, SOMEONE

_TITLE = re.compile(
    r"(?<!\w)(?:mr|mrs|ms|miss|mx|dr|prof|rev|pc|ps|dc|ds|di|dci|sgt|insp|pcso|wpc)\.?[ \t]+\Z",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"(?<!\w)an?[ \t]+\Z", re.IGNORECASE)
_DETERMINER = re.compile(
    r"(?<![\w'])(?:the|his|her|their|my|your|our|this|that|these|those|each|every|any|no|same|new|"
    r"old|another|[\w]+'s)[ \t]+\Z",
    re.IGNORECASE,
)
_BETWEEN_ALIKE = re.compile(r"[ \t]*(?:[,;/&+-]|and|or|\n)?[ \t]*", re.IGNORECASE)
_OPENS = re.compile(r"(?:\A|(?:\w{3}|\d|[A-Z]{2})[.!?][ \t]+|\n[ \t]*)\Z")
_NOUN_FOLLOWS = re.compile(r"[ \t]+[a-z]")
_LONGEST_BEFORE = 24
"""Characters before a change in which its title or article may stand."""
_BRACKETED = frozenset(Label) - {Label.PERSON, Label.SERVICE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """One removal of the silent style: where, what kind, and the word in its place."""

    start: int
    end: int
    label: Label
    word: str = field(repr=False)
    fixed: bool
    """A token or a coarser value, which stays as it is."""


def unremarkable(text: str, removals: Sequence[Plain]) -> list[Plain]:
    """Return the removals, one for one, as they read best."""
    made: list[Plain] = []
    for one in removals:
        floor = made[-1].end if made else 0
        if not one.fixed and made and _repeats(text, made, one):
            made.append(replace(one, start=floor, word=""))
        elif not one.fixed:
            made.append(_settled(text, one, floor))
        else:
            made.append(one)
    return made


def _repeats(text: str, made: list[Plain], one: Plain) -> bool:
    """Say whether the word before already stands for this; `PC 4076 Crisp` is one person."""
    last = next((done for done in reversed(made) if done.word), made[-1])
    if last.fixed or _BETWEEN_ALIKE.fullmatch(text[made[-1].end : one.start]) is None:
        return False
    if last.word.lower() == A_NUMBER and one.word == SOMEONE and last.label is Label.ID_OTHER:
        position = made.index(last)
        floor = made[position - 1].end if position else 0
        made[position] = _settled(text, replace(last, label=Label.PERSON, word=SOMEONE), floor)
        return True
    return _bare(last.word).lower() == _bare(one.word).lower()


def _bare(word: str) -> str:
    """Return a word without its article."""
    return re.sub(r"\Aan?[ ]", "", word, flags=re.IGNORECASE)


def _settled(text: str, one: Plain, floor: int) -> Plain:
    """Fit one removal into its sentence, never reaching below the one before."""
    if _stands_in_brackets(text, one, floor):
        return _without_brackets(text, one, floor)
    if one.label is Label.DEMOGRAPHIC and _NOUN_FOLLOWS.match(text, one.end):
        return _only_described(text, one, floor)
    before = text[max(floor, one.start - _LONGEST_BEFORE) : one.start]
    grown = _TITLE if one.label is Label.PERSON else _ARTICLE
    if match := grown.search(before):
        one = replace(one, start=one.start - len(match.group()))
    elif one.label is not Label.PERSON and _DETERMINER.search(before):
        return replace(one, word=_bare(_as_written(text, one)))
    return replace(one, word=_as_written(text, one))


def _as_written(text: str, one: Plain) -> str:
    """Return the word in capitals in a shouted line, with one where a sentence begins."""
    before, after = text[: one.start].rpartition("\n")[2], text[one.end :].partition("\n")[0]
    line = before + after
    if line.isupper():
        return one.word.upper()
    opens = _OPENS.search(text[max(0, one.start - _LONGEST_BEFORE) : one.start])
    return one.word[:1].upper() + one.word[1:] if opens else one.word


def _stands_in_brackets(text: str, one: Plain, floor: int) -> bool:
    bracketed = text[max(0, one.start - 1) : one.start] + text[one.end : one.end + 1] == "()"
    return bracketed and one.start > floor and one.label in _BRACKETED


def _without_brackets(text: str, one: Plain, floor: int) -> Plain:
    """Take the brackets and the blank before them: empty ones would show."""
    start = one.start - 1
    if start > floor and text[start - 1] == " ":
        start -= 1
    return replace(one, start=start, end=one.end + 1, word="")


def _only_described(text: str, one: Plain, floor: int) -> Plain:
    """Leave out what only described the next word: `the Polish woman` is `the woman`."""
    blank = one.end + 1 < len(text) and one.start >= floor
    return replace(one, end=one.end + 1 if blank else one.end, word="")
