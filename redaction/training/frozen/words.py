"""Which words were everyday words, and which were names, when the shipped weights were trained."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from redaction.model.base import dictionary

_SOURCE = Path(__file__).parent / "words.yaml"
_ENDINGS = (
    ("'s", ""), ("ies", "y"), ("ied", "y"), ("es", ""), ("s", ""), ("ed", ""), ("ed", "e"),
    ("ing", ""), ("ing", "e"), ("er", ""), ("er", "e"), ("est", ""), ("ly", ""), ("ness", ""),
    ("n't", ""), ("able", ""), ("less", ""), ("ment", ""), ("ally", ""),
)  # fmt: skip
_PREFIXES = ("un", "re", "non", "over", "mis", "pre")
_SHORTEST_STEM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenWords:
    """Word lists in lower case, with the questions that showing a text asks of them."""

    words: frozenset[str] = field(repr=False)
    names: frozenset[str] = field(repr=False)
    surnames: frozenset[str] = field(repr=False)
    surnames_alone: frozenset[str] = field(repr=False)
    also_words: frozenset[str] = field(repr=False)

    def is_name(self, token: str) -> bool:
        """Say whether a token is a given name and nothing else."""
        return token in self.names and token not in self.also_words

    def may_be_name(self, token: str) -> bool:
        """Say whether a token is a given name, even one that is also a word."""
        return token in self.names or token in self.also_words

    def is_word(self, token: str) -> bool:
        """Say whether a token is an everyday word or a form of one."""
        if self.is_name(token) or token in self.surnames_alone:
            return False
        known = token.replace("'", "") in self.words
        return known or any(stem in self.words for stem in _stems(token))


def _stems(token: str) -> list[str]:
    found = [token[len(one) :] for one in _PREFIXES if token.startswith(one)]
    for base in (token, *found):
        for ending, restored in _ENDINGS:
            if base.endswith(ending) and len(base) - len(ending) >= _SHORTEST_STEM:
                stem = base[: len(base) - len(ending)]
                found.append(stem + restored)
                if not restored and stem[-1] == stem[-2]:
                    found.append(stem[:-1])
    return [one for one in found if len(one) >= _SHORTEST_STEM]


@cache
def frozen_words() -> FrozenWords:
    """Return the lists of that time, over the pinned model's dictionary."""
    stored = yaml.safe_load(_SOURCE.read_text("utf-8"))
    lists = {name: frozenset(stored[name].split()) for name in stored if name != "format"}
    return FrozenWords(
        words=dictionary() | lists["said"],
        names=lists["names"],
        surnames=lists["surnames"],
        surnames_alone=lists["surnames-alone"],
        also_words=lists["also-words"],
    )
