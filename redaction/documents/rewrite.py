"""Redacts every text of a document as one: the same detection, profile and verifier as for a note.

The texts are read in one piece, in reading order, so that a name in a heading is known in a table
and an address over three paragraphs is an address; what was found is then cut to each text. The
verifier reads each text and the whole, so that what is split over two cells is found, too.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from broker.domain.documents import WhyLeftOut
from broker.domain.errors import DocumentRefusedError
from broker.domain.people import Person
from broker.domain.record import Redaction, RedactionReceipt
from redaction.documents.document import Cell, Document
from redaction.fields import find_in_field
from redaction.findings import Finding
from redaction.finish import Done, check_text, finish, naming_of
from redaction.labels import Label
from redaction.minimise import Unit
from redaction.notes import Detector
from redaction.profiles import Profile
from redaction.propagate import propagate
from redaction.receipt import SALT_BYTES, receipt, redactions
from redaction.verify import Output, verify

MAX_CHARACTERS = 400_000
"""Of one document with its attachments: about 130 pages, 15 s of detection."""
_AT_ONCE = 20_000
"""Characters detected at once; the limit of a worker's time is for this much."""
_TOGETHER = 40
"""Texts read together by the verifier, each twice: half of them overlap with the next ones."""
_AFTER_PARAGRAPH = "\n\n"
_AFTER_CELL = ".\n\n"
"""Stand between texts: an address may go on in the next paragraph, but not in the next cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewrittenDocument:
    """A document after redaction.

    Args:
        flags: not empty when a person must look first.
        kept: what stays in each text on purpose, by the text.

    """

    document: Document
    removals: tuple[Redaction, ...]
    flags: tuple[str, ...]
    kept: Mapping[str, tuple[str, ...]] = field(repr=False)
    receipt: RedactionReceipt = field(repr=False)


def rewrite(
    document: Document, people: Sequence[Person], profile: Profile, detector: Detector
) -> RewrittenDocument:
    """Return the document as the profile leaves it; tokens are this document's own.

    Raises:
        RedactionError: as for a record.

    """
    cells = list(document.cells())
    units = [Unit(item=at, order=0, field_name=one.where, text=one.text)
             for at, one in enumerate(cells)]  # fmt: skip
    _check(cells)
    found = _found(cells, people, detector)
    naming = naming_of(secrets.token_bytes(SALT_BYTES), units, found)
    done = [finish(unit, some, profile, naming) for unit, some in zip(units, found, strict=True)]
    salt = secrets.token_bytes(SALT_BYTES)
    removals = tuple(line for one in done for line in redactions(one.unit, one.made, salt))
    return RewrittenDocument(
        document=document.with_texts(map(rewritten, cells, (one.text for one in done))),
        removals=removals,
        flags=verify(_outputs(done), people),
        kept=_kept(done),
        receipt=receipt([profile.name], removals, salt),
    )


def _check(cells: Sequence[Cell]) -> None:
    if sum(len(one.text) for one in cells) > MAX_CHARACTERS:
        raise DocumentRefusedError(
            f"Split the document: it has over {MAX_CHARACTERS} characters.", WhyLeftOut.TOO_LARGE
        )
    for one in cells:
        check_text(one.text)


def rewritten(cell: Cell, text: str) -> Cell:
    """Return a cell with another text; its value stays only where the text does."""
    return replace(cell, text=text, hint=None, value=cell.value if text == cell.text else None)


def _found(
    cells: Sequence[Cell], people: Sequence[Person], detector: Detector
) -> tuple[tuple[Finding, ...], ...]:
    """Return what is in each text: found in its surroundings, by its heading, and spread."""
    spread = propagate([one.text for one in cells], detected(cells, people, detector))
    return tuple(judged(cell, some) for cell, some in zip(cells, spread, strict=True))


def detected(
    cells: Sequence[Cell], people: Sequence[Person], detector: Detector
) -> list[tuple[Finding, ...]]:
    """Return what was found in each text, read with its neighbours."""
    return [
        findings for batch in _batches(cells) for findings in _detected(batch, people, detector)
    ]


def judged(cell: Cell, found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return what is in a text, once its heading and its value are looked at as well."""
    return (*_possible(cell, found), *_by_hint(cell))


