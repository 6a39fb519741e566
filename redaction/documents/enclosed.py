"""Documents of a draft: written afresh from its pieces, and read again before they may leave."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from broker.domain.documents import (
    MAX_FRESH_BYTES,
    MAX_FRESH_TOGETHER,
    Counts,
    DraftDocument,
    RedactedDocument,
    WhyLeftOut,
    together,
)
from broker.domain.errors import RedactionError
from broker.domain.people import Person
from broker.domain.record import DraftItem, DraftPiece
from broker.domain.review import EXPLAINABLE
from redaction.documents.attached import HAS_TEXT
from redaction.documents.document import Cell, decode
from redaction.documents.kinds import FRESH
from redaction.documents.reading import write_document
from redaction.documents.rewrite import as_read, neighbours, rewritten
from redaction.flagged import STRUCK, kinds_in
from redaction.profiles import profile_for
from redaction.verify import Output

UNREADABLE = "unreadable-document"
"""Kind of flag of a fresh document that does not read back: a reviewer can only leave it out."""
Place = tuple[int, int]
"""Position of the entry in the record, and order of the piece that stands for the document."""
Struck = Mapping[tuple[int, int], str]
"""Texts in which a reviewer explained something, with strokes in its place, by entry and order."""
_NONE: Struck = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """The documents of a draft: what leaves of them, or why a person must look first.

    Args:
        flags: kinds of finding in a document as a whole, which no text of it has by itself.

    """

    documents: Mapping[Place, RedactedDocument] = field(default_factory=dict, repr=False)
    flags: Mapping[Place, tuple[str, ...]] = field(default_factory=dict)


def said_of(flags: Mapping[Place, tuple[str, ...]]) -> tuple[str, ...]:
    """Return flags of documents as the log and the queue have them."""
    return tuple(
        sorted({f"{kind} item {place[0]} document" for place in flags for kind in flags[place]})
    )


def flags_together(
    items: Sequence[DraftItem], people: Sequence[Person], struck: Struck = _NONE
) -> Mapping[Place, tuple[str, ...]]:
    """Return what the verifier finds in neighbouring texts of each document, read together."""
    found = {}
    for item, one in _documents(items):
        plain = list(neighbours(_outputs(item, one), "document"))
        explained = list(neighbours(_outputs(item, one, struck), "document"))
        found[_place(item, one)] = _kinds(plain, explained, people)
    return {place: kinds for place, kinds in found.items() if kinds}


def enclose(
    items: Sequence[DraftItem], people: Sequence[Person], struck: Struck = _NONE
) -> Enclosed:
    """Write every document, and read it again as its recipient will.

    Raises:
        RedactionError: together they are too large for one package.

    """
    made: dict[Place, RedactedDocument] = {}
    flags: dict[Place, tuple[str, ...]] = {}
    for item, one in _documents(items):
        place = _place(item, one)
        try:
            made[place], written = _written(item, one)
        except RedactionError:
            flags[place] = (UNREADABLE,)
            continue
        numbers = _numbers(item, one, struck)
        explained = [replace(each, text=_without(each.text, numbers)) for each in written]
        flags[place] = _kinds(written, explained, people)
    sizes = [len(one.content) for one in made.values()]
    if sum(sizes) > MAX_FRESH_TOGETHER or any(size > MAX_FRESH_BYTES for size in sizes):
        raise RedactionError("Ask for fewer categories: the documents do not fit one package.")
    return Enclosed(documents=made, flags={place: some for place, some in flags.items() if some})


def without_documents(item: DraftItem, why: WhyLeftOut) -> DraftItem:
    """Return an entry of which no document travels."""
    pieces = tuple(p for p in item.pieces if not any(d.holds(p.order) for d in item.documents))
    return replace(item, pieces=pieces, documents=(), left_out=_more(item, why, item.documents))


def with_what_is_left(item: DraftItem) -> DraftItem:
    """Return an entry without the documents whose own piece a reviewer left out."""
    orders = {one.order for one in item.pieces}
    gone = [one for one in item.documents if one.order not in orders]
    stays = tuple(one for one in item.documents if one.order in orders)
    return replace(item, documents=stays, left_out=_more(item, WhyLeftOut.REVIEWER, gone))


def heads_of(item: DraftItem, order: int) -> tuple[int, ...]:
    """Return the order of the piece that stands for the document a text is of, if it is of one."""
    return tuple(one.order for one in item.documents if one.holds(order))


def _more(item: DraftItem, why: WhyLeftOut, gone: Sequence[DraftDocument]) -> Counts:
    return together(item.left_out, ((why.value, len(gone)),) if gone else ())


def _documents(items: Sequence[DraftItem]) -> Iterator[tuple[DraftItem, DraftDocument]]:
    for item in items:
        for one in item.documents:
            yield item, one


def _place(item: DraftItem, one: DraftDocument) -> Place:
    return item.pieces[0].item, one.order


def _texts(item: DraftItem, one: DraftDocument) -> list[DraftPiece]:
    """Return the pieces that are texts of the document, without the one that stands for it."""
    return [piece for piece in item.pieces if one.order < piece.order and one.holds(piece.order)]


def _outputs(item: DraftItem, one: DraftDocument, struck: Struck = _NONE) -> list[Output]:
    profile = profile_for(item.profile)
    texts = [(struck.get((p.item, p.order), p.text), p.kept) for p in _texts(item, one)]
    return [Output(where="document", text=t, profile=profile, kept=k) for t, k in texts if t]


def _kinds(
    plain: Sequence[Output], explained: Sequence[Output], people: Sequence[Person]
) -> tuple[str, ...]:
    """Return the kinds of finding that nobody explained."""
    found = {kind for one in plain for kind in kinds_in(one, people)}
    if found & EXPLAINABLE:
        still = {kind for one in explained for kind in kinds_in(one, people)}
        found = {kind for kind in found if kind not in EXPLAINABLE or kind in still}
    return tuple(sorted(found))


def _written(item: DraftItem, one: DraftDocument) -> tuple[RedactedDocument, list[Output]]:
    """Return the fresh document, and its texts as they were read out of it again."""
    pieces = {piece.order: piece for piece in _texts(item, one)}
    orders = iter(range(one.order + 1, one.order + one.texts + 1))
    document = decode(one.shape.encode())
    cells = iter([_filled(cell, orders, pieces) for cell in document.cells()])
    document = document.with_texts(cells)
    content, again = write_document(document)
    suffix, media_type = FRESH[document.kind]
    kept = {piece.text: piece.kept for piece in pieces.values()}
    fresh = RedactedDocument(
        suffix=suffix, media_type=media_type, content=content, not_taken=one.not_taken
    )
    return fresh, as_read(again, kept, profile_for(item.profile))


def _filled(cell: Cell, orders: Iterator[int], pieces: Mapping[int, DraftPiece]) -> Cell:
    """Return a cell of the shape with what is left of its text; nothing where it was left out."""
    if cell.hint != HAS_TEXT:
        return cell
    piece = pieces.get(next(orders))
    return rewritten(cell, "" if piece is None else piece.text)


def _numbers(item: DraftItem, one: DraftDocument, struck: Struck) -> list[str]:
    """Return what was explained in a document: what stands where its texts have strokes."""
    found = []
    for piece in _texts(item, one):
        strokes = struck.get((piece.item, piece.order), "")
        for place in re.finditer(rf"{re.escape(STRUCK)}+", strokes):
            number = piece.text[place.start() : place.end()]
            found += [number] if set(number) != {STRUCK} else []
    return sorted(found, key=len, reverse=True)


def _without(text: str, numbers: Sequence[str]) -> str:
    """Return the text with strokes where an explained number or word stands by itself."""
    for number in numbers:
        alone = rf"(?<!\w){re.escape(number)}(?!\w)"
        text = re.sub(alone, STRUCK * len(number), text)
    return text
