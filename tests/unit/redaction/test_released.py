"""What still leaves after the verifier, measured on the evaluation's notes; and what it costs.

`python -m tests.unit.redaction.test_released 1000` prints the figures for more notes.
"""

import sys
from dataclasses import dataclass

from broker.domain.ids import SubjectId
from broker.domain.people import Person
from redaction.finish import finish, naming_of
from redaction.minimise import Unit
from redaction.profiles import profile_for
from redaction.propagate import propagate
from redaction.training.generate import evaluation_notes
from redaction.training.measure import QUASI, leaks
from redaction.training.note import Note
from redaction.verify import verify
from tests.unit.redaction.support import shared_detector

_SEED, _NOTES = 9, 150
_MOST_RELEASED = 0.015
"""Share of direct identifiers that may leave unseen; the aim of issue 4 is 0.005."""
_MOST_HELD = 0.15
"""Share of notes that may wait for a person (issue 4)."""


@dataclass(slots=True, kw_only=True)
class _Counts:
    notes: int = 0
    direct: int = 0
    held: int = 0
    leaked: int = 0
    released: int = 0

    def add(self, note: Note) -> None:
        """Redact and verify one note under the strictest profile."""
        people = [
            Person(subject_id=SubjectId(str(at)), role=party.role, names=party.names)
            for at, party in enumerate(note.parties)
            if party.on_case
        ]
        (found,) = propagate([note.text], [shared_detector().detect(note.text, people)])
        unit = Unit(item=0, order=0, field_name=None, text=note.text)
        done = finish(unit, found, profile_for("STRICTEST"), naming_of(bytes(32), [unit], [found]))
        left = len(leaks(note, [(one.span.start, one.span.end) for one in done.made]))
        held = bool(verify([done.output()], people))
        self.notes += 1
        self.direct += sum(one.label not in QUASI for one in note.spans)
        self.held += held
        self.leaked += left
        self.released += 0 if held else left


def _measured(notes: int) -> _Counts:
    counts = _Counts()
    for note in evaluation_notes(_SEED, notes):
        counts.add(note)
    return counts


def test_few_identifiers_leave_and_few_notes_wait() -> None:
    """With nobody looking, hardly anything readable leaves; and people are not swamped."""
    counts = _measured(_NOTES)

    assert counts.released <= _MOST_RELEASED * counts.direct
    assert counts.released <= counts.leaked
    assert counts.held <= _MOST_HELD * counts.notes


if __name__ == "__main__":
    sys.stdout.write(f"{_measured(int(sys.argv[1]))}\n")
