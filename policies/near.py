"""Rules that nearly matched: all but one of their cells fit, and this is the fact that did not.

Found only when somebody asks why. What is missing comes first, because finding it out may change
the answer; a rule that would need another request altogether comes last. Where nothing reaches
anybody, people ask which permission they just missed; where something does, what nearly held it.
"""

from dataclasses import dataclass

from broker.domain.context import FACT_NAMES
from broker.domain.words import UNKNOWN, Outcome
from policies.pack import Pack
from policies.rules import Rule
from policies.table import Table

NEAREST = 8
"""Near misses that are shown, the first in order: as many as are still read."""
_THE_REQUEST_ITSELF = frozenset(
    (
        *("purpose", "category", "subject_role", "requester_agency", "requester_role"),
        *("holder_agency", "recipient_agency", "recipient_perpetrator_facing"),
    )
)
"""Facts that say who asks whom for what: with another word it is another request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """One rule and the one fact on which it did not match.

    Args:
        word: what the fact is.
        cell: what the rule says there: a word or a group.
        fits: the words that would have matched, in the order of the vocabulary.

    """

    rule: Rule
    fact: str
    word: str
    cell: str
    fits: tuple[str, ...]


def near_misses(pack: Pack, table: Table, words: tuple[str, ...]) -> tuple[NearMiss, ...]:
    """Return every near miss for known facts in the order of FACT_NAMES.

    Missing facts come first, then circumstances, then what makes the request. Among each, rules
    that would have turned the answer come first, then the most protective, as in the files.
    """
    answered = table.outcome_of(table.matching(words)).width > Outcome.REFER_HUMAN.width
    found = [
        _near(pack, rule, place, words[place])
        for place, mask in enumerate(_missed_on_one(table, words))
        for rule in table.rules_in(mask)
    ]
    order = {rule.rule_id: number for number, rule in enumerate(table.rules)}
    return tuple(
        sorted(
            found,
            key=lambda one: (
                _kind(one),
                one.rule.gives is answered,
                one.rule.outcome.width,
                order[one.rule.rule_id],
            ),
        )
    )


def _missed_on_one(table: Table, words: tuple[str, ...]) -> list[int]:
    """Return for each fact the rules that match on every other fact and not on this one."""
    fit = [table.masks(fact)[word] for fact, word in zip(FACT_NAMES, words, strict=True)]
    every = table.served_bit - 1
    before = [every]
    for mask in fit:
        before.append(before[-1] & mask)
    missed, after = [], every
    for place in reversed(range(len(fit))):
        others = before[place] & after
        missed.append(others ^ others & fit[place])
        after &= fit[place]
    return missed[::-1]


def _near(pack: Pack, rule: Rule, place: int, word: str) -> NearMiss:
    fact, cell = FACT_NAMES[place], rule.conditions[place]
    meant = pack.words_meant(fact, cell)
    fits = tuple(one for one in pack.vocabulary.of(fact) if one in meant)
    return NearMiss(rule=rule, fact=fact, word=word, cell=cell, fits=fits)


def _kind(one: NearMiss) -> int:
    if one.word == UNKNOWN:
        return 0
    return 2 if one.fact in _THE_REQUEST_ITSELF else 1
