"""Holds the compiled table to what Casbin says: a pack on which they differ is not used.

Two things can differ. What a cell means is asked of Casbin cell by cell; what the matching rules
say together is asked on whole situations, drawn near the rules. A load asks as many as let a
change be in force within a second; tests ask about every cell, and everywhere.
"""

import random
from collections.abc import Iterator

from broker.domain.context import FACT_NAMES
from broker.domain.errors import PolicyLoadError
from policies.engine import CasbinCells, CasbinEngine
from policies.pack import Pack
from policies.rules import Effect, Rule
from policies.table import Table
from policies.vocabulary import ANY

CELLS_AT_LOAD = 100
"""Situations compared when a pack of usual size is loaded, in a quarter of a second."""
FEWEST_CELLS_AT_LOAD = 24
"""Situations compared however large the pack is: a few seconds at 20,000 rules."""
MEANINGS_AT_LOAD = 4_000
"""Pairs of cell and word compared when a pack is loaded, in a quarter of a second."""
_RULES_OF_USUAL_SIZE = 500
"""Rules up to which nothing is saved: Casbin reads every line for each question."""
_BROAD = 3
"""Facts named by a denial that meets many cells. In a large pack some narrow one names any word."""
_MOST_CHANGES = 3
"""Facts changed at the most after starting from a cell that some rule matches."""


def cells_at_load(rules: int) -> int:
    """Return how many cells are compared when a pack of so many rules is loaded."""
    fewer = CELLS_AT_LOAD * _RULES_OF_USUAL_SIZE // max(rules, _RULES_OF_USUAL_SIZE)
    return max(FEWEST_CELLS_AT_LOAD, fewer)


def check_agreement(pack: Pack, table: Table, cells: int | None = None) -> None:
    """Compare on cells drawn by the pack's own hash, so that loading twice checks the same.

    Without a number of cells, as many as a pack of this size gets when it is loaded.

    Raises:
        PolicyLoadError: the table and Casbin differ.

    """
    _check_meanings(pack, table)
    engine = CasbinEngine(pack)
    wanted = cells_at_load(len(pack.rules)) if cells is None else cells
    for words in drawn(pack, wanted, seed=str(pack.version)):
        casbin_says, table_says = engine.outcome(words), table.verdict(words).outcome
        if casbin_says is not table_says:
            facts = ", ".join(
                f"{name}={word}" for name, word in zip(FACT_NAMES, words, strict=True)
            )
            raise _differ(str(casbin_says), str(table_says), facts)


def _check_meanings(pack: Pack, table: Table) -> None:
    casbin = CasbinCells(pack)
    asked = list(meanings(pack))
    if len(asked) > MEANINGS_AT_LOAD:
        chance = random.Random(str(pack.version))  # noqa: S311  # It picks samples, not secrets.
        asked = chance.sample(asked, MEANINGS_AT_LOAD)
    for fact, rule, cell, word in asked:
        casbin_says = casbin.matches(fact, cell, word)
        table_says = bool(table.masks(fact)[word] >> rule & 1)
        if casbin_says is not table_says:
            say = {True: "match", False: "no match"}
            raise _differ(say[casbin_says], say[table_says], f"the cell {fact}={cell} and {word}")


def meanings(pack: Pack) -> Iterator[tuple[str, int, str, str]]:
    """Yield for every fact each distinct cell, the first rule that has it, and each word."""
    for place, fact in enumerate(FACT_NAMES):
        first: dict[str, int] = {}
        for number, rule in enumerate(pack.rules):
            first.setdefault(rule.conditions[place], number)
        for cell, number in first.items():
            for word in pack.vocabulary.of(fact):
                yield fact, number, cell, word


def _differ(casbin_says: str, table_says: str, about: str) -> PolicyLoadError:
    say = f"Casbin says {casbin_says} and the compiled table {table_says} for {about}"
    return PolicyLoadError((f"model.conf:1:1: {say}; do not use the pack",))


def drawn(pack: Pack, cells: int, seed: str) -> Iterator[tuple[str, ...]]:
    """Yield cells near the rules: uniform ones would nearly all meet the same few denials."""
    chance = random.Random(seed)  # noqa: S311  # It picks samples, not secrets.
    quiet = {fact: quiet_words(pack, fact) for fact in FACT_NAMES}
    for _ in range(cells):
        words = [
            chance.choice(sorted(meant & quiet[fact] or meant))
            for fact, meant in pack.conditions_of(chance.choice(pack.rules))
        ]
        for _ in range(chance.randint(0, _MOST_CHANGES)):
            place = chance.randrange(len(FACT_NAMES))
            words[place] = chance.choice(pack.vocabulary.of(FACT_NAMES[place]))
        yield tuple(words)


def quiet_words(pack: Pack, fact: str) -> frozenset[str]:
    """Return the words that no broad denial names, and the served purposes."""
    if fact == "purpose":
        return frozenset(pack.served)
    place = FACT_NAMES.index(fact)
    named = {one.conditions[place] for one in pack.rules if _is_broad_denial(one)} - {ANY}
    loud = {word for cell in named for word in pack.words_meant(fact, cell)}
    return frozenset(pack.vocabulary.of(fact)) - loud


def _is_broad_denial(rule: Rule) -> bool:
    named = len(FACT_NAMES) - rule.conditions.count(ANY)
    return rule.effect is Effect.DENY and named <= _BROAD
