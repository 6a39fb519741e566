from collections.abc import Mapping
from typing import Any

import pytest

from broker.domain.ledger import EntryDraft
from broker.domain.words import EventKind, Outcome
from broker.ledger import events
from broker.ledger.entry import parse_entry, place_entry
from broker.service.sentences import SENTENCES, sentence_of
from broker.service.telling import Attention, tell
from tests import builders
from tests.builders import NOW
from tests.contract.county import package

_SAID: Mapping[EventKind, Mapping[str, Any]] = {
    EventKind.HOLD_CHANGED: {"step": "placed"},
    EventKind.DECISION: {"outcome": "deny"},
}
"""What an entry of a kind always has, where a sentence rests on it."""


@pytest.mark.parametrize("kind", list(EventKind), ids=str)
def test_every_kind_of_event_has_a_sentence(kind: EventKind) -> None:
    """Whatever happens, an advocate reads one English sentence about it, and never a code."""
    draft = EntryDraft(kind=kind, at=NOW, case_tag=None, detail=_SAID.get(kind, {}))
    placed = place_entry(draft, index=0, case_number=0, case_previous="")

    said = sentence_of(parse_entry(placed.canonical))

    assert said[0].isupper()
    assert said.endswith(".")
    assert kind.value not in said
    assert "None" not in said


def test_no_two_kinds_say_the_same() -> None:
    """Two things that differ are told apart in words; a catch-all would hide one behind another."""
    said = []
    for kind in SENTENCES:
        draft = EntryDraft(kind=kind, at=NOW, case_tag=None, detail=_SAID.get(kind, {}))
        said.append(sentence_of(place_entry(draft, index=0, case_number=0, case_previous="")))

    assert len(set(said)) == len(said)


def test_a_disclosure_says_what_was_removed_and_why() -> None:
    """Both agencies by their kind, the categories, and the reasons of what was taken out."""
    draft = events.disclosure(package(), NOW)
    counts = {"safe-location": 3, "informant-identity": 1}
    detail = {**draft.detail, "removed": counts}
    entry = place_entry(
        EntryDraft(kind=draft.kind, at=NOW, case_tag=None, detail=detail),
        index=0,
        case_number=0,
        case_previous="",
    )
    told = tell(entry, lambda _: None)

    assert "4 details were removed first: where somebody can be found, who told." in told.sentence
    assert told.removed == (("informant-identity", 1), ("safe-location", 3))
    assert told.withheld == ()


def _decision(outcome: Outcome = Outcome.PERMIT, **facts: str) -> Mapping[str, Any]:
    known = {"consent": "given-explicit", "recipient_perpetrator_facing": "no", **facts}
    ruling = {"category": "identity-core", "outcome": outcome.value, "facts": known}
    return {"outcome": outcome.value, "purpose": "marac-research", "rulings": (ruling,)}


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        (_decision(), None),
        (_decision(consent="refused"), Attention.OVERRIDE),
        (_decision(consent="unknown"), Attention.OVERRIDE),
        (_decision(consent="given-suspected-coerced"), Attention.OVERRIDE),
        (_decision(Outcome.DENY, consent="refused"), None),
        (_decision(recipient_perpetrator_facing="unknown"), Attention.PERPETRATOR_SIDE),
        ({**_decision(), "purpose": "marac-emergency"}, Attention.EMERGENCY),
    ],
    ids=["yes", "refused", "unknown", "coerced", "denied", "perpetrator", "emergency"],
)
def test_what_an_advocate_reads_first(
    detail: Mapping[str, Any], expected: Attention | None
) -> None:
    """Sharing against her client's wishes, in an emergency, or towards the abuser's side."""
    draft = EntryDraft(kind=EventKind.DECISION, at=NOW, case_tag=None, detail=detail)
    entry = place_entry(draft, index=0, case_number=0, case_previous="")

    assert tell(entry, lambda _: None).attention is expected


def test_why_something_was_withheld_is_said_even_when_the_rules_are_gone() -> None:
    """The ids of the rules stand in for their words, so that an IG lead can be asked."""
    detail = {**_decision(Outcome.DENY), "policy_version": "0" * 64}
    ruling = {**detail["rulings"][0], "deciding_rules": ("R04", "R37")}
    draft = EntryDraft(
        kind=EventKind.DECISION, at=NOW, case_tag=None, detail={**detail, "rulings": (ruling,)}
    )
    entry = place_entry(draft, index=0, case_number=0, case_previous="")

    (withheld,) = tell(entry, lambda _: None).withheld

    assert withheld.rules == ("R04", "R37")
    assert "R04, R37" in withheld.sentence


def test_a_role_and_a_kind_of_agency_are_named_and_nobody_else() -> None:
    """The sentence of a decision says which kind of agency asked which, and for what."""
    entry = place_entry(
        events.decision(builders.permit(), NOW), index=0, case_number=0, case_previous=""
    )
    said = sentence_of(entry)

    assert said.startswith("Council housing (its single point of contact) asked Police for")
    assert "research before the MARAC meeting; it was allowed" in said
    assert "Quill" not in said
