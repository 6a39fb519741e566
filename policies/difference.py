"""What a new version of the rules changes, over every case there is.

Two versions are compiled into one forest and laid over each other: what is left are exactly the
cases that would be answered otherwise, with their number. Nothing is sampled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from broker.domain.context import Facts
from broker.domain.words import Outcome
from policies.answers import Answer, answers
from policies.decide import PolicySet
from policies.forest import Forest
from policies.grid import LEVELS, Grid
from policies.ordinary import ordinary_case


class Kind(StrEnum):
    """How a case's answer changes; the first that fits, and what matters most comes first."""

    NEWLY_ALLOWED = "newly allowed"
    WIDER = "wider"
    NEWLY_REFUSED = "newly refused"
    NARROWER = "narrower"
    OTHER_DUTIES = "same answer, other obligations or redaction"


@dataclass(frozen=True, slots=True)
class Step:
    """From one answer to another."""

    old: Answer
    new: Answer

    @property
    def kind(self) -> Kind:
        """Return which kind of change it is; `newly allowed` means that something leaves now."""
        before, after = self.old.outcome, self.new.outcome
        if after.releases and not before.releases:
            return Kind.NEWLY_ALLOWED
        if after is Outcome.DENY and before is not Outcome.DENY:
            return Kind.NEWLY_REFUSED
        if after is before:
            return Kind.OTHER_DUTIES
        return Kind.WIDER if after.width > before.width else Kind.NARROWER


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """All cases of one purpose that go from one outcome to another.

    Args:
        cases: how many there are.
        only: facts that narrow them down, with the words that occur; not every combination of
            those words need be among the cases.
        example: one of the cases, with words as ordinary as can be.
        old_rules, new_rules: what decides the example before and after.
        added, removed: obligations of the example.

    """

    kind: Kind
    purpose: str
    old: Outcome
    new: Outcome
    cases: int
    only: Mapping[str, tuple[str, ...]]
    example: Facts
    old_rules: tuple[str, ...]
    new_rules: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    old_profile: str | None
    new_profile: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What changes between two versions; no `changes` means that no case is answered otherwise."""

    old_version: str
    new_version: str
    cells: int
    counts: Mapping[Kind, int]
    changes: tuple[Change, ...]


def difference(old: PolicySet, new: PolicySet) -> Difference:
    """Return the difference, what is newly allowed first.

    A word that only one version knows is `unknown` to the other.
    """
    forest = Forest(Grid.of(old.pack, new.pack))
    steps = forest.combine(answers(forest, old.pack), answers(forest, new.pack), _step)
    counts = forest.counts(steps, lambda one: one.kind if isinstance(one, Step) else None)
    changes = tuple(
        change
        for purpose in forest.grid.words["purpose"]
        for change in _changes_of(forest, steps, purpose, (old, new))
    )
    return Difference(
        old_version=old.version,
        new_version=new.version,
        cells=forest.grid.cells,
        counts={kind: counts.get(kind, 0) for kind in Kind},
        changes=tuple(sorted(changes, key=lambda one: (_order(one.kind), -one.cases, one.purpose))),
    )


def _order(kind: Kind) -> int:
    return tuple(Kind).index(kind)


def _step(old: object, new: object) -> Step | None:
    if not isinstance(old, Answer) or not isinstance(new, Answer):
        raise TypeError("A diagram of answers holds answers.")
    seen = (old.outcome, old.obligations, old.profile)
    return None if seen == (new.outcome, new.obligations, new.profile) else Step(old, new)


def _changes_of(
    forest: Forest, steps: int, purpose: str, versions: tuple[PolicySet, PolicySet]
) -> list[Change]:
    """Return a purpose's changes, one for each pair of outcomes before and after."""
    here = forest.within(steps, forest.grid.box({"purpose": (purpose,)}))
    pairs = {
        (one.kind, one.old.outcome, one.new.outcome)
        for one in forest.values(here)
        if isinstance(one, Step)
    }
    return [_change(forest, here, purpose, pair, versions) for pair in sorted(pairs)]


def _change(
    forest: Forest,
    here: int,
    purpose: str,
    pair: tuple[Kind, Outcome, Outcome],
    versions: tuple[PolicySet, PolicySet],
) -> Change:
    def wanted(one: object) -> bool:
        return isinstance(one, Step) and (one.kind, one.old.outcome, one.new.outcome) == pair

    spread = forest.spread(here, wanted)
    example = ordinary_case(forest, here, wanted)
    old, new = (one.rule(example) for one in versions)
    return Change(
        kind=pair[0],
        purpose=purpose,
        old=pair[1],
        new=pair[2],
        cases=forest.counts(here, wanted).get(True, 0),
        only={
            fact: forest.grid.of_bits(fact, bits)
            for level, (fact, bits) in enumerate((one, spread[one]) for one in LEVELS)
            if fact != "purpose" and bits != forest.grid.everything[level]
        },
        example=example,
        old_rules=old.deciding_rules,
        new_rules=new.deciding_rules,
        added=tuple(sorted(set(new.obligations) - set(old.obligations))),
        removed=tuple(sorted(set(old.obligations) - set(new.obligations))),
        old_profile=old.profile,
        new_profile=new.profile,
    )
