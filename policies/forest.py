"""Decision diagrams over the grid: a function of every case, small enough to hold and to compare.

A node asks one fact and leads on by sets of its words; equal parts exist once, so that two
functions of one forest are the same on every case exactly when they are the same node. The idea
is R. E. Bryant's ("Graph-Based Algorithms for Boolean Function Manipulation", IEEE Transactions
on Computers C-35(8), 1986), with a fact's words in place of a bit.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from typing import TypeVar

from policies.grid import LEVELS, Box, Grid

_T = TypeVar("_T")
_END = len(LEVELS)
Branches = tuple[tuple[int, int], ...]
"""Pairs of a node and the set of words that lead to it; the sets share nothing and leave out
nothing."""


class Forest:
    """Diagrams over one grid. For one thread. A diagram is the number of its topmost node."""

    def __init__(self, grid: Grid) -> None:
        """Begin without a diagram."""
        self.grid = grid
        self._levels: list[int] = []
        self._branches: list[Branches] = []
        self._values: list[Hashable] = []
        self._known: dict[tuple[int, object], int] = {}

    def __len__(self) -> int:
        """Return how many nodes all diagrams have together."""
        return len(self._levels)

    def end(self, value: Hashable) -> int:
        """Return the diagram that answers `value` whatever the case is."""
        return self._put(_END, value, (), value)

    def node(self, level: int, children: Mapping[int, int]) -> int:
        """Return the node that asks the level's fact. `children` is from node to its words."""
        if len(children) == 1:
            return next(iter(children))
        branches = tuple(sorted(children.items()))
        return self._put(level, branches, branches, None)

    def _put(self, level: int, key: object, branches: Branches, value: Hashable) -> int:
        known = self._known.setdefault((level, key), len(self._levels))
        if known == len(self._levels):
            self._levels.append(level)
            self._branches.append(branches)
            self._values.append(value)
        return known

    def level(self, diagram: int) -> int:
        """Return which level the topmost node asks."""
        return self._levels[diagram]

    def branches(self, diagram: int, level: int) -> Branches:
        """Return where a level leads; a level that the diagram does not ask leads on as it is."""
        if self._levels[diagram] == level:
            return self._branches[diagram]
        return ((diagram, self.grid.everything[level]),)

    def value(self, diagram: int) -> Hashable:
        """Return what a diagram without a question answers."""
        return self._values[diagram]

    def is_end(self, diagram: int) -> bool:
        """Whether the diagram asks nothing."""
        return self._levels[diagram] == _END

    def answer(self, diagram: int, words: Mapping[str, str]) -> Hashable:
        """Return the answer for one case, every fact named."""
        while not self.is_end(diagram):
            fact = LEVELS[self._levels[diagram]]
            bit = self.grid.bits(fact, (words[fact],))
            diagram = next(to for to, some in self._branches[diagram] if some & bit)
        return self._values[diagram]

    def combine(self, one: int, other: int, into: Callable[[Hashable, Hashable], Hashable]) -> int:
        """Return the diagram that answers `into(answer of one, answer of other)`."""
        done: dict[tuple[int, int], int] = {}

        def both(left: int, right: int) -> int:
            known = done.get((left, right))
            if known is not None:
                return known
            level = min(self._levels[left], self._levels[right])
            if level == _END:
                made = self.end(into(self._values[left], self._values[right]))
            else:
                made = self._node_of_pairs(level, left, right, both)
            done[left, right] = made
            return made

        return both(one, other)

    def _node_of_pairs(
        self, level: int, left: int, right: int, both: Callable[[int, int], int]
    ) -> int:
        children: dict[int, int] = {}
        for to, words in self.branches(left, level):
            for other, some in self.branches(right, level):
                if words & some:
                    child = both(to, other)
                    children[child] = children.get(child, 0) | words & some
        return self.node(level, children)

    def within(self, diagram: int, box: Box, outside: Hashable = None) -> int:
        """Return the diagram that answers the same in the box and `outside` elsewhere."""
        asked = [
            box.get(fact, every) for fact, every in zip(LEVELS, self.grid.everything, strict=True)
        ]
        last = max((n for n, fact in enumerate(LEVELS) if fact in box), default=-1)
        nowhere = self.end(outside)
        done: dict[tuple[int, int], int] = {}

        def cut(node: int, level: int) -> int:
            if level > last or node == nowhere:
                return node
            known = done.get((node, level))
            if known is None:
                children: dict[int, int] = {}
                for to, words in self.branches(node, level):
                    if words & asked[level]:
                        child = cut(to, level + 1)
                        children[child] = children.get(child, 0) | words & asked[level]
                rest = self.grid.everything[level] & ~asked[level]
                if rest:
                    children[nowhere] = children.get(nowhere, 0) | rest
                known = done[node, level] = self.node(level, children)
            return known

        return cut(diagram, 0)

    def fixed(self, diagram: int, fact: str, word: str) -> int:
        """Return the diagram that answers as if the fact were always this word."""
        level, bit = LEVELS.index(fact), self.grid.bits(fact, (word,))
        done: dict[int, int] = {}

        def fix(node: int) -> int:
            if self._levels[node] > level:
                return node
            known = done.get(node)
            if known is None:
                known = done[node] = self._fix_here(node, level, bit, fix)
            return known

        return fix(diagram)

    def _fix_here(self, node: int, level: int, bit: int, fix: Callable[[int], int]) -> int:
        if self._levels[node] == level:
            return next(to for to, words in self._branches[node] if words & bit)
        children: dict[int, int] = {}
        for to, words in self._branches[node]:
            child = fix(to)
            children[child] = children.get(child, 0) | words
        return self.node(self._levels[node], children)

    def counts(self, diagram: int, of: Callable[[Hashable], _T]) -> dict[_T, int]:
        """Return how many cases have each `of(answer)`."""
        sizes = [len(self.grid.words[fact]) for fact in LEVELS]
        reached = self._reached(diagram)
        below: dict[int, dict[_T, int]] = {}
        for node in reversed(reached):
            below[node] = self._counted(node, below, sizes, of)
        skipped = 1
        for size in sizes[: self._levels[diagram]]:
            skipped *= size
        return {key: number * skipped for key, number in below[diagram].items()}

    def _counted(
        self,
        node: int,
        below: Mapping[int, Mapping[_T, int]],
        sizes: list[int],
        of: Callable[[Hashable], _T],
    ) -> dict[_T, int]:
        if self.is_end(node):
            return {of(self._values[node]): 1}
        total: dict[_T, int] = {}
        for to, words in self._branches[node]:
            times = words.bit_count()
            for size in sizes[self._levels[node] + 1 : self._levels[to]]:
                times *= size
            for key, number in below[to].items():
                total[key] = total.get(key, 0) + times * number
        return total

    def _reached(self, diagram: int) -> list[int]:
        """Return the nodes of a diagram, each before those that it leads to."""
        found, todo = {diagram}, [diagram]
        for node in todo:
            for to, _ in self._branches[node]:
                if to not in found:
                    found.add(to)
                    todo.append(to)
        return sorted(found, key=self._levels.__getitem__)

    def values(self, diagram: int) -> set[Hashable]:
        """Return every answer that some case has."""
        return {self._values[node] for node in self._reached(diagram) if self.is_end(node)}

    def some(self, diagram: int, kept: Collection[str], wanted: Callable[[Hashable], bool]) -> int:
        """Return, over the kept facts alone, whether some case of the others is wanted."""
        done: dict[int, int] = {}

        def lift(node: int) -> int:
            known = done.get(node)
            if known is None:
                known = done[node] = self._lifted(node, kept, wanted, lift)
            return known

        return lift(diagram)

    def _lifted(
        self,
        node: int,
        kept: Collection[str],
        wanted: Callable[[Hashable], bool],
        lift: Callable[[int], int],
    ) -> int:
        if self.is_end(node):
            return self.end(wanted(self._values[node]))
        children: dict[int, int] = {}
        for to, words in self._branches[node]:
            child = lift(to)
            children[child] = children.get(child, 0) | words
        if LEVELS[self._levels[node]] in kept:
            return self.node(self._levels[node], children)
        first, *rest = children
        for other in rest:
            first = self.combine(first, other, lambda one, two: bool(one or two))
        return first

    def spread(self, diagram: int, wanted: Callable[[Hashable], bool]) -> dict[str, int]:
        """Return, for each fact, the words under which some case has a wanted answer."""
        has = self.leading_to(diagram, wanted)
        found = dict.fromkeys(LEVELS, 0)
        if diagram in has:
            for level in range(self._levels[diagram]):
                found[LEVELS[level]] = self.grid.everything[level]
        for node in has:
            for to, words in self._branches[node]:
                if to in has:
                    found[LEVELS[self._levels[node]]] |= words
                    for level in range(self._levels[node] + 1, self._levels[to]):
                        found[LEVELS[level]] = self.grid.everything[level]
        return found

    def boxes(
        self, diagram: int, wanted: Callable[[Hashable], bool]
    ) -> Iterator[tuple[dict[str, int], Hashable]]:
        """Yield boxes in which every case has a wanted answer; none overlap, none is missing."""
        has = self.leading_to(diagram, wanted)

        def walk(node: int, box: dict[str, int]) -> Iterator[tuple[dict[str, int], Hashable]]:
            if node not in has:
                return
            if self.is_end(node):
                yield dict(box), self._values[node]
                return
            fact = LEVELS[self._levels[node]]
            for to, words in self._branches[node]:
                yield from walk(to, {**box, fact: words})

        return walk(diagram, {})

    def leading_to(self, diagram: int, wanted: Callable[[Hashable], bool]) -> set[int]:
        """Return the nodes of a diagram from which some case comes to a wanted answer."""
        has: set[int] = set()
        for node in reversed(self._reached(diagram)):
            if self.is_end(node):
                fits = wanted(self._values[node])
            else:
                fits = any(to in has for to, _ in self._branches[node])
            if fits:
                has.add(node)
        return has
