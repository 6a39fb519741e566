"""Invented places: streets, houses, schools, surgeries, employers, refuges."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import yaml

_HERE = Path(__file__).parent
_VARIED = frozenset({
    "towns", "areas", "street-names", "houses", "nurseries", "pubs", "made-employers",
    "refuge-names", "worships", "employers", "pharmacies",
})  # fmt: skip
_BLENDED = frozenset({"towns", "areas"})
_SURPRISING = 0.25
"""Share of places in training that no list holds, so that the model learns where places stand."""


class PlaceBook:
    """The places of one side, training or evaluation, and how they are put together."""

    def __init__(self, path: Path = _HERE / "places.yaml", dictionary: Sequence[str] = ()) -> None:
        """Read the lists; with a dictionary, places are named from any word too (training)."""
        self._dictionary = dictionary
        stored = yaml.safe_load(path.read_text("utf-8"))
        self._lists: Mapping[str, list[str]] = {
            name: [part.strip() for part in parts.split("|")] for name, parts in stored.items()
        }

    def every(self, name: str) -> frozenset[str]:
        """Return one list in small letters, to compare two sides."""
        return frozenset(part.lower() for part in self._lists[name])

    def draw(self, rng: Random, kind: str) -> str:
        """Return a place of a kind that templates name."""
        made: str = getattr(self, f"_{kind}")(rng)
        return " ".join(made.split())

    def _one(self, rng: Random, name: str) -> str:
        if self._dictionary and name in _VARIED and rng.random() < _SURPRISING:
            return self._surprising(rng, name)
        return rng.choice(self._lists[name])

    def _surprising(self, rng: Random, name: str) -> str:
        """Return what no list holds: a blend of two places, or something named from any word."""
        if name in _BLENDED:
            first, second = (rng.choice(self._lists[name]) for _ in range(2))
            return first[: (len(first) + 1) // 2] + second[len(second) // 2 :].lower()
        word, other = (str(rng.choice(self._dictionary)).capitalize() for _ in range(2))
        if name == "pubs":
            return rng.choice(
                (f"{word} Arms", f"Old {word}", f"{word} and {other}", f"{word} Inn", word)
            )
        return rng.choice((word, word, f"{word} {other}", f"{word}'s"))

    def _town(self, rng: Random) -> str:
        return self._one(rng, "towns")

    def _area(self, rng: Random) -> str:
        return self._one(rng, "areas")

    def _street(self, rng: Random) -> str:
        if rng.random() < 0.1:  # noqa: PLR2004
            return self._one(rng, "bare-streets")
        return f"{self._one(rng, 'street-names')} {self._one(rng, 'street-kinds')}"

    def _door(self, rng: Random) -> str:
        return f"{rng.randint(1, 220)}{rng.choice(('', '', '', '', 'a', 'b'))}"

    def _address(self, rng: Random) -> str:
        """Return number and street, now and then with a flat, a town, or a named house."""
        chance = rng.random()
        if chance < 0.12:  # noqa: PLR2004
            start = f"{self._one(rng, 'houses')} {self._one(rng, 'house-kinds')}, "
            start += self._street(rng) if rng.random() < 0.6 else self._town(rng)  # noqa: PLR2004
            return start
        number = self._door(rng)
        if chance < 0.3:  # noqa: PLR2004
            flat = rng.choice(("flat", "Flat", "Apt", "Unit", "Room"))
            number = f"{flat} {rng.choice('123456789ABCDEF')}, {number}"
        end = rng.choice(("", "", ", ", " "))
        return f"{number} {self._street(rng)}" + (end + self._town(rng) if end else "")

    def _school(self, rng: Random) -> str:
        named = rng.choice(("towns", "areas", "street-names", "saints", "houses"))
        return f"{self._one(rng, named)} {self._one(rng, 'school-kinds')}"

    def _nursery(self, rng: Random) -> str:
        return f"{self._one(rng, 'nurseries')} {self._one(rng, 'nursery-kinds')}"

    def _surgery(self, rng: Random) -> str:
        named = rng.choice(("street-names", "areas", "saints", "houses"))
        return f"{self._one(rng, named)} {self._one(rng, 'surgeries')}"

    def _hospital(self, rng: Random) -> str:
        if rng.random() < 0.35:  # noqa: PLR2004
            return self._one(rng, "saints") + " Hospital"
        return f"{self._one(rng, 'towns')} {self._one(rng, 'hospitals')}"

    def _pub(self, rng: Random) -> str:
        return rng.choice(("", "the ", "The ")) + self._one(rng, "pubs")

    def _church(self, rng: Random) -> str:
        if rng.random() < 0.5:  # noqa: PLR2004
            return self._one(rng, "worships")
        return self._one(rng, "saints") + rng.choice((" Church", " church", ""))

    def _pharmacy(self, rng: Random) -> str:
        return self._one(rng, "pharmacies")

    def _work(self, rng: Random) -> str:
        if rng.random() < 0.45:  # noqa: PLR2004
            return self._one(rng, "employers")
        return f"{self._one(rng, 'made-employers')} {self._one(rng, 'made-kinds')}"

    def _refuge(self, rng: Random) -> str:
        return f"{self._one(rng, 'refuge-names')} {self._one(rng, 'refuge-kinds')}"

    def _landmark(self, rng: Random) -> str:
        named = rng.choice(("towns", "areas", "street-names"))
        return f"{self._one(rng, named)} {self._one(rng, 'landmarks')}"
