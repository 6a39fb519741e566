"""Structured first: what no grant covers is dropped before anything is read.

An item of a category that was not granted, an empty field, an identifier of the holder's own
system: none of it reaches detection, let alone the recipient.
"""

from dataclasses import dataclass, field
from datetime import date

from broker.domain.decision import Permit
from broker.domain.documents import SourceDocument
from broker.domain.ids import Category
from broker.domain.record import RecordItem, SourceRecord

TITLE = "(title)"
"""Stands for the item's title where a receipt or flag names a field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One text to redact: a title, a field's value or the free text (`field_name` None).

    Args:
        item: position in the source record.
        order: position in the item; makes two equal fields two units.

    """

    item: int
    order: int
    field_name: str | None
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimalItem:
    """What is left of an item, with the profile its category was granted under."""

    category: Category
    profile: str | None
    recorded_on: date | None
    units: tuple[Unit, ...] = field(repr=False)
    documents: tuple[SourceDocument, ...] = field(default=(), repr=False)


def minimise(record: SourceRecord) -> tuple[MinimalItem, ...]:
    """Return what may be read on; an empty permit leaves nothing."""
    granted = {ruling.category: ruling.profile for ruling in record.permit.grants}
    return tuple(
        MinimalItem(
            category=item.category,
            profile=granted[item.category],
            recorded_on=item.recorded_on,
            units=tuple(_units(position, item, record.permit)),
            documents=item.documents,
        )
        for position, item in enumerate(record.items)
        if item.category in granted
    )


def _units(position: int, item: RecordItem, permit: Permit) -> list[Unit]:
    """Return the title first, then the fields, then the text; empty ones are left out."""
    own = {item.item_id, item.subject_ref, str(permit.request.subject_id)}
    texts: list[tuple[str | None, str]] = [(TITLE, item.title)]
    texts += [(name, value) for name, value in item.fields if value.strip() not in {"", *own}]
    if item.text is not None and item.text.strip():
        texts.append((None, item.text))
    return [
        Unit(item=position, order=order, field_name=name, text=text)
        for order, (name, text) in enumerate(texts)
    ]
