"""A record after redaction, before the verifier has spoken: what leaves if it finds nothing.

What the verifier holds is kept in this form for a person: the texts as they would have left, and
nothing of the holder's original.
"""

from collections.abc import Sequence
from datetime import date

from broker.domain.decision import Permit
from broker.domain.record import (
    Draft,
    DraftItem,
    DraftPiece,
    RedactedItem,
    RedactedRecord,
)
from redaction.finish import Done
from redaction.labels import Label
from redaction.minimise import MinimalItem
from redaction.profiles import Action, Profile
from redaction.receipt import receipt, redactions
from redaction.version import ENGINE_VERSION

TITLE_ORDER = 0
"""The title is the first text of every entry (see minimise)."""


def drafted(
    permit: Permit,
    items: Sequence[MinimalItem],
    done: Sequence[Sequence[Done]],
    salt: bytes,
) -> Draft:
    """Return the draft of one record; `salt` is that of its commitments."""
    case = permit.context.case
    return Draft(
        items=tuple(
            DraftItem(
                category=item.category,
                recorded_on=coarse_day(item.recorded_on, some[0].profile),
                profile=some[0].profile.name,
                pieces=tuple(_piece(one, salt) for one in some),
            )
            for item, some in zip(items, done, strict=True)
        ),
        case_version=0 if case is None else case.version,
        engine_version=ENGINE_VERSION,
        salt=salt,
    )


def _piece(one: Done, salt: bytes) -> DraftPiece:
    return DraftPiece(
        item=one.unit.item,
        order=one.unit.order,
        field_name=one.unit.field_name,
        text=one.text,
        kept=one.kept,
        removals=tuple(redactions(one.unit, one.made, salt)),
    )


def released(permit: Permit, draft: Draft) -> RedactedRecord:
    """Return the record as it may leave; only for a draft that the verifier let through."""
    return RedactedRecord(
        permit=permit,
        items=tuple(map(_item, draft.items)),
        receipt=receipt(
            [item.profile for item in draft.items for _ in item.pieces],
            [line for item in draft.items for one in item.pieces for line in one.removals],
            draft.salt,
        ),
    )


def _item(item: DraftItem) -> RedactedItem:
    title, *rest = item.pieces
    texts = [one.text for one in rest if one.field_name is None]
    return RedactedItem(
        category=item.category,
        title=title.text,
        recorded_on=item.recorded_on,
        fields=tuple((one.field_name, one.text) for one in rest if one.field_name is not None),
        text=texts[0] if texts else None,
    )


def coarse_day(recorded_on: date | None, profile: Profile) -> date | None:
    """Return the entry's own date as coarse as the profile makes dates."""
    action = profile.cell(Label.DATE, ()).action
    if recorded_on is None or action is Action.KEEP:
        return recorded_on
    return recorded_on.replace(day=1) if action is Action.GENERALISE else None
