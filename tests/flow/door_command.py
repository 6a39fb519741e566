"""One row of the table of commands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from broker.domain.words import EventKind as Kind

HOUSING, ADVOCATE, HOLDER, ANN, BEN = "housing-1", "idva-1", "police-4", "coordinator-3", "acute-3"
"""Practitioners of the invented county."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command.

    Args:
        name: its words, as its help has them.
        words: what follows them.
        leaves: every entry that it must have made, in order, and no other but the jobs' own.
        because: where it leaves none, why.
        status: with which it ends.
        tells: what a later row calls something that it writes.
        told: finds that in its output; else it is the first word.
        keeps: file for its output.
        first: makes what it needs of an office, and tells where that is.
        reads: on its standard input.
        stays: whether it runs until it is stopped, in a process of its own.
        walked_in: test that walks it instead, because it needs another broker than the one here.

    """

    name: str
    words: Sequence[str] = ()
    leaves: tuple[Kind, ...] = ()
    because: str = ""
    status: int = 0
    tells: str = ""
    told: Callable[[str], str] = lambda output: output.split()[0]
    keeps: str = ""
    first: Callable[[dict[str, str]], None] | None = None
    reads: str = ""
    stays: bool = False
    walked_in: str = ""

    def __post_init__(self) -> None:
        """Leave no row without an entry or a reason."""
        if bool(self.leaves) == bool(self.because):
            raise ValueError(f"Say which entries {self.name} leaves, or why none.")


def as_(who: str, *words: str) -> tuple[str, ...]:
    """Return the words of whoever runs it."""
    return ("--as", who, *words)
