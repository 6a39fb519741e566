"""The answer to every case as one diagram: what proofs, differences and analysis look at.

It says what `PolicySet.rule` says, for all cases at once. While it is built, only what can still
change the answer is remembered of the rules, so that the many ways to the same no are one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from broker.domain.words import Outcome
from policies.forest import Forest
from policies.grid import LEVELS, Box, mask
from policies.pack import Pack
from policies.rules import Effect, Rule
from policies.vocabulary import SECOND_PERSON, WRITTEN_REASONS

_APPROVED = ("manager", "caldicott", "ig-lead")
_OPEN = len(Outcome)
"""The width of a ceiling that no rule has set yet."""
_REFER = Outcome.REFER_HUMAN.width
_OUTSIDE = -1
"""In place of the rules that match: the words lead out of the box that is compiled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one case gets.

    Args:
        before: what the rules say; `outcome` is that, or refer-human while a condition is unmet.
        ruled: whether a rule decided, and not the default for gaps.

    """

    outcome: Outcome
    before: Outcome
    obligations: tuple[str, ...]
    profile: str | None
    ruled: bool


class _Settled(NamedTuple):
    """What rules that match for certain amount to; sets of words are bits."""

    cap: int = _OPEN
    gives: bool = False
    denying: int = 0
    holding: int = 0
    asking: int = 0
    profiles: int = 0
    served: bool = False
    reasons: bool = False
    approved: bool = False


class _Said(NamedTuple):
    """The columns of all rules as bits: one bit per rule, and three that are no rules."""

    obligations: tuple[str, ...]
    profiles: tuple[str, ...]
    lower: tuple[int, ...]
    gives: int
    holds: int
    denies: int
    by_obligation: tuple[int, ...]
    by_profile: tuple[int, ...]
    served: int
    reasons: int
    approved: int


def answers(forest: Forest, pack: Pack, box: Box | None = None) -> int:
    """Return the diagram of a pack's `Answer` to every case of the forest's grid.

    With a box only its cases are compiled, which is faster; all others answer None.
    """
    return _Builder(forest, pack, box or {}).build()


class _Builder:
    def __init__(self, forest: Forest, pack: Pack, box: Box) -> None:
        self._forest = forest
        self._rules = pack.rules
        self._said = _said(pack.rules)
        self._classes = _classes(forest, pack, self._said, box)
        self._later = _later(pack, self._said)
        self._last = max((n for n, fact in enumerate(LEVELS) if fact in box), default=-1)
        self._done: dict[tuple[int, int, _Settled], int] = {}
        self._missing: dict[tuple[int, bool], int] = {}
        self._settling: dict[int, _Settled] = {}

    def build(self) -> int:
        every = (1 << len(self._rules) + 3) - 1
        return self._at(0, every, _Settled())

    def _at(self, level: int, open_rules: int, settled: _Settled) -> int:
        """Return the diagram from a level on, for the rules that may still match."""
        if not open_rules and level > self._last:
            return self._forest.end(self._answer(settled))
        key = (level, open_rules, settled)
        known = self._done.get(key)
        if known is None:
            children: dict[int, int] = {}
            for match, words in self._classes[level]:
                if match == _OUTSIDE:
                    child = self._forest.end(None)
                else:
                    child = self._after(level, open_rules & match, settled)
                children[child] = children.get(child, 0) | words
            known = self._done[key] = self._forest.node(level, children)
        return known

    def _after(self, level: int, matching: int, settled: _Settled) -> int:
        certain = matching & ~self._later[level]
        if certain:
            settled = _joined(settled, self._settle(certain))
        return self._at(level + 1, *self._relevant(matching & self._later[level], settled))

    def _relevant(self, open_rules: int, settled: _Settled) -> tuple[int, _Settled]:
        """Forget what can no longer change the answer."""
        said = self._said
        cap = settled.cap if settled.served or open_rules & said.served else 0
        if cap == 0:
            kept = open_rules & said.denies
            if settled.cap == 0:
                kept &= self._lacking(settled.denying)
                settled = _Settled(cap=0, denying=settled.denying)
            return kept | open_rules & said.served, settled
        kept = open_rules & (said.lower[cap] | said.served)
        kept |= open_rules & said.holds & self._lacking(settled.holding)
        if cap == _REFER:
            served = settled.served
            return kept, settled._replace(gives=False, asking=0, profiles=0, served=served)
        if not settled.gives:
            kept |= open_rules & said.gives
        kept |= open_rules & (
            self._lacking(settled.asking) | self._lacking(settled.profiles, profiles=True)
        )
        for word, flag in ((WRITTEN_REASONS, said.reasons), (SECOND_PERSON, said.approved)):
            if word in said.obligations:
                place = said.obligations.index(word)
                if settled.asking >> place & 1 or kept & said.by_obligation[place]:
                    kept |= open_rules & flag
        return kept, settled

    def _lacking(self, found: int, *, profiles: bool = False) -> int:
        """Return the rules that would add a word to those found."""
        known = self._missing.get((found, profiles))
        if known is None:
            columns = self._said.by_profile if profiles else self._said.by_obligation
            known = 0
            for place, rules in enumerate(columns):
                known |= 0 if found >> place & 1 else rules
            self._missing[found, profiles] = known
        return known

    def _settle(self, certain: int) -> _Settled:
        known = self._settling.get(certain)
        if known is None:
            said = self._said
            known = _Settled(
                served=bool(certain & said.served),
                reasons=bool(certain & said.reasons),
                approved=bool(certain & said.approved),
            )
            for place, rule in enumerate(self._rules):
                if certain >> place & 1:
                    known = _joined(known, _alone(rule, said))
            self._settling[certain] = known
        return known

    def _answer(self, settled: _Settled) -> Answer:
        default = Outcome.REFER_HUMAN if settled.served else Outcome.DENY
        before = tuple(Outcome)[min(settled.cap, default.width)]
        if settled.gives and settled.cap < _OPEN:
            before = tuple(Outcome)[settled.cap]
        asked = settled.denying if before is Outcome.DENY else settled.holding
        outcome = before
        if before.width > _REFER:
            asked = settled.asking
            if not self._met(settled):
                outcome = Outcome.REFER_HUMAN
        profile = " ".join(_words(self._said.profiles, settled.profiles))
        return Answer(
            outcome=outcome,
            before=before,
            obligations=_words(self._said.obligations, asked),
            profile=profile if outcome.releases else None,
            ruled=settled.cap == before.width,
        )

    def _met(self, settled: _Settled) -> bool:
        asked = _words(self._said.obligations, settled.asking)
        return (settled.reasons or WRITTEN_REASONS not in asked) and (
            settled.approved or SECOND_PERSON not in asked
        )


def _joined(one: _Settled, other: _Settled) -> _Settled:
    return _Settled(
        min(one.cap, other.cap),
        one.gives or other.gives,
        one.denying | other.denying,
        one.holding | other.holding,
        one.asking | other.asking,
        one.profiles | other.profiles,
        one.served or other.served,
        one.reasons or other.reasons,
        one.approved or other.approved,
    )


def _alone(rule: Rule, said: _Said) -> _Settled:
    asked = _bits(said.obligations, rule.obligations)
    return _Settled(
        cap=rule.outcome.width,
        gives=rule.gives,
        denying=asked if rule.outcome is Outcome.DENY else 0,
        holding=asked if _holds(rule) else 0,
        asking=asked,
        profiles=_bits(said.profiles, rule.profiles),
    )


def _holds(rule: Rule) -> bool:
    """Whether its obligations bind also where a person decides (see rulings)."""
    return rule.effect is Effect.DENY or rule.outcome is Outcome.REFER_HUMAN


def _said(rules: tuple[Rule, ...]) -> _Said:
    obligations = tuple(sorted({word for one in rules for word in one.obligations}))
    profiles = tuple(sorted({word for one in rules for word in one.profiles}))
    first_flag = len(rules)
    return _Said(
        obligations=obligations,
        profiles=profiles,
        lower=tuple(mask(one.outcome.width < cap for one in rules) for cap in range(_OPEN + 1)),
        gives=mask(one.gives for one in rules),
        holds=mask(_holds(one) for one in rules),
        denies=mask(one.outcome is Outcome.DENY for one in rules),
        by_obligation=tuple(mask(word in one.obligations for one in rules) for word in obligations),
        by_profile=tuple(mask(word in one.profiles for one in rules) for word in profiles),
        served=1 << first_flag,
        reasons=1 << first_flag + 1,
        approved=1 << first_flag + 2,
    )


def _classes(
    forest: Forest, pack: Pack, said: _Said, box: Box
) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Return, for each level, which rules match under which words."""
    return tuple(
        _classes_of(forest, pack, said, fact, box.get(fact, every))
        for fact, every in zip(LEVELS, forest.grid.everything, strict=True)
    )


