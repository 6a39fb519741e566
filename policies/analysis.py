"""What a pack leaves open, and which of its rules never decide anything.

An IG lead reads this after an edit: rules that can never decide, rules that forbid what another
one allows, rules that overlap with another answer, and combinations that no rule speaks about.
Everything is found over all cases; nothing is sampled.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from broker.domain.ids import RuleId
from broker.domain.words import UNKNOWN, Outcome
from policies.answers import Answer, answers
from policies.decide import PolicySet
from policies.forest import Forest
from policies.grid import LEVELS, Box, Grid
from policies.ordinary import ORDINARY, ordinary_case
from policies.pack import Pack
from policies.rules import Effect, Rule

_ASKED = ("purpose", "category", "consent", "risk")
"""What a combination without a rule is a combination of (domain brief 6.2, story 4)."""
_SIDES = ("requester_agency", "holder_agency", "recipient_agency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A rule that decides in no case.

    Args:
        unreachable: every case that it matches is denied by another rule.
        behind: what decides instead in one such case.

    """

    rule: str
    unreachable: bool
    behind: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two rules that meet. `wholly`: the second matches wherever the first does."""

    one: str
    other: str
    wholly: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Combinations of consent and risk for which an everyday case meets no rule.

    Args:
        open_combinations: how many of `combinations` there are.

    """

    purpose: str
    category: str
    open_combinations: int
    combinations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What was found. `by_default` counts the cases of served purposes that no rule decides."""

    silent: tuple[Silent, ...]
    needless: tuple[str, ...]
    contradictory: tuple[Pair, ...]
    overlapping: tuple[Pair, ...]
    gaps: tuple[Gap, ...]
    served_cases: int
    by_default: int


def analysis(policy: PolicySet, step: Callable[[], object] = lambda: None) -> Analysis:
    """Return what a pack leaves open and which rules do nothing.

    `step` is called after each rule: there are hundreds, and somebody waits.
    """
    pack = policy.pack
    forest = Forest(Grid.of(pack))
    root = answers(forest, pack)
    boxes = {rule.rule_id: box_of(forest.grid, pack, rule) for rule in pack.rules}
    counts = forest.counts(
        forest.within(root, forest.grid.box({"purpose": pack.served})),
        lambda one: one.ruled if isinstance(one, Answer) else None,
    )
    return Analysis(
        silent=tuple(_silent(forest, root, policy, boxes)),
        needless=tuple(_needless(forest, root, pack, boxes, step)),
        contradictory=tuple(_contradictory(pack, boxes)),
        overlapping=tuple(_overlapping(pack, boxes)),
        gaps=tuple(_gaps(forest, root, pack)),
        served_cases=counts.get(True, 0) + counts.get(False, 0),
        by_default=counts.get(False, 0),
    )


def box_of(grid: Grid, pack: Pack, rule: Rule) -> Box:
    """Return the cases that a rule matches; a fact that may be anything is not named."""
    meant = {fact: grid.bits(fact, words) for fact, words in pack.conditions_of(rule)}
    return {
        fact: meant[fact]
        for level, fact in enumerate(LEVELS)
        if meant[fact] != grid.everything[level]
    }


def _silent(
    forest: Forest, root: int, policy: PolicySet, boxes: Mapping[RuleId, Box]
) -> Iterator[Silent]:
    for rule in policy.pack.rules:
        here = forest.within(root, boxes[rule.rule_id])
        found = {one.before for one in forest.values(here) if isinstance(one, Answer)}
        if rule.outcome not in found:
            case = ordinary_case(forest, here, lambda one: one is not None)
            yield Silent(
                rule=rule.rule_id,
                unreachable=found == {Outcome.DENY},
                behind=policy.rule(case).deciding_rules,
            )


def _needless(
    forest: Forest,
    root: int,
    pack: Pack,
    boxes: Mapping[RuleId, Box],
    step: Callable[[], object],
) -> Iterator[str]:
    """Yield the rules without which every case gets the same answer."""
    for rule in pack.rules:
        rest = replace(pack, rules=tuple(one for one in pack.rules if one is not rule))
        box = boxes[rule.rule_id]
        if answers(forest, rest, box) == forest.within(root, box):
            yield rule.rule_id
        step()


def _meet(one: Box, other: Box) -> bool:
    return all(one[fact] & other[fact] for fact in one.keys() & other.keys())


def _holds(outer: Box, inner: Box) -> bool:
    """Whether every case of `inner` is one of `outer`."""
    return all(fact in inner and not inner[fact] & ~outer[fact] for fact in outer)


def _contradictory(pack: Pack, boxes: Mapping[RuleId, Box]) -> Iterator[Pair]:
    """Yield what is given by one rule and held back in each of its cases by another."""
    for rule in pack.rules:
        for other in pack.rules:
            against = other.effect is Effect.DENY and other.outcome.width < rule.outcome.width
            if rule.gives and against and _holds(boxes[other.rule_id], boxes[rule.rule_id]):
                yield Pair(one=rule.rule_id, other=other.rule_id, wholly=True)


def _overlapping(pack: Pack, boxes: Mapping[RuleId, Box]) -> Iterator[Pair]:
    """Yield pairs that both give, meet, and give differently: the narrower one wins there."""
    giving = [rule for rule in pack.rules if rule.gives]
    for one, other in combinations(giving, 2):
        mine, theirs = boxes[one.rule_id], boxes[other.rule_id]
        if one.outcome is not other.outcome and _meet(mine, theirs):
            yield Pair(one=one.rule_id, other=other.rule_id, wholly=_holds(theirs, mine))


def _gaps(forest: Forest, root: int, pack: Pack) -> Iterator[Gap]:
    """Yield, for each purpose and category, the combinations that are left to the default.

    Looked at are everyday cases, whoever asks, holds and receives. Combinations that are denied
    to everybody are no gap: there a rule speaks.
    """
    grid = forest.grid
    here = grid.box(_everyday(grid))
    giving = replace(pack, rules=tuple(one for one in pack.rules if one.effect is Effect.ALLOW))
    given = forest.some(forest.within(answers(forest, giving), here), _ASKED, _is_ruled)
    left = forest.some(forest.within(root, here), _ASKED, _is_open)
    gap = forest.combine(given, left, lambda ruled, is_open: is_open and not ruled)
    combinations_each = len(grid.words["consent"]) * len(grid.words["risk"])
    for purpose in pack.served:
        for category in grid.words["category"]:
            one = forest.fixed(forest.fixed(gap, "purpose", purpose), "category", category)
            number = forest.counts(one, bool).get(True, 0)
            if number:
                yield Gap(
                    purpose=purpose,
                    category=category,
                    open_combinations=number * combinations_each // grid.cells,
                    combinations=combinations_each,
                )


def _everyday(grid: Grid) -> Mapping[str, list[str]]:
    words = {fact: set(ORDINARY[fact]) for fact in LEVELS if fact not in _ASKED}
    known = {fact: {*grid.words[fact]} - {UNKNOWN} for fact in _SIDES}
    everyday = {**words, **known}
    return {fact: [one for one in grid.words[fact] if one in everyday[fact]] for fact in everyday}


def _is_ruled(answer: object) -> bool:
    return isinstance(answer, Answer) and answer.ruled


def _is_open(answer: object) -> bool:
    return isinstance(answer, Answer) and answer.before is not Outcome.DENY
