"""A held draft, as a person edited it, on its way again: minimise, read, edit, verify.

Under a permit of now: what it no longer grants is dropped, and a draft that was read with other
people, another engine or under another profile is read again. The verifier reads all of it in
every case, and looks for the people of the case as it is now. An explained number is struck out
for the question whether a number is unexplained, and for no other; so is a word, wherever it is.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from broker.domain.decision import Permit
from broker.domain.documents import WhyLeftOut
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
)
from redaction.documents.enclosed import (
    Enclosed,
    enclose,
    flags_together,
    heads_of,
    said_of,
    with_what_is_left,
    without_documents,
)
from redaction.drafts import TITLE_ORDER, coarse_day, released
from redaction.edited import Cut, without
from redaction.findings import Finding
from redaction.flagged import kinds_in, places_of, strike
from redaction.kept import people_of
from redaction.profiles import Profile, profile_for
from redaction.reread import reread
from redaction.suspects import WORD
from redaction.taking_out import check_places, cut_of
from redaction.verify import Output
from redaction.version import ENGINE_VERSION

Detect = Callable[[Sequence[str], Sequence[Person]], list[tuple[Finding, ...]]]

OTHER_STYLE = "other-style"
"""Kind of flag of a draft that was made for a profile which leaves signs, and may not leave any."""
_WHOLE = frozenset({"party-name", "party-value", "party-birth-date", "address", "postcode"})
"""Kinds of which half may still say whose it is: such a place goes whole."""
_NUMBER_SIGNS = frozenset("0123456789 .,/-+()")
_ONE_WORD = re.compile(WORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edited:
    """One text before and after.

    Args:
        item: the entry that it would leave in.
        struck: what would leave, with strokes for every number and word that was explained.
        explained: how many explanations were of something here.
        left: kinds of which a place has to go whole and is still there in part.
        flagged: kind and place of what the verifier finds in it before.

    """

    item: DraftItem
    profile: Profile
    before: DraftPiece
    after: DraftPiece
    struck: str = field(repr=False)
    explained: int
    left: frozenset[str]
    left_out: bool
    flagged: tuple[tuple[str, int, int], ...]


def _output(profile: Profile, piece: DraftPiece) -> Output:
    place = "text" if piece.field_name is None else "field"
    where = f"item {piece.item} {place}"
    return Output(where=where, text=piece.text, profile=profile, kept=piece.kept)


def revise(permit: Permit, draft: Draft, edits: Edits, detect: Detect) -> Revised:
    """Return what would leave of a draft now. See review.Reviser for the errors."""
    check_places(draft, edits)
    profiles = {one.category: profile_for(one.profile) for one in permit.grants}
    granted = [
        one if profiles[one.category].documents else without_documents(one, WhyLeftOut.PROFILE)
        for one in draft.items
        if one.category in profiles
    ]
    people = people_of(permit.context)
    fresh = _read_again(permit, draft, granted, profiles, detect)
    work = _Work(edits, fresh, draft.salt, people, _words_of(draft, edits, people))
    every = [
        _edited(item, piece, profiles[item.category], work)
        for item in granted
        for piece in item.pieces
    ]
    left = _left(draft, granted, profiles, every)
    flags = _flags([one for one in every if not one.left_out], people)
    enclosed = _enclosed(left, every, people, write=not flags)
    flags += said_of(enclosed.flags)
    held = HeldRecord(permit=permit, flags=flags or ("nothing-left record",), draft=left)
    return Revised(
        pieces=tuple(_shown(one, people, enclosed.flags) for one in every),
        outcome=held if flags or not left.items else released(permit, left, enclosed.documents),
        digest=_digest(left),
        not_explained=len(edits.explained) - sum(one.explained for one in every),
    )


def _enclosed(
    left: Draft, every: Sequence[_Edited], people: Sequence[Person], *, write: bool
) -> Enclosed:
    """Return the documents that would leave, or what the verifier finds in one as a whole."""
    struck = {
        (one.after.item, one.after.order): one.struck
        for one in every
        if one.struck != one.after.text and not one.left_out
    }
    flags = flags_together(left.items, people, struck)
    return Enclosed(flags=flags) if flags or not write else enclose(left.items, people, struck)


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
    words: frozenset[str] = field(repr=False)
    """Words that were explained, in small letters."""


def _edited(item: DraftItem, piece: DraftPiece, profile: Profile, work: _Work) -> _Edited:
    key = (piece.item, piece.order)
    before, read = work.fresh.get(key, (piece, ()))
    mine = [one for one in work.edits.taken_out if _at(one.place) == key]
    cuts = [*(cut_of(one, piece.text, profile) for one in mine), *read]
    output = _output(profile, before)
    flagged = tuple(
        (kind, *place)
        for kind in kinds_in(output, work.people)
        for place in places_of(kind, output, work.people)
    )
    explained = [
        one
        for one in _explained(work.edits, key, flagged)
        if _nobodys(before.text[slice(*one)], output, work.people)
    ]
    every = [*explained, *_standing(before.text, work.words)]
    struck = replace(before, text=strike(before.text, every))
    over = (piece.order, TITLE_ORDER, *heads_of(item, piece.order))
    return _Edited(
        item=item,
        profile=profile,
        before=before,
        after=without(before, cuts, work.salt),
        struck=without(struck, cuts, work.salt).text,
        explained=len(explained),
        left=frozenset(
            kind
            for kind, start, end in flagged
            if kind in _WHOLE and not _covered(before.text, start, end, cuts)
        )
        | _signs(item, profile)
        | frozenset((before.unread,) if before.unread else ()),
        left_out=any(o.item == piece.item and o.order in over for o in work.edits.left_out),
        flagged=flagged,
    )


def _at(place: Place) -> tuple[int, int]:
    return place.item, place.order


def _covered(text: str, start: int, end: int, cuts: Sequence[Cut]) -> bool:
    """Say whether no letter and no digit of a place is left: half a name may still be a name."""
    return not any(
        text[at].isalnum() and not any(cut.start <= at < cut.end for cut in cuts)
        for at in range(start, end)
    )


def _signs(item: DraftItem, profile: Profile) -> frozenset[str]:
    """Return what stands in the way where a record must show no sign of redaction and does.

    It was made for somebody else; who asks anew gets it made for them.
    """
    return frozenset((OTHER_STYLE,) if profile.silent and item.profile != profile.name else ())


def _explained(
    edits: Edits, key: tuple[int, int], flagged: Sequence[tuple[str, int, int]]
) -> list[tuple[int, int]]:
    """Return the explained places that are flagged, whole, and of a kind that may be explained."""
    may = {(start, end) for kind, start, end in flagged if kind in EXPLAINABLE}
    places = [one.place for one in edits.explained if _at(one.place) == key]
    return [(one.start, one.end) for one in places if (one.start, one.end) in may]


def _nobodys(text: str, output: Output, people: Sequence[Person]) -> bool:
    """Say whether it is a number or a word and nothing else, and no party's."""
    word = _ONE_WORD.fullmatch(text) is not None
    if not word and not set(text) <= _NUMBER_SIGNS:
        return False
    # An everyday word that is also a party's name counts as the name, however it is written here.
    shown = [text, f"x {text.capitalize()}"] if word else [text]
    return all(set(kinds_in(replace(output, text=one), people)) <= EXPLAINABLE for one in shown)


