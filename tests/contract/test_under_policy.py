"""Which policy is in force, as one transaction of the log's writer sees it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Connection

from broker.domain.errors import PolicyChangedError
from broker.domain.ids import PolicyVersion
from broker.storage import Store, under_policy
from broker.storage.direct import Rows, run
from broker.storage.policy_rows import MarkPublication, Publish
from broker.storage.sealing import Values
from broker.storage.under_policy import UnderPolicy
from tests import builders as a
from tests.simulators import SetClock

OLD, NEW = PolicyVersion("aa" * 32), PolicyVersion("bb" * 32)


@dataclass
class Written:
    """Counts what was written."""

    entries: list[int] = field(default_factory=list)

    @property
    def digests(self) -> tuple[str, ...]:
        """None."""
        return ()

    def apply(self, connection: Connection, entry: int) -> None:
        """Count it."""
        del connection
        self.entries.append(entry)


def publish(connection: Connection, number: int, version: PolicyVersion) -> None:
    """Add a publication whose moment has come, as the writer does."""
    values: Values = {
        "number": number,
        "version": version,
        "effective_at": a.NOW,
        "sealed": b"sealed",
    }
    Publish(values=values).apply(connection, number)


def test_a_publication_counts_for_what_follows_it_in_its_own_batch(store: Store) -> None:
    """Decisions that are committed together with a publication go by it from there on."""
    written, clock = Written(), SetClock()
    old = UnderPolicy(write=written, version=OLD, clock=clock)
    new = UnderPolicy(write=written, version=NEW, clock=clock)
    with store.engines[0].begin() as connection:
        old.apply(connection, 1)
        new.apply(connection, 2)
        publish(connection, 1, OLD)
        old.apply(connection, 3)
        publish(connection, 2, NEW)
        with pytest.raises(PolicyChangedError):
            old.apply(connection, 4)
        new.apply(connection, 5)
        MarkPublication(mark="refused", number=2, at=a.NOW).apply(connection, 6)
        with pytest.raises(PolicyChangedError):
            new.apply(connection, 7)
        old.apply(connection, 8)

    assert written.entries == [1, 2, 3, 5, 8]


def test_a_batch_asks_once_and_the_next_one_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One question serves everybody in a batch; nothing is believed from one batch to another."""
    asked: list[str] = []
    old = UnderPolicy(write=Written(), version=OLD, clock=SetClock())
    engine = store.engines[0]

    def seen(connection: Connection, statement: str, values: Sequence[object]) -> Rows:
        asked.append(statement)
        return run(connection, statement, values)

    monkeypatch.setattr(under_policy, "run", seen)
    for _ in range(2):
        with engine.begin() as connection:
            for entry in range(3):
                old.apply(connection, entry)

    assert len(asked) == 2
