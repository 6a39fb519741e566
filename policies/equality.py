"""Proves that the compiled table and Casbin give the same outcome in every case there is.

There are far too many cases to ask one by one, so the proof has three parts, each complete: what
every cell of every column means, asked of Casbin word by word; what lines that match say together,
which is Casbin's deny-override; and both laid over the compiled answers as diagrams, which are the
same on every case exactly when they are the same node.
"""

from collections.abc import Hashable, Mapping
from functools import partial

from broker.domain.context import FACT_NAMES
from broker.domain.words import Outcome
from policies.answers import Answer, answers
from policies.engine import CasbinCells, policy_lines
from policies.forest import Forest
from policies.grid import LEVELS, Grid, mask
from policies.pack import Pack

_WIDEST_FIRST = tuple(reversed(Outcome))[:-1]
_EFFECT, _ACT, _FACTS = 1, 2, 3
"""Where a `p` line has its effect, its outcome and its first fact; an id comes before them."""


def unequal_cases(pack: Pack) -> int:
    """Return in how many of all cases Casbin's lines and the compiled answers differ."""
    forest = Forest(Grid.of(pack))
    ours = answers(forest, pack)
    before = forest.combine(
        ours, ours, lambda one, _: one.before if isinstance(one, Answer) else one
    )
    theirs = casbin_outcomes(forest, pack)
    if before == theirs:
        return 0
    return forest.counts(forest.combine(before, theirs, lambda one, two: one is two), bool)[False]


def casbin_outcomes(forest: Forest, pack: Pack) -> int:
    """Return the diagram of the widest outcome that Casbin's own lines allow."""
    meant = _meant_by_casbin(forest, pack)
    lines = dict.fromkeys(policy_lines(pack))  # Casbin keeps a line that stands twice once.
    outcome = forest.end(Outcome.DENY)
    for act in reversed(_WIDEST_FIRST):
        allowed = _Act(forest, [one for one in lines if one[_ACT] == act], meant).allowed()
        outcome = forest.combine(allowed, outcome, partial(_widened, act))
    return outcome


def _widened(act: Outcome, allowed: object, narrower: Hashable) -> Hashable:
    return act if allowed else narrower


def _meant_by_casbin(forest: Forest, pack: Pack) -> Mapping[tuple[str, str], int]:
    """Return, for each fact and cell, the words that Casbin matches, as bits."""
    casbin = CasbinCells(pack)
    meant: dict[tuple[str, str], int] = {}
    for line in policy_lines(pack):
        for fact, cell in zip(FACT_NAMES, line[_FACTS:], strict=True):
            if (fact, cell) not in meant:
                words = forest.grid.words[fact]
                fits = (word for word in words if casbin.matches(fact, cell, word))
                meant[fact, cell] = forest.grid.bits(fact, fits)
    return meant


class _Act:
    """Whether Casbin allows one outcome: some line that matches allows it, and none denies it."""

    def __init__(
        self, forest: Forest, lines: list[tuple[str, ...]], meant: Mapping[tuple[str, str], int]
    ) -> None:
        self._forest = forest
        self._denies = mask(line[_EFFECT] == "deny" for line in lines)
        self._every = (1 << len(lines)) - 1
        cells = [dict(zip(FACT_NAMES, line[_FACTS:], strict=True)) for line in lines]
        words = [[meant[fact, one[fact]] for one in cells] for fact in LEVELS]
        self._classes = [_classes(forest, level, some) for level, some in enumerate(words)]
        open_lines, self._later = 0, [0] * len(LEVELS)
        for level in reversed(range(len(LEVELS))):
            self._later[level] = open_lines
            every = forest.grid.everything[level]
            open_lines |= mask(one != every for one in words[level])
        self._first = open_lines
        self._done: dict[tuple[int, int, bool], int] = {}

    def allowed(self) -> int:
        return self._after(0, self._every, self._first, allowed=False)

    def _after(self, level: int, lines: int, still_open: int, *, allowed: bool) -> int:
        """Return the diagram once it is known which lines match as far as was asked."""
        certain = lines & ~still_open
        if certain & self._denies:
            return self._forest.end(value=False)
        allowed = allowed or bool(certain)
        open_lines = lines & still_open & (self._denies if allowed else -1)
        if allowed and not open_lines:
            return self._forest.end(value=True)
        if not allowed and not open_lines & ~self._denies:
            return self._forest.end(value=False)
        return self._at(level, open_lines, allowed=allowed)

    def _at(self, level: int, open_lines: int, *, allowed: bool) -> int:
        key = (level, open_lines, allowed)
        known = self._done.get(key)
        if known is None:
            children: dict[int, int] = {}
            for match, words in self._classes[level]:
                child = self._after(
                    level + 1, open_lines & match, self._later[level], allowed=allowed
                )
                children[child] = children.get(child, 0) | words
            known = self._done[key] = self._forest.node(level, children)
        return known


def _classes(forest: Forest, level: int, meant: list[int]) -> list[tuple[int, int]]:
    """Return which lines match under which words of a level."""
    classes: dict[int, int] = {}
    for place in range(len(forest.grid.words[LEVELS[level]])):
        match = mask(bool(words >> place & 1) for words in meant)
        classes[match] = classes.get(match, 0) | 1 << place
    return list(classes.items())
