"""What a reviewer takes out, as a cut of a text: what stands in its place, and its name."""

from broker.domain.errors import InvalidRequestError
from broker.domain.record import Draft
from broker.domain.review import Edits, TakeOut
from redaction.edited import REVIEWER, Cut
from redaction.labels import Label
from redaction.neutral import marker, neutral_word
from redaction.profiles import REASONS, Profile

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


def cut_of(edit: TakeOut, text: str, profile: Profile) -> Cut:
    """Return the cut that an edit asks for, in the style of the profile."""
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


def check_places(draft: Draft, edits: Edits) -> None:
    """Check that every edit is of something in the draft, and says why.

    Raises:
        InvalidRequestError: one is not, or does not.

    """
    lengths = {(one.item, one.order): len(one.text) for it in draft.items for one in it.pieces}
    places = [one.place for one in edits.taken_out] + [one.place for one in edits.explained]
    if any(not 0 <= p.start < p.end <= lengths.get((p.item, p.order), 0) for p in places):
        raise InvalidRequestError("Name a place that is in the record: look at it again.")
    if any((one.item, one.order) not in lengths for one in edits.left_out):
        raise InvalidRequestError("Leave out a text that is in the record: look at it again.")
    if any(one.reason not in REASONS for one in edits.taken_out):
        raise InvalidRequestError(f"Give one of these reasons: {', '.join(sorted(REASONS))}.")
    if any(not one.because.strip() for one in edits.explained):
        raise InvalidRequestError("Say in a few words why it is nobody's.")
