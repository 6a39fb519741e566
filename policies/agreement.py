"""Holds the compiled table to what Casbin says: a pack on which they differ is not used."""

import random
from collections.abc import Iterator

from broker.domain.context import FACT_NAMES
from broker.domain.errors import PolicyLoadError
from policies.engine import CasbinEngine
from policies.pack import Pack
from policies.rules import Effect
from policies.table import Table
from policies.vocabulary import ANY

CELLS_AT_LOAD = 200
"""Cells compared whenever a pack is loaded, in about half a second. Tests compare thousands."""
_MOST_CHANGES = 3
"""Facts changed at the most after starting from a cell that some rule matches."""


def check_agreement(pack: Pack, table: Table, cells: int = CELLS_AT_LOAD) -> None:
    """Compare on cells drawn by the pack's own hash, so that loading twice checks the same.

    Raises:
        PolicyLoadError: the table and Casbin differ.

    """
    engine = CasbinEngine(pack)
    for words in drawn(pack, cells, seed=str(pack.version)):
        casbin_says, table_says = engine.outcome(words), table.verdict(words).outcome
        if casbin_says is not table_says:
            facts = ", ".join(
                f"{name}={word}" for name, word in zip(FACT_NAMES, words, strict=True)
            )
            say = f"Casbin says {casbin_says} and the compiled table {table_says} for {facts}"
            raise PolicyLoadError((f"model.conf:1:1: {say}; do not use the pack",))


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
    """Return the words that no denying rule names, and the served purposes."""
    if fact == "purpose":
        return frozenset(pack.served)
    named = {one.condition(fact) for one in pack.rules if one.effect is Effect.DENY} - {ANY}
    loud = {word for cell in named for word in pack.words_meant(fact, cell)}
    return frozenset(pack.vocabulary.of(fact)) - loud
