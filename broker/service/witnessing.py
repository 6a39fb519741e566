"""Has independent witnesses cosign the log's newest checkpoint, beside what anybody waits for.

A broker that showed two people two logs would need its witnesses to sign both; each signs only
what goes on from what it signed before.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Lock
from typing import Final

from broker.domain.errors import BrokerError
from broker.domain.ledger import Checkpoint, Receipt
from broker.domain.ports import Clock, LedgerReader
from broker.domain.witness import Cosigned, Gathered, WitnessDoor, WitnessError

PAUSE_SECONDS: Final = 1.0
"""Between two looks for a newer checkpoint."""
ALARM_AFTER: Final = timedelta(minutes=10)
"""Without enough witnesses; they may be restarted meanwhile without anybody's being called."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Who is asked, and how many of them have to answer."""

    doors: tuple[WitnessDoor, ...]
    needed: int
    required: bool = False


@dataclass(slots=True, kw_only=True)
class Witnessing:
    """One per broker; implements domain.witness.Finality. For many threads."""

    witnesses: Witnesses
    log: LedgerReader
    cosigned: Cosigned
    clock: Clock
    _sizes: dict[str, int] = field(default_factory=dict)
    """What each witness cosigned last, as far as we know; it tells us when we are wrong."""
    _asking: Lock = field(default_factory=Lock)
    _told: set[str] = field(default_factory=set)
    """Witnesses whose contradiction somebody was told of."""
    _missing_since: datetime | None = None
    _alarmed: bool = False

    @property
    def required(self) -> bool:
        """Whether nothing leaves before its receipt is final."""
        return self.witnesses.required

    def final(self, receipt: Receipt) -> Receipt | None:
        """Return the receipt under a checkpoint that enough witnesses cosigned."""
        return self.cosigned.final(receipt, self.witnesses.needed)

    def gather(self) -> Gathered | None:
        """Ask every witness that has not cosigned the newest checkpoint yet."""
        with self._asking:
            newest = self.log.checkpoint()
            if newest is None:
                return None
            asked = (self._ask(door, newest) for door in self.witnesses.doors)
            lines = tuple(line for line in asked if line is not None)
            count = self.cosigned.add(newest, lines)
            gathered = Gathered(size=newest.size, count=count, needed=self.witnesses.needed)
            self._watch(gathered)
            return gathered

    def until(self, stopped: Event) -> None:
        """Gather again and again until told to stop; what fails is tried again."""
        while not stopped.wait(PAUSE_SECONDS):
            try:
                self.gather()
            except BrokerError as error:
                _log.warning("Cosignatures could not be kept: %s", error)

    def _ask(self, door: WitnessDoor, newest: Checkpoint) -> str | None:
        """Return its line; None where it has cosigned this one, or does not now."""
        if self._sizes.get(door.name) == newest.size:
            return None
        try:
            line = self._asked(door, newest, self._sizes.get(door.name, 0))
        except WitnessError as error:
            _log.info("%s", error)
            return None
        self._sizes[door.name] = newest.size
        return line

    def _asked(self, door: WitnessDoor, newest: Checkpoint, old: int) -> str:
        """Return its line; where it knows another size than we thought, ask again from there."""
        try:
            return door.add_checkpoint(old, self._path(old, newest.size), newest.note)
        except WitnessError as told:
            if told.size is None or told.size == old or told.size > newest.size:
                self._alarm(door, told, old)
                raise
            old = told.size
        try:
            return door.add_checkpoint(old, self._path(old, newest.size), newest.note)
        except WitnessError as told:
            self._alarm(door, told, old)
            raise

    def _alarm(self, door: WitnessDoor, told: WitnessError, old: int) -> None:
        """Say so, once, if what the witness knows cannot be our log."""
        # Another replica may have gone on meanwhile: what there is now is what counts.
        now = self.log.checkpoint()
        if told.inconsistent or told.size == old:
            why = "another log, which proves that one of them was forged: keep both"
        elif told.size is not None and (now is None or told.size > now.size):
            why = f"{told.size} entries of this log, which was set back: restore a newer backup"
        else:
            return
        if door.name not in self._told:
            _log.error("The witness %s cosigned %s, and tell the IG lead.", door.name, why)
        self._told.add(door.name)

    def _path(self, old: int, new: int) -> tuple[bytes, ...]:
        return self.log.consistency(old, new) if 0 < old < new else ()

    def _watch(self, gathered: Gathered) -> None:
        """Raise an alarm, once, when witnesses have been missing for long."""
        now = self.clock.now()
        if gathered.final:
            self._missing_since, self._alarmed = None, False
            return
        self._missing_since = self._missing_since or now
        if not self._alarmed and now - self._missing_since >= ALARM_AFTER:
            self._alarmed = True
            _log.error(
                "Only %d of %d witnesses cosign: receipts stay provisional until more of them"
                " answer. Nothing is lost.",
                gathered.count,
                gathered.needed,
            )
