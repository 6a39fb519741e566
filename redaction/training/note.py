"""An invented note with its spans, and edits that keep the spans exact."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from broker.domain.words import SubjectRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """One labelled stretch. `origin` is that of the name, empty for everything else."""

    start: int
    end: int
    label: str
    role: SubjectRole | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody in the note; `on_case` when the record would name them before it is read."""

    role: SubjectRole
    names: tuple[str, ...]
    on_case: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One note as the generator writes it."""

    agency: str
    style: str
    text: str
    spans: tuple[Marked, ...]
    parties: tuple[Party, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replace `[start, end)` by other letters."""

    start: int
    end: int
    text: str


def edited(note: Note, edits: Sequence[Edit]) -> Note:
    """Return the note with the edits made and every span moved with its text.

    An edit lies inside one span or outside all of them; edits do not overlap.
    """
    parts: list[str] = []
    moved = [0] * (len(note.text) + 1)
    position = length = 0
    for edit in sorted(edits, key=lambda one: one.start):
        parts += [note.text[position : edit.start], edit.text]
        for at in range(position, edit.start):
            moved[at] = length + at - position
        length += edit.start - position
        for at in range(edit.start, edit.end):
            moved[at] = length
        length += len(edit.text)
        position = edit.end
    parts.append(note.text[position:])
    for at in range(position, len(note.text) + 1):
        moved[at] = length + at - position
    spans = tuple(replace(one, start=moved[one.start], end=moved[one.end]) for one in note.spans)
    return replace(note, text="".join(parts), spans=spans)
