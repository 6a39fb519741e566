"""Everything that is wrong with a pack, collected, so that its author mends the files once.

A problem never repeats what a cell holds: somebody may have saved a case list under this name.
"""

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from broker.domain.errors import PolicyLoadError

MAX_PROBLEMS = 500
"""Problems after which reading stops: nobody mends more in one go."""
_COMPARED_CHARACTERS = 64
"""A longer word is compared by its beginning: difflib takes quadratic time."""
_SIMILAR = 0.6
"""difflib's own cut-off for a close match, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cell of a file; lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Problems:
    """The problems found so far."""

    found: list[str] = field(default_factory=list)

    def add(self, place: Place, sentence: str) -> None:
        """Keep one problem."""
        self.found.append(f"{place.file}:{place.line}:{place.column}: {sentence}")

    def add_word(self, place: Place, sentence: str, word: str, valid: Iterable[str]) -> None:
        """Keep one problem with a word, and name the valid word that is nearest to it."""
        near = nearest(word, valid)
        hint = "no valid word is near" if near is None else f"nearest: {near}"
        self.add(place, f"{sentence}; {hint}")

    @property
    def enough(self) -> bool:
        """Whether so much was found that the rest can wait."""
        return len(self.found) >= MAX_PROBLEMS

    def raise_if_any(self) -> None:
        """Stop loading with everything that was found."""
        if self.found:
            more = ("There may be more: mend these first.",) if self.enough else ()
            raise PolicyLoadError((*self.found, *more))


def nearest(word: str, valid: Iterable[str]) -> str | None:
    """Return the valid word that looks most like `word`, case and look-alike letters apart."""
    plain = unicodedata.normalize("NFKD", word[:_COMPARED_CHARACTERS]).casefold().strip()
    by_look = {one.casefold(): one for one in valid}
    found = difflib.get_close_matches(plain, by_look, n=1, cutoff=_SIMILAR)
    return by_look[found[0]] if found else None
