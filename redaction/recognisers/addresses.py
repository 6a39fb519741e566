"""Street addresses: a unit, a number, a street; or a street alone where a capital says so."""

import re
from collections.abc import Iterable

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page, Word
from redaction.recognisers.dates import MONTH, inside_date
from redaction.recognisers.words import words
from redaction.style import Style

_TYPES = (
    "street|str|st|road|rd|lane|ln|avenue|ave|av|close|cl|drive|drv|dr|way|walk|court|ct|crt|crescent|"
    "cres|terrace|terr|tce|place|pl|gardens?|gdns|grove|gr|row|yard|gate|hill|park|parade|pde|"
    "square|sq|mews|rise|view|bank|green|grn|fold|mount|croft|wharf|quay|embankment|broadway|"
    "parkway|villas?|cottages?|buildings?|house|hse|towers?|heights|lodge|bungalows?|chase|copse|"
    "dale|dene|drove|field|fields|garth|glade|glen|heath|hurst|knoll|lea|loan|meadow|meadows|"
    "orchard|path|ridge|side|spinney|vale|wynd|wood|brae|brow|bottom|passage|promenade|point|"
    "circus|loop|link|estate|nook|end|arcade|approach|avenue|boulevard|bvd|causeway|common|cross"
)
_WEAK = (
    "street|road|rd|lane|avenue|ave|close|drive|way|walk|crescent|cres|terrace|gardens|gdns|grove|"
    "row|yard|mews|parade|square|gate|court|hill|rise|fold|croft|villas|approach|garth|wharf|"
    "quay|embankment|broadway|parkway|cottages|towers|heights|chase|copse|dale|dene|drove|glade|glen|heath|"
    "hurst|knoll|lea|meadow|meadows|orchard|ridge|spinney|vale|wynd|brae|brow|passage|promenade|"
    "circus|nook|arcade|boulevard|causeway|common|mount|green|view|place|bank"
)
_STRONG = re.compile(
    r"(?:street|road|rd|lane|avenue|ave|close|drive|way|walk|crescent|cres|terrace|gardens|gdns|"
    r"grove|row|yard|mews|parade|square|gate|court|bank|hill|rise|fold|croft|lodge|villas)\Z",
    re.IGNORECASE,
)
_UNIT = (
    r"(?:(?:flat|flt|apartment|apt|unit|room|rm|block|studio|maisonette|annexe?)\s+"
    r"(?:no\.?\s*)?(?:\d{1,4}[a-z]?|[a-z])\b(?!/)|(?:top|ground|first|second|third|basement|garden|"
    r"upper|lower|1st|2nd|3rd)\s+(?:floor(?:\s+flat)?|flat)\b|\d{1,2}f\d{1,2}\b"
    r"|\d{1,2}/\d{1,2}(?=,?\s+\d))"
)
_NUMBER = r"(?<![/.:\d-])(?:no\.?\s*)?\d{1,4}\s?[a-z]?(?:\s*[-/&]\s*\d{1,4}[a-z]?)?"
_NAME = r"(?:[^\W\d_][\w'-]*\.?[^\S\n]+){1,3}?"
_NUMBERED = re.compile(
    rf"\b(?:{_UNIT}[\s,]*)?\b{_NUMBER}[\s,]+{_NAME}(?:{_TYPES})\b\.?"
    rf"|\b{_UNIT}[\s,]+(?:{_NAME}(?:{_TYPES})\b\.?)?",
    re.IGNORECASE,
)
_HOUSE_KINDS = (
    r"(?:cottages?|house|hse|lodge|farm|towers?|bungalow|barn|court|grange|villas?|heights|mansions?|"
    r"mews)"
)
_HOUSE = re.compile(
    rf"\b(?P<house>(?:[^\W\d_][\w'-]*[^\S\n]+){{1,2}}{_HOUSE_KINDS})[^\S\n]*,[^\S\n]*"
    rf"{_NAME}(?:{_TYPES})\b",
    re.IGNORECASE,
)
_UNTYPED = re.compile(
    rf"\b(?P<unit>{_UNIT}[\s,]*)?(?<![/.:\d-])\b\d{{1,4}}[a-z]?[^\S\n]+(?P<name>(?:[^\W\d_][\w'-]*[^\S\n]*){{1,3}})",
    re.IGNORECASE,
)
_HOUSE_KIND = re.compile(rf"\b{_HOUSE_KINDS}[^\S\n]*,", re.IGNORECASE)
_KIND = re.compile(rf"\b(?:{_TYPES})\b", re.IGNORECASE)
_ALONE = re.compile(rf"\b(?:[^\W\d_][\w'-]*[^\S\n]+){{1,2}}(?:{_TYPES})\b", re.IGNORECASE)
_LED_TO = re.compile(
    rf"\b(?P<on>(?:on|off|in|at|to|from|near|nr|along|down|up|of|outside|behind|by)(?:\s+to)?)[^\S\n]+"
    rf"(?P<name>(?!the\b)(?:[^\W\d_][\w'-]*[^\S\n]+){{1,3}}?(?:{_WEAK})\b)",
    re.IGNORECASE,
)
_TYPE_FIRST = re.compile(
    r"(?<![\w/.-])(?P<place>(?:\d{1,4}[a-z]?,?[^\S\n]+)?(?:rue|ffordd|heol|stryd|rhodfa|lon|maes|bryn|"
    r"clos|cwrt|tan|llys|calle|strada|ulica|ul\.|sraid|cul|bothar)"
    r"(?:[^\S\n]+(?:de|la|du|des|y|yr|ty|na|an|o|l'))*(?-i:[^\S\n]+[A-Z][\w'-]*){1,3})",
    re.IGNORECASE,
)
"""Streets that name their kind first, as in Wales and abroad."""
_AFLOAT = re.compile(
    r"\b(?:narrow\s?boat|house\s?boat|boat|barge|caravan|cottage|farm|bungalow|lodge|house)"
    r"(?:\s+(?:is|was))?(?:\s+(?:called|named|known\s+as))?[\s,:]{1,2}"
    r"['\"](?P<place>[^'\"\n]{2,30})['\"]",
    re.IGNORECASE,
)
_NUMBER_WORD = r"(?:no\.?|number|nr|#)"
_NUMBER_LAST = re.compile(
    rf"\b(?P<place>{_NAME}(?:{_TYPES})\b\.?[\s,]{{1,2}}{_NUMBER_WORD}\s?\d{{1,4}}[a-z]?)(?![\w/])",
    re.IGNORECASE,
)
_AFTER_STREET = re.compile(rf"(?<![^\s,]){_NUMBER_WORD}\s?\d", re.IGNORECASE)
_TOWN = re.compile(r",[^\S\n]*((?:[^\W\d_][\w'-]*)(?:[^\S\n]+[^\W\d_][\w'-]*)?)")
_UNIT_ONLY = re.compile(_UNIT)
_LETTERED = re.compile(r"\d[a-z]\b", re.IGNORECASE)
_RANK = re.compile(
    r"\b(?:pc|ps|dc|ds|di|sgt|insp|pcso|officer|no|ref|child|year|yr)\.?\s*\Z", re.IGNORECASE
)
_CLOCK = re.compile(
    r"\d+\s*(?:x\b|am\b|pm\b|hrs?\b|yrs?\b|mins?\b|min\b|weeks?\b|days?\b|st\b|nd\b|rd\b|th\b)",
    re.IGNORECASE,
)

