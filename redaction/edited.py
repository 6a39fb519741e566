"""Taking more out of a text that was redacted before, with a receipt that still checks.

A receipt's offsets count in the holder's own text, which is not kept. What stands between two
earlier removals is that text unchanged, so the offset of anything there follows from them; what
is taken out across an earlier removal is listed in parts, and each part opens its commitment.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from broker.domain.record import DraftPiece, Redaction
from redaction.receipt import commitment

REVIEWER = "reviewer"
"""Stands in a receipt where a recogniser does, and opens the name of the rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One more range of a draft's text that goes, and what stands in its place."""

    start: int
    end: int
    replacement: str
    label: str
    party_role: str | None
    reason: str
    rule: str
    recogniser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Removed:
    """An earlier removal, where its replacement stands in the draft."""

    start: int
    end: int
    line: Redaction


def without(piece: DraftPiece, cuts: Iterable[Cut], salt: bytes) -> DraftPiece:
    """Return the text with every cut made, its removals and what stays in it on purpose."""
    removed = _removed(piece.removals)
    merged = _merged(_widened(one, removed) for one in cuts)
    lines = [one.line for one in removed if not any(_inside(one, cut) for cut in merged)]
    for cut in merged:
        lines += _lines(piece, cut, removed, salt)
    return replace(
        piece,
        text=_cut_text(piece.text, merged),
        kept=(*piece.kept, *(one.replacement for one in merged)),
        removals=tuple(sorted(lines, key=lambda one: one.start)),
    )


def replaced_ranges(piece: DraftPiece) -> tuple[tuple[int, int], ...]:
    """Return where the draft holds a replacement and none of the holder's own text."""
    return tuple((one.start, one.end) for one in _removed(piece.removals))


def _removed(lines: Sequence[Redaction]) -> list[_Removed]:
    found, moved = [], 0
    for line in sorted(lines, key=lambda one: one.start):
        start = line.start + moved
        found.append(_Removed(start=start, end=start + len(line.replacement), line=line))
        moved += len(line.replacement) - (line.end - line.start)
    return found


def _widened(cut: Cut, removed: Sequence[_Removed]) -> Cut:
    """Return the cut with the whole of any replacement that it would leave half of."""
    touched = [one for one in removed if one.start < cut.end and cut.start < one.end]
    return replace(
        cut,
        start=min([cut.start, *(one.start for one in touched)]),
        end=max([cut.end, *(one.end for one in touched)]),
    )


def _merged(cuts: Iterable[Cut]) -> list[Cut]:
    """Return the cuts in order, those that overlap as one under the name of the first."""
    made: list[Cut] = []
    for cut in sorted(cuts, key=lambda one: (one.start, -one.end)):
        if made and cut.start < made[-1].end:
            made[-1] = replace(made[-1], end=max(made[-1].end, cut.end))
        else:
            made.append(cut)
    return made


def _inside(one: _Removed, cut: Cut) -> bool:
    return cut.start <= one.start and one.end <= cut.end and one.start < cut.end


def _lines(
    piece: DraftPiece, cut: Cut, removed: Sequence[_Removed], salt: bytes
) -> Iterator[Redaction]:
    """Yield the receipt's lines of one cut; the first of them has what stands in its place."""
    replacement = cut.replacement
    for start, end, line in _parts(cut, removed):
        if line is None:
            yield _line(piece, cut, (start, end), removed, salt, replacement)
        else:
            yield replace(line, replacement=replacement)
        replacement = ""


def _parts(cut: Cut, removed: Sequence[_Removed]) -> Iterator[tuple[int, int, Redaction | None]]:
    """Yield the stretches of a cut in order: the holder's own text, and earlier removals."""
    position = cut.start
    for one in removed:
        if _inside(one, cut):
            if position < one.start:
                yield position, one.start, None
            yield one.start, one.end, one.line
            position = one.end
    if position < cut.end:
        yield position, cut.end, None


def _line(
    piece: DraftPiece,
    cut: Cut,
    place: tuple[int, int],
    removed: Sequence[_Removed],
    salt: bytes,
    replacement: str,
) -> Redaction:
    start, end = place
    moved = sum(
        (one.line.end - one.line.start) - (one.end - one.start)
        for one in removed
        if one.end <= start
    )
    return Redaction(
        item=piece.item,
        field_name=piece.field_name,
        start=start + moved,
        end=end + moved,
        label=cut.label,
        party_role=cut.party_role,
        reason=cut.reason,
        rule=cut.rule,
        recogniser=cut.recogniser,
        replacement=replacement,
        commitment=commitment(salt, piece.text[start:end]),
    )


def _cut_text(text: str, cuts: Sequence[Cut]) -> str:
    parts, position = [], 0
    for cut in cuts:
        parts += [text[position : cut.start], cut.replacement]
        position = cut.end
    return "".join([*parts, text[position:]])
