"""Pages of the log over the wire. Stable: add fields, never rename or drop one within /v1."""

from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, Field

from broker.api import examples
from broker.api.examples import shown_as
from broker.api.schemas import EntryOut
from broker.api.timeline_schemas import WithheldOut
from broker.domain.search import Position
from broker.service.search import FoundEntry, Page

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CURSOR = r"^\d{1,17}-\d{1,16}$"
"""Microseconds since 1970 and the index of an entry."""


def read_cursor(text: str | None) -> Position | None:
    """Return where a page begins; None for the first."""
    if text is None:
        return None
    at, _, index = text.partition("-")
    return EPOCH + int(at) * MICROSECOND, int(index)


def write_cursor(position: Position | None) -> str | None:
    """Return where a page begins, as text."""
    if position is None:
        return None
    at, index = position
    return f"{(at - EPOCH) // MICROSECOND}-{index}"


class FoundOut(BaseModel):
    """One entry, in plain English and as it is in the log."""

    sentence: str
    attention: str | None
    withheld: tuple[WithheldOut, ...]
    removed: dict[str, int]
    case_tag: str | None
    entry: EntryOut

    @classmethod
    def of(cls, one: FoundEntry) -> "FoundOut":
        """Show an entry."""
        return cls(
            sentence=one.told.sentence,
            attention=one.told.attention,
            withheld=tuple(WithheldOut.of(each) for each in one.told.withheld),
            removed=dict(one.told.removed),
            case_tag=one.entry.case_tag,
            entry=EntryOut.of(one.entry),
        )


class PageOut(BaseModel):
    """One page of the log, newest first."""

    model_config = shown_as(
        {
            "entries": [
                {
                    "sentence": "Police gave Council housing incident summary; 4 details were"
                    " removed first: where somebody can be found.",
                    "attention": None,
                    "withheld": [],
                    "removed": {"safe-location": 4},
                    "case_tag": "9c1e5b7a3d2f4860b1c9d8e7f6a5b4c3",
                    "entry": examples.ENTRY,
                }
            ],
            "next": "1794218400000000-411",
            "searched": 412,
            "size": 412,
        }
    )

    entries: tuple[FoundOut, ...]
    next: str | None = Field(
        description="`after` of the following page; null: this was the last. A page may be short"
        " and still have one."
    )
    searched: int = Field(description="Entries, from the first, that were searched.")
    size: int = Field(description="Entries there are; more than `searched`: look again later.")

    @classmethod
    def of(cls, page: Page) -> "PageOut":
        """Show a page."""
        return cls(
            entries=tuple(FoundOut.of(one) for one in page.entries),
            next=write_cursor(page.next),
            searched=page.searched,
            size=page.size,
        )
