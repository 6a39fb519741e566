"""Every case there is: the grid of all words of all facts, and boxes in it.

A set of words of one fact is a number with one bit per word, so that a box (some words of each
fact) is one number per fact, and asking whether two boxes meet is a handful of ANDs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

from broker.domain.context import FACT_NAMES
from broker.domain.words import UNKNOWN
from policies.pack import Pack

_ASKED_FIRST = (
    "purpose",
    "agreement",
    "conflict",
    "case_listing",
    "requester_role",
    "category",
    "recipient_perpetrator_facing",
    "recipient_agency",
    "subject_role",
    "consent",
    "risk",
    "risk_age",
)
_ASKED_LAST = ("reasons", "approval")
LEVELS: tuple[str, ...] = (
    *_ASKED_FIRST,
    *(one for one in FACT_NAMES if one not in _ASKED_FIRST + _ASKED_LAST),
    *_ASKED_LAST,
)
"""The order in which facts are looked at: what settles most answers first. It changes no answer."""


def mask(bits: Iterable[bool]) -> int:
    """Return the number whose n-th bit is the n-th truth value."""
    return sum(1 << place for place, bit in enumerate(bits) if bit)


Box = Mapping[str, int]
"""The words allowed of each named fact, as bits; a fact that is not named may be anything."""


@dataclass(frozen=True)
class Grid:
    """The words of every fact. `unknown` is among them."""

    words: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, *packs: Pack) -> "Grid":
        """Return the grid of all words that any of the packs knows."""
        return cls(
            words={
                fact: tuple(dict.fromkeys(w for one in packs for w in one.vocabulary.of(fact)))
                for fact in LEVELS
            }
        )

    @property
    def cells(self) -> int:
        """How many cases there are."""
        return prod(len(words) for words in self.words.values())

    @cached_property
    def everything(self) -> tuple[int, ...]:
        """All words of each level, as bits."""
        return tuple((1 << len(self.words[fact])) - 1 for fact in LEVELS)

    @cached_property
    def _places(self) -> Mapping[str, Mapping[str, int]]:
        return {fact: {word: n for n, word in enumerate(self.words[fact])} for fact in LEVELS}

    def bits(self, fact: str, words: Iterable[str]) -> int:
        """Return a set of words as bits. A word of another grid is a KeyError."""
        places = self._places[fact]
        return sum(1 << places[word] for word in set(words))

    def of_bits(self, fact: str, bits: int) -> tuple[str, ...]:
        """Return the words of a set, in the order of the vocabulary."""
        return tuple(word for n, word in enumerate(self.words[fact]) if bits >> n & 1)

    def box(self, words: Mapping[str, Iterable[str]]) -> Box:
        """Return a box from the words of some facts."""
        return {fact: self.bits(fact, some) for fact, some in words.items()}

    def meant(self, pack: Pack, fact: str) -> tuple[str, ...]:
        """Return as what a pack reads each word: one that it does not know is `unknown` to it."""
        known = set(pack.vocabulary.of(fact))
        return tuple(word if word in known else UNKNOWN for word in self.words[fact])
