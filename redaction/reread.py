"""Reading a draft anew, because the people, the engine or the profile are others by now.

What redaction put in stays as it is: a marker is nobody's name. Everything between is read as any
text is, and what goes is cut out of the draft.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from broker.domain.decision import Permit
from broker.domain.people import Person
from broker.domain.record import DraftPiece
from redaction.apply import Change
from redaction.documents.names import is_of_document
from redaction.edited import Cut, replaced_ranges
from redaction.fields import find_in_field
from redaction.findings import Finding
from redaction.finish import check_text, finish, naming_of
from redaction.kept import people_of
from redaction.minimise import TITLE, Unit
from redaction.profiles import Profile
from redaction.propagate import propagate
from redaction.pseudonyms import pseudonym_key

Detect = Callable[[Sequence[str], Sequence[Person]], list[tuple[Finding, ...]]]


def reread(
    permit: Permit, pieces: Sequence[tuple[Profile, DraftPiece]], detect: Detect
) -> Mapping[tuple[int, int], tuple[DraftPiece, tuple[Cut, ...]]]:
    """Return each text with what stays in it by the new reading, and what that takes out.

    Raises:
        RedactionError: as for a record.

    """
    units = [
        Unit(item=one.item, order=one.order, field_name=one.field_name, text=one.text)
        for _, one in pieces
    ]
    for unit in units:
        check_text(unit.text)
    texts = [unit.text for unit in units]
    spread = propagate(texts, detect(texts, people_of(permit.context)))
    found = [_with_field(unit, some) for unit, some in zip(units, spread, strict=True)]
    naming = naming_of(pseudonym_key(permit), units, found)
    made = {}
    for (profile, piece), unit, some in zip(pieces, units, found, strict=True):
        done = finish(unit, some, profile, naming)
        replacements = tuple(line.replacement for line in piece.removals)
        now = replace(piece, kept=(*done.kept, *replacements))
        made[piece.item, piece.order] = (now, tuple(_cuts(piece, done.made)))
    return made


def _with_field(unit: Unit, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    if unit.field_name is None or unit.field_name == TITLE or is_of_document(unit.field_name):
        return found
    return (*found, *find_in_field(unit.field_name, unit.text))


def _cuts(piece: DraftPiece, made: Sequence[Change]) -> Iterator[Cut]:
    """Yield the changes as cuts, without what earlier replacements they run into."""
    ours = replaced_ranges(piece)
    for one in made:
        span = one.span
        for start, end in _outside(span.start, span.end, ours):
            if any(map(str.isalnum, piece.text[start:end])):
                yield Cut(
                    start=start,
                    end=end,
                    replacement=one.replacement,
                    label=span.finding.label.value,
                    party_role=span.cell.role if span.finding.roles else None,
                    reason=span.cell.reason,
                    rule=span.cell.rule,
                    recogniser=span.finding.recogniser,
                )


def _outside(start: int, end: int, ranges: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the stretches from start to end that lie in none of the ranges, which are in order."""
    for first, last in ranges:
        if last > start and first < end:
            if start < first:
                yield start, first
            start = max(start, last)
    if start < end:
        yield start, end
