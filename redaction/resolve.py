"""From overlapping findings to disjoint spans, each with one decision.

Where findings overlap, the one that knows most decides: what the record holds, then a form that
nothing else has, then a person of the case, then context, cues and the model. A kept name inside
an address or an e-mail goes with it. What a stronger finding leaves uncovered keeps its own label.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from redaction.findings import Finding
from redaction.labels import Label
from redaction.profiles import Action, Cell, Profile

_RANK = {
    "party-value": 0,
    "identifier": 1,
    "phone": 1,
    "presidio": 1,
    "address": 1,
    "party": 3,
    "date": 4,
    "age": 4,
    "place": 4,
    "vocabulary": 4,
    "cue": 5,
    "model": 6,
    "unknown-word": 7,
    "propagation": 7,
    "field": 8,
}
_LAST_RANK = 9
_GENERIC = 2
"""A number that nothing names yields to every form that does."""
_JOINING = frozenset(" \t-,'\u2019.")
_LONGEST_JOIN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One range of the original text with what was found there and what becomes of it."""

    start: int
    end: int
    finding: Finding
    cell: Cell


def resolve(text: str, findings: Sequence[Finding], profile: Profile) -> tuple[Span, ...]:
    """Return disjoint spans in order, kept ones included."""
    decided = [(one, profile.cell(one.label, one.roles)) for one in findings]
    decided.sort(key=lambda pair: _order(*pair))
    taken: list[Span] = []
    owner = [False] * len(text)
    for finding, cell in decided:
        for start, end in _free(owner, finding.start, min(finding.end, len(text))):
            if any(map(str.isalnum, text[start:end])):
                first, last = _trimmed(text, start, end)
                owner[first:last] = [True] * (last - first)
                taken.append(Span(start=first, end=last, finding=finding, cell=cell))
    return _joined(text, sorted(taken, key=lambda span: span.start))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the range without the blanks at its ends."""
    stretch = text[start:end]
    return start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip())


def _order(finding: Finding, cell: Cell) -> tuple[int, int, int, int]:
    """Sort by rank, then strictest first, then longest, so that ties end protectively."""
    return (_rank(finding), -cell.action.strictness, -finding.length, finding.start)


def _rank(finding: Finding) -> int:
    if finding.recogniser == "party" and finding.label is not Label.PERSON:
        return _RANK["party-value"]
    if finding.label is Label.ID_OTHER and finding.recogniser == "identifier":
        return _GENERIC
    if finding.label is Label.DOB and finding.recogniser == "date":
        return _GENERIC
    return _RANK.get(finding.recogniser, _LAST_RANK)


def _free(owner: list[bool], start: int, end: int) -> Iterable[tuple[int, int]]:
    """Yield the stretches of a range that nothing has claimed."""
    position = start
    while position < end:
        while position < end and owner[position]:
            position += 1
        first = position
        while position < end and not owner[position]:
            position += 1
        if first < position:
            yield first, position


def _joined(text: str, spans: list[Span]) -> tuple[Span, ...]:
    """Join neighbours that say the same, so that a name of two words is one removal."""
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last is not None and _alike(last, span) and _near(text[last.end : span.start]):
            joined[-1] = Span(start=last.start, end=span.end, finding=last.finding, cell=last.cell)
        else:
            joined.append(span)
    return tuple(joined)


def _alike(one: Span, other: Span) -> bool:
    same = one.cell == other.cell and one.finding.label is other.finding.label
    changed = one.cell.action is not Action.KEEP
    return same and changed and one.finding.people == other.finding.people


def _near(gap: str) -> bool:
    return len(gap) <= _LONGEST_JOIN and set(gap) <= _JOINING and not gap.startswith(".")
