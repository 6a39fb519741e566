"""A record after redaction, before the verifier has spoken: what leaves if it finds nothing.

What the verifier holds is kept in this form for a person: the texts as they would have left, and
nothing of the holder's original.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from broker.domain.decision import Permit
from broker.domain.documents import RedactedDocument
from broker.domain.record import (
    Draft,
    DraftItem,
    DraftPiece,
    RedactedItem,
    RedactedRecord,
)
from redaction.documents.attached import ReadItem
from redaction.finish import Done
from redaction.labels import Label
from redaction.profiles import Action, Profile
from redaction.receipt import receipt, redactions
from redaction.version import ENGINE_VERSION

TITLE_ORDER = 0
"""The title is the first text of every entry (see minimise)."""


def drafted(
    permit: Permit,
    items: Sequence[ReadItem],
    done: Sequence[Sequence[Done]],
    salt: bytes,
) -> Draft:
    """Return the draft of one record; `salt` is that of its commitments."""
    case = permit.context.case
    return Draft(
        items=tuple(_drafted(item, some, salt) for item, some in zip(items, done, strict=True)),
        case_version=0 if case is None else case.version,
        engine_version=ENGINE_VERSION,
        salt=salt,
    )


def _drafted(read: ReadItem, done: Sequence[Done], salt: bytes) -> DraftItem:
    profile = done[0].profile
    place, documents = len(read.item.units), []
    for one in read.documents:
        documents.append(one.drafted(done[place : place + len(one.units)]))
        place += len(one.units)
    return DraftItem(
        category=read.item.category,
        recorded_on=coarse_day(read.item.recorded_on, profile),
        profile=profile.name,
        pieces=tuple(_piece(one, salt) for one in done),
        documents=tuple(documents),
        left_out=read.left_out,
    )


def _piece(one: Done, salt: bytes) -> DraftPiece:
    return DraftPiece(
        item=one.unit.item,
        order=one.unit.order,
        field_name=one.unit.field_name,
        text=one.text,
        kept=one.kept,
        removals=tuple(redactions(one.unit, one.made, salt)),
        unread=one.unread,
    )


def released(
    permit: Permit, draft: Draft, documents: Mapping[tuple[int, int], RedactedDocument]
) -> RedactedRecord:
    """Return the record as it may leave; only for a draft that the verifier let through.

    Args:
        permit: that it leaves under.
        draft: what it is.
        documents: every document of it, written afresh, by its place (see enclosed).

    """
    return RedactedRecord(
        permit=permit,
        items=tuple(_item(one, documents) for one in draft.items),
        receipt=receipt(
            [item.profile for item in draft.items for _ in item.pieces],
            [line for item in draft.items for one in item.pieces for line in one.removals],
            draft.salt,
        ),
    )


def _item(item: DraftItem, documents: Mapping[tuple[int, int], RedactedDocument]) -> RedactedItem:
    title, *every = item.pieces
    rest = [one for one in every if not any(each.holds(one.order) for each in item.documents)]
    texts = [one.text for one in rest if one.field_name is None]
    return RedactedItem(
        category=item.category,
        title=title.text,
        recorded_on=item.recorded_on,
        fields=tuple((one.field_name, one.text) for one in rest if one.field_name is not None),
        text=texts[0] if texts else None,
        documents=tuple(documents[title.item, one.order] for one in item.documents),
        left_out=item.left_out,
    )


def coarse_day(recorded_on: date | None, profile: Profile) -> date | None:
    """Return the entry's own date as coarse as the profile makes dates."""
    action = profile.cell(Label.DATE, ()).action
    if recorded_on is None or action is Action.KEEP:
        return recorded_on
    return recorded_on.replace(day=1) if action is Action.GENERALISE else None
