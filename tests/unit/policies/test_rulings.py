"""From matching rules to an answer: conditions, obligations, profile, basis and sentence."""

from dataclasses import replace

import pytest

from broker.domain.context import Facts
from broker.domain.words import Outcome
from policies.loader import read_pack
from policies.rulings import NO_RULE, NOT_SERVED, ruling_of
from policies.table import Table, Verdict
from tests import builders
from tests.unit.policies.packs import TODAY, files, policy


@pytest.mark.parametrize(
    ("reasons", "approval", "unmet"),
    [
        ("absent", "none", ("2ND", "RSN")),
        ("unknown", "unknown", ("2ND", "RSN")),
        ("recorded", "none", ("2ND",)),
        ("absent", "manager", ("RSN",)),
        ("recorded", "manager", ()),
        ("recorded", "caldicott", ()),
        ("recorded", "ig-lead", ()),
    ],
)
def test_what_must_come_first_comes_first(
    reasons: str, approval: str, unmet: tuple[str, ...]
) -> None:
    """Against a refusal nothing leaves before recorded reasons and a second person's approval."""
    ruling = policy().rule(builders.facts(consent="refused", reasons=reasons, approval=approval))

    assert unmet == ruling.unmet
    assert (Outcome.REFER_HUMAN if unmet else Outcome.PERMIT_REDACTED) is ruling.outcome
    assert (None if unmet else "P-VICTIM-SAFE") == ruling.profile


def test_the_spoken_word_waits_for_its_conditions_too() -> None:
    """What may only be said at the meeting needs its second person as well."""
    facts = builders.facts(category="hba-network")

    assert policy().rule(facts).outcome is Outcome.REFER_HUMAN
    assert policy().rule(replace(facts, approval="manager")).outcome is Outcome.PERMIT_VERBAL_ONLY


def test_a_cap_does_not_lift_the_conditions_of_the_rule_it_caps() -> None:
    """A referral without consent that is also capped still needs reasons and a second person."""
    facts = builders.facts(
        purpose="marac-referral",
        recipient_agency="idva-service",
        recipient_perpetrator_facing="yes",
        category="risk-assessment",
        consent="refused",
    )

    assert {"2ND", "RSN"} <= set(policy().rule(facts).unmet)


def test_several_profiles_are_all_named() -> None:
    """Whoever redacts hears of every profile that a matching rule asks for."""
    facts = builders.facts(
        recipient_agency="probation", recipient_perpetrator_facing="yes", subject_role="perpetrator"
    )

    assert policy().rule(facts).profile == "P-PERP-FACING P-VICTIM-SAFE"


def test_a_refusal_carries_its_own_obligations_and_no_others() -> None:
    """A refusal for immigration enforcement tells the IG lead and the advocate; nothing is sent."""
    ruling = policy().rule(builders.facts(purpose="immigration-enforcement"))

    assert ruling.obligations == ("IG", "NTF")


def test_gaps_are_answered_with_fixed_sentences() -> None:
    """Where no rule speaks, the answer says so."""
    gap = policy().rule(builders.facts(category="perp-programme"))
    facts = builders.facts(purpose="housing-duty")
    closed = read_pack(files(**{"purposes/housing-duty.csv": None}), today=TODAY)
    unserved = ruling_of(facts, Table(closed).verdict(facts.as_tuple()))

    assert (gap.outcome, gap.sentence, gap.deciding_rules) == (Outcome.REFER_HUMAN, NO_RULE, ())
    assert (unserved.outcome, unserved.sentence) == (Outcome.DENY, NOT_SERVED)


@pytest.mark.parametrize("outcome", [Outcome.PERMIT, Outcome.PERMIT_REDACTED])
def test_a_yes_without_a_rule_is_a_no(outcome: Outcome) -> None:
    """If the table ever claimed a yes that no rule gives, nothing would be shared."""
    forged = Verdict(outcome=outcome, matched=(), deciding=())

    assert ruling_of(builders.facts(), forged).outcome is Outcome.DENY


def test_a_yes_supported_by_denials_only_is_a_no() -> None:
    """A rule that holds back is no reason for a yes, whatever it allows at the most."""
    verdict = Table(policy().pack).verdict(builders.facts(consent="refused").as_tuple())
    caps = tuple(rule for rule in verdict.matched if not rule.gives)
    forged = Verdict(outcome=Outcome.PERMIT_REDACTED, matched=caps, deciding=caps)

    assert caps
    assert ruling_of(builders.facts(), forged).outcome is Outcome.DENY


def test_the_same_facts_get_the_same_answer() -> None:
    """Replaying the facts of a ruling gives the ruling, remembered or not."""
    ruling = policy().rule(builders.facts(requester_agency="no such agency"))

    assert ruling == policy().rule(ruling.facts)
    assert ruling is policy().rule(ruling.facts)
    assert ruling.facts != Facts()
