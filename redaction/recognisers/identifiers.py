"""UK identifiers by their written form (domain brief 4.2).

Every form is tried in any case, with blanks, dots, dashes or a line break between its groups.
Forms that many harmless strings share need a cue word before them; forms that nothing else has do
not. What no row explains but is long and has digits is ID_OTHER: a number that cannot be named is
not harmless.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page
from redaction.recognisers.checks import nhs_number_checks
from redaction.recognisers.dates import inside_date, is_date
from redaction.recognisers.words import words
from redaction.style import Style

_CUE_DISTANCE = 40
"""Characters before a number in which its cue may stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One written form: what it means, how it looks, and the cue it needs, if it needs one."""

    label: Label
    pattern: re.Pattern[str] = field(repr=False)
    cue: re.Pattern[str] | None = field(default=None, repr=False)


def _form(label: Label, pattern: str, cue: str | None = None) -> Form:
    """Compile a form; the match must not continue a word."""
    whole = re.compile(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", re.IGNORECASE)
    before = re.compile(rf"\b(?:{cue})\b[^\n]*$", re.IGNORECASE) if cue else None
    return Form(label=label, pattern=whole, cue=before)


_INWARD = r"[0-9O][ABD-HJLNP-UW-Z]{2}"
_OUTWARD = (
    r"[A-PR-UWYZ](?:[0-9]{1,2}|[A-HK-Y][0-9O]{1,2}|[0-9][A-HJKPSTUW]|[A-HK-Y][0-9][ABEHMNPRVWXY])"
)
_DAY = r"\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?"
_NUMBERED = r"(?:\s*(?:no|number|num|ref|reference|id)\b)?[\s.:#]*"

FORMS: tuple[Form, ...] = (
    _form(Label.POSTCODE, rf"GIR\s*0AA|{_OUTWARD}[\s.-]{{0,3}}{_INWARD}"),
    _form(Label.POSTCODE, _OUTWARD, "postcodes?|post code|p/code|pcode"),
    _form(Label.NINO, r"[A-Z]{2}(?:[\s.-]{0,2}\d{2}){3}[\s.-]{0,2}[A-D]"),
    _form(Label.NINO, r"[A-Z]{2}(?:[\s.-]{0,2}\d{2}){3}", "ni|nino|national insurance"),
    _form(Label.NINO, r"\d{2}[A-Z]\d{5}", "trn|temporary|hmrc|ni"),
    _form(Label.NHS_NUMBER, r"\d{3}[\s.-]{0,2}\d{3}[\s.-]{0,2}\d{4}", "nhs|h&c|chi|hcn|hosp"),
    _form(Label.UPN, r"[A-Z]\s?\d{3}\s?\d{4}\s?\d{2}\s?\d{3}|[A-Z]\d{11}[0-9A-Z]{1,2}"),
    _form(Label.PNC_ID, r"(?:19|20)?\d{2}/\d{1,7}\s?[A-Z]"),
    _form(Label.CRO, r"\d{1,6}/\d{2}\s?[A-Z]|SF\s?\d{2}/\d{1,6}\s?[A-Z]"),
    _form(Label.CRN, r"[A-Z]\s?\d{6}"),
    _form(Label.NOMS, r"[A-Z]\s?\d{4}\s?[A-Z]{2}"),
    _form(
        Label.DRIVING_LICENCE,
        r"[A-Z9]{5}\s?\d{6}\s?[A-Z9]{2}\s?[A-Z0-9]{3}(?:\s?[A-Z0-9]{2})?",
    ),
    _form(
        Label.DRIVING_LICENCE,
        r"(?=[A-Z]*\d)[A-Z0-9]{8,18}",
        r"(?:driving|dvla) licen[cs]e|licen[cs]e no",
    ),
    _form(Label.PASSPORT, r"[A-Z]{2}\s?\d{7}"),
    _form(Label.PASSPORT, r"\d{3}\s?\d{3}\s?\d{3}|[A-Z]{1,2}\s?\d{6,8}", r"passport|brp|evisa"),
    _form(
        Label.BANK,
        rf"(?:(?:bank\s+)?sort(?:\s*code)?{_NUMBERED})?\d{{2}}[-\s]?\d{{2}}[-\s]?\d{{2}}"
        rf"[\s,;/]{{1,3}}(?:a/?c(?:c(?:ount|t)?)?{_NUMBERED})?\d{{8}}",
    ),
    _form(Label.BANK, rf"sort(?:\s*code)?{_NUMBERED}\d{{2}}[-\s]?\d{{2}}[-\s]?\d{{2}}"),
    _form(Label.BANK, rf"a/?c(?:c(?:ount|t)?)?{_NUMBERED}\d{{6,8}}"),
    _form(Label.VEHICLE_REG, r"[A-Z]{2}(?:0[1-9]|[1-8]\d)\s?[A-Z]{3}"),
    _form(Label.CASE_REF, rf"(?:inc(?:ident)?|cad|log|occ(?:urrence)?|crime|case)\b{_NUMBERED}"
          rf"\d{{2,}}(?:\s+(?:of|on|dated)\s+{_DAY})?"),
    _form(Label.CASE_REF, r"[A-Z]{2,5}[/-]\d{3,}(?:[/-]\d{2,6})*[A-Z]?"),
    _form(Label.CASE_REF, r"[A-Z]{2,5}\d{2,}[/-]\d{2,6}(?:[/-]\d{2,6})*"),
    _form(Label.CASE_REF, r"[A-Z]{2,4}\d{5,}|[A-Z]{1,2}\d{2}[A-Z]\d{5}"),
    _form(Label.CASE_REF, r"\d{2}[A-Z]{0,2}/\d{3,8}/\d{2,4}|\d{5,}/\d{2,4}|\d{2}/\d{5,}"),
    _form(Label.CASE_REF, r"[A-Z]{0,6}[/-]?\d[\dA-Z]+(?:[/-][\dA-Z]+)*"
          r"|[A-Z]{1,6}[/-]?\d|\d(?:[/-][\dA-Z]+)+",
          r"(?:case|crime|custody|court|referral|housing|claim|tenancy|rent|incident|log|urn|"
          r"marac|ehcp|reference|homelessness)\s*(?:no|number|ref|reference|id|nos)|urn|ref|refs"),
    _form(Label.ID_OTHER, r"(?:[0-9A-F]{2}[:-]){5}[0-9A-F]{2}"),
    _form(Label.ID_OTHER, r"\d{1,12}",
          r"uprn|usrn|title no|imei|uln|ucas|gmc|nmc|swe|collar(?: no)?"
          r"|hospital no|mrn|emis|mosaic|lcs|client (?:id|no)|tenant (?:id|no)"),
    _form(Label.ID_OTHER, r"///\w+\.\w+\.\w+|-?\d{1,3}\.\d{4,}\s*,\s*-?\d{1,3}\.\d{4,}"),
)  # fmt: skip

_NHS = re.compile(r"(?<![\w])\d{3}[\s.-]{0,2}\d{3}[\s.-]{0,2}\d{4}(?![\w])")
_SHORT_PLATES = re.compile(
    r"(?<![^\W_])(?:[A-Z]{2}\s\d{2}\s?[A-Z]{3}|[A-Z]\d{1,3}\s?[A-Z]{3}|[A-Z]{3}\s?\d{1,3}[A-Z]|[A-Z]{3}\s?\d{1,4})(?![^\W_])",
    re.IGNORECASE,
)
_NO_PLATE = words("not-a-plate")
_ABBREVIATED = re.compile(r"[A-HJ-Y]{3}\s\d{1,4}")
"""`GCS 15`, `DOB 25`: looks like a plate of the fifties; Northern Irish ones have an I or a Z."""
_DRIVES = re.compile(
    r"\b(?:reg(?:istration)?|vrm|plate|vehicle|car|van|drives?|driving|vrn)\b", re.IGNORECASE
)
_LONG = re.compile(r"(?<![^\W_])(?=[^\W_]*\d)[^\W_]+(?:[-/_.][^\W_]+)*(?![^\W_])")
_HOURS = re.compile(r"[0-2]\d[0-5]\d-[0-2]\d:[0-5]\d(?![\w:])")
"""`1143-10:44`: from one hour to another, however unevenly written."""
_HANDLE = re.compile(r"(?<![\w.])@[\w.]*\w")
_NAMED_HANDLE = re.compile(
    r"\b(?:insta(?:gram)?|snap(?:chat)?|fb|facebook|tik\s?tok|twitter|username|user name|handle|"
    r"tinder|telegram|profile)\b[\s:'\"]*(?:is|as|name|account)?[\s:'\"]*([\w.]*[\d_][\w.]*\w)",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+%'-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_URL = re.compile(
    r"(?:https?://|www\.)[^\s<>\"]+|(?<![\w@.])[\w-]+(?:\.[\w-]+)*\.(?:com|co\.uk|org|org\.uk|net|"
    r"uk|me|io|info|gov\.uk|ac\.uk|tv|app)\b(?:/[^\s<>\"]*)?",
    re.IGNORECASE,
)
_MIN_DIGITS_UNEXPLAINED = 5


def find_identifiers(page: Page, _: object) -> Iterable[Finding]:
    """Find every identifier by form, then whatever else is long and has digits."""
    text = page.text
    for form in FORMS:
        for match in form.pattern.finditer(text):
            if inside_date(page, match.start()):
                continue
            if form.cue is None or _cued(text, match.start(), form.cue):
                yield _found(match.span(), form.label)
    yield from _nhs_numbers(text)
    yield from _plates(page)
    yield from _online(text)
    for match in _LONG.finditer(text):
        digits = sum(map(str.isdigit, match.group()))
        if _HOURS.match(text, match.start()):
            continue
        if digits >= _MIN_DIGITS_UNEXPLAINED and not is_date(match.group()):
            yield _found(match.span(), Label.ID_OTHER)


def _cued(text: str, position: int, cue: re.Pattern[str]) -> bool:
    before = text[max(0, position - _CUE_DISTANCE) : position]
    return cue.search(before) is not None


def _nhs_numbers(text: str) -> Iterable[Finding]:
    for match in _NHS.finditer(text):
        if nhs_number_checks("".join(filter(str.isdigit, match.group()))):
            yield _found(match.span(), Label.NHS_NUMBER)


def _plates(page: Page) -> Iterable[Finding]:
    """Yield older plates: in capitals they speak for themselves, else a cue must."""
    for match in _SHORT_PLATES.finditer(page.text):
        letters = [word for word in page.words_within(*match.span()) if word.text.isalpha()]
        shouted = any(word.style is Style.CAPITALS for word in page.words_within(*match.span()))
        plain = any(
            word.lower in _NO_PLATE or (shouted and page.lexicon.is_word(word.lower))
            for word in letters
        )
        before = page.text[max(0, match.start() - _CUE_DISTANCE) : match.start()]
        before = before.rpartition("\n")[2]
        if inside_date(page, match.start()):
            continue
        if _ABBREVIATED.fullmatch(match.group()) and not _DRIVES.search(before):
            continue
        if _DRIVES.search(before) or (match.group().isupper() and not plain):
            yield _found(match.span(), Label.VEHICLE_REG)


def _online(text: str) -> Iterable[Finding]:
    for match in _EMAIL.finditer(text):
        yield _found(match.span(), Label.EMAIL)
    for match in _URL.finditer(text):
        end = match.start() + len(match.group().rstrip(".,;:!?)'\""))
        yield _found((match.start(), end), Label.URL)
    for match in _HANDLE.finditer(text):
        yield _found(match.span(), Label.HANDLE)
    for match in _NAMED_HANDLE.finditer(text):
        yield _found(match.span(1), Label.HANDLE)


def _found(span: tuple[int, int], label: Label) -> Finding:
    return Finding(start=span[0], end=span[1], label=label, recogniser="identifier")
