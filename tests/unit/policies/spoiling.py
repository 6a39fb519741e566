"""Part of the packaged pack, compiled at once, ways to spoil it, and its promises."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from broker.domain.context import FACT_NAMES
from policies.claims import Claim, Property
from policies.decide import PolicySet
from policies.pack import Pack
from policies.problems import Place, Problems
from policies.properties import read_properties
from policies.proving import Broken, Prover
from policies.rules import Rule
from policies.table import Table
from tests.unit.policies.packs import GUARDS, RESEARCH, files, policy

_FILES = (
    GUARDS,
    RESEARCH,
    "purposes/marac-referral.csv",
    "purposes/idva-support.csv",
)
"""A part of the pack that is compiled at once; the whole of it is proven in test_check."""


@cache
def base() -> PolicySet:
    """Return the packaged rules of a few purposes."""
    rules = tuple(one for one in policy().pack.rules if one.file in _FILES)
    served = ("idva-support", "marac-referral", "marac-research")
    return set_of(replace(policy().pack, rules=rules, served=served))


@cache
def base_prover() -> Prover:
    """The prover of those rules as they are."""
    return Prover(base())


@cache
def promises() -> dict[str, Property]:
    """The properties of the packaged pack by id."""
    problems = Problems()
    found = read_properties(files()["properties.yaml"], policy().pack, problems)
    problems.raise_if_any()
    return {one.property_id: one for one in found}


def set_of(pack: Pack) -> PolicySet:
    """A pack as it is asked."""
    return PolicySet(pack, Table(pack))


def changed(change: Callable[[Rule], Rule | None]) -> PolicySet:
    """Return the packaged rules, each as the change leaves it, or without it."""
    pack = base().pack
    rules = tuple(found for one in pack.rules if (found := change(one)) is not None)
    assert rules != pack.rules
    return set_of(replace(pack, rules=rules))


def without_rules(*rule_ids: str) -> PolicySet:
    """Those rules without some of them."""
    return changed(lambda one: None if one.rule_id in rule_ids else one)


def with_cell(rule_id: str, fact: str, cell: str) -> PolicySet:
    """Return the packaged rules with one cell of one rule changed."""
    place = FACT_NAMES.index(fact)

    def change(one: Rule) -> Rule:
        if one.rule_id != rule_id:
            return one
        cells = (*one.conditions[:place], cell, *one.conditions[place + 1 :])
        return replace(one, conditions=cells)

    return changed(change)


def stated(claim: Claim) -> Property:
    """A property of a test."""
    place = Place(file="properties.yaml", line=3)
    return Property(property_id="x", says="X.", why="y", claim=claim, place=place)


def broken(found: Broken | None) -> Broken:
    """What is broken, which something must be."""
    assert found is not None
    return found
