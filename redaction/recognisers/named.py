"""Identifiers that stand after their own name, however their writer has grouped them.

Once a note says `NHS`, `passport` or `a/c`, what follows is that number, check digit or not,
whether it is cut into threes or by a line end, dotted or slashed, or given by its end only.
"""

import re
from collections.abc import Iterable

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page
from redaction.recognisers.dates import inside_date

_GAP = r"(?:[^\S\n]|[./,\\_:-]){0,3}(?:(?<![.,:])\n[^\S\n]?)?"
"""What may stand between two signs of one number; below a full stop something else begins."""
_LINK = (
    r"(?:[\s.]{0,3}(?:(?:nos?|num|numbers?|id|ref|code|is|was|card|acct|account)(?![^\W\d_])"
    r"|[:#=('\"-])){0,4}[\s.]{0,3}"
)


def _digits(fewest: int, most: int) -> str:
    return rf"\d(?:{_GAP}\d){{{fewest - 1},{most - 1}}}"


_NAMED: tuple[tuple[Label, str, str], ...] = (
    (Label.NHS_NUMBER, r"n\.?h\.?s|h&c|chi|hcn|hosp(?:ital)?", _digits(9, 11)),
    (Label.NINO, r"n\.?i|nino|national\s+insurance",
     rf"[A-Z]{_GAP}[A-Z]{_GAP}{_digits(6, 6)}(?:{_GAP}[A-D])?"),
    (Label.PNC_ID, r"p\.?n\.?c|pnc\s?id", rf"{_digits(4, 11)}(?:{_GAP}[A-Z])?"),
    (Label.CRO, r"c\.?r\.?o", rf"(?:SF{_GAP})?{_digits(4, 9)}(?:{_GAP}[A-Z])?"),
    (Label.CRN, r"c\.?r\.?n|delius|n-?delius", rf"[A-Z]{_GAP}{_digits(5, 7)}"),
    (Label.NOMS, r"noms|nomis|prison(?:er)?", rf"[A-Z]{_GAP}{_digits(4, 4)}{_GAP}[A-Z]{_GAP}[A-Z]"),
    (Label.UPN, r"u\.?p\.?n|pupil", rf"[A-Z]{_GAP}{_digits(11, 12)}(?:{_GAP}[A-Z])?"),
    (Label.PASSPORT, r"passport|p/?p|brp|e-?visa|travel\s+doc(?:ument)?",
     rf"(?:[A-Z]{_GAP}){{0,2}}{_digits(6, 9)}"),
    (Label.DRIVING_LICENCE, r"d/?l|dvla|driving\s+lic(?:en[cs]e)?|licen[cs]e",
     rf"[A-Z9]{{2,5}}{_GAP}{_digits(6, 6)}(?:{_GAP}[A-Z0-9]{{1,5}}){{0,3}}|{_digits(8, 8)}"),
    (Label.BANK, r"sort\s*codes?|s/?c|a/?c|acc|acct|account|card|iban|monzo|starling|revolut|bank",
     _digits(6, 19)),
    (Label.VEHICLE_REG,
     r"reg(?:istration)?|vrm|vrn|plates?|index|car|van|vehicle|drives|driving",
     (rf"[A-Z]{{2}}{_GAP}\d{_GAP}\d{_GAP}[A-Z]{{3}}|[A-Z]{_GAP}\d{{1,3}}{_GAP}[A-Z]{{3}}"
     rf"|[A-Z]{{3}}{_GAP}\d{{1,4}}(?:{_GAP}[A-Z](?![^\W_]))?")),
    (Label.PHONE, r"tel(?:ephone)?|ph|phone|mob(?:ile)?|cell|landline|whats\s?app|sms",
     rf"\+?{_digits(6, 13)}"),
    (Label.ID_OTHER,
     (r"(?:gps|grid)(?:\s+ref)?|osgr|imei|iccid|serial|mac|asn|uprn|usrn|uln|policy|member(?:ship)?|"
     r"client|tenant|tenancy|rent|badge|shoulder|payroll|staff"),
     rf"(?:[A-Z]{{1,3}}{_GAP})?{_digits(3, 22)}[A-Z]?"),
)  # fmt: skip
_PATTERNS = tuple(
    (
        label,
        re.compile(
            rf"(?<![^\W_])(?:{cue})(?![^\W\d_]){_LINK}(?P<value>{value})(?![^\W_])", re.IGNORECASE
        ),
    )
    for label, cue, value in _NAMED
)
_ENDS = re.compile(
    r"\b(?:end(?:s|ing|ed)?|last\s+(?:3|4|three|four)(?:\s+digits?)?|final\s+digits?|starts?|"
    r"starting|beginning|begins)(?:\s+(?:in|with|is|are))?[\s:]{1,2}(?P<value>[A-Z]{0,2}\d{3,6})"
    r"(?![^\W_]|[:/]\d)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_DIALLING = re.compile(
    r"(?<![\w/.-])\(?(?P<before>0(?:1\d{2,4}|2\d))\)?(?=\s+(?:numbers?|codes?|prefix|landlines?)\b)"
    r"|\b(?:dialling|dialing|area|std)(?:\s+code)?[\s:]{1,2}(?:is\s+|of\s+)?\(?(?P<after>0\d{2,5})\b",
    re.IGNORECASE,
)


def find_named(page: Page) -> Iterable[Finding]:
    """Find numbers after their names, numbers given by an end, and dialling codes."""
    for label, pattern in _PATTERNS:
        for match in page.matches(pattern):
            if not inside_date(page, match.start("value")):
                yield _found(match.span("value"), label)
    for match in page.matches(_ENDS):
        if _YEAR.fullmatch(match["value"]) is None:
            yield _found(match.span("value"), Label.ID_OTHER)
    for match in page.matches(_DIALLING):
        yield _found(match.span("before" if match["before"] else "after"), Label.LOCATION)


def _found(span: tuple[int, int], label: Label) -> Finding:
    return Finding(start=span[0], end=span[1], label=label, recogniser="identifier")
