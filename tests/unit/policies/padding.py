"""Packs of any size: the packaged one, and behind its rules invented ones that look like them.

An invented rule is a real one of a purpose that is narrowed to other categories, agencies and
circumstances: as a pack grows when areas and agencies add their own lines.
"""

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from broker.domain.context import FACT_NAMES
from broker.domain.ids import PolicyVersion, RuleId
from policies.pack import Pack
from policies.rules import COLUMNS, Rule
from policies.vocabulary import ANY, NOTHING
from tests.unit.policies.packs import GUARDS, files, policy

_NARROWED = {True: (1, 2, 2, 3), False: (4, 5, 6)}
"""How many more facts an invented rule names, drawn evenly: by whether it gives.

A denial is narrower, or among 20,000 rules there would be no yes left to measure.
"""
_SHARE_OF_GROUPS = 0.2
"""How often a cell names a group, where the fact has one."""


@cache
def padded(size: int, seed: int = 3) -> Pack:
    """The packaged pack with invented rules behind its own, `size` in all."""
    pack = policy().pack
    rules = (*pack.rules, *invented(pack, size - len(pack.rules), seed))
    assert len(rules) == size
    version = PolicyVersion(f"{size}-{seed}".ljust(64, "0"))
    return replace(pack, rules=rules, version=version)


def padded_files(size: int, seed: int = 3) -> dict[str, bytes]:
    """The same as files, each invented rule in the file of its purpose."""
    found = files()
    for rule in padded(size, seed).rules[len(policy().pack.rules) :]:
        found[rule.file] = found[rule.file].rstrip(b"\r\n") + b"\r\n" + _line(rule)
    return found


def invented(pack: Pack, count: int, seed: int) -> Iterator[Rule]:
    """Yield rules that no other one repeats."""
    chance = random.Random(seed)
    models = [rule for rule in pack.rules if rule.file != GUARDS]
    cells = {fact: _cells(pack, fact) for fact in FACT_NAMES}
    seen = {rule.conditions for rule in pack.rules}
    for number in range(1, count + 1):
        model = chance.choice(models)
        conditions = _narrowed(model, cells, chance)
        while conditions in seen:
            conditions = _narrowed(model, cells, chance)
        seen.add(conditions)
        yield replace(
            model, rule_id=RuleId(f"X{number:05}"), conditions=conditions, line=10_000 + number
        )


def _cells(pack: Pack, fact: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return pack.vocabulary.of(fact), tuple(
        one.name for one in pack.groups.values() if one.fact == fact
    )


def _narrowed(
    model: Rule, cells: dict[str, tuple[tuple[str, ...], tuple[str, ...]]], chance: random.Random
) -> tuple[str, ...]:
    """Ask for another category, and name some facts that the model leaves open."""
    found = dict(zip(FACT_NAMES, model.conditions, strict=True))
    free = [fact for fact, cell in found.items() if cell == ANY and fact != "category"]
    more = min(len(free), chance.choice(_NARROWED[model.gives]))
    for fact in ("category", *chance.sample(free, more)):
        words, groups = cells[fact]
        of = groups if groups and chance.random() < _SHARE_OF_GROUPS else words
        found[fact] = chance.choice(of)
    return tuple(found.values())


def _line(rule: Rule) -> bytes:
    cells = {
        "id": rule.rule_id,
        "effect": rule.effect,
        "outcome": rule.outcome,
        **dict(zip(FACT_NAMES, rule.conditions, strict=True)),
        "obligations": " ".join(rule.obligations) or NOTHING,
        "profile": " ".join(rule.profiles) or NOTHING,
        "basis": " ".join(rule.basis) or NOTHING,
        "gateway": " ".join(rule.gateways) or NOTHING,
        "owner": rule.owner,
        "review": rule.review.isoformat(),
        "text": rule.text,
    }
    text = io.StringIO()
    csv.writer(text).writerow([cells[column] for column in COLUMNS])
    return text.getvalue().encode()
