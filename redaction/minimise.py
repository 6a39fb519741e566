"""Structured first: what no grant covers is dropped before anything is read.

An item of a category that was not granted, an empty field, an identifier of the holder's own
system: none of it reaches detection, let alone the recipient.
"""

from dataclasses import dataclass, field
from datetime import date

from broker.domain.decision import Permit
from broker.domain.ids import Category
from broker.domain.record import RecordItem, SourceRecord

TITLE = "(title)"
"""Stands for the item's title where a receipt or flag names a field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One text to redact: a title, a field's value or the free text (`field_name` None)."""

    item: int
    field_name: str | None
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimalItem:
    """What is left of an item, with the profile its category was granted under."""

    category: Category
    profile: str | None
    recorded_on: date | None
    units: tuple[Unit, ...] = field(repr=False)


def minimise(record: SourceRecord) -> tuple[MinimalItem, ...]:
    """Return what may be read on; an empty permit leaves nothing."""
    granted = {ruling.category: ruling.profile for ruling in record.permit.grants}
    return tuple(
        MinimalItem(
            category=item.category,
            profile=granted[item.category],
            recorded_on=item.recorded_on,
            units=tuple(_units(position, item, record.permit)),
        )
        for position, item in enumerate(record.items)
        if item.category in granted
    )


def _units(position: int, item: RecordItem, permit: Permit) -> list[Unit]:
    own = {item.item_id, item.subject_ref, str(permit.request.subject_id)}
    units = [Unit(item=position, field_name=TITLE, text=item.title)]
    units += [
        Unit(item=position, field_name=name, text=value)
        for name, value in item.fields
        if value.strip() and value.strip() not in own
    ]
    if item.text is not None and item.text.strip():
        units.append(Unit(item=position, field_name=None, text=item.text))
    return units
