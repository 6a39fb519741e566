"""One diagram holds the answer to every case: it must say what the rules say, cell by cell."""

from dataclasses import asdict
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policies
from broker.domain.context import FACT_NAMES, Facts
from policies.agreement import drawn
from policies.answers import Answer, answers
from policies.decide import PolicySet
from policies.forest import Forest
from policies.grid import LEVELS, Grid

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def policy() -> PolicySet:
    """Return the packaged rules."""
    return policies.load(today=TODAY)


@pytest.fixture(scope="module")
def forest(policy: PolicySet) -> Forest:
    """Return a forest over their grid."""
    return Forest(Grid.of(policy.pack))


@pytest.fixture(scope="module")
def root(forest: Forest, policy: PolicySet) -> int:
    """Return the diagram of all answers."""
    return answers(forest, policy.pack)


def _asked(forest: Forest, root: int, facts: Facts) -> Answer:
    found = forest.answer(root, asdict(facts))
    assert isinstance(found, Answer)
    return found


def test_every_fact_has_its_level() -> None:
    """No fact is forgotten, and none is asked twice."""
    assert sorted(LEVELS) == sorted(FACT_NAMES)


def test_the_diagram_says_what_the_rules_say_near_every_rule(
    forest: Forest, root: int, policy: PolicySet
) -> None:
    """Thousands of cases near the rules get the same outcome, obligations and redaction."""
    for words in drawn(policy.pack, 5_000, "answers"):
        facts = Facts(**dict(zip(FACT_NAMES, words, strict=True)))
        ruling, answer = policy.rule(facts), _asked(forest, root, facts)
        assert (answer.outcome, answer.obligations, answer.profile) == (
            ruling.outcome,
            ruling.obligations,
            ruling.profile,
        ), facts


@given(data=st.data())
def test_the_diagram_says_what_the_rules_say_anywhere(
    data: st.DataObject, forest: Forest, root: int, policy: PolicySet
) -> None:
    """So do cases that nobody thought of."""
    facts = Facts(
        **{fact: data.draw(st.sampled_from(policy.pack.vocabulary.of(fact))) for fact in FACT_NAMES}
    )
    ruling, answer = policy.rule(facts), _asked(forest, root, facts)
    assert (answer.outcome, answer.obligations) == (ruling.outcome, ruling.obligations)
    assert answer.outcome is ruling.outcome
    assert bool(answer.outcome is not answer.before) is bool(ruling.unmet)


def test_the_counts_of_all_answers_are_all_cases(forest: Forest, root: int) -> None:
    """Nothing is counted twice, nothing is left out."""
    assert sum(forest.counts(root, lambda _: None).values()) == forest.grid.cells


def test_a_box_is_cut_out_exactly(forest: Forest, root: int) -> None:
    """Inside a box the answers stay, outside there are none, and the sizes are right."""
    box = forest.grid.box({"purpose": ["marac-research"], "consent": ["refused", "withdrawn"]})
    inside = forest.within(root, box)
    counted = forest.counts(inside, lambda value: value is None)
    words = forest.grid.words
    assert counted[False] == forest.grid.cells // len(words["purpose"]) // len(words["consent"]) * 2


def test_fixing_a_fact_is_asking_with_that_word(
    forest: Forest, root: int, policy: PolicySet
) -> None:
    """The diagram for `consent` refused answers as the whole one does for that word."""
    refused = forest.fixed(root, "consent", "refused")
    for words in drawn(policy.pack, 500, "fixed"):
        facts = dict(zip(FACT_NAMES, words, strict=True))
        there = forest.answer(root, {**facts, "consent": "refused"})
        assert forest.answer(refused, facts) == there


def test_equal_functions_are_one_node(forest: Forest, root: int, policy: PolicySet) -> None:
    """Compiling again gives the same node: comparing two versions is comparing two numbers."""
    assert answers(forest, policy.pack) == root
    assert forest.combine(root, root, lambda one, _: one) == root


def test_boxes_cover_what_was_asked_and_nothing_twice(forest: Forest, root: int) -> None:
    """The boxes of all permits hold as many cases as the count of permits says."""
    size = 0
    for box, _ in forest.boxes(
        root, lambda one: isinstance(one, Answer) and one.outcome == "permit"
    ):
        cells = 1
        for fact in LEVELS:
            some = box.get(fact)
            cells *= len(forest.grid.words[fact]) if some is None else some.bit_count()
        size += cells
    counts = forest.counts(root, lambda one: str(getattr(one, "outcome", None)))
    assert size == counts["permit"]


def test_only_an_emergency_keeps_a_safe_address_and_never_near_the_perpetrator(
    forest: Forest, root: int
) -> None:
    """Of all cases, those with the gentlest redaction are emergencies to somebody surely apart."""
    cells = forest.spread(root, _keeps_safe_addresses)
    words = {fact: set(forest.grid.of_bits(fact, bits)) for fact, bits in cells.items()}

    assert words["purpose"] == {"marac-emergency"}
    assert words["risk"] == {"very-high-imminent"}
    assert words["recipient_perpetrator_facing"] == {"no"}
    assert words["reasons"] == {"recorded"}
    assert words["recipient_agency"].isdisjoint({"probation", "prison", "perpetrator-service"})


def _keeps_safe_addresses(answer: object) -> bool:
    """Whether P-EMERGENCY alone applies: of several profiles the strictest counts."""
    return isinstance(answer, Answer) and answer.profile == "P-EMERGENCY"
