"""Proofs over every case: what holds is proven, what does not is shown with a case and rules."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import product

import pytest

from broker.domain.context import FACT_NAMES, Facts
from broker.domain.decision import Ruling
from broker.domain.words import Outcome
from policies.agreement import drawn
from policies.claims import (
    Always,
    Cases,
    Claim,
    Measure,
    Never,
    NeverWider,
    NoDifference,
    Possible,
    Requires,
    When,
    Words,
)
from tests.unit.policies.packs import as_facts, policy
from tests.unit.policies.spoiling import base, base_prover, stated

_OPEN = ("consent", "recipient_perpetrator_facing", "reasons")
"""Facts that are left open in the boxes that are also counted one by one."""


def _cases(where: Words, *unless: Words) -> Cases:
    return Cases(where=where, unless=unless)


def _boxes() -> Iterator[dict[str, tuple[str, ...]]]:
    """Yield small boxes near the rules, in which every case can be asked one by one."""
    pack = base().pack
    for words in drawn(pack, 12, "proving"):
        facts = asdict(as_facts(words))
        yield {fact: (word,) for fact, word in facts.items() if fact not in _OPEN}


def _rulings(where: Words) -> dict[Facts, Ruling]:
    """Return every case of a box with what the rules say when they are asked."""
    words = [where.get(fact, policy().pack.vocabulary.of(fact)) for fact in FACT_NAMES]
    return {facts: base().rule(facts) for facts in map(as_facts, product(*words))}


def _asks_less(new: Ruling, old: Ruling) -> bool:
    """Whether at least as much reaches somebody under fewer obligations."""
    reaches = Outcome.REFER_HUMAN.width < old.outcome.width <= new.outcome.width
    return reaches and not set(old.obligations) <= set(new.obligations)


def _counted(claim: Claim) -> int:
    found = base_prover().prove(stated(claim))
    return 0 if found is None else found.cases


@pytest.mark.parametrize("where", list(_boxes()), ids=[f"box {number}" for number in range(12)])
def test_proofs_count_exactly_the_cases_that_asking_one_by_one_finds(where: Words) -> None:
    """Each kind of property, in boxes small enough to ask every case: same number, none missed."""
    rulings = _rulings(where)
    widths = {facts: one.outcome.width for facts, one in rulings.items()}
    refused = {"consent": ("refused", "withdrawn")}
    cases = _cases(where, refused)
    meant = [facts for facts in rulings if facts.consent not in refused["consent"]]
    wide = [one for one in meant if widths[one] > Outcome.REFER_HUMAN.width]

    assert _counted(Never(cases=cases, wider_than=Outcome.REFER_HUMAN)) == len(wide)
    assert _counted(Always(cases=cases, at_least=Outcome.PERMIT_VERBAL_ONLY)) == (
        len(meant) - len(wide)
    )
    requires = Requires(
        cases=cases, when=When.GIVEN, obligations=("NOX",), profiles=(), any_profile=True
    )
    assert _counted(requires) == sum(
        "NOX" not in rulings[one].obligations or rulings[one].profile is None for one in wide
    )
    never_wider = NeverWider(cases=cases, to=refused, only_from={}, measure=Measure.OUTCOME)
    assert _counted(never_wider) == sum(
        any(widths[replace(one, consent=to)] > widths[one] for to in refused["consent"])
        for one in meant
    )
    duties = replace(never_wider, measure=Measure.DUTIES)
    assert _counted(duties) == sum(
        any(
            _asks_less(rulings[replace(one, consent=to)], rulings[one]) for to in refused["consent"]
        )
        for one in meant
    )
    among = {"reasons": ("recorded", "absent")}
    assert _counted(NoDifference(cases=cases, among=among, measure=Measure.REACHES)) == sum(
        len({Measure.REACHES.of(rulings[replace(one, reasons=word)].outcome) for word in words}) > 1
        for words in among.values()
        for one in meant
        if one.reasons in words
    )
    each = {"recipient_perpetrator_facing": ("yes", "no")}
    possible = Possible(cases=cases, at_least=Outcome.PERMIT_REDACTED, for_each=each)
    assert (base_prover().prove(stated(possible)) is None) is all(
        any(rulings[one].outcome.releases for one in meant if one.recipient_perpetrator_facing == w)
        for w in each["recipient_perpetrator_facing"]
    )


def test_measures_tell_apart_what_a_person_says_and_what_leaves_alone() -> None:
    """By each measure the outcomes stand in the same order; only the first tells no from ask."""
    for measure in Measure:
        widths = [measure.of(one).reach for one in Outcome]
        assert widths == sorted(widths)
    assert Measure.REACHES.of(Outcome.REFER_HUMAN) == Measure.REACHES.of(Outcome.DENY)
    assert Measure.ALONE.of(Outcome.PERMIT_VERBAL_ONLY).reach == 0
    assert Measure.REACHES.of(Outcome.PERMIT_VERBAL_ONLY).reach == 1


def test_an_answer_that_asks_for_less_is_wider() -> None:
    """Sending as much under fewer obligations is giving away something; sending less is not."""
    bound = Measure.DUTIES.of(Outcome.PERMIT_REDACTED, ("MIN", "NOX"))
    free = Measure.DUTIES.of(Outcome.PERMIT_REDACTED, ("MIN",))
    said = Measure.DUTIES.of(Outcome.PERMIT_VERBAL_ONLY, ())

    assert free.is_wider_than(bound)
    assert not bound.is_wider_than(free)
    assert not said.is_wider_than(bound)
    assert not free.is_wider_than(Measure.DUTIES.of(Outcome.REFER_HUMAN, ("2ND",)))


def test_the_boxes_hold_cases_of_many_kinds() -> None:
    """Boxes of nothing but denials would prove nothing."""
    seen = {one.outcome for where in _boxes() for one in _rulings(where).values()}

    assert seen >= {Outcome.DENY, Outcome.REFER_HUMAN, Outcome.PERMIT_REDACTED}
