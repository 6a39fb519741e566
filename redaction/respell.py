"""A second reading of a text, for what people hide in plain sight: `J o h n`, `oh seven seven`.

Spaced letters and digits are closed up, numbers in words become digits, letters that a scanner
takes for digits become digits, and what a line end has cut in two is joined. Such a change may be
wrong, so the text is read both ways and only findings that rest on a change count.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from redaction.disguises import Respelling, respellings
from redaction.fold import Folded

_AROUND = 120
"""Characters on both sides of a change that the second reading reads again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text read the other way, and where it differs; an empty range is a place left out."""

    folded: Folded
    changed: tuple[tuple[int, int], ...]

    def rests_on_change(self, start: int, end: int) -> bool:
        """Say whether a finding would not be there without a change."""
        first = bisect_left(self.changed, start, key=lambda one: one[1])
        for at, until in islice(self.changed, first, None):
            if at >= end:
                return False
            if start < at < end if at == until else start < until:
                return True
        return False

    def windows(self) -> Iterator[tuple[int, int]]:
        """Yield the stretches round the changes: nothing else needs a second look."""
        text, begun = self.folded.text, None
        until = 0
        for start, end in self.changed:
            first = _blank_before(text, max(0, start - _AROUND))
            if begun is not None and first > until:
                yield begun, until
                begun = None
            begun = first if begun is None else begun
            until = _blank_after(text, min(len(text), end + _AROUND))
        if begun is not None:
            yield begun, until


def second_reading(folded: Folded) -> Reading | None:
    """Return the text as it is meant, or None where it has only one reading."""
    chosen: list[Respelling] = []
    for one in sorted(respellings(folded.text), key=lambda one: (one.start, one.end)):
        if not chosen or one.start >= chosen[-1].end:
            chosen.append(one)
    return _read(folded, chosen) if chosen else None


def _read(folded: Folded, respellings: Iterable[Respelling]) -> Reading:
    """Build the other text with its own map to the source."""
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    changed: list[tuple[int, int]] = []
    position = 0
    for one in respellings:
        letters += folded.text[position : one.start]
        starts += folded.starts[position : one.start]
        ends += folded.ends[position : one.start]
        changed.append((len(letters), len(letters) + len(one.text)))
        letters += one.text
        starts += [folded.starts[one.start]] * len(one.text)
        ends += [folded.ends[one.end - 1]] * len(one.text)
        position = one.end
    letters += folded.text[position:]
    starts += folded.starts[position:]
    ends += folded.ends[position:]
    other = Folded(
        text="".join(letters), source=folded.source, starts=tuple(starts), ends=tuple(ends)
    )
    return Reading(folded=other, changed=tuple(changed))


def _blank_before(text: str, position: int) -> int:
    while position > 0 and not text[position - 1].isspace():
        position -= 1
    return position


def _blank_after(text: str, position: int) -> int:
    while position < len(text) and not text[position].isspace():
        position += 1
    return position
