"""What each agency's own system holds about the people of the cases."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from broker.demo.county.grammar import Decks, Scene, Writer
from broker.demo.county.notes import Note
from broker.demo.county.people import DAYS_PER_YEAR, Known
from broker.demo.county.sheets import CaseSheet, DocumentSheet, PlacesSheet, phrases
from broker.domain.ids import AgencyId, Category
from broker.domain.record import RecordItem
from broker.domain.words import SubjectRole

RELEVANCE_WINDOW_DAYS = 5 * 365
"""Older items are kept by their holders, and must be left out of what is shared (rule R27)."""
_OLD_ITEMS = 0.07
"""How many of the items about adults are older than the window."""
_LONGEST_LOG_DAYS = 900
"""A log reaches back two and a half years at most, so that all of it is inside the window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFiles:
    """Everything that any agency holds about one case, written as it is read."""

    sheet: CaseSheet
    people: tuple[Known, ...]
    places: PlacesSheet
    today: date
    decks: Decks
    rng: Random

    def items(self, documents: tuple[DocumentSheet, ...]) -> Iterator[tuple[AgencyId, RecordItem]]:
        """Yield holder and item, in the order of the documents and of the people."""
        for document in documents:
            if document.theme in (None, *self.sheet.themes):
                for subject in self.people:
                    yield from self._file(document, subject)

    def _file(
        self, document: DocumentSheet, subject: Known
    ) -> Iterator[tuple[AgencyId, RecordItem]]:
        agency_id = AgencyId(document.agency)
        reference = subject.person.reference_at(agency_id)
        if reference is None or subject.person.role is not document.subject:
            return
        if self.rng.random() < document.chance:
            for number in range(self.rng.randint(*document.per_person)):
                item_id = f"{document.category}-{subject.person.subject_id}-{number + 1}"
                yield agency_id, self._item(document, subject, reference, item_id)

    def _item(
        self, document: DocumentSheet, subject: Known, reference: str, item_id: str
    ) -> RecordItem:
        scene = Scene(self.sheet, self.people, self.places, subject, document.agency)
        # Its own chances, so that a longer note does not change the dates of the next.
        rng = Random(f"ashmere {document.agency} {item_id}")
        day, span = _days(document, subject, self.today, rng)
        note = Note(
            sheet=document,
            writer=Writer(scene, rng, document.voice),
            decks=self.decks,
            rng=rng,
            day=day,
            span=span,
        )
        size = document.size
        if document.long is not None and document.agency in self.sheet.long:
            # One child's file is the long one; a sibling's refers to it.
            size = document.long if subject.person.subject_id.endswith(document.subject) else size
        return RecordItem(
            item_id=item_id,
            subject_ref=reference,
            category=Category(document.category),
            title=rng.choice(document.titles),
            recorded_on=day,
            fields=tuple(note.fields()),
            text=note.text(rng.randint(*size)),
        )


def _days(document: DocumentSheet, subject: Known, today: date, rng: Random) -> tuple[date, int]:
    """Return the day of an item and how far back it may reach: not before a child's birth."""
    youngest, oldest = document.days
    lived = RELEVANCE_WINDOW_DAYS
    if subject.person.role is SubjectRole.CHILD:
        lived = int(subject.age * DAYS_PER_YEAR)
        oldest = min(oldest, lived)
    elif document.head is None and rng.random() < _OLD_ITEMS:
        youngest, oldest = RELEVANCE_WINDOW_DAYS + 90, RELEVANCE_WINDOW_DAYS + 1500
    ago = rng.randint(min(youngest, oldest), oldest)
    return today - timedelta(days=ago), min(_LONGEST_LOG_DAYS, max(lived - ago, 1))


def records_of(
    sheets: tuple[CaseSheet, ...],
    everybody: dict[str, tuple[Known, ...]],
    documents: tuple[DocumentSheet, ...],
    places: PlacesSheet,
    now: datetime,
) -> dict[AgencyId, tuple[RecordItem, ...]]:
    """Return what each agency holds. A case carried on in a repeat is filed once, under that."""
    carried_on = {sheet.people_of for sheet in sheets}
    held: dict[AgencyId, list[RecordItem]] = {}
    for sheet in sheets:
        if sheet.id in carried_on:
            continue
        files = CaseFiles(
            sheet=sheet,
            people=everybody[sheet.id],
            places=places,
            today=now.date(),
            decks=Decks(phrases(), f"ashmere notes {sheet.id}"),
            rng=Random(f"ashmere records {sheet.id}"),
        )
        for agency_id, item in files.items(documents):
            held.setdefault(agency_id, []).append(item)
    return {agency_id: tuple(items) for agency_id, items in held.items()}
