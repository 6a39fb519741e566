"""Places that locate somebody: schools, surgeries, refuges, workplaces, towns after a cue."""

import re
from collections.abc import Iterable
from itertools import takewhile

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page, Word
from redaction.recognisers.words import words
from redaction.style import Style

_KINDS: tuple[tuple[Label, frozenset[str]], ...] = (
    (
        Label.SCHOOL,
        words("school-kinds"),
    ),
    (
        Label.ORG,
        words("organisation-kinds"),
    ),
    (Label.REFUGE, frozenset(["refuge", "safehouse", "hostel"])),
    (Label.LOCATION, words("landmark-kinds")),
)
_LABELS = {
    kind: tuple(label for label, kinds in _KINDS if kind in kinds)
    for _, some in _KINDS
    for kind in some
}
_NOT_A_NAME = words("not-a-place-name")
_OPENING = words("opening-verbs")
_MEASURED = words("measured")
_INITIALS = 2
_MODIFIERS = words("place-modifiers")
_BEFORE = re.compile(
    r"\b(?:ysgol|jamia|masjid|st|saint|parish(?:\s+of)?|church\s+of|university\s+of|royal)\b\.?"
    r"(?:[^\S\n]+[^\W\d_][\w'-]*){1,3}",
    re.IGNORECASE,
)
_WORK = re.compile(
    r"\b(?:works?|working|worked|employed|employer|shifts?|job|wages?|colleagues?|placement)[^\S\n]+"
    r"(?:at|for|from|with|in)[^\S\n]+((?:[^\W\d_][\w'&-]*[^\S\n]*){1,5})"
    r"|\b(?:rent|wages|pay|salary)\s+from[^\S\n]+((?:[^\W\d_][\w'&-]*[^\S\n]*){1,5})"
    r"|\b(?:call|rang|contact)\s+from\s+\w+(?:\s+\w+)?\s+of[^\S\n]+((?:[^\W\d_][\w'&-]*[^\S\n]*){1,4})"
    r"|\b(?:outside|behind|works:)[^\S\n]+((?:[^\W\d_][\w'&-]*[^\S\n]*){1,4})",
    re.IGNORECASE,
)
_TOWN = re.compile(
    r"\b(?:lives?|living|moved?|moving|return|returned|stay(?:s|ing|ed)?|house[d]?|remanded|based|"
    r"exclusion|resid(?:es?|ing)|partner|born|family|area|flat|property|court|block)\s+"
    r"(?:in|to|at|near|from|around|back to|zone)?\s*((?:[^\W\d_][\w'-]*[^\S\n]*){1,2})",
    re.IGNORECASE,
)
_IN_TOWN = re.compile(r"\bin[^\S\n]+((?:[^\W\d_][\w'-]*[^\S\n]*){1,2})", re.IGNORECASE)
_SAFE_PLACE = re.compile(
    r"\b(?:(?:space|room|bed|vacancy)\s+at|temp(?:orary)?\s+(?:accommodation\s+)?at|placed\s+at|placement\s+at|refuge\s+(?:called|at|is)|"
    r"preferred,|hostel\s*[:=(]|refuge\s*[:=(-])[^\S\n]+((?:[^\W\d_][\w'-]*[^\S\n]*){1,4})|\b(the(?:[^\S\n]+[A-Z][\w'-]*){1,3}[^\S\n]+flat)\b"
    r"|\b((?-i:The(?:[^\S\n]+[A-Z][\w'-]*){1,2}))[^\S\n]+(?:(?:has|have|had|can)\s+)?"
    r"(?:confirm(?:s|ed)?|offer(?:s|ed)?|has|have|holds|agreed)\s+(?:a\s+|the\s+|her\s+)?(?:space|bed|room|place|vacancy)\b",
    re.IGNORECASE,
)
_SAFE_KINDS = r"(?:safe\s?house|refuge)"
_SAFE_HOUSE = re.compile(
    rf"(?P<name>(?:[^\W\d_][\w'-]*[^\S\n]+){{1,3}})(?P<kind>{_SAFE_KINDS}s?"
    r"(?:[^\S\n]+(?:project|lodge|centre))?)\b",
    re.IGNORECASE,
)
_SAFE_KIND = re.compile(rf"\b{_SAFE_KINDS}", re.IGNORECASE)
_SAFE_WORDS = 3
"""Words before the kind of a safe house that may be its name."""
_SHORTEST_PART = 4
_INSIDE_A_NAME = frozenset({"y"})
_FUNCTION = words("function-words")
_OUTSIDE = 4
"""Group of _WORK that only says where somebody stood."""
_ON = frozenset({"on", "in", "at", "near", "nr", "with", "for", "to"})
_WORK_STOPS = words("workplace-ends")


def find_places(page: Page, _: object) -> Iterable[Finding]:
    """Find named places, and what stands where a workplace or a town would stand."""
    for position, word in enumerate(page.words):
        for label in _LABELS.get(word.lower, ()):
            if not _measures(page, position):
                yield from _named_place(page, position, label)
    for match in page.matches(_BEFORE):
        yield from _run(
            page, match.span(), Label.ORG if match.group()[:2].lower() != "st" else Label.SCHOOL
        )
    for match in page.matches(_WORK):
        yield from _workplace(page, match)
    for match in (*page.matches(_TOWN), *page.matches(_IN_TOWN)):
        yield from _names_only(page, match.span(1), Label.LOCATION)
    for match in page.matches_before(_SAFE_HOUSE, _SAFE_KIND, _SAFE_WORDS):
        yield from _run_back(page, match)
    for match in page.matches(_SAFE_PLACE):
        span = match.span(match.lastindex or 0)
        yield from _run(page, span, Label.REFUGE)


