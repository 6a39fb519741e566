"""Measures the whole of detection on the evaluation's notes, under the strictest profile.

A span is protected when every letter and digit of it is removed. A leak is an unprotected direct
identifier of anybody but a professional. Precision counts letters and digits removed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from broker.domain.ids import SubjectId
from broker.domain.people import Person
from broker.domain.words import SubjectRole
from redaction.detect import Detector
from redaction.profiles import Action, profile_for
from redaction.propagate import propagate
from redaction.resolve import resolve
from redaction.training.note import Marked, Note

QUASI = frozenset({"SCHOOL", "WORKPLACE", "ORG", "LOCATION", "DATE", "AGE", "DEMOGRAPHIC"})


@dataclass(slots=True, kw_only=True)
class Figures:
    """Counts over notes; `seen` and `missed` by label, by origin and by style of the note."""

    notes: int = 0
    clean: int = 0
    removed: int = 0
    rightly: int = 0
    innocent: int = 0
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: Counter[tuple[str, str]] = field(default_factory=Counter)

    def rate(self, kind: str, name: str) -> float:
        """Return the share of spans that leaked, 0 where there were none."""
        return self.missed[kind, name] / max(1, self.seen[kind, name])

    @property
    def precision(self) -> float:
        """Letters and digits rightly removed, of all that were removed."""
        return self.rightly / max(1, self.removed)

    @property
    def over_redaction(self) -> float:
        """Letters and digits wrongly removed, of all that identify nobody."""
        return (self.removed - self.rightly) / max(1, self.innocent)

    def lines(self) -> Iterable[str]:
        """Yield the figures as the model card prints them."""
        yield f"notes {self.notes}, clean {self.clean}"
        yield f"precision {self.precision:.4f}, over-redaction {self.over_redaction:.4f}"
        for (kind, name), seen in sorted(self.seen.items()):
            missed = self.missed[kind, name]
            yield f"{kind:<8} {name:<16} {missed:>5} of {seen:>6}  {100 * missed / seen:6.2f} %"


def removed_ranges(detector: Detector, note: Note) -> list[tuple[int, int]]:
    """Return what the strictest profile removes, with only the people the record would know."""
    people = tuple(_person(note, position) for position in range(len(note.parties)))
    known = [one for one, party in zip(people, note.parties, strict=True) if party.on_case]
    (found,) = propagate([note.text], [detector.detect(note.text, known)])
    spans = resolve(note.text, found, profile_for("STRICTEST"))
    return [(one.start, one.end) for one in spans if one.cell.action is not Action.KEEP]


def measure(notes: Sequence[Note], ranges: Sequence[Sequence[tuple[int, int]]]) -> Figures:
    """Return the figures for notes and what was removed from each."""
    figures = Figures()
    for note, removed in zip(notes, ranges, strict=True):
        _count(figures, note, removed)
    return figures


def leaks(note: Note, removed: Sequence[tuple[int, int]]) -> list[Marked]:
    """Return the direct identifiers of a note that are still readable, professionals' apart."""
    mask = _mask(note.text, removed)
    return [one for one in note.spans if _direct(one) and not _protected(note, one, mask)]


def _direct(one: Marked) -> bool:
    return one.label not in QUASI and one.role is not SubjectRole.PROFESSIONAL


def _count(figures: Figures, note: Note, removed: Sequence[tuple[int, int]]) -> None:
    mask = _mask(note.text, removed)
    gold = _mask(note.text, [(one.start, one.end) for one in note.spans])
    for at, character in enumerate(note.text):
        if character.isalnum():
            figures.removed += mask[at]
            figures.rightly += mask[at] & gold[at]
            figures.innocent += not gold[at]
    leaked = 0
    for one in note.spans:
        missed = not _protected(note, one, mask)
        leaked += missed and _direct(one)
        for key in _keys(note, one):
            figures.seen[key] += 1
            figures.missed[key] += missed
    figures.notes += 1
    figures.clean += not leaked


def _keys(note: Note, one: Marked) -> list[tuple[str, str]]:
    kind = "direct" if _direct(one) else "quasi" if one.label in QUASI else "staff"
    keys = [("all", kind), ("label", one.label)]
    if kind == "direct":
        keys.append(("style", note.style))
    if one.origin:
        keys += [("origin", one.origin), ("role", str(one.role))]
    return keys


def _mask(text: str, ranges: Iterable[tuple[int, int]]) -> bytearray:
    mask = bytearray(len(text))
    for start, end in ranges:
        mask[start:end] = b"\1" * (end - start)
    return mask


def _protected(note: Note, one: Marked, mask: bytearray) -> bool:
    return all(mask[at] for at in range(one.start, one.end) if note.text[at].isalnum())


def _person(note: Note, position: int) -> Person:
    party = note.parties[position]
    return Person(subject_id=SubjectId(f"party-{position}"), role=party.role, names=party.names)
