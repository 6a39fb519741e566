"""Names by what stands before them: `PC 4076 Crisp`, `neighbour joan`, `known as Becs`.

This finds people whom neither the record nor the model knows, in notes without capitals too.
"""

import re
from collections.abc import Iterable

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page, Word
from redaction.style import Style

_TITLES = frozenset(
    [
        "pc",
        "ps",
        "dc",
        "ds",
        "di",
        "dci",
        "dcs",
        "insp",
        "inspector",
        "sgt",
        "sergeant",
        "pcso",
        "wpc",
        "cpt",
        "dr",
        "doctor",
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "prof",
        "professor",
        "rev",
        "father",
        "imam",
        "sw",
        "social-worker",
        "rmn",
        "dsl",
        "ho",
        "ro",
        "vlo",
        "fme",
        "hv",
        "gp",
        "cpn",
        "consultant",
        "nurse",
        "sister",
        "midwife",
        "officer",
        "supt",
    ]
)
"""Somebody with a title has a name: any next word that is not a function word is taken."""
_ROLES = frozenset(
    [
        "worker",
        "visitor",
        "neighbour",
        "neighbor",
        "caretaker",
        "landlord",
        "landlady",
        "solicitor",
        "barrister",
        "judge",
        "mum",
        "mam",
        "mom",
        "mother",
        "dad",
        "father",
        "nan",
        "nana",
        "nain",
        "taid",
        "gran",
        "grandma",
        "grandad",
        "granddad",
        "grandmother",
        "grandfather",
        "aunt",
        "auntie",
        "aunty",
        "uncle",
        "cousin",
        "nephew",
        "niece",
        "brother",
        "sister",
        "sis",
        "bro",
        "son",
        "daughter",
        "partner",
        "ex",
        "husband",
        "wife",
        "boyfriend",
        "girlfriend",
        "bf",
        "gf",
        "mate",
        "friend",
        "child",
        "baby",
        "kid",
        "kids",
        "children",
        "twins",
        "perp",
        "perpetrator",
        "suspect",
        "applicant",
        "respondent",
        "tenant",
        "witness",
        "informant",
        "caller",
        "manager",
        "mgr",
        "carer",
        "nok",
        "pgm",
        "mgm",
        "pgf",
        "mgf",
        "stepdad",
        "stepmum",
        "stepson",
        "stepdaughter",
        "fiance",
        "fiancee",
        "spouse",
        "lady",
        "lead",
        "teacher",
        "head",
        "colleague",
        "named",
        "called",
        "name",
        "names",
        "aka",
        "surname",
        "pt",
        "patient",
        "client",
        "victim",
        "vic",
        "subject",
        "accused",
        "defendant",
        "complainant",
        "offender",
        "idva",
        "isva",
        "advocate",
        "counsellor",
        "therapist",
        "housemate",
        "flatmate",
        "lodger",
        "babysitter",
        "nanny",
        "childminder",
        "boss",
        "supervisor",
        "imam",
        "vicar",
        "logged",
        "by",
        "w/",
        "with",
        "via",
        "respondent",
        "brothher",
    ]
)
_FILLER = frozenset(
    [
        "in",
        "law",
        "no",
        "number",
        "worker",
        "is",
        "was",
        "and",
        "or",
        "lead",
        "team",
        "mgr",
        "the",
        "of",
        "is:",
        "new",
        "real",
    ]
)
_LINKS = re.compile(r"[^\S\n]*(?:\+|/|&|,|and)[^\S\n]*\Z", re.IGNORECASE)
_BETWEEN_NAMES = re.compile(r"(?:[ \t\n]{1,2}|\.[ \t]?|-|,[ \t])\Z")
_AFTER_CUE = re.compile(r"[\s:.,'\"(*-]{1,4}\Z|[\s]*[\w.]*[\s]+\Z")
_COLLAR = re.compile(
    r"\b(?:pc|ps|dc|ds|di|dci|sgt|insp|pcso|wpc|officer)\s*(?:no\.?\s*)?(\d{2,6})\b", re.IGNORECASE
)
_LONGEST_NAME = 3
_LOOK_AHEAD = 4
_FUNCTION = frozenset(
    [
        "a",
        "an",
        "the",
        "and",
        "or",
        "but",
        "if",
        "of",
        "to",
        "in",
        "on",
        "at",
        "by",
        "for",
        "from",
        "with",
        "w/",
        "is",
        "was",
        "are",
        "were",
        "has",
        "had",
        "have",
        "be",
        "been",
        "he",
        "she",
        "they",
        "it",
        "his",
        "her",
        "their",
        "him",
        "them",
        "who",
        "whom",
        "which",
        "that",
        "this",
        "these",
        "those",
        "not",
        "no",
        "yes",
        "as",
        "so",
        "than",
        "then",
        "there",
        "here",
        "when",
        "where",
        "while",
        "will",
        "would",
        "can",
        "could",
        "should",
        "may",
        "might",
        "must",
        "do",
        "does",
        "did",
        "says",
        "said",
        "reports",
        "reported",
        "states",
        "stated",
        "told",
        "about",
        "after",
        "before",
        "re",
        "up",
        "out",
        "off",
        "over",
        "attended",
        "seen",
    ]
)
_INITIALS = re.compile(r"(?<!\w)(?:[A-Z]\.[ ]?){1,3}[A-Z][\w'-]+")


