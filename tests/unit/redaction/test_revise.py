"""A held draft on its way again: minimised, read again where it must be, edited, verified."""

from dataclasses import replace

import pytest

from broker.domain.decision import Permit
from broker.domain.errors import InvalidRequestError
from broker.domain.record import Draft, HeldRecord, RedactedRecord
from broker.domain.review import Edits, Explain, LeaveOut, Place, TakeOut
from broker.domain.words import SubjectRole
from redaction.receipt import commitment
from redaction.service import RedactionService
from tests import builders as a
from tests.desk import NOTE

HIDDEN = "wi lh el mi na th ro ss el l"
TEXT = f"{NOTE} The caller was {HIDDEN} from two doors down."
CASE = a.case(people=(*a.case().people, a.person(SubjectRole.INFORMANT, "Wilhelmina Throssell")))
PERMIT = a.permit(context=a.context(case=CASE))


@pytest.fixture(scope="module")
def draft(redactor: RedactionService) -> Draft:
    """What redaction made of a note and of a checklist, before the verifier held it."""
    items = (
        a.item(TEXT),
        a.item(None, category="risk-assessment", title="Checklist", fields=(("ticks", "16"),)),
    )
    held = redactor.redact(a.source_record(*items, permit=PERMIT))
    assert isinstance(held, HeldRecord)
    assert held.draft is not None
    return held.draft


def _taken(draft: Draft, what: str, reason: str = "informant-identity") -> Edits:
    text = draft.items[0].pieces[-1]
    start = text.text.index(what)
    place = Place(item=0, order=text.order, start=start, end=start + len(what))
    return Edits(taken_out=(TakeOut(place=place, reason=reason),))


def _leaves(redactor: RedactionService, draft: Draft, edits: Edits) -> RedactedRecord:
    outcome = redactor.revise(PERMIT, draft, edits).outcome
    assert isinstance(outcome, RedactedRecord)
    return outcome


def test_the_original_is_not_kept(draft: Draft) -> None:
    """What waits for a person is the redacted text: nothing that was removed is in it."""
    kept = repr([[one.text for one in item.pieces] for item in draft.items])
    for gone in ("Larch Court", "HX1", "900461", "Pettifer", "NOM-1001", "INC-1"):
        assert gone not in kept
        assert gone not in repr(draft)


def test_the_place_is_shown_and_nothing_else(redactor: RedactionService, draft: Draft) -> None:
    """The reviewer is led to what the verifier found, to the letter."""
    pieces = redactor.revise(PERMIT, draft, Edits()).pieces
    (flag,) = (one for piece in pieces for one in piece.flagged)
    (text,) = (piece.text for piece in pieces if piece.flagged)

    assert text[flag.start : flag.end] == HIDDEN
    assert (flag.kind, flag.explainable, flag.open) == ("party-name", False, True)


def test_what_is_taken_out_is_in_the_receipt(redactor: RedactionService, draft: Draft) -> None:
    """A reviewer's removal has its reason and opens its commitment like any other."""
    leaves = _leaves(redactor, draft, _taken(draft, HIDDEN))
    (mine,) = (one for one in leaves.receipt.removals if one.recogniser == "reviewer")

    assert (mine.reason, mine.rule) == ("informant-identity", "reviewer/informant-identity")
    assert TEXT[mine.start : mine.end] == HIDDEN
    assert mine.commitment == commitment(leaves.receipt.salt, HIDDEN)
    assert ("informant-identity", 1) in leaves.receipt.counts()
    assert HIDDEN not in repr([one.text for one in leaves.items])


def test_what_is_no_longer_granted_is_dropped(redactor: RedactionService, draft: Draft) -> None:
    """A permit of now that covers less lets less go, whatever was held."""
    narrow = replace(PERMIT, rulings=(a.ruling("risk-assessment"),))
    outcome = redactor.revise(narrow, draft, Edits()).outcome

    assert isinstance(outcome, RedactedRecord)
    assert [one.category for one in outcome.items] == ["risk-assessment"]


