"""Documents that an entry names: read, and taken apart into texts like the entry's own.

Each text of a document is a unit of the record: it is detected with its neighbours, redacted,
verified and, where the record is held, shown to a reviewer, as any field is. A document that is
refused is left out and counted by the reason; what cannot be detected stops the whole record.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from broker.domain.documents import (
    MAX_DOCUMENT_BYTES,
    MAX_DOCUMENTS,
    Counts,
    DraftDocument,
    SourceDocument,
    WhyLeftOut,
    counted,
)
from broker.domain.errors import DocumentRefusedError, RedactionError
from broker.domain.ids import Category
from broker.domain.people import Person
from redaction.documents.document import Cell, Document, encode, not_taken
from redaction.documents.names import name_of
from redaction.documents.reading import read_document
from redaction.documents.refusals import why_of
from redaction.documents.rewrite import detected, rewritten
from redaction.findings import Finding
from redaction.finish import Done, check_text
from redaction.minimise import MinimalItem, Unit
from redaction.notes import Detector
from redaction.profiles import Profile

MAX_CHARACTERS = 100_000
"""Of one document that is shared: about 30 pages, 4 s of detection."""
MAX_TOGETHER = 200_000
"""Characters of all documents of one answer."""
MAX_TEXTS = 1_000
"""Paragraphs and cells of one: somebody may have to look at each."""
HAS_TEXT = "text"
"""Stands in a shape, where a hint does, at every cell that a piece of the draft is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """One document as it was read.

    Args:
        units: the one that stands for the whole document, then one for each text.
        cells: of the texts, in their order.

    """

    document: Document = field(repr=False)
    units: tuple[Unit, ...] = field(repr=False)
    cells: tuple[Cell, ...] = field(repr=False)

    def detected(
        self, people: Sequence[Person], detector: Detector
    ) -> Iterator[tuple[Finding, ...]]:
        """Yield what was found in each unit."""
        yield ()
        yield from detected(self.cells, people, detector)

    def drafted(self, done: Sequence[Done]) -> DraftDocument:
        """Return the document's shape, with its texts as they are after redaction."""
        texts = iter(done[1:])
        cells = iter([_shaped(one, texts) for one in self.document.cells()])
        return DraftDocument(
            order=self.units[0].order,
            texts=len(self.cells),
            shape=encode(self.document.with_texts(cells)).decode(),
            not_taken=not_taken(self.document),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadItem:
    """An entry with the documents that it names, as far as they could be read."""

    item: MinimalItem
    documents: tuple[Attached, ...]
    left_out: Counts

    @property
    def units(self) -> tuple[Unit, ...]:
        """The entry's own texts, then those of its documents."""
        return (*self.item.units, *(unit for one in self.documents for unit in one.units))

    @property
    def cells(self) -> tuple[Cell | None, ...]:
        """The cell of each unit that is a document's text."""
        own = (None,) * len(self.item.units)
        return (*own, *(cell for one in self.documents for cell in (None, *one.cells)))


def read_items(
    items: Sequence[MinimalItem], profiles: Mapping[Category, Profile]
) -> list[ReadItem]:
    """Return the entries with their documents, of those profiles that let documents travel."""
    room = MAX_TOGETHER
    places = MAX_DOCUMENTS
    made = []
    for item in items:
        documents: list[Attached] = []
        why: list[str] = []
        for source in item.documents:
            try:
                _check(source, profiles[item.category], places)
                places -= 1
                attached = _attached(source, item, documents)
                room -= _fitting(attached, room)
            except RedactionError as refusal:
                why.append(why_of(refusal))
            else:
                documents.append(attached)
        made.append(ReadItem(item=item, documents=tuple(documents), left_out=counted(why)))
    return made


def _check(source: SourceDocument, profile: Profile, places: int) -> None:
    """Refuse a document that need not even be opened."""
    if not profile.documents:
        raise DocumentRefusedError("Share the entry without it.", WhyLeftOut.PROFILE)
    if source.fault is not None:
        raise DocumentRefusedError("Ask the holder for the document.", source.fault)
    if len(source.content) > MAX_DOCUMENT_BYTES or not places:
        raise DocumentRefusedError("Ask the holder for fewer pages.", WhyLeftOut.TOO_LARGE)


def _attached(source: SourceDocument, item: MinimalItem, before: Sequence[Attached]) -> Attached:
    """Read one document in the reading process; its units follow those that are there."""
    document = read_document(source.name, source.content)
    cells = tuple(one for one in document.cells() if one.text.strip())
    for one in cells:
        check_text(one.text)
    position, order = item.units[0].item, len(item.units) + sum(len(one.units) for one in before)
    number = len(before) + 1
    what = f"document ({document.kind})"
    head = Unit(item=position, order=order, field_name=name_of(number), text=what)
    texts = (
        Unit(item=position, order=place, field_name=name_of(number, one.where), text=one.text)
        for place, one in enumerate(cells, order + 1)
    )
    return Attached(document=document, units=(head, *texts), cells=cells)


def _fitting(attached: Attached, room: int) -> int:
    """Return how many characters it takes.

    Raises:
        DocumentRefusedError: more than there may be.

    """
    characters = sum(len(one.text) for one in attached.cells)
    if characters > min(room, MAX_CHARACTERS) or len(attached.cells) > MAX_TEXTS:
        raise DocumentRefusedError("Ask the holder for fewer pages.", WhyLeftOut.TOO_LARGE)
    return characters


def _shaped(cell: Cell, texts: Iterator[Done]) -> Cell:
    if not cell.text.strip():
        return rewritten(cell, "")
    made = rewritten(cell, next(texts).text)
    return Cell(where=made.where, text=made.text, hint=HAS_TEXT, value=made.value)
