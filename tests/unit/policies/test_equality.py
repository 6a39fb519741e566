"""The compiled table and Casbin are the same in every case there is, and a difference is found."""

from dataclasses import replace
from datetime import date
from itertools import chain, combinations

import pytest

import policies
from broker.domain.context import FACT_NAMES
from broker.domain.ids import RuleId
from broker.domain.words import Outcome
from policies.answers import Answer, answers
from policies.decide import PolicySet
from policies.engine import CasbinEngine
from policies.equality import casbin_outcomes, unequal_cases
from policies.forest import Forest
from policies.grid import Grid
from policies.pack import Pack
from policies.rules import Effect, Rule
from policies.table import Table
from policies.vocabulary import ANY

TODAY = date(2026, 11, 22)
KINDS = [
    *((Effect.DENY, one) for one in tuple(Outcome)[:-1]),
    *((Effect.ALLOW, one) for one in tuple(Outcome)[1:]),
]
"""Every kind of rule there is, as far as the outcome is concerned."""


@pytest.fixture(scope="module")
def policy() -> PolicySet:
    """Return the packaged rules."""
    return policies.load(today=TODAY)


def test_casbin_and_the_compiled_answers_agree_in_every_case(policy: PolicySet) -> None:
    """Not one of all cases is answered otherwise by Casbin."""
    assert unequal_cases(policy.pack) == 0


@pytest.mark.parametrize("dropped", ["S01", "S09", "S10", "C01"])
def test_a_rule_that_casbin_does_not_have_is_found(policy: PolicySet, dropped: str) -> None:
    """Had Casbin dropped one denying line, the proof would fail."""
    forest = Forest(Grid.of(policy.pack))
    ours = answers(forest, policy.pack)
    before = forest.combine(
        ours, ours, lambda one, _: one.before if isinstance(one, Answer) else None
    )
    rest = tuple(one for one in policy.pack.rules if one.rule_id != dropped)
    assert casbin_outcomes(forest, replace(policy.pack, rules=rest)) != before


def _rules(policy: PolicySet, kinds: tuple[tuple[Effect, Outcome], ...]) -> tuple[Rule, ...]:
    """Return one rule of each kind that matches everything of one served purpose."""
    plain = policy.pack.rules[0]
    conditions = tuple("marac-research" if one == "purpose" else ANY for one in FACT_NAMES)
    return tuple(
        replace(
            plain,
            rule_id=RuleId(f"K{number}"),
            effect=effect,
            outcome=outcome,
            conditions=conditions,
            suspended=False,
        )
        for number, (effect, outcome) in enumerate(kinds)
    )


def test_every_combination_of_matching_rules_gives_what_casbin_gives(policy: PolicySet) -> None:
    """All sets of kinds of rules that can match together, in a served purpose and outside one."""
    sets = chain.from_iterable(combinations(KINDS, n) for n in range(len(KINDS) + 1))
    words = tuple(policy.pack.vocabulary.of(one)[0] for one in FACT_NAMES)
    assert words[0] == "marac-research"
    checked = 0
    for kinds in sets:
        for served in ((), ("marac-research",)):
            if not served and any(effect is Effect.ALLOW for effect, _ in kinds):
                continue  # A purpose that some rule allows is a served one.
            pack: Pack = replace(policy.pack, rules=_rules(policy, kinds), served=served)
            assert CasbinEngine(pack).outcome(words) is Table(pack).verdict(words).outcome, kinds
            checked += 1
    assert checked == 2 ** len(KINDS) + 2 ** (len(KINDS) // 2)
