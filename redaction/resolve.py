"""From overlapping findings to disjoint spans, each with one decision.

Where findings overlap, the one that knows most decides: what the record holds, then a form that
nothing else has, then a person of the case, then context, cues and the model. A kept name inside
an address or an e-mail goes with it. What a stronger finding leaves uncovered keeps its own label.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from redaction.findings import Finding
from redaction.labels import Label
from redaction.profiles import Action, Cell, Profile

_RANK = {
    "party-value": 0,
    "identifier": 1,
    "phone": 1,
    "presidio": 1,
    "address": 1,
    "short-form": 1,
    "party": 3,
    "date": 4,
    "age": 4,
    "place": 4,
    "vocabulary": 4,
    "cue": 5,
    "model": 5,
    "unknown-word": 7,
    "propagation": 7,
    "field": 8,
}
_LAST_RANK = 9
_MENTION = 6
"""That a service exists yields to the name of the service: `Haven safe house`."""
_GENERIC = 2
"""A number that nothing names yields to every form that does."""
_JOINING = frozenset(" \t-,'\u2019.")
_LONGEST_JOIN = 2
_APOSTROPHES = frozenset("'\u2019")
_INSIDE_NAME = frozenset("-'\u2019\u2010\u2011")


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
                first, last = _trimmed(text, finding, start, end)
                if _possessive(text, first, last):
                    continue
                owner[first:last] = [True] * (last - first)
                taken.append(Span(start=first, end=last, finding=finding, cell=cell))
    ordered = sorted(taken, key=lambda span: span.start)
    return _joined(text, _unglued(text, ordered))


def _trimmed(text: str, finding: Finding, start: int, end: int) -> tuple[int, int]:
    """Return the range without blanks at its ends; what is left of a finding loses its dashes."""
    cut_before, cut_after = start > finding.start, end < finding.end
    while start < end and _edge(text[start], fragment=cut_before):
        start += 1
    while start < end and _edge(text[end - 1], fragment=cut_after):
        end -= 1
    return start, end


def _possessive(text: str, start: int, end: int) -> bool:
    """Say whether only the s of a possessive is left of a finding."""
    return text[start:end].lower() == "s" and text[max(0, start - 1) : start] in _APOSTROPHES


def _edge(character: str, *, fragment: bool) -> bool:
    return character.isspace() or (fragment and not character.isalnum())


def _unglued(text: str, spans: Sequence[Span]) -> list[Span]:
    """Make one span of those that touch, so that no replacement ever stands against another.

    A stranger's half of a hyphenated name goes with the half that the record explains, and a
    surname after a stranger's given name is the stranger's: `Modupe Adeyemi` is not Folasade.
    """
    made: list[Span] = []
    for span in spans:
        last = made[-1] if made else None
        if last is not None and _glued(text, last, span):
            made[-1] = _fused(last, span)
        elif last is not None and _relative(text, last, span):
            made[-1] = replace(last, end=span.end)
        else:
            made.append(span)
    return made


def _glued(text: str, one: Span, other: Span) -> bool:
    gap = text[one.end : other.start]
    kept = [span.cell.action is Action.KEEP for span in (one, other)]
    names = one.finding.label is Label.PERSON is other.finding.label
    return not all(kept) and (not gap or (names and not any(kept) and gap in _INSIDE_NAME))


def _relative(text: str, one: Span, other: Span) -> bool:
    """Say whether a stranger's name runs on into a surname of the case."""
    names = one.finding.label is Label.PERSON is other.finding.label
    gone = Action.KEEP not in {one.cell.action, other.cell.action}
    strange = not one.finding.people and bool(other.finding.people)
    alone = " " not in text[other.start : other.end]
    return names and gone and strange and alone and text[one.end : other.start] == " "


def _fused(one: Span, other: Span) -> Span:
    """Return both as one: the better known of those that go, unless it says only `coarser`."""
    gone = [span for span in (one, other) if span.cell.action is not Action.KEEP]
    known = min(gone, key=lambda span: _rank(span.finding))
    strictest = max(gone, key=lambda span: span.cell.action.strictness)
    chosen = strictest if known.cell.action is Action.GENERALISE else known
    return Span(start=one.start, end=other.end, finding=chosen.finding, cell=chosen.cell)


def _order(finding: Finding, cell: Cell) -> tuple[int, int, int, int]:
    """Sort by rank, then strictest first, then longest, so that ties end protectively."""
    return (_rank(finding), -cell.action.strictness, -finding.length, finding.start)


def _rank(finding: Finding) -> int:
    if finding.recogniser == "party" and finding.label is not Label.PERSON:
        return _RANK["party-value"]
    if finding.label is Label.SERVICE:
        return _MENTION
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
