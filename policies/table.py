"""The compiled table: what requests are answered from.

Facts are finite. For each word of each fact the table keeps, as the bits of one number, which
rules match it; the rules that match a request are the AND of one number per fact, and words that
no rule tells apart share a number. It says exactly what Casbin says (see agreement), in
microseconds, whether the pack has eighty rules or twenty thousand.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_
from types import MappingProxyType
from typing import TypeVar

from broker.domain.context import FACT_NAMES
from broker.domain.words import UNKNOWN, Outcome
from policies.pack import Pack
from policies.rules import Rule

MAX_VERDICTS = 65_536
"""Sets of matching rules that are remembered; more than a pack of 20,000 rules has met."""
MAX_VERDICT_BYTES = 64 * 1024 * 1024
"""Bytes that the remembered sets may take: at 20,000 rules each of them is 2.5 KB."""
_BITS_OF_A_BYTE = 8

_Key = TypeVar("_Key", bound=Hashable)


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
    """One pack, compiled. Safe under threads: what is remembered is only ever added or dropped.

    In every mask the n-th bit is the n-th rule; the bit above the last rule says "a gap in this
    purpose means: ask a person". Whoever analyses a pack reads the same masks that decide.
    """

    def __init__(self, pack: Pack) -> None:
        """Compile the pack."""
        self.rules = pack.rules
        self.served_bit = 1 << len(pack.rules)
        self.gives_mask = _masks_by(rule.gives for rule in pack.rules).get(True, 0)
        capped = _masks_by(rule.outcome for rule in pack.rules)
        self.caps: Mapping[Outcome, int] = MappingProxyType(
            {one: capped.get(one, 0) for one in Outcome}
        )
        self._masks = tuple(
            _masks_of(pack, place, self.served_bit) for place in range(len(FACT_NAMES))
        )
        self._verdicts: dict[int, Verdict] = {}
        self._most_verdicts = _most_verdicts(len(pack.rules))

    def masks(self, fact: str) -> Mapping[str, int]:
        """Return the rules that match each word of a fact, and whether a gap there is a question.

        Words that no rule tells apart have the very same number.
        """
        return MappingProxyType(self._masks[FACT_NAMES.index(fact)])

    def matching(self, words: tuple[str, ...]) -> int:
        """Return the rules that match known facts, and the served bit; words as in FACT_NAMES."""
        return reduce(and_, [of[word] for of, word in zip(self._masks, words, strict=True)])

    def verdict(self, words: tuple[str, ...]) -> Verdict:
        """Return what the rules say on known facts in the order of FACT_NAMES."""
        mask = self.matching(words)
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
        for word, mask in self.masks(fact).items():
            together.setdefault(mask, []).append(word)
        return tuple(tuple(words) for words in together.values())

    def rules_in(self, mask: int) -> tuple[Rule, ...]:
        """Return the rules of a mask, in the order of the files."""
        return tuple(self.rules[place] for place in _places(mask & (self.served_bit - 1)))

    def outcome_of(self, mask: int) -> Outcome:
        """Return the most protective outcome of the matching rules, if one of them gives."""
        default = Outcome.REFER_HUMAN if mask & self.served_bit else Outcome.DENY
        narrowest = next((one for one, capped in self.caps.items() if mask & capped), default)
        return narrowest if mask & self.gives_mask else min(narrowest, default, key=_width)

    def _judge(self, mask: int) -> Verdict:
        outcome, matched = self.outcome_of(mask), self.rules_in(mask)
        deciding = tuple(rule for rule in matched if rule.outcome is outcome)
        if len(self._verdicts) >= self._most_verdicts:
            self._verdicts.clear()
        made = Verdict(outcome=outcome, matched=matched, deciding=deciding)
        return self._verdicts.setdefault(mask, made)


def _width(outcome: Outcome) -> int:
    return outcome.width


def _most_verdicts(rules: int) -> int:
    return min(MAX_VERDICTS, MAX_VERDICT_BYTES // (rules // _BITS_OF_A_BYTE + 1))


def _places(mask: int) -> Iterator[int]:
    """Return where bits are set, lowest first; takes them off at the top, where it is cheap."""
    found = []
    while mask:
        top = mask.bit_length() - 1
        found.append(top)
        mask ^= 1 << top
    return reversed(found)


def _masks_by(keys: Iterable[_Key]) -> dict[_Key, int]:
    """Return for each distinct key the number whose n-th bit says that the n-th key is it."""
    found: dict[_Key, bytearray] = {}
    for place, key in enumerate(keys):
        byte, bit = divmod(place, _BITS_OF_A_BYTE)
        row = found.setdefault(key, bytearray())
        if len(row) <= byte:
            row.extend(bytes(byte + 1 - len(row)))
        row[byte] |= 1 << bit
    return {key: int.from_bytes(row, "little") for key, row in found.items()}


def _masks_of(pack: Pack, place: int, served: int) -> dict[str, int]:
    """Return a mask per word of a fact, built from the distinct cells of its column."""
    fact = FACT_NAMES[place]
    masks = dict.fromkeys(pack.vocabulary.of(fact), 0 if fact == "purpose" else served)
    if fact == "purpose":
        masks.update(dict.fromkeys(pack.served, served))
    for cell, matched in _masks_by(rule.conditions[place] for rule in pack.rules).items():
        for word in pack.words_meant(fact, cell):
            masks[word] |= matched
    shared: dict[int, int] = {}
    return {word: shared.setdefault(mask, mask) for word, mask in masks.items()}
