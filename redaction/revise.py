"""A held draft, as a person edited it, on its way again: minimise, read, edit, verify.

Under a permit of now: what it no longer grants is dropped, and a draft that was read with other
people, another engine or under another profile is read again. The verifier reads all of it in
every case, and looks for the people of the case as it is now. An explained number is struck out
for the question whether a number is unexplained, and for no other.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from broker.domain.decision import Permit
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import Category
from broker.domain.people import Person
from broker.domain.record import Draft, DraftItem, DraftPiece, HeldRecord
from broker.domain.review import (
    EXPLAINABLE,
    Edits,
    Flagged,
    Place,
    Revised,
    RevisedPiece,
    TakeOut,
)
from redaction.drafts import TITLE_ORDER, coarse_day, released
from redaction.edited import REVIEWER, Cut, without
from redaction.findings import Finding
from redaction.flagged import kinds_in, places_of, strike
from redaction.kept import people_of
from redaction.labels import Label
from redaction.neutral import marker, neutral_word
from redaction.profiles import REASONS, Profile, profile_for
from redaction.reread import reread
from redaction.verify import Output
from redaction.version import ENGINE_VERSION

Detect = Callable[[Sequence[str], Sequence[Person]], list[tuple[Finding, ...]]]

_LABEL_OF_REASON = {
    "safe-location": Label.LOCATION,
    "location-inference": Label.LOCATION,
    "informant-identity": Label.PERSON,
    "dvds-applicant": Label.PERSON,
    "other-victim": Label.PERSON,
    "other-child": Label.PERSON,
    "staff-safety": Label.PERSON,
    "identifier-not-needed": Label.ID_OTHER,
}
"""What a reviewer's removal is called by its reason; the others are `TEXT`."""
_TEXT = "TEXT"
_NUMBER_SIGNS = frozenset("0123456789 .,/-+()")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edited:
    """One text before and after.

    Args:
        item: the entry that it would leave in.
        struck: what would leave, with strokes for every number that was explained.
        explained: how many numbers those are.
        flagged: kind and place of what the verifier finds in it before.

    """

    item: DraftItem
    profile: Profile
    before: DraftPiece
    after: DraftPiece
    struck: str = field(repr=False)
    explained: int
    left_out: bool
    flagged: tuple[tuple[str, int, int], ...]


def _output(profile: Profile, piece: DraftPiece) -> Output:
    place = "text" if piece.field_name is None else "field"
    where = f"item {piece.item} {place}"
    return Output(where=where, text=piece.text, profile=profile, kept=piece.kept)


def revise(permit: Permit, draft: Draft, edits: Edits, detect: Detect) -> Revised:
    """Return what would leave of a draft now. See review.Reviser for the errors."""
    _check_places(draft, edits)
    profiles = {one.category: profile_for(one.profile) for one in permit.grants}
    granted = [one for one in draft.items if one.category in profiles]
    people = people_of(permit.context)
    fresh = _read_again(permit, draft, granted, profiles, detect)
    every = [
        _edited(item, piece, profiles[item.category], _Work(edits, fresh, draft.salt, people))
        for item in granted
        for piece in item.pieces
    ]
    left = _left(draft, granted, profiles, every)
    flags = _flags([one for one in every if not one.left_out], people)
    held = HeldRecord(permit=permit, flags=flags or ("nothing-left record",), draft=left)
    return Revised(
        pieces=tuple(_shown(one, people) for one in every),
        outcome=held if flags or not left.items else released(permit, left),
        digest=_digest(left),
        not_explained=len(edits.explained) - sum(one.explained for one in every),
    )


def _read_again(
    permit: Permit,
    draft: Draft,
    items: Sequence[DraftItem],
    profiles: Mapping[Category, Profile],
    detect: Detect,
) -> Mapping[tuple[int, int], tuple[DraftPiece, tuple[Cut, ...]]]:
    """Return what a new reading takes out, where there has to be one."""
    case = permit.context.case
    same = draft.engine_version == ENGINE_VERSION and case is not None
    if same and case is not None and case.version == draft.case_version:
        items = [one for one in items if one.profile != profiles[one.category].name]
    if not items:
        return {}
    pieces = [(profiles[item.category], piece) for item in items for piece in item.pieces]
    return reread(permit, pieces, detect)


@dataclass(frozen=True, slots=True)
class _Work:
    """What every text is edited with."""

    edits: Edits
    fresh: Mapping[tuple[int, int], tuple[DraftPiece, tuple[Cut, ...]]]
    salt: bytes = field(repr=False)
    people: Sequence[Person] = field(repr=False)


def _edited(item: DraftItem, piece: DraftPiece, profile: Profile, work: _Work) -> _Edited:
    key = (piece.item, piece.order)
    before, read = work.fresh.get(key, (piece, ()))
    mine = [one for one in work.edits.taken_out if _at(one.place) == key]
    cuts = [*(_cut(one, piece.text, profile) for one in mine), *read]
    output = _output(profile, before)
    flagged = tuple(
        (kind, *place)
        for kind in kinds_in(output, work.people)
        for place in places_of(kind, output, work.people)
    )
    numbers = [one for one in _numbers(work.edits, key, flagged) if _nobodys(output, one, work)]
    struck = replace(before, text=strike(before.text, numbers))
    title = (key[0], TITLE_ORDER)
    return _Edited(
        item=item,
        profile=profile,
        before=before,
        after=without(before, cuts, work.salt),
        struck=without(struck, cuts, work.salt).text,
        explained=len(numbers),
        left_out=any((one.item, one.order) in (key, title) for one in work.edits.left_out),
        flagged=flagged,
    )


