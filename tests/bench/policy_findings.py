"""What was found about deciding: per size of pack, beside other engines in the same rounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

WARM_LIMIT: Final = 5.0
"""A remembered answer, over a dict look-up of the same key, at every size."""
STOCK_LIMIT: Final = 20.0
"""Stock pycasbin over an answer for facts not met before, at `LIMITED_SIZE`."""
CEDAR_LIMIT: Final = 3.0
"""The same for cedarpy."""
TABLE_LIMIT: Final = 30.0
"""Seconds of one core for the whole table of the largest pack."""
LIMITED_SIZE: Final = 5_000

DICT, WARM, COLD, STOCK, CEDAR = "dict", "warm", "cold", "stock pycasbin", "cedarpy"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySize:
    """One size of pack.

    Args:
        lines: in Casbin's form, which every engine is given.
        seconds: per question, the middle of the rounds; an engine that is not installed is not in.
        ratios: over `DICT` for warm, under `COLD` for the others, the middle of round by round.
        load: seconds of processor time for reading, compiling and comparing with Casbin.
        table_bytes: what the compiled table takes before anything is asked.

    """

    rules: int
    lines: int
    seconds: Mapping[str, float]
    ratios: Mapping[str, float]
    load: Mapping[str, float]
    table_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySpeed:
    """All sizes, smallest first."""

    sizes: tuple[PolicySize, ...]
    rounds: int

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "PolicySpeed":
        """Return what the measuring process announced."""
        sizes = tuple(PolicySize(**one) for one in said["sizes"])
        return cls(sizes=sizes, rounds=said["rounds"])
