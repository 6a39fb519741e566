"""Any words of a kind, so that what names nobody is more than a template's author thought of."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from types import MappingProxyType

WORD_KINDS = frozenset({"noun", "nouns", "verbed", "verbs", "verbing", "like", "how"})
"""Slots: a thing, things, what somebody did, does, is doing, what something is like, and how."""
_IRREGULAR = 0.25
"""Share of past forms that are irregular, such as `froze`."""
_S_AFTER = ("s", "x", "z", "ch", "sh")


class WordBook:
    """Words by kind, put into the form that a slot asks for."""

    def __init__(self, kinds: Mapping[str, Sequence[str]]) -> None:
        """Take words in order by kind: `noun`, `verb`, `adj`, `adv` and `past`."""
        self._kinds = kinds

    def draw(self, rng: Random, slot: str) -> str:
        """Return a word for one of the slots."""
        if slot == "verbed" and rng.random() < _IRREGULAR:
            return rng.choice(self._kinds["past"])
        kind, change = _FORMS[slot]
        return change(rng.choice(self._kinds[kind]))


def _past(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in set("aeiou"):
        return word[:-1] + "ied"
    return word + ("d" if word.endswith("e") else "ed")


def _with_s(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in set("aeiou"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(_S_AFTER) else "s")


def _going_on(word: str) -> str:
    return word.removesuffix("e") + "ing"


def _as_it_is(word: str) -> str:
    return word


_FORMS: Mapping[str, tuple[str, Callable[[str], str]]] = MappingProxyType({
    "noun": ("noun", _as_it_is),
    "nouns": ("noun", _with_s),
    "verbed": ("verb", _past),
    "verbs": ("verb", _with_s),
    "verbing": ("verb", _going_on),
    "like": ("adj", _as_it_is),
    "how": ("adv", _as_it_is),
})  # fmt: skip