_HOUSE_WORDS, _STREET_WORDS = 2, 3
"""Words that name a house, or a street with its kind, before what tells it, at the most."""
_REACH = 24
"""Characters looked at for a rank before a number."""


def find_addresses(page: Page, _: object) -> Iterable[Finding]:
    """Find numbered streets with their unit and town, named houses, then streets alone."""
    yield from _numbered(page)
    for match in page.matches_before(_HOUSE, _HOUSE_KIND, _HOUSE_WORDS):
        yield _found(_house_start(page, match), match.end())
    for pattern in (_TYPE_FIRST, _AFLOAT):
        for match in page.matches(pattern):
            yield _found(*match.span("place"))
    for match in page.matches_before(_NUMBER_LAST, _AFTER_STREET, _STREET_WORDS + 1):
        yield _found(*match.span("place"))
    for match in page.matches(_LED_TO):
        if _weak_street(page, match):
            yield _found(*match.span("name"))
    for match in page.matches_before(_ALONE, _KIND, _HOUSE_WORDS):
        start = _street_alone(page, match)
        if start is not None:
            yield _found(start, match.end())


def _numbered(page: Page) -> Iterable[Finding]:
    for match in page.matches(_NUMBERED):
        if not inside_date(page, match.start()) and _is_street(page, match):
            yield _found(match.start(), _with_town(page, match.end()))
    for match in page.matches(_UNTYPED):
        end = _untyped_end(page, match)
        if end is not None:
            yield _found(match.start(), _with_town(page, end))
    for match in page.matches_small(_UNIT_ONLY):
        yield _found(*match.span())


