"""The written forms of UK identifiers (domain brief 4.2), as data.

Every form is tried in any case, with blanks, dots, dashes or a line break between its groups.
Forms that many harmless strings share need a cue word before them; forms that nothing else has do
not. What follows its own name (`PNC 98 7654 K`) is in `named.py`, grouped as its writer liked.
"""

import re
from dataclasses import dataclass, field

from redaction.labels import Label


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


_INWARD = r"[0-9O]\s?[ABD-HJLNP-UW-Z]{2}"
_OUTWARD = (
    r"[A-PR-UWYZ](?:[0-9]{1,2}|[A-HK-Y][0-9O]{1,2}|[0-9][A-HJKPSTUW]|[A-HK-Y][0-9][ABEHMNPRVWXY])"
)
_DAY = r"\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?"
_SORT_CODE = r"(?:so?r?t|s[ort]{2,4})(?:\s*co{0,2}[de]{1,3})?"
"""With the slips that people make in it: `sotr coode`."""
_NUMBERED = r"(?:\s*(?:no|number|num|ref|reference|id)\b)?[\s.:#]*"

FORMS: tuple[Form, ...] = (
    _form(Label.POSTCODE, rf"GIR\s*0AA|{_OUTWARD}[\s.,/_-]{{0,3}}{_INWARD}"),
    _form(Label.POSTCODE, r"ZZ99[\s.-]{0,3}\d[A-Z]{2}"),
    _form(Label.POSTCODE, _OUTWARD, "postcodes?|post code|p/code|pcode"),
    _form(Label.NINO, r"[A-Z]{2}(?:[\s.-]{0,2}\d{2}){3}[\s.-]{0,2}[A-D]"),
    _form(Label.NINO, r"\d{2}[A-Z]\d{5}", "trn|temporary|hmrc|ni"),
    _form(Label.UPN, r"[A-Z]\s?\d{3}\s?\d{4}\s?\d{2}\s?\d{3}|[A-Z]\d{11}[0-9A-Z]{1,2}"),
    _form(Label.PNC_ID, r"(?:19|20)?\d{2}\s?[/\\]\s?\d{1,7}\s?[A-Z]"),
    _form(Label.CRO, r"\d{1,6}/\d{2}\s?[A-Z]|SF\s?\d{2}/\d{1,6}\s?[A-Z]"),
    _form(Label.CRN, r"[A-Z]\s?\d{6}"),
    _form(Label.NOMS, r"[A-Z]\s?\d{4}\s?[A-Z]{2}"),
    _form(
        Label.DRIVING_LICENCE,
        r"[A-Z9]{5}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-Z9]{2}\s?[A-Z0-9]{3}(?:\s?[A-Z0-9]{2})?",
    ),
    _form(
        Label.DRIVING_LICENCE,
        r"(?=[A-Z]*\d)[A-Z0-9]{8,18}",
        r"(?:driving|dvla) licen[cs]e|licen[cs]e no",
    ),
    _form(Label.PASSPORT, r"[A-Z]{2}\s?\d{7}"),
    _form(
        Label.BANK,
        rf"(?:(?:bank\s+)?{_SORT_CODE}{_NUMBERED})?\d{{2}}[-\s]?\d{{2}}[-\s]?\d{{2}}"
        rf"[\s,;/]{{1,3}}(?:a/?c(?:c(?:ount|t)?)?{_NUMBERED})?\d{{8}}",
    ),
    _form(Label.BANK, rf"{_SORT_CODE}{_NUMBERED}\d{{2}}[-\s]?\d{{2}}[-\s]?\d{{2}}"),
    _form(Label.BANK, rf"a/?c(?:c(?:ount|t)?)?{_NUMBERED}\d{{6,8}}"),
    _form(Label.BANK, r"\d{4}(?:[ -]\d{4}){3}"),
    _form(Label.BANK, r"[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,4})?", "iban"),
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
)  # fmt: skip
