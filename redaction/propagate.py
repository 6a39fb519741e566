"""A name found once is found everywhere: in the rest of the note and in its sibling items.

A cue such as `aunt Trudy Lamb` gives a stranger away once; the later `Lamb` on its own must go too.
Everything here works on what detection found; no model is needed.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path

import yaml

from redaction.findings import Finding
from redaction.institutions import after_article
from redaction.labels import Label
from redaction.style import Style, style_of

RECOGNISER = "propagation"
_SHORTEST = 3
_TRUSTED = frozenset({"cue", "model", "unknown-word"})
_PART = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")


def propagate(
    texts: Sequence[str], found: Sequence[Sequence[Finding]]
) -> tuple[tuple[Finding, ...], ...]:
    """Return the findings with every further mention of a stranger's name added."""
    parts = {
        part
        for text, findings in zip(texts, found, strict=True)
        for mixed in (style_of(text) is Style.MIXED,)
        for known in (
            _Covered(one for one in findings if one.people and one.label is Label.PERSON),
        )
        for one in findings
        if one.label is Label.PERSON and not one.people and one.recogniser in _TRUSTED
        for part in _strange(text, one, known, mixed=mixed)
        if len(part) >= _SHORTEST
    }
    if not parts:
        return tuple(tuple(findings) for findings in found)
    return tuple(
        (*findings, *_mentions(text, parts, findings))
        for text, findings in zip(texts, found, strict=True)
    )


class _Covered:
    """Where findings lie: in order, each with the furthest end so far."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        ranges = sorted((one.start, one.end) for one in findings)
        self._starts = [start for start, _ in ranges]
        self._ends = list(accumulate((end for _, end in ranges), max))

    def overlaps(self, start: int, end: int) -> bool:
        """Say whether any finding shares a character with the range."""
        before = bisect_left(self._starts, end)
        return before > 0 and self._ends[before - 1] > start


def _strange(text: str, one: Finding, known: _Covered, *, mixed: bool) -> Iterator[str]:
    """Yield the parts of a found name that are no name of a person of the case."""
    for match in _PART.finditer(text, one.start, one.end):
        common = match.group().islower() and mixed and one.recogniser == "model"
        if not common and not known.overlaps(*match.span()):
            yield match.group()


def _mentions(text: str, parts: set[str], findings: Sequence[Finding]) -> list[Finding]:
    covered = {(one.start, one.end) for one in findings}
    pattern = _pattern(frozenset(parts), style_of(text))
    return [
        Finding(start=start, end=end, label=Label.PERSON, recogniser=RECOGNISER)
        for start, end in (match.span() for match in pattern.finditer(text))
        if (start, end) not in covered and not after_article(text, start, end)
    ]


def _pattern(parts: frozenset[str], style: Style) -> re.Pattern[str]:
    """Match a name as written, capitalised or in capitals; small letters only in a small text."""
    forms = {form for part in parts for form in (part, part.capitalize(), part.upper())}
    if style is not Style.MIXED:
        forms |= {part.lower() for part in parts}
    if style is Style.MIXED:
        forms -= {part for part in forms if part.islower() and part in also_words()}
    ordered = sorted(forms, key=len, reverse=True)
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, ordered))})(?![^\W_])")


@cache
def also_words() -> frozenset[str]:
    """Return the names that are everyday words, read without loading the model."""
    stored = yaml.safe_load((Path(__file__).parent / "names.yaml").read_text("utf-8"))
    return frozenset(stored["also-words"].split())


def stranger_keys(texts_and_findings: Sequence[tuple[str, Finding]]) -> dict[str, str]:
    """Return, for each name part of a stranger, the full name it belongs to, if that is one only.

    `Probert` means Glenys Probert as long as no other Probert was found.
    """
    owners: dict[str, set[str]] = {}
    for text, one in texts_and_findings:
        name = plain_name(text[one.start : one.end])
        for part in name.split():
            if " " in name:
                owners.setdefault(part, set()).add(name)
    return {part: next(iter(names)) for part, names in owners.items() if len(names) == 1}


def plain_name(text: str) -> str:
    """Return a name as a key: lower case, single blanks, no punctuation."""
    return " ".join(_PART.findall(text.lower()))
