"""The compiled table: what requests are answered from.

Facts are finite. For each word of each fact the table keeps, as the bits of one number, which
rules match it; the rules that match a request are the AND of one number per fact, and words that
no rule tells apart share a number. It says exactly what Casbin says (see agreement), in
microseconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import and_

from broker.domain.context import FACT_NAMES
from broker.domain.words import UNKNOWN, Outcome
from policies.pack import Pack
from policies.rules import Rule

MAX_VERDICTS = 65_536
"""Sets of matching rules that are remembered; more than a pack of 20,000 rules has met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the rules that match one request say together.

    Args:
        matched: every rule that matches, in the order of the files.
        deciding: those of them that set the outcome; none where it is the default.

    """

    outcome: Outcome
    matched: tuple[Rule, ...]
    deciding: tuple[Rule, ...]


class Table:
    """One pack, compiled. Safe under threads: what is remembered is only ever added or dropped."""

    def __init__(self, pack: Pack) -> None:
        """Compile the pack."""
        self._rules = pack.rules
        self._served = 1 << len(pack.rules)  # One bit more, for "a gap means: ask a person".
        self._masks = tuple(_masks_of(pack, fact, self._served) for fact in FACT_NAMES)
        self._gives = _mask(rule.gives for rule in pack.rules)
        self._caps = tuple(
            (one, _mask(rule.outcome is one for rule in pack.rules)) for one in Outcome
        )
        self._verdicts: dict[int, Verdict] = {}

    def verdict(self, words: tuple[str, ...]) -> Verdict:
        """Return what the rules say on known facts in the order of FACT_NAMES."""
        mask = reduce(and_, [of[word] for of, word in zip(self._masks, words, strict=True)])
        known = self._verdicts.get(mask)
        return known if known is not None else self._judge(mask)

    def known(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Return the facts with every word that the vocabulary lacks as `unknown`."""
        return tuple(
            word if word in of else UNKNOWN for of, word in zip(self._masks, words, strict=True)
        )

    def classes(self, fact: str) -> tuple[tuple[str, ...], ...]:
        """Return the words of a fact, those that no rule tells apart together."""
        together: dict[int, list[str]] = {}
        for word, mask in self._masks[FACT_NAMES.index(fact)].items():
            together.setdefault(mask, []).append(word)
        return tuple(tuple(words) for words in together.values())

    def _judge(self, mask: int) -> Verdict:
        outcome = self._outcome(mask)
        matched = tuple(rule for bit, rule in enumerate(self._rules) if mask >> bit & 1)
        deciding = tuple(rule for rule in matched if rule.outcome is outcome)
        if len(self._verdicts) >= MAX_VERDICTS:
            self._verdicts.clear()
        made = Verdict(outcome=outcome, matched=matched, deciding=deciding)
        return self._verdicts.setdefault(mask, made)

    def _outcome(self, mask: int) -> Outcome:
        """Return the most protective outcome of the matching rules, if one of them gives."""
        default = Outcome.REFER_HUMAN if mask & self._served else Outcome.DENY
        narrowest = next((one for one, capped in self._caps if mask & capped), default)
        return narrowest if mask & self._gives else min(narrowest, default, key=_width)


def _width(outcome: Outcome) -> int:
    return outcome.width


def _mask(bits: Iterable[bool]) -> int:
    """Return the number whose n-th bit is the n-th truth value."""
    return sum(1 << place for place, bit in enumerate(bits) if bit)


def _masks_of(pack: Pack, fact: str, served: int) -> dict[str, int]:
    masks = dict.fromkeys(pack.vocabulary.of(fact), 0 if fact == "purpose" else served)
    if fact == "purpose":
        masks.update(dict.fromkeys(pack.served, served))
    for bit, rule in enumerate(pack.rules):
        for word in pack.words_meant(fact, rule.condition(fact)):
            masks[word] |= 1 << bit
    return masks
