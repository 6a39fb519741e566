"""What goes with a name once it is found: the rest of it, the nickname in brackets, the age.

A name is known by its parts: who found `Lin` has found `Lin So`, and who found `yaw` in `nana-yaw`
has found both.
"""

import re
from collections.abc import Iterable, Iterator

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page, Word
from redaction.recognisers.homes import street_of
from redaction.recognisers.words import words
from redaction.style import Style

_HALF_BEFORE = re.compile(r"(?<![^\W_])(?P<half>[^\W\d_]{2,})-\Z")
_HALF_AFTER = re.compile(r"-[^\W\d_]{2,}")
_NO_HALF = frozenset({"ex", "non", "pro", "anti", "mid", "half", "step", "self", "co", "re", "pre"})
_SHORT_SURNAME = re.compile(r"[ ](?P<name>[A-Z][a-z]{1,2})(?![\w'-]|\.\w)")
_NEXT_WORD = re.compile(r"[ ](?P<name>[^\W\d_][\w'-]*)")
_BRACKETED = re.compile(r"[ ]?\((?:aka[ ])?['\"]?(?P<name>[^\W\d_][\w'-]*)['\"]?\)")
_AGED = re.compile(
    r"(?:,[ ]?|[ ]?\(|[ ])(?P<age>\d{1,2})"
    r"(?=[ ]*(?:[,;)\n]|\.(?:\s|\Z)|and\b|&|\+|\Z))"
)
_BEFORE = 24
"""Characters before a name in which its first half may stand."""
_NOT_CALLED = words("roles") | words("titles") | words("function-words") | words("headings")
_LEND_A_NAME = frozenset({Label.PERSON, Label.LOCATION})
_NO_SURNAME = words("function-words") | words("titles")
_DAYS = frozenset({
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "jan", "feb", "mar", "apr", "may", "jun",
    "jul", "aug", "sep", "oct", "nov", "dec", "mum", "dad", "ex", "mr", "mrs", "ms", "dr", "ps",
    "pc", "re",
})  # fmt: skip
"""Short words with a capital that are no surname."""


def widened(page: Page, found: Iterable[Finding]) -> Iterator[Finding]:
    """Yield every finding, names with what belongs to them."""
    for one in found:
        yield one
        if one.label is Label.PERSON:
            yield from _with(page, one)
        if one.label in _LEND_A_NAME:
            yield from street_of(page, one)


def _with(page: Page, one: Finding) -> Iterator[Finding]:
    start, end = one.start, one.end
    half = _HALF_BEFORE.search(page.text, max(0, start - _BEFORE), start)
    if half is not None and half["half"].lower() not in _NO_HALF:
        start = half.start("half")
    if other := _HALF_AFTER.match(page.text, end):
        end = other.end()
    if not one.people or one.recogniser != "party":
        end = _surname(page, start, end)
    if (start, end) != (one.start, one.end):
        yield Finding(start=start, end=end, label=Label.PERSON, recogniser="cue")
    if nickname := _nickname(page, end):
        yield Finding(
            start=nickname[0], end=nickname[1], label=Label.PERSON, roles=one.roles,
            people=one.people, recogniser="cue",
        )  # fmt: skip
        end = nickname[1] + 1
    if age := _AGED.match(page.text, end):
        yield Finding(start=age.start("age"), end=age.end("age"), label=Label.AGE, recogniser="age")


def _surname(page: Page, start: int, end: int) -> int:
    """Return the end of `Lin So` for `Lin`, and of `joan winter` for `joan`."""
    within = page.words_within(start, end)
    if len(within) != 1 or len(within[0].text) == 1:
        return end
    style = within[0].style
    if style is Style.MIXED:
        match = _SHORT_SURNAME.match(page.text, end) if within[0].capital else None
        return match.end("name") if match and match["name"].lower() not in _DAYS else end
    following = _NEXT_WORD.match(page.text, end)
    if following is None or following["name"].lower() not in page.lexicon.surnames:
        return end
    return end if following["name"].lower() in _NO_SURNAME else following.end("name")


def _nickname(page: Page, end: int) -> tuple[int, int] | None:
    """Return the single word in brackets after a name, if it can be what somebody is called."""
    match = _BRACKETED.match(page.text, end)
    word = _at(page, match.start("name")) if match else None
    if match is None or word is None or word.lower in _NOT_CALLED:
        return None
    abbreviated = word.text.isupper() and word.style is Style.MIXED
    small = word.style is Style.MIXED and not word.capital and page.lexicon.is_word(word.lower)
    known = word.lower in page.lexicon.jargon
    return None if abbreviated or small or known else match.span("name")


def _at(page: Page, position: int) -> Word | None:
    return next(iter(page.words_within(position, position + 1)), None)
