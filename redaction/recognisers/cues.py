"""Names by what stands before them: `PC 4076 Crisp`, `neighbour joan`, `known as Becs`.

This finds people whom neither the record nor the model knows, in notes without capitals too.
"""

import re
from collections.abc import Iterator

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page, Word
from redaction.parties.spellings import is_particle
from redaction.recognisers.words import words
from redaction.style import Style

_TITLES = words("titles")
"""Somebody with a title has a name: any next word that is not a function word is taken."""
_ROLES = words("roles")
_FILLER = words("filler")
_FUNCTION = words("function-words")
_LINKS = re.compile(r"[^\S\n]*(?:\+|/|&|,|,?\s?and)[^\S\n]*\Z", re.IGNORECASE)
_BETWEEN_NAMES = re.compile(r"(?:[ \t\n]{1,2}|\.[ \t]?|-|,[ \t])\Z")
_COLLAR = re.compile(
    r"\b(?:pc|ps|dc|ds|di|dci|sgt|insp|pcso|wpc|officer)\s*(?:no\.?\s*)?(\d{2,6})\b", re.IGNORECASE
)
_INITIALS = re.compile(r"(?<!\w)(?:[A-Z]\.[ ]?){1,3}[A-Z][\w'-]+")
_KNOWN_AS = re.compile(
    r"\b(?:aka|a\.k\.a\.|known\s+(?:locally\s+)?as|nick\s?named?|goes\s+by|street\s+name|alias|"
    r"nee|(?:maiden|married|former|previous|old)\s+(?:sur)?name|formerly|answers?\s+to|"
    r"signs?\s+(?:off\s+)?as|"
    r"(?:calls?|called|calling|knows?)\s+(?:him|her|them|himself|herself))\b"
    r"(?:\s+(?:the\s+name|is|of|was|as))*[\s:'\"(]*([^\W\d_][\w'-]*)",
    re.IGNORECASE,
)
_QUOTED_DOER = re.compile(
    r"(?<!\w)['\"](?P<name>[^\W\d_][\w-]{2,15})['\"],?[ ]+(?:has|had|is|was|said|says|came|"
    r"comes|went|goes|rang|rings|left|told|tells|took|got|put|hit|kept|keeps|[a-z]{3,}(?:ed|s))\b",
    re.IGNORECASE,
)
_COURTESY = frozenset({"mr", "mrs", "ms", "mx", "dr", "prof", "rev", "sgt", "insp"})
_LONGEST_NAME = 4
_LONGEST_ABBREVIATION = 4
_LOOK_AHEAD = 4


def find_cued_names(page: Page, _: object) -> Iterator[Finding]:
    """Find names after titles and role words, collar numbers, and initials with a surname."""
    for match in page.matches(_COLLAR):
        yield _found(*match.span(1), label=Label.ID_OTHER)
    for match in page.matches(_INITIALS):
        surname = page.words_within(*match.span())[-1]
        if _surname(page, surname):
            yield _found(*match.span())
    for match in page.matches(_KNOWN_AS):
        if match.group(1).lower() not in _FUNCTION:
            yield _found(*match.span(1))
    for match in page.matches(_QUOTED_DOER):
        if match["name"].lower() not in _FUNCTION | _ROLES:
            yield _found(*match.span("name"))
    for position, word in enumerate(page.words):
        base = _base(word)
        if base in _TITLES or base in _ROLES:
            yield from _after(page, position, titled=base in _TITLES)


def _after(page: Page, position: int, *, titled: bool) -> Iterator[Finding]:
    """Yield the names that follow a cue, through `and`, `/` and `+`."""
    first = _first_name(page, position, titled=titled)
    while first is not None:
        last = _last_of(page, first, titled=titled)
        yield _found(page.words[first].start, _without_s(page.words[last]))
        first = _linked(page, last)


def _linked(page: Page, last: int) -> int | None:
    """Return the next name of a list, if the text goes on with one."""
    for following in range(last + 1, min(last + 3, len(page.words))):
        word = page.words[following]
        if word.lower != "and":
            gap = page.text[page.words[last].end : word.start]
            return following if _LINKS.fullmatch(gap) and _may_be(page, word) else None
    return None


