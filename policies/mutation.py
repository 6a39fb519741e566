"""Tries the tests of a pack: each rule is removed, and flipped, and some row must then fail.

A rule that can go unnoticed is a rule that nobody has tried. For each such rule a row that would
have noticed is computed from all cases, so that an IG lead can paste it and say what it is for.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from broker.domain.context import Facts
from broker.domain.words import Outcome
from policies.answers import Answer, answers
from policies.casetables import CaseTable, Row, differences
from policies.decide import PolicySet
from policies.forest import Forest
from policies.grid import Grid
from policies.nearest import nearest_case
from policies.pack import Pack
from policies.rules import Effect, Rule
from policies.rulings import ruling_of
from policies.table import Table, Verdict

MAX_HINTS = 30
"""Survivors for which a row is computed, at about 0.1 s each; who has more begins with these."""


class How(StrEnum):
    """What is done to a rule: an `allow` is flipped to a denial, a `deny` to a free permit."""

    REMOVED = "removed"
    FLIPPED = "flipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A case that tells the pack from the mutant, and the table whose row needs fewest words."""

    facts: Facts
    table: CaseTable | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A rule that can be spoilt without any row failing.

    Args:
        hint: None where no case can tell: the answers stay the same without the rule.
        sought: whether a hint was looked for; only for the first few survivors it is.

    """

    rule: Rule
    how: How
    hint: Hint | None
    sought: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """What became of all mutants.

    Args:
        by_name: mutants that fail a row only because the row names the rule that decides; the
            row would get the same answer.

    """

    mutants: int
    by_name: int
    survivors: tuple[Survivor, ...]


def mutation(
    policy: PolicySet,
    tables: tuple[CaseTable, ...],
    watch: Callable[[int, int], None] = lambda _done, _of: None,
    *,
    most_hints: int = MAX_HINTS,
) -> Mutation:
    """Spoil each rule in both ways and run the rows that it bears on."""
    pack = policy.pack
    trial = _Trial(pack, [row for one in tables for row in one.rows])
    survivors: list[tuple[int, How]] = []
    by_name = 0
    for place in range(len(pack.rules)):
        watch(place, len(pack.rules))
        for how in How:
            caught = trial.caught(place, how)
            if caught is None:
                survivors.append((place, how))
            by_name += caught is False
    watch(len(pack.rules), len(pack.rules))
    return Mutation(
        mutants=len(pack.rules) * len(How),
        by_name=by_name,
        survivors=tuple(explained(pack, tables, survivors, most_hints)),
    )


def mutant(pack: Pack, place: int, how: How) -> Pack:
    """Return the pack with one rule spoilt."""
    spoilt = spoilt_rules(pack, place, how)
    given = {one.condition("purpose") for one in spoilt if one.effect is Effect.ALLOW}
    served = tuple(sorted(given & set(pack.vocabulary.of("purpose"))))
    return replace(pack, rules=spoilt, served=served)


def spoilt_rules(pack: Pack, place: int, how: How) -> tuple[Rule, ...]:
    """Return the rules with one of them removed, or flipped on the same conditions."""
    before, after = pack.rules[:place], pack.rules[place + 1 :]
    if how is How.REMOVED:
        return before + after
    return (*before, _flipped(pack.rules[place]), *after)


def _flipped(rule: Rule) -> Rule:
    if rule.effect is Effect.ALLOW:
        return replace(rule, effect=Effect.DENY, outcome=Outcome.DENY, suspended=False)
    return replace(rule, effect=Effect.ALLOW, outcome=Outcome.PERMIT)


class _Trial:
    """The rows, with the rules that match each of them: spoiling one changes no condition."""

    def __init__(self, pack: Pack, rows: list[Row]) -> None:
        table = Table(pack)
        self._pack = pack
        self._rows = rows
        masks = [table.matching(row.facts.as_tuple()) for row in rows]
        self._matched = [
            tuple(place for place in range(len(pack.rules)) if mask >> place & 1) for mask in masks
        ]
        self._allows = Counter(
            one.condition("purpose") for one in pack.rules if one.effect is Effect.ALLOW
        )

    def caught(self, place: int, how: How) -> bool | None:
        """Return whether a row gets another answer, False if only its rules differ, else None."""
        rule = self._pack.rules[place]
        purpose, served = rule.condition("purpose"), self._served(rule, how)
        turned = served is not (purpose in self._pack.served)
        named = False
        for row, matched in zip(self._rows, self._matched, strict=True):
            if not (place in matched or (turned and row.facts.purpose == purpose)):
                continue
            is_served = served if row.facts.purpose == purpose else self._is_served(row)
            verdict = _verdict(self._spoilt(matched, place, how), served=is_served)
            wrong = differences(row, ruling_of(row.facts, verdict))
            if any(what != "rules" for what, _, _ in wrong):
                return True
            named = named or bool(wrong)
        return False if named else None

    def _served(self, rule: Rule, how: How) -> bool:
        """Return whether the rule's purpose has an `allow` once the rule is spoilt."""
        purpose = rule.condition("purpose")
        if rule.effect is Effect.ALLOW:
            return self._allows[purpose] > 1
        return self._allows[purpose] > 0 or how is How.FLIPPED

    def _is_served(self, row: Row) -> bool:
        return row.facts.purpose in self._pack.served

    def _spoilt(self, matched: tuple[int, ...], place: int, how: How) -> tuple[Rule, ...]:
        rules = self._pack.rules
        if how is How.REMOVED:
            return tuple(rules[one] for one in matched if one != place)
        return tuple(_flipped(rules[one]) if one == place else rules[one] for one in matched)