def _words_of(draft: Draft, edits: Edits, people: Sequence[Person]) -> frozenset[str]:
    """Return the words that were explained in any text of the draft, and are no party's."""
    texts = {(one.item, one.order): (it, one) for it in draft.items for one in it.pieces}
    found = set()
    for explained in edits.explained:
        item, piece = texts[_at(explained.place)]
        word = piece.text[explained.place.start : explained.place.end]
        output = _output(profile_for(item.profile), piece)
        if _ONE_WORD.fullmatch(word) and _nobodys(word, output, people):
            found.add(word.lower())
    return frozenset(found)


def _standing(text: str, words: frozenset[str]) -> list[tuple[int, int]]:
    """Return where any of the words stands."""
    return [one.span() for one in _ONE_WORD.finditer(text) if one.group().lower() in words]


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
            with_what_is_left(
                replace(
                    item,
                    profile=profiles[item.category].name,
                    recorded_on=coarse_day(item.recorded_on, profiles[item.category]),
                    pieces=pieces,
                )
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
    found = set(kinds_in(output, people))
    if found & EXPLAINABLE and one.struck != one.after.text:
        unexplained = kinds_in(replace(output, text=one.struck), people)
        found = {kind for kind in found if kind not in EXPLAINABLE or kind in unexplained}
    return tuple(sorted(found | one.left))


def _shown(
    one: _Edited, people: Sequence[Person], whole: Mapping[tuple[int, int], tuple[str, ...]]
) -> RevisedPiece:
    """Return a text for whoever looks at it; `whole` are findings in a document as a whole."""
    still = () if one.left_out else _open(one, people)
    still += whole.get((one.before.item, one.before.order), ())
    known = {kind for kind, _, _ in one.flagged}
    new = [(kind, 0, len(one.before.text)) for kind in still if kind not in known]
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
            for kind, start, end in (*one.flagged, *new)
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