def _under(draft: Draft, profile: str) -> Permit:
    return replace(
        PERMIT, rulings=tuple(a.ruling(str(one.category), profile=profile) for one in draft.items)
    )


def test_a_stricter_profile_reads_the_draft_again(redactor: RedactionService, draft: Draft) -> None:
    """By now for other eyes, it loses what their profile does not let go."""
    revised = redactor.revise(_under(draft, "STRICTEST"), draft, _taken(draft, HIDDEN))
    leaves = " ".join(one.leaves or "" for one in revised.pieces)

    assert isinstance(revised.outcome, RedactedRecord)
    assert revised.outcome.receipt.profile == "STRICTEST"
    for gone in ("Mara", "Devan", "17/04/1991"):
        assert gone not in leaves


def test_a_draft_that_shows_it_was_redacted_does_not_reach_his_side(
    redactor: RedactionService, draft: Draft
) -> None:
    """Where nothing may show that anything was removed, a marked draft cannot be released."""
    revised = redactor.revise(_under(draft, "P-PERP-FACING"), draft, _taken(draft, HIDDEN))

    assert isinstance(revised.outcome, HeldRecord)
    assert {one.partition(" ")[0] for one in revised.outcome.flags} == {"other-style"}


def test_somebody_new_in_the_case_is_looked_for(redactor: RedactionService, draft: Draft) -> None:
    """The draft was read without them, so it is read again with them."""
    joined = a.person(SubjectRole.THIRD_PARTY, "Tessa Friday")
    case = replace(CASE, version=2, people=(*CASE.people, joined))
    permit = replace(PERMIT, context=replace(PERMIT.context, case=case))
    revised = redactor.revise(permit, draft, _taken(draft, HIDDEN))

    assert "Friday" not in " ".join(one.leaves or "" for one in revised.pieces)
    assert isinstance(revised.outcome, RedactedRecord)


def test_a_whole_text_can_be_left_out(redactor: RedactionService, draft: Draft) -> None:
    """Without the note the entry's title and fields may still leave; without its title none may."""
    note = draft.items[0].pieces[-1]
    some = _leaves(redactor, draft, Edits(left_out=(LeaveOut(item=0, order=note.order),)))
    assert [one.text for one in some.items] == [None, None]
    none = _leaves(redactor, draft, Edits(left_out=(LeaveOut(item=0, order=0),)))
    assert [one.category for one in none.items] == ["risk-assessment"]


def test_the_digest_is_of_what_leaves(redactor: RedactionService, draft: Draft) -> None:
    """The same edits give the same digest, and any other text another."""
    edits = _taken(draft, HIDDEN)
    first, second = (redactor.revise(PERMIT, draft, edits).digest for _ in range(2))
    other = redactor.revise(PERMIT, draft, _taken(draft, HIDDEN, "privilege")).digest

    assert first == second
    assert len({first, other, redactor.revise(PERMIT, draft, Edits()).digest}) == 3


def test_an_explanation_of_words_counts_for_nothing(
    redactor: RedactionService, draft: Draft
) -> None:
    """A name is no number, flagged or not."""
    place = _taken(draft, HIDDEN).taken_out[0].place
    edits = Edits(explained=(Explain(place=place, because="She agreed."),))
    revised = redactor.revise(PERMIT, draft, edits)

    assert revised.not_explained == 1
    assert isinstance(revised.outcome, HeldRecord)


def test_a_place_outside_the_text_is_refused(redactor: RedactionService, draft: Draft) -> None:
    """What an edit names must be there."""
    beyond = Place(item=0, order=0, start=0, end=10_000)
    edits = Edits(taken_out=(TakeOut(place=beyond, reason="privilege"),))

    with pytest.raises(InvalidRequestError, match="look at it again"):
        redactor.revise(PERMIT, draft, edits)
