from dataclasses import replace
from datetime import timedelta

from broker.domain.ledger import EntryDraft
from broker.domain.record import HeldRecord
from broker.domain.review import (
    DueReview,
    Edits,
    Explain,
    HeldReview,
    Place,
    Progress,
    Review,
    ReviewId,
    TakeOut,
    WhyDue,
)
from broker.domain.words import EventKind
from broker.ledger import review_events
from broker.ledger.entry import place_entry
from broker.ledger.tokens import case_tag
from broker.service.sentences import sentence_of
from tests.builders import NOW, SALT, permit, requester, share_request
from tests.unit.ledger.test_events import PERSONAL

ID = ReviewId("3b9d0c8e7f6a5b4c3d2e1f0a9b8c7d6e")
PLACE = Place(item=0, order=2, start=4, end=9)
EDITS = Edits(
    taken_out=(TakeOut(place=PLACE, reason="privilege"),),
    explained=(Explain(place=PLACE, because="Mara Ellwood waits outside."),),
)
HELD = HeldReview(
    review_id=ID,
    requester=requester(),
    request=share_request(reasons="Mara Ellwood waits outside."),
    flags=("party-name item 0 text", "long-number item 1 field"),
    draft=None,
    case_tag=case_tag(SALT, share_request().case_id),
    held_at=NOW,
    due_at=NOW,
    expires_at=NOW + timedelta(days=1),
)
REVIEW = Review(held=HELD, progress=Progress(review_id=ID, edits=EDITS), entry=7)
DUE = DueReview(review_id=ID, case_tag=HELD.case_tag, revision=0, why=WhyDue.TERM)


def everything() -> list[EntryDraft]:
    """One event of every kind about a held record."""
    police = requester("police-1", "police")
    held = HeldRecord(permit=permit(), flags=HELD.flags)
    return [
        review_events.held(held, ID, HELD.expires_at, NOW),
        review_events.listed(police, 3, SALT, NOW),
        review_events.looked(REVIEW, police, SALT, NOW),
        review_events.edited(REVIEW, EDITS, police, SALT, NOW),
        review_events.approved(REVIEW, police, 2, SALT, NOW),
        review_events.released(REVIEW, police, 2, SALT, NOW),
        review_events.refused(REVIEW, police, SALT, NOW),
        review_events.overdue(DUE, NOW),
        review_events.expired(DUE, NOW),
        review_events.expired(replace(DUE, why=WhyDue.ANSWERED), NOW),
    ]


def test_no_event_of_a_review_says_anything_personal() -> None:
    """No name, no reason, no id that points at anybody, whatever the reviewer wrote."""
    for draft in everything():
        written = place_entry(draft, index=0, case_number=0, case_previous="").canonical
        for word in (*PERSONAL, "police-1"):
            assert word.encode() not in written, (draft.kind, word)


def test_every_event_of_a_review_is_in_the_case_s_chain_but_the_list() -> None:
    """An advocate reads of each step, in a sentence of its own."""
    said = set()
    for draft in everything():
        assert (draft.case_tag is None) == (draft.kind is EventKind.REVIEWS_READ)
        if draft.case_tag is not None:
            said.add(sentence_of(place_entry(draft, index=0, case_number=1, case_previous="")))
            assert draft.detail["review"] == ID

    assert len(said) == len(everything()) - 1
    assert not any("concerns no client" in one for one in said)


def test_kinds_are_words_and_edits_are_counted() -> None:
    """What held it is told in words without places; what was done in numbers."""
    edited = review_events.edited(REVIEW, EDITS, requester(), SALT, NOW)

    assert edited.detail["kinds"] == ("long-number", "party-name")
    assert (edited.detail["taken_out"], edited.detail["explained"]) == (1, 1)
