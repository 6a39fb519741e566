"""Where somebody can be found online: e-mail addresses, links, names on platforms."""

import re
from collections.abc import Iterable, Iterator

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page
from redaction.recognisers.words import words

_PLATFORMS = (
    r"insta(?:gram)?|ig|snap(?:chat)?|fb|facebook|messenger|tik\s?tok|twitter|tumblr|reddit|discord|"
    r"telegram|signal|kik|tinder|bumble|hinge|grindr|onlyfans|linkedin|youtube|twitch|vinted|roblox|"
    r"fortnite|minecraft|xbox(?:\s+live)?|psn|play\s?station|steam|whats\s?app|wechat|skype|"
    r"gamer\s?tag|gamer\s?id|username|user\s?name|user|screen\s?name|handle|profile|account"
)
_SAID = r"(?:\s+(?:is|as|name|names?|account|profile|handle|id|user|username|called|at|under))*"
_NAMED_HANDLE = re.compile(
    rf"\b(?:{_PLATFORMS})\b{_SAID}[\s:=,'\"(@]{{1,4}}(?P<name>[^\W_][\w.#-]*[^\W_])", re.IGNORECASE
)
_QUOTED_NAME = re.compile(
    rf"\b(?:{_PLATFORMS})\b{_SAID}[\s:=]{{0,3}}['\"](?P<name>[^'\"\n]{{2,30}})['\"]", re.IGNORECASE
)
_AT = re.compile(r"(?<![\w.])@\s?[\w.]*\w|(?<![\w/])[ur]/[\w-]{3,}")
_MADE_UP = re.compile(r"(?<![^\W_])(?=[^\W_]*[^\W\d_]{4})[^\W\d_]+[\d_]+[\w.]*(?![^\W_])")
_MADE_UP_WITHOUT_JOINT = re.compile(
    r"(?<![^\W_])(?=[^\W_]*[^\W\d_]{4})[^\W\d_]+\d+[\w.]*(?![^\W_])"
)
"""The same where the text has no underscore; it is tried beside digits only."""
_INNER_CAPITAL = re.compile(r"[a-z][A-Z]")
_JOINED = re.compile(r"(?<![^\W_])[^\W\d_]{2,}(?:_[^\W_]+)+(?![^\W_])")
_CAMEL = re.compile(r"(?<![^\W_])(?:x+X|[a-z]+[A-Z]+[a-z]+[A-Z0-9])\w+")
_LETTERS = re.compile(r"[^\W\d_]+")
_PROVIDERS = (
    r"(?:gmail|googlemail|hotmail|outlook|yahoo|icloud|live|msn|me|sky|btinternet|aol|proton(?:mail)?|"
    r"talktalk|virginmedia|ntlworld|mail|nhs|gov|gmx|ymail)"
)
_DOT = r"\s?(?:\.|\(dot\)|\[dot\]|\[\.\]|\(\.\)|\bdot\b)\s?"
_BRACKETED_DOT = r"\s?(?:\(dot\)|\[dot\]|\[\.\]|\(\.\)|\{\.\}|\s+dot\s)\s?"
_DOMAIN = rf"[\w-]+(?:{_DOT}[\w-]+){{1,4}}"
_LOCAL = rf"[\w+%'-]+(?:{_DOT}[\w+%'-]+){{0,4}}"
_EMAIL = re.compile(
    rf"[\w.+%'-]+\s?(?:@|\(at\)|\[at\]|\{{at\}}|\(a\))\s?[\w-]+"
    rf"(?:{_BRACKETED_DOT}[\w-]+|\.[\w-]+|\s\.\s?[\w-]+)*",
    re.IGNORECASE,
)
_AT_SIGNS = ("@", "(at)", "[at]", "{at}", "(a)")
"""One of which every written address has."""
_TOLD_EMAILS = tuple(
    (re.compile(pattern, re.IGNORECASE), re.compile(held, re.IGNORECASE))
    for pattern, held in (
        (
            rf"(?<!\w){_LOCAL}\s+at\s+[\w-]+(?:\s+dot\s+[\w-]+){{1,3}}",
            r"\bat\s+[\w-]+\s+dot\s",
        ),
        (
            rf"(?<!\w){_LOCAL}\s+at\s+{_PROVIDERS}{_DOT}\w{{2,4}}(?:{_DOT}\w{{2,3}})?(?!\w)",
            rf"\bat\s+{_PROVIDERS}",
        ),
    )
)
"""Addresses told in words, each with the part that it has in every case."""
_TOLD_BLANKS = 10
"""Gaps in what stands before the `at` of an address told in words: two at each of four dots."""
_EMAIL_AFTER_CUE = re.compile(
    rf"\be-?mail(?:\s+address)?(?:\s+is)?[\s:]{{1,3}}(?:[\w.+-]+\s+){{1,4}}at\s+{_DOMAIN}",
    re.IGNORECASE,
)
_URL = re.compile(
    r"(?:h(?:tt|xx)ps?://|www\.)[^\s<>\"]+"
    r"|(?<![\w@.])[\w-]+(?:\.[\w-]+)*\.(?:com|co\.uk|org|org\.uk|net|"
    r"uk|me|io|info|gov\.uk|ac\.uk|tv|app|gl|ly|be|gg|ie|eu|link|site|online|social)\b(?:/[^\s<>\"]*)?"
    r"|(?<![\w@.])[a-z][\w-]*(?:\[?\.\]?[a-z][\w-]*)+/[^\s<>\"]+",
    re.IGNORECASE,
)
_DOT_INSIDE = re.compile(r"\.\]?[a-z]", re.IGNORECASE)
_ENDINGS = ".,;:!?)'\""
_NUMBERED_THINGS = words("numbered-things")
_NO_HANDLE = words("not-a-handle")
_FEWEST_DIGITS = 2
"""Digits that make a made-up name of an everyday word: `kitty2014`, not `section47`."""