def _classes_of(
    forest: Forest, pack: Pack, said: _Said, fact: str, inside: int
) -> tuple[tuple[int, int], ...]:
    flags = {
        "purpose": (said.served, pack.served),
        "reasons": (said.reasons, ("recorded",)),
        "approval": (said.approved, _APPROVED),
    }
    always = said.served | said.reasons | said.approved
    flag, flagged = flags.get(fact, (0, ()))
    masks = dict.fromkeys(pack.vocabulary.of(fact), always & ~flag)
    for word in flagged:
        masks[word] |= flag
    for place, rule in enumerate(pack.rules):
        for word in pack.words_meant(fact, rule.condition(fact)):
            masks[word] |= 1 << place
    classes: dict[int, int] = {}
    for place, word in enumerate(forest.grid.meant(pack, fact)):
        match = masks[word] if inside >> place & 1 else _OUTSIDE
        classes[match] = classes.get(match, 0) | 1 << place
    return tuple(classes.items())


def _later(pack: Pack, said: _Said) -> tuple[int, ...]:
    """Return, for each level, the rules that still ask something after it."""
    ends = {"purpose": said.served, "reasons": said.reasons, "approval": said.approved}
    open_rules, later = 0, []
    for fact in reversed(LEVELS):
        later.append(open_rules)
        every = frozenset(pack.vocabulary.of(fact))
        asks = (pack.words_meant(fact, one.condition(fact)) != every for one in pack.rules)
        open_rules |= mask(asks) | ends.get(fact, 0)
    return tuple(reversed(later))


def _bits(among: tuple[str, ...], words: Iterable[str]) -> int:
    return sum(1 << among.index(word) for word in words)


def _words(among: tuple[str, ...], bits: int) -> tuple[str, ...]:
    return tuple(word for place, word in enumerate(among) if bits >> place & 1)
