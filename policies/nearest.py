"""Picks, among many cases, the one that differs from a given case in the fewest words."""

from collections.abc import Callable, Hashable

from broker.domain.context import Facts
from broker.domain.words import UNKNOWN
from policies.forest import Forest
from policies.grid import LEVELS
from policies.ordinary import ORDINARY

_CHANGED, _RARE, _UNKNOWN = 100, 1, 10
"""What it costs to change a fact, to a word that is not an ordinary one, to `unknown`."""
_Choice = tuple[int, tuple[str, ...]]


def nearest_case(
    forest: Forest, diagram: int, wanted: Callable[[Hashable], bool], given: Facts
) -> Facts | None:
    """Return a case whose answer is wanted, or None if no case has one."""
    has = forest.leading_to(diagram, wanted)
    if diagram not in has:
        return None
    done: dict[tuple[int, int], _Choice] = {}

    def best(node: int, level: int) -> _Choice:
        """Return what the words from a level on cost, and the words."""
        if level == len(LEVELS):
            return 0, ()
        known = done.get((node, level))
        if known is None:
            roads = [
                _road(forest, level, words, getattr(given, LEVELS[level]), best(to, level + 1))
                for to, words in forest.branches(node, level)
                if to in has
            ]
            known = done[node, level] = min(roads)
        return known

    return Facts(**dict(zip(LEVELS, best(diagram, 0)[1], strict=True)))


def _road(forest: Forest, level: int, words: int, given: str, rest: _Choice) -> _Choice:
    fact = LEVELS[level]
    possible = forest.grid.of_bits(fact, words)
    cost, word = min((_cost(fact, one, given), one) for one in possible)
    return cost + rest[0], (word, *rest[1])


def _cost(fact: str, word: str, given: str) -> int:
    if word == given:
        return 0
    if word in ORDINARY.get(fact, ()):
        return _CHANGED
    return _CHANGED + (_UNKNOWN if word == UNKNOWN else _RARE)