def _is_street(page: Page, match: re.Match[str]) -> bool:
    """A number and a street type are enough unless the number counts something."""
    words_in = [word.lower for word in page.words_within(*match.span())][1:-1]
    unnamed = bool(words_in) and (
        words_in[0] in _PREPOSITIONS or all(word in _NOT_A_STREET for word in words_in)
    )
    if _CLOCK.match(match.group()) is not None or unnamed:
        return False
    return not _all_small(page, *match.span()) and not _trails_off(page, match)


def _trails_off(page: Page, match: re.Match[str]) -> bool:
    """Say whether the type only ends a sentence: `7 done. Do not close`."""
    last = page.words_within(*match.span())[-2:]
    small = all(word.style is Style.MIXED and not word.capital for word in last)
    if all(word.capital and word.style is Style.MIXED for word in last):
        return False
    return last[0].lower in _PREPOSITIONS | _NOT_A_STREET or (small and not last[0].text.isdigit())


def _all_small(page: Page, start: int, end: int) -> bool:
    """Say whether a mixed text writes all these words small, so that they are no name."""
    words = [word for word in page.words_within(start, end) if word.text.isalpha()]
    mixed = [word for word in words if word.style is Style.MIXED and len(word.text) > 1]
    return bool(mixed) and not any(word.capital for word in mixed)


def _untyped_end(page: Page, match: re.Match[str]) -> int | None:
    """Return where a street without a type ends: `7a Plas Newydd`."""
    if inside_date(page, match.start()) or _is_date(match.group()):
        return None
    if _CLOCK.match(match.group()) or _RANK.search(page.text[: match.start()].rstrip()[-_REACH:]):
        return None
    certain = match.group("unit") is not None or _LETTERED.search(match.group()) is not None
    end, taken = None, 0
    for word in page.words_within(*match.span("name")):
        heading = word.text.isupper() and page.lexicon.is_word(word.lower)
        named = word.capital and word.style is Style.MIXED and not heading
        if not (named or not page.lexicon.is_word(word.lower)):
            break
        if not certain and (word.style is not Style.MIXED or page.lexicon.is_name(word.lower)):
            return None
        end, taken = word.end, taken + 1
    return end if certain or taken > 1 else None


def _house_start(page: Page, match: re.Match[str]) -> int:
    """Return where a named house begins: `lives Plum Towers, Teal Lane` begins with Plum."""
    *_, first, _ = page.words_within(*match.span("house"))
    before = page.words_within(match.start(), first.start)
    named = before and before[0].lower not in _NOT_A_STREET | _PREPOSITIONS
    mixed = first.style is Style.MIXED
    return before[0].start if named and mixed and before[0].capital else first.start


def _is_date(text: str) -> bool:
    """Say whether `10 July 2017` was about to be read as a street."""
    return (
        re.match(r"\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?" + MONTH, text, re.IGNORECASE) is not None
    )


def _with_town(page: Page, end: int) -> int:
    """Extend over `, Town` where the next words are a name."""
    town = _TOWN.match(page.text, end)
    if town is None:
        return end
    for word in page.words_within(*town.span(1)):
        if page.is_plain(word) and not (word.capital and word.style is Style.MIXED):
            break
        end = word.end
    return end


def _weak_street(page: Page, match: re.Match[str]) -> bool:
    """Say whether a street of a rarer kind stands where a street stands: `on Skylark Rise`."""
    named = page.words_within(*match.span("name"))
    if any(word.lower in _NOT_A_STREET for word in named[:1]):
        return False
    mixed = [word for word in named if word.style is Style.MIXED]
    sure = named[-1].lower in _SURE_ANYWHERE
    shouted = (sure or match.group("on").lower().split()[0] in {"on", "off"}) and not mixed
    return all(word.capital for word in mixed) and (bool(mixed) or shouted)


def _street_alone(page: Page, match: re.Match[str]) -> int | None:
    """Return where a street without a number starts, if it is one."""
    words = page.words_within(*match.span())
    if _STRONG.search(words[-1].text) is None or words[-2].lower in _NOT_A_STREET:
        return None
    for position, word in enumerate(words[:-1]):
        if _names_street(word, words[-1]) and word.lower not in _NOT_A_STREET:
            return words[position].start
    return None


_PREPOSITIONS = frozenset({"at", "in", "on", "to", "of", "from", "by", "and", "or", "with", "for"})
_NOT_A_STREET = words("not-a-street")


def _names_street(word: Word, kind: Word) -> bool:
    if word.style is Style.MIXED:
        return word.capital and kind.capital
    return kind.lower in _SURE_TYPES


_SURE_ANYWHERE = words("street-types-only")
_SURE_TYPES = words("sure-street-types")


def _found(start: int, end: int) -> Finding:
    return Finding(start=start, end=end, label=Label.ADDRESS, recogniser="address")