def _at(place: Place) -> tuple[int, int]:
    return place.item, place.order


def _numbers(
    edits: Edits, key: tuple[int, int], flagged: Sequence[tuple[str, int, int]]
) -> list[tuple[int, int]]:
    """Return the explained places that are flagged, whole, and of a kind that may be explained."""
    may = {(start, end) for kind, start, end in flagged if kind in EXPLAINABLE}
    places = [one.place for one in edits.explained if _at(one.place) == key]
    return [(one.start, one.end) for one in places if (one.start, one.end) in may]


def _nobodys(output: Output, place: tuple[int, int], work: _Work) -> bool:
    """Say whether it is a number and nothing else, and no party's."""
    text = output.text[slice(*place)]
    kinds = set(kinds_in(replace(output, text=text), work.people))
    return set(text) <= _NUMBER_SIGNS and kinds <= EXPLAINABLE


def _cut(edit: TakeOut, text: str, profile: Profile) -> Cut:
    label = _LABEL_OF_REASON.get(edit.reason)
    start, end = edit.place.start, edit.place.end
    if label is None:
        replacement = "" if profile.silent else f"[text removed: {edit.reason}]"
    elif profile.silent:
        replacement = neutral_word(label, text[start:end])
    else:
        replacement = marker(label, edit.reason)
    return Cut(
        start=start,
        end=end,
        replacement=replacement,
        label=_TEXT if label is None else label.value,
        party_role=None,
        reason=edit.reason,
        rule=f"{REVIEWER}/{edit.reason}",
        recogniser=REVIEWER,
    )


def _check_places(draft: Draft, edits: Edits) -> None:
    lengths = {(one.item, one.order): len(one.text) for it in draft.items for one in it.pieces}
    places = [one.place for one in edits.taken_out] + [one.place for one in edits.explained]
    if any(not 0 <= p.start < p.end <= lengths.get((p.item, p.order), 0) for p in places):
        raise InvalidRequestError("Name a place that is in the record: look at it again.")
    if any((one.item, one.order) not in lengths for one in edits.left_out):
        raise InvalidRequestError("Leave out a text that is in the record: look at it again.")
    if any(one.reason not in REASONS for one in edits.taken_out):
        raise InvalidRequestError(f"Give one of these reasons: {', '.join(sorted(REASONS))}.")
    if any(not one.because.strip() for one in edits.explained):
        raise InvalidRequestError("Say in a few words why the number is nobody's.")


def _left(
    draft: Draft,
    items: Sequence[DraftItem],
    profiles: Mapping[Category, Profile],
    every: Sequence[_Edited],
) -> Draft:
    """Return the draft with what is left of each entry; an entry without its title is gone."""
    return replace(
        draft,
        items=tuple(
            replace(
                item,
                profile=profiles[item.category].name,
                recorded_on=coarse_day(item.recorded_on, profiles[item.category]),
                pieces=pieces,
            )
            for item in items
            if (pieces := tuple(e.after for e in every if e.item is item and not e.left_out))
        ),
    )


def _flags(every: Sequence[_Edited], people: Sequence[Person]) -> tuple[str, ...]:
    """Return what still stands in the way, after explanations."""
    return tuple(
        sorted(
            {
                f"{kind} {_output(one.profile, one.after).where}"
                for one in every
                for kind in _open(one, people)
            }
        )
    )


def _open(one: _Edited, people: Sequence[Person]) -> tuple[str, ...]:
    """Return the kinds of finding that no edit has met."""
    output = _output(one.profile, one.after)
    found = kinds_in(output, people)
    if not set(found) & EXPLAINABLE or not one.explained:
        return found
    unexplained = kinds_in(replace(output, text=one.struck), people)
    return tuple(kind for kind in found if kind not in EXPLAINABLE or kind in unexplained)


def _shown(one: _Edited, people: Sequence[Person]) -> RevisedPiece:
    still = () if one.left_out else _open(one, people)
    return RevisedPiece(
        category=one.item.category,
        item=one.before.item,
        order=one.before.order,
        field_name=one.before.field_name,
        text=one.before.text,
        leaves=None if one.left_out else one.after.text,
        removals=one.after.removals,
        flagged=tuple(
            Flagged(
                kind=kind,
                start=start,
                end=end,
                explainable=kind in EXPLAINABLE,
                open=kind in still,
            )
            for kind, start, end in one.flagged
        ),
    )


def _digest(left: Draft) -> str:
    """Return SHA-256 hex over every text that would leave, in its place."""
    texts = [
        [item.category, str(item.recorded_on), item.profile]
        + [[one.item, one.order, one.field_name, one.text] for one in item.pieces]
        for item in left.items
    ]
    return hashlib.sha256(json.dumps(["revised/1", texts]).encode()).hexdigest()