def _verdict(matched: tuple[Rule, ...], *, served: bool) -> Verdict:
    """Say what a table of the mutant would (see table), without building one for each mutant."""
    default = Outcome.REFER_HUMAN if served else Outcome.DENY
    narrowest = min((one.outcome for one in matched), key=_width, default=default)
    if not any(one.gives for one in matched):
        narrowest = min(narrowest, default, key=_width)
    deciding = tuple(one for one in matched if one.outcome is narrowest)
    return Verdict(outcome=narrowest, matched=matched, deciding=deciding)


def _width(outcome: Outcome) -> int:
    return outcome.width


def explained(
    pack: Pack,
    tables: tuple[CaseTable, ...],
    found: Iterable[tuple[int, How]],
    most_hints: int,
) -> Iterator[Survivor]:
    """Yield the survivors, the first of them with the row that would have noticed."""
    forest = Forest(Grid.of(pack))
    for number, (place, how) in enumerate(found):
        sought = number < most_hints
        hint = _hint(forest, pack, (place, how), tables) if sought else None
        yield Survivor(rule=pack.rules[place], how=how, hint=hint, sought=sought)


def _hint(
    forest: Forest, pack: Pack, spoil: tuple[int, How], tables: tuple[CaseTable, ...]
) -> Hint | None:
    """Return the case that differs from some table's `given` in the fewest facts."""
    spoilt = mutant(pack, *spoil)
    meant = dict(pack.conditions_of(pack.rules[spoil[0]]))
    if spoilt.served != pack.served:
        meant = {"purpose": meant["purpose"]}
    box = forest.grid.box(meant)
    differs = forest.combine(answers(forest, pack, box), answers(forest, spoilt, box), _differs)
    best: tuple[int, Hint] | None = None
    for table in tables or (None,):
        given = Facts(**table.given) if table is not None else Facts()
        found = nearest_case(forest, differs, bool, given)
        if found is None:
            return None
        changes = len(changed(given, found))
        if best is None or changes < best[0]:
            best = (changes, Hint(facts=found, table=table))
    return None if best is None else best[1]


def changed(given: Facts, found: Facts) -> dict[str, str]:
    """Return the facts of the second that are other than those of the first."""
    before = asdict(given)
    return {fact: word for fact, word in asdict(found).items() if word != before[fact]}


def _differs(one: Hashable, other: Hashable) -> bool:
    if not isinstance(one, Answer) or not isinstance(other, Answer):
        return False
    seen = (one.outcome, one.obligations, one.profile)
    return seen != (other.outcome, other.obligations, other.profile)
