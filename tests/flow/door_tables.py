"""What a table of doors is made of: a row for each, and the entries that walking it must leave.

A new route, command, job or kind of problem needs a row of its own: the counts in test_doors.py and
test_doors_commands.py do not come out even otherwise.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from broker.domain.words import EventKind
from tests.api.doors import Doors


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Somebody who goes from door to door, and remembers what they were told."""

    doors: Doors
    told: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, who: str) -> Any:  # noqa: ANN401  # what JSON holds
        """Read one address."""
        return self._said(self.doors.call("GET", path, who), path)

    def send(self, path: str, who: str, body: object = None, method: str = "POST") -> Any:  # noqa: ANN401
        """Send something to one address."""
        return self._said(self.doors.call(method, path, who, json=body), path)

    def open(self, path: str) -> None:
        """Read an address that is open to everybody."""
        answer = self.doors.http.get(f"{self.doors.base_url}{path}")
        assert answer.is_success, (path, answer.text)

    @staticmethod
    def _said(answer: Any, path: str) -> Any:  # noqa: ANN401
        assert answer.is_success, (path, answer.text)
        is_json = answer.headers["content-type"].startswith("application/json")
        return answer.json() if is_json else answer.content


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One door.

    Args:
        name: method and path of a route, words of a command, name of a job or of a problem.
        walk: goes through it, and asserts that it let one through.
        leaves: every entry that doing so must have made, in this order, and no other.
        because: where it leaves none, why.

    """

    name: str
    walk: Callable[[Walk], object]
    leaves: tuple[EventKind, ...] = ()
    because: str = ""

    def __post_init__(self) -> None:
        """Leave no row without an entry or a reason."""
        if bool(self.leaves) == bool(self.because):
            raise ValueError(f"Say which entries {self.name} leaves, or why none.")


def walked(walk: Walk, table: Sequence[Door]) -> Iterator[tuple[Door, int, int]]:
    """Go through every door in the order of the table; yield it with the log before and after."""
    for door in table:
        before = walk.doors.size()
        door.walk(walk)
        yield door, before, walk.doors.size()
