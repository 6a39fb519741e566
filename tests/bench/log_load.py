"""Disclosures that are ready to be made durable, and the clients who ask for it all at once.

What is timed is the log's own stage and nothing before it: entry, chain, map, checkpoint, claim
and outbox row, durable under a signed checkpoint. Deciding, sealing and the rows' encryption are
done before the clock starts.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from broker.domain.case import Case
from broker.domain.changes import PutCase, PutPackage
from broker.domain.decision import Permit
from broker.domain.ledger import EntryDraft
from broker.ledger import events
from broker.storage import Store, open_store, upgrade
from broker.storage.sequencer import Write
from broker.storage.under_policy import UnderPolicy
from keys.custody.file import FileCustody
from keys.records import CaseVault
from tests import builders
from tests.contract.county import package, settle
from tests.simulators import ORIGIN, SetClock

CASES: Final = 64
"""Cases that disclosures are about in turn: a county's list, so that chains stay short."""
PACKAGE: Final = b"sealed " * 290
"""About two kilobytes, as a package of structured answers has."""
_PASSPHRASE: Final = "a passphrase for measuring"
_CLAIMING_CLIENTS: Final = 16

Ready = tuple[EntryDraft, Sequence[Write]]


@contextmanager
def open_log(url: str, folder: Path) -> Iterator["Load"]:
    """Open a new log at the URL, with its keys in the folder."""
    upgrade(url)
    custody = FileCustody.create(folder, _PASSPHRASE)
    store = open_store(
        url, custody=custody, vault=CaseVault(custody), clock=SetClock(), origin=ORIGIN
    )
    try:
        settle(store)
        yield Load(store=store, cases=tuple(_case(store, number) for number in range(CASES)))
    finally:
        store.close()


def _case(store: Store, number: int) -> Case:
    case = builders.case(f"MR-{number + 5000}", salt=secrets.token_bytes(32))
    store.ledger.record(events.case_recorded(case, builders.NOW), PutCase(case=case))
    return case


@dataclass(slots=True, kw_only=True)
class Load:
    """A log with cases on file. `made` counts, so that no request id is used twice."""

    store: Store
    cases: tuple[Case, ...]
    made: int = 0

    def ready(self, count: int) -> list[Ready]:
        """Return disclosures whose requests were decided and claimed."""
        permits = [self._permit() for _ in range(count)]
        shared = [permits[n::_CLAIMING_CLIENTS] for n in range(_CLAIMING_CLIENTS)]
        together([lambda mine=mine: self._decide(mine) for mine in shared])  # type: ignore[misc]  # a default binds early
        return [self._ready(one) for one in permits]

    def _permit(self) -> Permit:
        case = self.cases[self.made % len(self.cases)]
        self.made += 1
        asked = builders.share_request(f"measured-{self.made:07}", case_id=case.case_id)
        return builders.permit(asked, context=builders.context(asked, case=case, salt=case.salt))

    def _decide(self, permits: Sequence[Permit]) -> None:
        for one in permits:
            self.store.ledger.record_decision(one)

    def _ready(self, permit: Permit) -> Ready:
        sealed = package(permit, PACKAGE)
        draft = events.disclosure(sealed, builders.NOW)
        ledger = self.store.ledger
        first, *others = ledger.preparing.prepare((PutPackage(package=sealed),), draft.at)
        under = UnderPolicy(write=first, version=permit.policy_version, clock=ledger.clock)
        return draft, (under, *others)

    def durable(self, items: Sequence[Ready], clients: int) -> tuple[float, list[float]]:
        """Return disclosures a second, and the seconds that each client waited for each."""
        waits: list[float] = []

        def ask(mine: Sequence[Ready]) -> None:
            mine_waited = []
            for draft, writes in mine:
                began = time.perf_counter()
                self.store.ledger.sequencer.append(draft, writes)
                mine_waited.append(time.perf_counter() - began)
            waits.extend(mine_waited)

        shares = [items[n::clients] for n in range(clients)]
        began = time.perf_counter()
        together([lambda mine=mine: ask(mine) for mine in shares])  # type: ignore[misc]  # a default binds early
        return len(items) / (time.perf_counter() - began), waits


def together(works: Sequence[Callable[[], object]]) -> None:
    """Do all of it at once, a thread each; the first is done here, so that one alone has none."""
    threads = [threading.Thread(target=work) for work in works[1:]]
    for one in threads:
        one.start()
    works[0]()
    for one in threads:
        one.join()
