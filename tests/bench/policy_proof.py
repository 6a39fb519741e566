"""How long it takes to prove a pack: equal to Casbin, and every property, over all cases."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from rich import box
from rich.table import Table

from policies.check import findings_of
from policies.equality import unequal_cases
from tests.bench.children import announce
from tests.unit.policies.packs import TODAY, files, policy

LIMIT_SECONDS: Final = 60.0
"""For exhaustive equality and all properties of the real pack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofSpeed:
    """One proof of the packaged pack; seconds are processor time of one core.

    Args:
        check_seconds: the whole `policies check`: rows, spoilt rules, properties of every area.
    """

    rules: int
    cases: int
    properties: int
    equality_seconds: float
    check_seconds: float

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "ProofSpeed":
        """Return what the measuring process announced."""
        return cls(**said)

    @property
    def holds(self) -> bool:
        """Whether what was promised holds."""
        return self.equality_seconds + self.check_seconds <= LIMIT_SECONDS


def measure() -> ProofSpeed:
    """Prove the packaged pack."""
    pack = policy().pack
    began = time.process_time()
    if unequal_cases(pack):
        raise AssertionError("Casbin says something else: there is nothing to time.")
    equal = time.process_time()
    found = findings_of(files(), TODAY)
    ended = time.process_time()
    if not found.passed:
        raise AssertionError("The packaged pack does not pass: run `marac-broker policies check`.")
    return ProofSpeed(
        rules=len(pack.rules),
        cases=found.proofs[0].cases,
        properties=found.proofs[0].properties,
        equality_seconds=equal - began,
        check_seconds=ended - equal,
    )


def proof_table(found: ProofSpeed) -> Table:
    """Return the finding as a table."""
    table = Table(title="Proving the pack", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in (
        "rules",
        "cases",
        "properties",
        "equal, CPU s",
        "check, CPU s",
        "limit",
        "holds",
    ):
        table.add_column(heading, justify="right")
    table.add_row(
        str(found.rules),
        f"{found.cases:.1e}",
        str(found.properties),
        f"{found.equality_seconds:.1f}",
        f"{found.check_seconds:.1f}",
        f"<= {LIMIT_SECONDS:g} CPU s for both",
        "yes" if found.holds else "NO",
    )
    return table


if __name__ == "__main__":
    announce(**asdict(measure()))
