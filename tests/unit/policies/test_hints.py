"""What an advocate is told would change an answer: it would, and it is never about consent."""

from dataclasses import replace
from itertools import product

import pytest

from broker.domain.context import FACT_NAMES, Facts
from broker.domain.words import UNKNOWN, Outcome
from policies.agreement import drawn
from policies.explain import for_advocate
from policies.hints import _DONE, _FOUND_OUT, hints, not_known
from tests import builders
from tests.unit.policies.packs import as_facts, policy

_NEVER_SUGGESTED = {
    "consent",
    "conflict",
    "agreement",
    "case_listing",
    "emergency_use",
    "referral_history",
}
_CELLS = [as_facts(words) for words in drawn(policy().pack, 400, "hints")]


def test_consent_conflict_and_agreement_are_never_suggested() -> None:
    """Nobody is told that a yes from the survivor, or another declaration, would open the door."""
    assert set(FACT_NAMES) >= _NEVER_SUGGESTED
    assert _NEVER_SUGGESTED.isdisjoint({*_FOUND_OUT, *_DONE})
    for facts in _CELLS:
        said = " ".join(one.when for one in hints(policy(), policy().rule(facts)))
        assert not any(word in said for word in ("consent", "agree", "conflict", "list"))


def test_a_refusal_of_consent_is_answered_with_reasons_and_approval() -> None:
    """Against a refusal the hint is what the law asks for first, and both parts together."""
    ruling = policy().rule(builders.facts(consent="refused"))
    found = hints(policy(), ruling)

    assert [one.when for one in found] == [
        "the reasons were put on record and a second person approved"
    ]
    assert found[0].outcome is Outcome.PERMIT_REDACTED


@pytest.mark.parametrize("risk_age", ["stale", UNKNOWN])
def test_an_old_assessment_is_answered_with_a_new_one(risk_age: str) -> None:
    """What is out of date or undated may be done again."""
    found = hints(policy(), policy().rule(builders.facts(risk_age=risk_age)))

    assert [one.when for one in found] == ["the risk were assessed again"]


def test_what_is_not_known_may_be_found_out() -> None:
    """Whose information it is decides, so finding it out is suggested."""
    ruling = policy().rule(builders.facts(subject_role=UNKNOWN))

    assert [one.when for one in hints(policy(), ruling)] == [
        "it were known whose information it is"
    ]
    assert hints(policy(), ruling)[0].depends


def test_only_what_decided_for_not_being_known_is_called_unknown() -> None:
    """Facts that no deciding rule looked at are not said to matter."""
    facts = builders.facts(subject_role=UNKNOWN, child_at_risk=UNKNOWN)
    ruling = policy().rule(facts)
    deciding = [one for one in policy().pack.rules if one.rule_id in ruling.deciding_rules]

    assert not_known(facts, deciding) == ("whose information it is",)
    assert not_known(facts, []) == ()


def test_every_hint_comes_true() -> None:
    """Doing what is suggested gives an answer as wide as was said, for every drawn situation."""
    suggested = 0
    for facts in _CELLS:
        ruling = policy().rule(facts)
        for hint in hints(policy(), ruling):
            suggested += 1
            reached = {policy().rule(one).outcome for one in _following(facts, hint.when)}
            assert hint.outcome in reached, (facts, hint)
            assert hint.outcome.width > ruling.outcome.width
    assert suggested > 10


def _following(facts: Facts, when: str) -> list[Facts]:
    """Every way in which the suggestion can be followed."""
    known = [fact for fact, say in _FOUND_OUT.items() if when == f"it were known {say}"]
    if known:
        return [replace(facts, **{known[0]: word}) for word in policy().words(known[0])]
    done = [fact for fact, (_, say) in _DONE.items() if say in when.split(" and ")]
    return [
        replace(facts, **dict(zip(done, words, strict=True)))
        for words in product(*(_DONE[fact][0] for fact in done))
    ]


def test_nothing_is_suggested_where_something_is_sent() -> None:
    """A yes needs no advice on how to widen it, also where something would."""
    sent = [one for one in map(policy().rule, _CELLS) if one.outcome.releases]

    assert len(sent) > 10
    assert {hints(policy(), one) for one in sent} == {()}


@pytest.mark.parametrize(
    "stop", [{"conflict": "confirmed"}, {"agreement": "lapsed"}, {"category": "legal-privileged"}]
)
def test_a_hard_stop_has_no_way_round(stop: dict[str, str]) -> None:
    """Where the answer is a flat no, nobody is told of anything to try."""
    ruling = policy().rule(builders.facts(**stop))

    assert ruling.outcome is Outcome.DENY
    assert hints(policy(), ruling) == ()
    assert "What would change it" not in for_advocate(policy(), ruling)