def _named_place(page: Page, position: int, label: Label) -> Iterable[Finding]:
    """Yield `Kirkgate Community School`: up to three words before the kind."""
    kind, start = page.words[position], None
    for before in reversed(page.words[max(0, position - 4) : position]):
        gap = page.text[before.end : kind.start if start is None else start]
        if not gap.isspace() or before.lower in _NOT_A_NAME or not _part(page, before):
            break
        if before.lower in _OPENING:
            break
        start = before.start
    if start is not None and _distinct(page, start, kind.start):
        yield _found(start, _trailing(page, position), label)


def _measures(page: Page, position: int) -> bool:
    """Say whether `high` tells how high, as in `PHQ high`, or `works` what somebody does."""
    word, before = page.words[position], page.words[max(0, position - 1) : position]
    if word.lower == "works":
        return word.style is not Style.MIXED or not word.capital
    if word.lower != "high":
        return False
    measured = any(one.lower in _MEASURED or len(one.text) <= _INITIALS for one in before)
    return measured or (word.style is Style.MIXED and not word.capital)


def _part(page: Page, word: Word) -> bool:
    """Say whether a word can be part of a place's name."""
    if word.lower in _MODIFIERS or not page.lexicon.is_word(word.lower):
        return True
    return word.capital if word.style is Style.MIXED else len(word.lower) >= _SHORTEST_PART


def _distinct(page: Page, start: int, end: int) -> bool:
    """Say whether a word before the kind is more than a modifier: `primary school` names none."""
    words = page.words_within(start, end)
    return any(
        one.lower not in _MODIFIERS and (one.capital or one.style is not Style.MIXED)
        for one in words
    )


def _trailing(page: Page, position: int) -> int:
    """Return the end of the kind words: `Moss Lane High School`."""
    end = page.words[position].end
    for word in page.words[position + 1 : position + 3]:
        if word.lower not in _LABELS or not page.text[end : word.start].isspace():
            break
        end = word.end
    return end


def _run(page: Page, span: tuple[int, int], label: Label) -> Iterable[Finding]:
    """Yield the words from the start of a match up to the first everyday one."""
    first, *others = page.words_within(*span)
    end = first.end
    for word in others:
        if _ends_run(page, word, label):
            break
        end = word.end
    if end > first.end:
        yield _found(span[0], end, label)


def _run_back(page: Page, match: re.Match[str]) -> Iterable[Finding]:
    """Yield `Stepping Stone safe house`: the words before the kind, back to one that names none."""
    start = None
    for word in reversed(page.words_within(*match.span("name"))):
        small = word.style is Style.MIXED and not word.capital
        if word.lower in _FUNCTION | _NOT_A_NAME | _OPENING or small:
            break
        start = word.start
    if start is not None:
        yield _found(start, match.end(), Label.REFUGE)


def _ends_run(page: Page, word: Word, label: Label) -> bool:
    """Say whether a word is no part of the name any more; a refuge's name may be plain words."""
    if label is Label.REFUGE:
        return word.lower in _FUNCTION
    named = word.capital and word.style is Style.MIXED
    return page.lexicon.is_word(word.lower) and not named and word.lower not in _INSIDE_A_NAME


def _workplace(page: Page, match: re.Match[str]) -> Iterable[Finding]:
    taken = []
    for word in page.words_within(*match.span(match.lastindex or 0)):
        if word.lower in _WORK_STOPS:
            break
        taken.append(word)
    if match.lastindex == _OUTSIDE:
        taken = _named_part(page, taken)
    if taken and not (
        page.lexicon.is_word(taken[0].lower) and _small(taken) and taken[0].style is Style.MIXED
    ):
        yield _found(taken[0].start, taken[-1].end, Label.WORKPLACE)


def _named_part(page: Page, words: list[Word]) -> list[Word]:
    """Return what is named of that which somebody stood outside of: not `in the red Astra`."""
    if words and words[0].lower in _ON:
        return []
    taken = list(takewhile(lambda word: word.lower not in _ON, words))
    while taken and taken[-1].style is Style.MIXED and _plain(page, taken[-1]):
        taken.pop()
    return taken


def _plain(page: Page, word: Word) -> bool:
    return not word.capital and page.lexicon.is_word(word.lower)


def _small(words: list[Word]) -> bool:
    return not any(word.capital for word in words)


def _names_only(page: Page, span: tuple[int, int], label: Label) -> Iterable[Finding]:
    words = page.words_within(*span)
    taken = []
    for word in words:
        mixed = word.style is Style.MIXED
        if not word.capital if mixed else page.lexicon.is_word(word.lower):
            break
        if page.lexicon.may_be_name(word.lower) or (
            page.is_plain(word) and word.lower in _NOT_A_NAME
        ):
            break
        taken.append(word)
    if taken:
        yield _found(taken[0].start, taken[-1].end, label)


def _found(start: int, end: int, label: Label) -> Finding:
    return Finding(start=start, end=end, label=label, recogniser="place")
