"""Invented people: a given name and a surname of one origin, and what others call them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

_HERE = Path(__file__).parent
LEARNED, LEARNED_FLAT = _HERE / "names.yaml", _HERE / "flat" / "names.yaml"
_WORDS = "words"
_NICKNAMES = "nicknames"
_ENDINGS = ("", "", "y", "ie", "s", "o", "za", "zza", "a")
_SHORTEST_STEM = 3
_OFTEN_ENGLISH = 0.22
"""Share of people with an English name; every other origin has an equal part of the rest."""
_MIXED = 0.06
"""Share with a surname of another origin: people marry, and children have two parents."""
_DOUBLE = 0.05
_BLENDED = 0.3
"""Share of names made of two, so that the model learns how names look, not which there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """Shares of names that are everyday words.

    Args:
        word_surname: surnames from the list of words, doubled in the origins where that is usual.
        word_given: given names from the list of words.
        surprising: names that are any word of the dictionary, so that context has to decide.
        surprising_nickname: the same for what friends say, which is often a plain word.
        two_given: people who go by two given names, with a blank or a hyphen.

    """

    word_surname: float = 0.22
    word_given: float = 0.06
    surprising: float = 0.12
    surprising_nickname: float = 0.5
    two_given: float = 0.0


FLAT = Chances(
    word_surname=0.3, word_given=0.16, surprising=0.06, surprising_nickname=0.45, two_given=0.05
)
"""For notes without capitals, where a name that is a word is the hard one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One invented person."""

    given: str
    family: str
    nickname: str
    origin: str
    male: bool


class NameBook:
    """The names of one side, training or evaluation, and how people are drawn from them."""

    def __init__(
        self,
        *paths: Path,
        dictionary: Sequence[str] = (),
        chances: Chances = Chances(),
    ) -> None:
        """Read the lists; with a dictionary, names are blended and surprising too (training)."""
        self._dictionary, self._chances = dictionary, chances
        self._nicknames: list[str] = []
        self._lists: dict[str, dict[str, list[str]]] = {}
        for path in paths or (LEARNED,):
            stored = yaml.safe_load(path.read_text("utf-8"))
            self._nicknames += stored.pop(_NICKNAMES).split()
            for origin, kinds in stored.items():
                lists = self._lists.setdefault(origin, {})
                for kind, names in kinds.items():
                    lists[kind] = lists.get(kind, []) + names.split()
        self._foreign = [one for one in self._lists if one not in {"english", _WORDS}]

    @property
    def origins(self) -> tuple[str, ...]:
        """Every origin that has given names and surnames of its own."""
        return ("english", *self._foreign)

    def every(self) -> frozenset[str]:
        """Return every name in small letters, to compare two sides."""
        kinds = [names for kinds in self._lists.values() for names in kinds.values()]
        return frozenset(name.lower() for names in (*kinds, self._nicknames) for name in names)

    def draw(self, rng: Random, *, male: bool | None, kin: Named | None = None) -> Named:
        """Return somebody; with `kin`, usually of their origin and surname."""
        male = rng.random() < 0.5 if male is None else male  # noqa: PLR2004  # a coin
        origin = kin.origin if kin else self._origin(rng)
        kind = "male" if male else "female"
        given = self._varied(rng, self._lists[origin][kind])
        if self._chances.two_given and rng.random() < self._chances.two_given:
            given += rng.choice(" -") + rng.choice(self._lists[origin][kind])
        if rng.random() < self._chances.word_given:
            given = rng.choice(self._lists[_WORDS][kind])
            origin = _WORDS if kin is None else origin
        family = kin.family if kin and rng.random() < 0.6 else self._family(rng, origin)  # noqa: PLR2004
        nickname = self._nickname(rng, given)
        return Named(given=given, family=family, nickname=nickname, origin=origin, male=male)

    def _origin(self, rng: Random) -> str:
        return "english" if rng.random() < _OFTEN_ENGLISH else rng.choice(self._foreign)

    def _family(self, rng: Random, origin: str) -> str:
        lists, share = self._lists, 2 * self._chances.word_surname
        if origin == _WORDS or (origin in _WITH_WORDS and rng.random() < share):
            return rng.choice(lists[_WORDS]["family"])
        other = rng.choice(self._foreign) if rng.random() < _MIXED else origin
        family = self._varied(rng, lists[other]["family"])
        if rng.random() < _DOUBLE and "-" not in family:
            second = rng.choice(lists[rng.choice((other, "english", _WORDS))]["family"])
            return f"{family}-{second}"
        return family

    def _varied(self, rng: Random, names: Sequence[str]) -> str:
        """Return a name of the list; in training also one blended of two, or a plain word."""
        name, chance = rng.choice(names), rng.random()
        if not self._dictionary or chance > _BLENDED + self._chances.surprising:
            return name
        if chance < self._chances.surprising:
            return str(rng.choice(self._dictionary)).capitalize()
        other = rng.choice(names)
        return name[: (len(name) + 1) // 2] + other[len(other) // 2 :].lower().lstrip("'-")

    def _nickname(self, rng: Random, given: str) -> str:
        if rng.random() < 0.45 or len(given) <= _SHORTEST_STEM:  # noqa: PLR2004
            chosen = self._any_nickname(rng)
            return chosen if rng.random() < 0.3 else chosen.capitalize()  # noqa: PLR2004
        stem = given[: rng.choice((_SHORTEST_STEM, _SHORTEST_STEM + 1))].rstrip("aeiou-'")
        return (stem or given[:_SHORTEST_STEM]) + rng.choice(_ENDINGS)

    def _any_nickname(self, rng: Random) -> str:
        if self._dictionary and rng.random() < self._chances.surprising_nickname:
            return rng.choice(self._dictionary)
        return rng.choice(self._nicknames)


_WITH_WORDS = frozenset({"english", "scottish", "welsh", "irish", "caribbean"})