def _first_name(page: Page, position: int, *, titled: bool) -> int | None:
    """Return the first name-like word after a cue, past a collar number or a filler word."""
    end = page.words[position].end
    for ahead in range(position + 1, min(position + 1 + _LOOK_AHEAD, len(page.words))):
        word = page.words[ahead]
        gap = page.text[end : word.start]
        if len(gap) > _LOOK_AHEAD or "\n" in gap or (". " in gap and not titled):
            return None
        if word.lower.isdigit() or word.lower in _FILLER:
            end = word.end
            continue
        named = _titled_name(word) if titled else _may_be(page, word)
        courtesy = gap.startswith(".") and page.words[position].lower in _COURTESY
        if gap.strip(" '\"(") and not courtesy:
            named = named and _only_a_name(page, word)
        return ahead if named and not _describes(page, ahead) else None
    return None


def _last_of(page: Page, first: int, *, titled: bool) -> int:
    """Return the last word of the name that starts at `first`; a title's may be one surname."""
    last = first
    numbered = page.words[first - 1].lower.isdigit()
    surname = titled and (numbered or not page.lexicon.is_name(_base(page.words[first])))
    for ahead in range(first + 1, min(first + _LONGEST_NAME, len(page.words))):
        word = page.words[ahead]
        gap = page.text[page.words[last].end : word.start]
        abbreviated = gap.startswith(".") and len(page.words[last].text) > 1
        particle = is_particle(page.words[last].lower) or is_particle(word.lower)
        named = _may_be(page, word) or (titled and particle and word.lower not in _FUNCTION)
        if abbreviated or not _BETWEEN_NAMES.fullmatch(gap) or not named:
            break
        if surname and gap != "-" and len(page.words[last].text) > 1 and _heads(page, word):
            break
        last = ahead
    return last


def _only_a_name(page: Page, word: Word) -> bool:
    """Say whether a word can be nothing else: after `HV -` comes a heading, or a name."""
    base = _base(word)
    if len(base) == 1 or (word.style is Style.MIXED and _abbreviated(word)):
        return False
    known = page.lexicon.may_be_name(base) or base in page.lexicon.surnames
    return known or not page.lexicon.is_word(base)


def _abbreviated(word: Word) -> bool:
    return word.text.isupper() and len(word.text) <= _LONGEST_ABBREVIATION


def _describes(page: Page, position: int) -> bool:
    """Say whether an everyday word only describes the role after it: `School nurse`."""
    word, following = page.words[position], page.words[position + 1 : position + 2]
    plain = page.lexicon.is_word(_base(word)) and not page.lexicon.may_be_name(_base(word))
    return plain and any(one.lower in _ROLES and not one.capital for one in following)


def _surname(page: Page, word: Word) -> bool:
    """Say whether a word after an initial can be a surname: `R. GCS 15` holds none."""
    if word.style is not Style.MIXED:
        return _may_be(page, word)
    if _abbreviated(word):
        return False
    base = _base(word)
    known = page.lexicon.may_be_name(base) or base in page.lexicon.surnames
    return base not in _FUNCTION and (known or not page.lexicon.is_word(base))


def _heads(page: Page, word: Word) -> bool:
    """Say whether a capital begins what follows a name: `PC 7741 Ibekwe Spoke to the child`."""
    mixed = word.style is Style.MIXED
    return mixed and (_abbreviated(word) or not _only_a_name(page, word))


def _titled_name(word: Word) -> bool:
    if word.lower in _FUNCTION or word.lower in _TITLES or not word.text[0].isalpha():
        return False
    return word.capital or word.style is not Style.MIXED or is_particle(word.lower)


def _may_be(page: Page, word: Word) -> bool:
    """Say whether a word looks like a name: capital in mixed text, no everyday word elsewhere."""
    base = _base(word)
    if base in _FUNCTION or base in _ROLES or base in _TITLES or any(map(str.isdigit, base)):
        return False
    if word.style is Style.MIXED:
        return word.capital and (not word.text.isupper() or not page.lexicon.is_word(base))
    return page.lexicon.may_be_name(base) or not page.lexicon.is_word(base)


def _base(word: Word) -> str:
    return word.lower.removesuffix("'s")


def _without_s(word: Word) -> int:
    return word.end - 2 if word.lower.endswith("'s") else word.end


def _found(start: int, end: int, label: Label = Label.PERSON) -> Finding:
    return Finding(start=start, end=end, label=label, recogniser="cue")