def find_online(page: Page) -> Iterable[Finding]:
    """Find e-mail addresses, links and handles."""
    for match in _emails(page):
        yield _found(match.span(), Label.EMAIL)
    for match in page.matches_holding(_URL, "://", "www.", _DOT_INSIDE):
        end = match.start() + len(match.group().rstrip(_ENDINGS))
        yield _found((match.start(), end), Label.URL)
    for start, end in _handles(page):
        yield _found((start, end), Label.HANDLE)


def _emails(page: Page) -> Iterator[re.Match[str]]:
    yield from page.matches_holding(_EMAIL, *_AT_SIGNS)
    for pattern, held in _TOLD_EMAILS:
        yield from page.matches_before(pattern, held, _TOLD_BLANKS)
    yield from page.matches(_EMAIL_AFTER_CUE)


def _handles(page: Page) -> Iterator[tuple[int, int]]:
    for matches in (
        page.matches(_AT),
        page.matches_holding(_CAMEL, _INNER_CAPITAL),
        page.matches_holding(_JOINED, "_"),
    ):
        yield from (match.span() for match in matches)
    for match in page.matches(_QUOTED_NAME):
        yield match.span("name")
    for match in page.matches(_NAMED_HANDLE):
        if _unusual(page, match["name"]):
            yield match.span("name")
    for match in page.matches(_MADE_UP if "_" in page.text else _MADE_UP_WITHOUT_JOINT):
        if _made_up(page, match.group()):
            yield match.span()


def _unusual(page: Page, name: str) -> bool:
    """Say whether what follows a platform's name is no everyday word: `snap of the dog`."""
    if any(sign in name for sign in "_#.") or any(map(str.isdigit, name)):
        return any(map(str.isalpha, name))
    plain = name.lower()
    parts = plain.split("-")
    return not all(page.lexicon.is_word(part) or part in _NO_HANDLE for part in parts)


def _made_up(page: Page, name: str) -> bool:
    """Say whether letters with digits are a name that somebody chose, not `covid19`."""
    letters = "".join(_LETTERS.findall(name)).lower()
    digits = sum(map(str.isdigit, name))
    if letters in _NUMBERED_THINGS:
        return False
    return not page.lexicon.is_word(letters) or digits >= _FEWEST_DIGITS


def _found(span: tuple[int, int], label: Label) -> Finding:
    return Finding(start=span[0], end=span[1], label=label, recogniser="identifier")