def find_cued_names(page: Page, _: object) -> Iterable[Finding]:
    """Find names after titles and role words, collar numbers, and initials with a surname."""
    for match in _COLLAR.finditer(page.text):
        yield _found(*match.span(1), label=Label.ID_OTHER)
    for match in _INITIALS.finditer(page.text):
        yield _found(*match.span())
    for position, word in enumerate(page.words):
        base = word.lower.removesuffix("'s")
        if base in _TITLES or base in _ROLES:
            yield from _after(page, position, titled=base in _TITLES)


def _after(page: Page, position: int, *, titled: bool) -> Iterable[Finding]:
    """Yield the names that follow a cue, through `and`, `/` and `+`."""
    first = _first_name(page, position, titled=titled)
    while first is not None:
        last = _last_of(page, first, titled=titled)
        yield _found(page.words[first].start, _without_s(page.words[last]))
        following = last + 1
        linked = following < len(page.words) and _LINKS.fullmatch(
            page.text[page.words[last].end : page.words[following].start]
        )
        if following < len(page.words) and page.words[following].lower == "and":
            linked, following = True, following + 1
        candidate = following < len(page.words) and _may_be(page, page.words[following])
        first = following if linked and candidate else None


def _first_name(page: Page, position: int, *, titled: bool) -> int | None:
    """Return the first name-like word after a cue, past a collar number or a filler word."""
    end = page.words[position].end
    for ahead in range(position + 1, min(position + 1 + _LOOK_AHEAD, len(page.words))):
        word = page.words[ahead]
        gap = page.text[end : word.start]
        if len(gap) > _LOOK_AHEAD or "\n" in gap.strip(" ") or (". " in gap and not titled):
            return None
        if word.lower.isdigit() or word.lower in _FILLER:
            end = word.end
            continue
        taken = _titled_name(page, word) if titled else _may_be(page, word)
        return ahead if taken else None
    return None


def _last_of(page: Page, first: int, *, titled: bool) -> int:
    last = first
    for ahead in range(first + 1, min(first + _LONGEST_NAME, len(page.words))):
        word = page.words[ahead]
        gap = page.text[page.words[last].end : word.start]
        if _BETWEEN_NAMES.fullmatch(gap) is None or not _may_be(page, word):
            break
        if gap.startswith(".") and len(page.words[last].text) > 1:
            break
        last = ahead
    return last


def _titled_name(page: Page, word: Word) -> bool:
    if word.lower in _FUNCTION or word.lower in _TITLES or not word.text[0].isalpha():
        return False
    return word.capital or word.style is not Style.MIXED


def _may_be(page: Page, word: Word) -> bool:
    """Say whether a word looks like a name: capital in mixed text, no everyday word elsewhere."""
    base = word.lower.removesuffix("'s")
    if word.lower in _FUNCTION or base in _ROLES or base in _TITLES or not word.text[0].isalpha():
        return False
    if word.style is Style.MIXED and word.capital:
        return not page.lexicon.is_word(base) or page.lexicon.may_be_name(base)
    if page.lexicon.may_be_name(base):
        return page.lexicon.is_name(base) or word.style is not Style.MIXED
    return word.style is not Style.MIXED and not page.lexicon.is_word(base)


def _without_s(word: Word) -> int:
    return word.end - 2 if word.lower.endswith("'s") else word.end


def _found(start: int, end: int, label: Label = Label.PERSON) -> Finding:
    return Finding(start=start, end=end, label=label, recogniser="cue")