def _batches(cells: Sequence[Cell]) -> Iterator[list[Cell]]:
    """Yield neighbours, as many as are read at once."""
    batch: list[Cell] = []
    length = 0
    for one in cells:
        if batch and length + len(one.text) > _AT_ONCE:
            yield batch
            batch, length = [], 0
        batch.append(one)
        length += len(one.text) + len(_after(one))
    if batch:
        yield batch


def _detected(
    cells: Sequence[Cell], people: Sequence[Person], detector: Detector
) -> list[tuple[Finding, ...]]:
    (findings,) = detector.detect(["".join(one.text + _after(one) for one in cells)], people)
    cut, start, waiting = [], 0, sorted(findings, key=lambda one: one.start)
    for one in cells:
        end = start + len(one.text)
        waiting = [found for found in waiting if found.end > start]
        cut.append(tuple(_within(waiting, start, end)))
        start = end + len(_after(one))
    return cut


def _after(cell: Cell) -> str:
    return _AFTER_CELL if " cell " in cell.where else _AFTER_PARAGRAPH


def _within(findings: Sequence[Finding], start: int, end: int) -> Iterator[Finding]:
    """Yield what lies in a range, cut to it: the part of an address is an address."""
    for one in findings:
        if one.start >= end:
            return
        first, last = max(one.start, start), min(one.end, end)
        if first < last:
            yield replace(one, start=first - start, end=last - start)


def _possible(cell: Cell, found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield what may be in a cell: a number with a fraction that Excel computes with is no date."""
    for one in found:
        if not (isinstance(cell.value, float) and one.label is Label.DATE):
            yield one


def _by_hint(cell: Cell) -> tuple[Finding, ...]:
    return () if cell.hint is None else find_in_field(cell.hint, cell.text)


def _outputs(done: Sequence[Done]) -> Iterator[Output]:
    """Yield each text by its place, and neighbours together: names come apart over cells."""
    alone = [replace(one.output(), where=one.unit.field_name or "") for one in done if one.text]
    yield from alone
    yield from neighbours(alone, "document")


def neighbours(outputs: Sequence[Output], where: str) -> Iterator[Output]:
    """Yield texts of one document together, so that what is split over two of them is seen."""
    for start in range(0, len(outputs), _TOGETHER // 2):
        some = outputs[start : start + _TOGETHER]
        yield Output(
            where=where,
            text="\n".join(one.text for one in some),
            profile=some[0].profile,
            kept=tuple({kept for one in some for kept in one.kept}),
        )


def as_read(again: Document, kept: Mapping[str, tuple[str, ...]], profile: Profile) -> list[Output]:
    """Return the texts of a fresh file as its recipient will open it, for the verifier.

    Writing joins, wraps and escapes; the verifier's last word is on what was really written.

    Args:
        again: what was read out of the fresh file.
        kept: what stays in each text on purpose, by the text.
        profile: that it was made under.

    """
    every = frozenset(one for some in kept.values() for one in some)
    return [
        Output(
            where=f"fresh {cell.where}",
            text=cell.text,
            profile=profile,
            kept=kept.get(cell.text) or tuple(one for one in every if one in cell.text),
        )
        for cell in again.cells()
        if cell.text
    ]


def _kept(done: Sequence[Done]) -> Mapping[str, tuple[str, ...]]:
    kept: dict[str, set[str]] = {}
    for one in done:
        kept.setdefault(one.text, set()).update(one.kept)
    return MappingProxyType({text: tuple(sorted(some)) for text, some in kept.items()})
