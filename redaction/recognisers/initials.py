"""Two capitals that stand where somebody stands: `RH said`, `spoke to LB`, `TK's flat`, `JP/MS`.

Initials of people on the case are the matcher's. These may be anybody's, so casework's own
abbreviations and the place in the sentence decide. Only where capitals tell anything.
"""

import re
from collections.abc import Iterable

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page, Word
from redaction.recognisers.words import words
from redaction.style import Style

_PAIR = re.compile(r"(?<![\w.&'\u2019@#-])[A-Z]{2}(?![\w&@-]|\.\w)")
_ABBREVIATIONS = words("abbreviations-of-two") | words("not-initials")
_BEFORE_SOMEBODY = words("before-somebody")
_DONE = words("said-and-done")
_NO_DEED = frozenset({"as", "its", "this", "was", "us", "yes", "is", "need", "red", "bed"})
_DEED = re.compile(r"[ \t]+(?P<deed>[a-z]{2,})")
_OTHERS = re.compile(r"(?<!\w)[A-Z]{2}[ ]?[/&+][ ]?\Z")
_FURTHER = re.compile(r"[ ]?[/&+][ ]?[A-Z]{2}(?!\w)")
_REACH = 24
"""Characters before in which the word before is looked for."""


def find_initials(page: Page, _: object) -> Iterable[Finding]:
    """Find pairs of capitals that do something or have something done to them."""
    for match in page.matches(_PAIR):
        word = next(iter(page.words_within(*match.span())), None)
        if word is not None and word.style is Style.MIXED and _somebody(page, match, word):
            yield Finding(
                start=match.start(), end=match.end(), label=Label.PERSON, recogniser="initials"
            )


def _somebody(page: Page, match: re.Match[str], word: Word) -> bool:
    if word.lower in _ABBREVIATIONS:
        return False
    if page.text.startswith(("'s ", "\u2019s "), match.end()):
        return True
    return _acts(page, match.end()) or _comes_after(page, match) or _one_of_two(page, match)


def _acts(page: Page, end: int) -> bool:
    """Say whether a deed follows; in a note most deeds are of the past."""
    following = _DEED.match(page.text, end)
    if following is None or following["deed"] in _NO_DEED:
        return False
    return following["deed"] in _DONE or following["deed"].endswith("ed")


def _comes_after(page: Page, match: re.Match[str]) -> bool:
    before = page.words_within(max(0, match.start() - _REACH), match.start())
    if not before or before[-1].lower not in _BEFORE_SOMEBODY:
        return False
    return page.text[before[-1].end : match.start()] in {" ", ": ", "  "}


def _one_of_two(page: Page, match: re.Match[str]) -> bool:
    """Say whether two stand side by side, as authors sign: `JP/MS to follow up`."""
    before = _OTHERS.search(page.text, max(0, match.start() - _REACH), match.start())
    pair = before.group() if before else ""
    after = _FURTHER.match(page.text, match.end())
    pair = pair or (after.group() if after else "")
    other = "".join(filter(str.isalpha, pair)).lower()
    return bool(other) and other not in _ABBREVIATIONS
