"""How long a published policy takes to be in force on another broker of the same database.

Two brokers on one SQLite file. One publishes an approved version; the clock runs from the moment
that its publication is durable until the other, which follows changes by itself, decides by it.
"""

import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich import box
from rich.table import Table

from broker.service.desk import Desk
from broker.service.policy_change import publish_policy
from broker.storage import upgrade
from tests.bench.children import ChildError, announce
from tests.brokers import CountyClock, watched
from tests.leads import ANN, approved, change_desk, lead, pack

LIMIT_SECONDS: Final = 1.0
"""From the publication until it is in force elsewhere, the slowest of all."""
_GIVEN_UP_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSpeed:
    """What the publications took, by the clock on the wall."""

    publications: int
    middle_seconds: float
    slowest_seconds: float

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "ChangeSpeed":
        """Return what the measuring process announced."""
        return cls(**said)

    @property
    def holds(self) -> bool:
        """Whether what was promised holds."""
        return self.slowest_seconds <= LIMIT_SECONDS


def measure(publications: int) -> ChangeSpeed:
    """Publish so many versions one after the other."""
    clock = CountyClock(epoch=time.time())
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'broker.sqlite'}"
        upgrade(url)
        with change_desk(url, clock) as here, change_desk(url, clock) as there, watched(there.desk):
            took = [_one(here.desk, there.desk, number) for number in range(1, publications + 1)]
    return ChangeSpeed(
        publications=publications, middle_seconds=median(took), slowest_seconds=max(took)
    )


def _one(here: Desk, there: Desk, number: int) -> float:
    version = approved(here, pack(number))
    publish_policy(here, lead(ANN), version, None)
    began = time.perf_counter()
    while there.policy.version != version:
        if time.perf_counter() - began > _GIVEN_UP_SECONDS:
            raise ChildError("The other broker never heard of the publication.")
        time.sleep(_LOOK_SECONDS)
    return time.perf_counter() - began


def change_table(found: ChangeSpeed) -> Table:
    """Return the finding as a table."""
    title = "A published policy in force on another broker"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("publications", "middle, s", "slowest, s", "limit", "holds"):
        table.add_column(heading, justify="right")
    table.add_row(
        str(found.publications),
        f"{found.middle_seconds:.2f}",
        f"{found.slowest_seconds:.2f}",
        f"<= {LIMIT_SECONDS:g} s, the slowest",
        "yes" if found.holds else "NO",
    )
    return table


if __name__ == "__main__":
    announce(**asdict(measure(int(sys.argv[1]))))
