"""Which words are everyday words, and which are given names.

A capitalised word that is in no list is treated as a name: missing vocabulary costs readability,
never protection.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml
from spacy.lang.en.stop_words import STOP_WORDS

from redaction.model.base import dictionary, nouns_only

_HERE = Path(__file__).parent
_ENDINGS = (
    ("'s", ""), ("ies", "y"), ("ied", "y"), ("es", ""), ("s", ""), ("ed", ""), ("ed", "e"),
    ("ing", ""), ("ing", "e"), ("er", ""), ("er", "e"), ("est", ""), ("ly", ""), ("ness", ""),
    ("n't", ""), ("able", ""), ("less", ""), ("ment", ""), ("ally", ""),
)  # fmt: skip
_PREFIXES = ("un", "re", "non", "over", "mis", "pre")
_SHORTEST_STEM = 3
_SHORTEST_POSSESSIVE = 4
"""Letters, the s among them, below which a name and an s is more often another word."""
_MOST_REMEMBERED = 20_000
"""Words whose answer is remembered; the dictionary's own forms are not many more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Word lists, all in folded lower case.

    Args:
        words: dictionary, function words and casework jargon.
        jargon: function words and casework jargon without the dictionary, whose short words
            (`em`, `ba`) are seldom meant in a note.
        things: words of the dictionary that are nouns only, which no sentence opens with as a verb.
        names: given names and short forms.
        surnames: common surnames, most of them everyday words too.
        surnames_alone: surnames that are no everyday words, whatever the dictionary says.
        also_words: the names that are everyday words too.
        short_forms: from every name to all the other forms of it.

    """

    words: frozenset[str] = field(repr=False)
    jargon: frozenset[str] = field(repr=False)
    things: frozenset[str] = field(repr=False)
    names: frozenset[str] = field(repr=False)
    surnames: frozenset[str] = field(repr=False)
    surnames_alone: frozenset[str] = field(repr=False)
    also_words: frozenset[str] = field(repr=False)
    short_forms: dict[str, frozenset[str]] = field(repr=False)
    _everyday: set[str] = field(default_factory=set, init=False, repr=False, compare=False)
    _strange: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    def is_name(self, token: str) -> bool:
        """Say whether a lower-case token is a given name and nothing else."""
        if token in self.names:
            return token not in self.also_words
        return self._of_a_name(token)

    def _of_a_name(self, token: str) -> bool:
        """Say whether a token is a name with the s of a possessive: `at vanessas`."""
        stem = token[:-1] if token.endswith("s") and len(token) > _SHORTEST_POSSESSIVE else ""
        known = stem in self.names and stem not in self.also_words
        return known and token not in self.words

    def may_be_name(self, token: str) -> bool:
        """Say whether a lower-case token is a given name, even one that is also a word."""
        return token in self.names or token in self.also_words

    def is_word(self, token: str) -> bool:
        """Say whether a lower-case token is an everyday word or a form of one."""
        if token in self._everyday:
            return True
        if token in self._strange:
            return False
        plain = self._is_word(token)
        kept = self._everyday if plain else self._strange
        if len(kept) >= _MOST_REMEMBERED:
            kept.clear()
        kept.add(token)
        return plain

    def _is_word(self, token: str) -> bool:
        if self.is_name(token) or token in self.surnames_alone:
            return False
        return token.replace("'", "") in self.words or any(
            stem in self.words for stem in _stems(token)
        )

    def forget(self) -> None:
        """Forget the words of the last text that were no everyday words: they may be names."""
        self._strange.clear()


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
def lexicon() -> Lexicon:
    """Return the word lists, read once a process."""
    stored = yaml.safe_load((_HERE / "names.yaml").read_text("utf-8"))
    jargon = yaml.safe_load((_HERE / "jargon.yaml").read_text("utf-8"))["casework"].split()
    forms = _short_forms(stored["short-forms"])
    names = frozenset(stored["names"].split()) | frozenset(forms)
    alone = frozenset(stored["surnames-alone"].split())
    said = frozenset(STOP_WORDS) | frozenset(jargon)
    return Lexicon(
        words=dictionary() | said,
        jargon=said,
        things=nouns_only() - said,
        names=names,
        surnames=frozenset(stored["surnames"].split()) | alone,
        surnames_alone=alone,
        also_words=frozenset(stored["also-words"].split()),
        short_forms=forms,
    )


def _short_forms(table: dict[str, list[str]]) -> dict[str, frozenset[str]]:
    gathered: dict[str, set[str]] = {}
    for name, shorts in table.items():
        gathered.setdefault(name, set()).update(shorts)
        for short in shorts:
            gathered.setdefault(short, set()).update({name, *shorts} - {short})
    return {name: frozenset(forms) for name, forms in gathered.items()}
