"""Proves the properties of a pack over every case there is, or finds a case that breaks them.

Nothing is sampled: each property becomes a diagram of the cases that break it, and it holds when
that diagram is empty.
"""

from collections.abc import Callable, Hashable
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import product
from operator import eq

from broker.domain.context import Facts
from broker.domain.decision import Ruling
from policies.answers import Answer, answers
from policies.claims import (
    Always,
    Cases,
    Claim,
    Covered,
    Measure,
    Never,
    NeverWider,
    NoDifference,
    Possible,
    Property,
    Requires,
    Width,
    Words,
)
from policies.decide import PolicySet
from policies.forest import Forest
from policies.grid import Box, Grid
from policies.ordinary import ordinary_case
from policies.rules import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A property that does not hold.

    Args:
        cases: how many cases break it; 0 where the fault is that no case does what it should.
        found: what is wrong, as the end of a sentence about the example.
        example: one case of those, with words as ordinary as can be; None if none is meant.
        ruling: what the example gets, and by which rules.
        changed: where a changed fact is the point, the ruling after the change.

    """

    stated: Property
    cases: int
    found: str
    example: Facts | None = None
    ruling: Ruling | None = None
    changed: Ruling | None = None


class Prover:
    """Every case of one pack, to be asked about many properties. For one thread."""

    def __init__(self, policy: PolicySet) -> None:
        """Compile the answers to all cases."""
        self._policy = policy
        self.forest = Forest(Grid.of(policy.pack))
        self.root = answers(self.forest, policy.pack)
        self._measured: dict[Measure, int] = {}
        self._of_its_own: int | None = None

    def prove(self, stated: Property) -> Broken | None:
        """Return None if the property holds for every case."""
        claim: Claim = stated.claim
        if isinstance(claim, Covered):
            return self._covered(stated, claim)
        meant = self._meant(claim.cases)
        if self._is_empty(meant):
            return Broken(stated=stated, cases=0, found="it speaks of no case at all; mend it")
        if isinstance(claim, Possible):
            return self._possible(stated, claim, meant)
        if isinstance(claim, NeverWider):
            return self._never_wider(stated, claim, meant)
        if isinstance(claim, NoDifference):
            return self._no_difference(stated, claim, meant)
        return self._held(stated, claim)

    def _held(self, stated: Property, claim: Never | Always | Requires) -> Broken | None:
        here = self.forest.within(self.root, self._box(claim.cases.where))
        for one in claim.cases.unless:
            left_out = self._within(self._everywhere, one)
            here = self.forest.combine(here, left_out, lambda a, out: None if out else a)
        bad = self._mapped(here, lambda one: one is not None and fault(claim, one) is not None)
        if self._is_empty(bad):
            return None
        example = ordinary_case(self.forest, bad, bool)
        answer = self.forest.answer(self.root, asdict(example))
        found = fault(claim, answer) if isinstance(answer, Answer) else None
        return Broken(
            stated=stated,
            cases=self._count(bad),
            found=found or "",
            example=example,
            ruling=self._policy.rule(example),
        )

    def _never_wider(self, stated: Property, claim: NeverWider, meant: int) -> Broken | None:
        measured, bad, first = self._measure(claim.measure), self._nowhere, None
        for fact, words in claim.to.items():
            only = claim.only_from.get(fact)
            here = meant if only is None else self._within(meant, {fact: only})
            for word in words:
                there = self.forest.fixed(measured, fact, word)
                wider = self.forest.combine(measured, there, _is_wider)
                now = self._both(here, wider)
                if first is None and not self._is_empty(now):
                    first = (now, fact, word)
                bad = self._either(bad, now)
        if first is None:
            return None
        return self._changing(stated, bad, first, _widens(claim.measure))

    def _no_difference(self, stated: Property, claim: NoDifference, meant: int) -> Broken | None:
        measured, bad, first = self._measure(claim.measure), self._nowhere, None
        for fact, words in claim.among.items():
            here = self._within(meant, {fact: words})
            for word in words:
                there = self.forest.fixed(measured, fact, word)
                now = self._both(here, self.forest.combine(measured, there, _differs))
                if first is None and not self._is_empty(now):
                    first = (now, fact, word)
                bad = self._either(bad, now)
        if first is None:
            return None
        return self._changing(stated, bad, first, "gets another answer when")

    def _changing(
        self, stated: Property, bad: int, first: tuple[int, str, str], says: str
    ) -> Broken:
        diagram, fact, word = first
        example = ordinary_case(self.forest, diagram, bool)
        return Broken(
            stated=stated,
            cases=self._count(bad),
            found=f"{says} {fact} becomes {word}",
            example=example,
            ruling=self._policy.rule(example),
            changed=self._policy.rule(replace(example, **{fact: word})),
        )

    def _possible(self, stated: Property, claim: Possible, meant: int) -> Broken | None:
        widths = self.forest.combine(
            meant, self._measure(Measure.OUTCOME), lambda one, width: width if one else None
        )
        for combination in product(*claim.for_each.values()):
            words = dict(zip(claim.for_each, combination, strict=True))
            here = self.forest.within(widths, self._box({one: (w,) for one, w in words.items()}))
            found = [one for one in self.forest.values(here) if isinstance(one, Width)]
            widest = max(found, key=lambda one: one.reach, default=None)
            if widest is not None and widest.reach < claim.at_least.width:
                said = ", ".join(f"{fact} {word}" for fact, word in words.items())
                example = ordinary_case(self.forest, here, partial(eq, widest))
                return Broken(
                    stated=stated,
                    cases=0,
                    found=f"no case{f' of {said}' if said else ''} gets {claim.at_least} or more",
                    example=example,
                    ruling=self._policy.rule(example),
                )
        return None

    def _covered(self, stated: Property, claim: Covered) -> Broken | None:
        """Fail for a served purpose without core categories, and for a core without own rule."""
        for purpose in self._policy.pack.served:
            if purpose not in claim.categories:
                found = f"{purpose} is served and its core categories are not named here"
                return Broken(stated=stated, cases=0, found=found)
        for purpose in self._policy.pack.served:
            for category in claim.categories[purpose]:
                box = {"purpose": (purpose,), "category": (category,)}
                if self._is_empty(self._within(self._own_rules(), box)):
                    found = f"no `allow` of {purpose} ever decides about {category}"
                    here = self._within(self._everywhere, box)
                    example = ordinary_case(self.forest, here, bool)
                    ruling = self._policy.rule(example)
                    return Broken(
                        stated=stated, cases=0, found=found, example=example, ruling=ruling
                    )
        return None

    def _own_rules(self) -> int:
        """Return the cases that are answered as an `allow` says: a denial of all is no cover."""
        if self._of_its_own is None:
            pack = self._policy.pack
            allows = tuple(one for one in pack.rules if one.effect is Effect.ALLOW)
            alone = answers(self.forest, replace(pack, rules=allows))
            self._of_its_own = self.forest.combine(self.root, alone, _decides)
        return self._of_its_own

    @property
    def _nowhere(self) -> int:
        return self.forest.end(value=False)

    @property
    def _everywhere(self) -> int:
        return self.forest.end(value=True)

    def _meant(self, cases: Cases) -> int:
        found = self._within(self._everywhere, cases.where)
        for one in cases.unless:
            left_out = self._within(self._everywhere, one)
            found = self.forest.combine(found, left_out, lambda a, out: bool(a and not out))
        return found

    def _within(self, diagram: int, words: Words) -> int:
        return self.forest.within(diagram, self._box(words), outside=False)

    def _box(self, words: Words) -> Box:
        return self.forest.grid.box(words)

    def _measure(self, measure: Measure) -> int:
        if measure not in self._measured:
            self._measured[measure] = self._mapped(
                self.root,
                lambda one: None if one is None else measure.of(one.outcome, one.obligations),
            )
        return self._measured[measure]

    def _mapped(self, diagram: int, into: Callable[[Answer | None], Hashable]) -> int:
        def of(one: Hashable, _: Hashable) -> Hashable:
            return into(one if isinstance(one, Answer) else None)

        return self.forest.combine(diagram, diagram, of)

    def _both(self, one: int, other: int) -> int:
        return self.forest.combine(one, other, lambda a, b: bool(a and b))

    def _either(self, one: int, other: int) -> int:
        return self.forest.combine(one, other, lambda a, b: bool(a or b))

    def _is_empty(self, diagram: int) -> bool:
        return diagram == self._nowhere

    def _count(self, diagram: int) -> int:
        return self.forest.counts(diagram, bool)[True]


def fault(claim: Never | Always | Requires, answer: Answer) -> str | None:
    """Return how an answer breaks a claim about single answers, as the end of a sentence."""
    outcome = answer.outcome
    if isinstance(claim, Never):
        wide = outcome.width > claim.wider_than.width
        return f"gets {outcome}, and {claim.wider_than} is the most it may get" if wide else None
    if isinstance(claim, Always):
        narrow = outcome.width < claim.at_least.width
        return (
            f"gets {outcome}, and {claim.at_least} is the least it should get" if narrow else None
        )
    if not claim.when.fits(outcome):
        return None
    missing = [one for one in claim.obligations if one not in answer.obligations]
    profiles = (answer.profile or "").split()
    missing += [one for one in claim.profiles if one not in profiles]
    if claim.any_profile and not profiles:
        missing.append("any redaction profile")
    return f"gets {outcome} without {', '.join(missing)}" if missing else None


def _decides(full: Hashable, alone: Hashable) -> bool:
    """Whether an `allow` decides, and no denial overrules it."""
    return (
        isinstance(full, Answer)
        and isinstance(alone, Answer)
        and alone.ruled
        and full.before is alone.before
    )


def _widens(measure: Measure) -> str:
    return "is asked for less when" if measure is Measure.DUTIES else "gets wider when"


def _is_wider(old: Hashable, new: Hashable) -> bool:
    return isinstance(old, Width) and isinstance(new, Width) and new.is_wider_than(old)


def _differs(old: Hashable, new: Hashable) -> bool:
    return old != new
