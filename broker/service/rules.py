"""Which policy is in force, on this broker, at this moment (policy_ports.Rules).

The newest publication whose moment has come counts, if it is what was signed and can be loaded;
a bad one is refused, once and for all brokers, and the one before it stays. A request takes
`current` once: a change is one assignment, and nobody ever sees half of one.

Once a publication was in force only a newer one replaces it here. If its row is found changed or
gone, the rules that were loaded stay, an alarm is raised, and where the database names another
version nothing is released at all (see storage.under_policy).
"""

import logging
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from broker.domain.errors import InvalidRequestError, PolicyLoadError, PublicationError
from broker.domain.policy import (
    NotePolicyAlarm,
    PolicyFiles,
    PublicationKind,
    PutPolicyInForce,
    RefusePublication,
    StoredPublication,
)
from broker.domain.policy_ports import LoadedPolicy, PolicyReader, PolicyStore, PublicationSigner
from broker.domain.ports import Clock, Ledger, Policy
from broker.ledger import policy_events
from broker.service.publications import check_publication

_BY_ONE = (
    "Publication {} put an earlier version in force by one person, in an emergency: a second IG"
    " lead looks at it and publishes."
)
HELD = timedelta(minutes=1)
"""Between two looks, and two lines for the operator, while the database is not to be trusted."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is in force. One value, so that it is replaced whole.

    Args:
        number: of the publication; 0: the pack that this broker was started with.
        files: what the policy was loaded from, to look at its dates again on another day.
        day: for which its review dates were looked at.
        again_at: when to look again by the clock alone: the next publication, or midnight.

    """

    policy: LoadedPolicy
    number: int
    files: PolicyFiles = field(repr=False)
    day: date
    again_at: datetime
    alarms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OneVersion:
    """The rules as one request sees them, from its beginning to its end."""

    current: Policy
    alarms: tuple[str, ...] = ()

    def refresh(self) -> None:
        """Stay: who wants to look again does so for another request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Where policies come from and how they are trusted."""

    store: PolicyStore
    reader: PolicyReader
    signer: PublicationSigner
    own_files: PolicyFiles = field(repr=False)


class RulesInForce:
    """Follows the publications of one database. Any thread may call it."""

    def __init__(self, shelf: Shelf, ledger: Ledger, clock: Clock) -> None:
        """Put in force what is published, else the broker's own pack.

        Raises:
            PolicyLoadError: that pack cannot be loaded.
            PublicationError: what was in force before is not what was signed any more.

        """
        self._shelf, self._ledger, self._clock = shelf, ledger, clock
        self._looking = threading.Lock()
        self._started = False
        self._seen: tuple[int, ...] = ()
        self._standing = self._own(clock.now(), (), [])
        self.refresh()
        self._started = True

    @property
    def current(self) -> LoadedPolicy:
        """The policy in force, as this broker knows it."""
        return self._standing.policy

    @property
    def standing(self) -> Standing:
        """Everything about it."""
        return self._standing

    @property
    def seen(self) -> tuple[int, ...]:
        """The pulse of the versions when they were last looked at."""
        return self._seen

    @property
    def alarms(self) -> tuple[str, ...]:
        """What an IG lead has to look at."""
        standing = self._standing
        return (*standing.alarms, *standing.policy.alarms)

    def refresh(self) -> None:
        """Look now, and have the newest publication whose moment has come in force on return."""
        with self._looking:
            seen, now = self._shelf.store.pulse(), self._clock.now()
            chosen = self._choose(now)
            known = (self._standing.policy.version, self._standing.day, self._started)
            self._standing, self._seen = chosen, seen
            if (chosen.policy.version, chosen.day, True) != known:
                self._note_alarms(chosen, now)

    def look(self) -> None:
        """Refresh if somebody changed something or a moment has come; else costs a short query."""
        if self._shelf.store.pulse() != self._seen or self._clock.now() >= self._standing.again_at:
            self.refresh()

    def _choose(self, now: datetime) -> Standing:
        alarms: list[str] = []
        waiting: list[datetime] = []
        for stored in self._shelf.store.publications():
            if stored.number < self._standing.number:
                break  # What is in force here stays until a newer one counts.
            if stored.refused_at is not None and stored.as_logged:
                alarms.append(f"Publication {stored.number} was refused: mend it and publish anew.")
                continue
            if stored.as_logged and not stored.due_at(now):
                waiting.append(stored.effective_at)
                continue
            try:
                found = self._open(stored, now, alarms, waiting)
            except PublicationError as fault:
                if stored.in_force_at is not None or stored.number <= self._standing.number:
                    return self._hold(fault, now)
                alarms.append(self._refuse(stored, fault, now))
                continue
            # Marked before any request sees it: its first decision follows this entry. Another
            # broker may have been first, or have refused it: then look at what it wrote.
            return found if self._mark(stored, now) else self._choose(now)
        if self._standing.number:
            gone = PublicationError("gone", "The publication in force is gone.")
            return self._hold(gone, now)
        return self._own(now, tuple(alarms), waiting)

    def _open(
        self,
        stored: StoredPublication,
        now: datetime,
        alarms: list[str],
        waiting: list[datetime],
    ) -> Standing:
        """Return what the publication puts in force; PublicationError where it may not."""
        files = self._shelf.store.files(stored.version) or {}
        stated = check_publication(stored, files, self._shelf.signer)
        if stated.kind is PublicationKind.EMERGENCY_ROLLBACK:
            alarms.append(_BY_ONE.format(stored.number))
        return Standing(
            policy=self._load(stored, files, now.date()),
            number=stored.number,
            files=files,
            day=now.date(),
            again_at=_next_moment(now, waiting),
            alarms=tuple(alarms),
        )

    def _load(self, stored: StoredPublication, files: PolicyFiles, day: date) -> LoadedPolicy:
        try:
            policy = self._shelf.reader.load(files, day)
        except PolicyLoadError as error:
            raise PublicationError("load", f"It cannot be loaded: {error.problems[0]}.") from error
        except Exception as error:  # whatever a pack makes the reader do, the old one stays
            kind = type(error).__name__
            raise PublicationError("load", f"It cannot be loaded ({kind}).") from error
        if policy.version != stored.version:
            raise PublicationError("version", "Its files are of another version, or area.")
        return policy

    def _own(self, now: datetime, alarms: tuple[str, ...], waiting: list[datetime]) -> Standing:
        files = self._shelf.own_files
        return Standing(
            policy=self._shelf.reader.load(files, now.date()),
            number=0,
            files=files,
            day=now.date(),
            again_at=_next_moment(now, waiting),
            alarms=alarms,
        )

    def _hold(self, fault: PublicationError, now: datetime) -> Standing:
        """Keep what was loaded while it was whole; a broker that starts has nothing to keep."""
        _log.error("The policy in force is not as it was logged: %s", fault)
        if not self._started:
            raise fault
        kept = self._standing
        return replace(
            kept,
            policy=self._shelf.reader.load(kept.files, now.date()),
            day=now.date(),
            again_at=now + HELD,
            alarms=(f"{fault} Run marac-broker ledger verify, and restore from a backup.",),
        )

    def _refuse(self, stored: StoredPublication, fault: PublicationError, now: datetime) -> str:
        """Refuse for all brokers, so that they agree on what is in force; return the alarm."""
        say = f"Publication {stored.number} was refused. {fault}"
        _log.error("%s", say)
        draft = policy_events.refused(stored.number, stored.version, fault.fault, now)
        try:
            self._ledger.record(draft, RefusePublication(number=stored.number, at=now))
        except InvalidRequestError:
            _log.info("Another broker refused it first")
        return say

    def _mark(self, stored: StoredPublication, now: datetime) -> bool:
        """Have it on record that the publication is in force; False when it has just changed."""
        if stored.in_force_at is not None:
            return True
        draft = policy_events.in_force(stored.number, stored.version, now)
        try:
            self._ledger.record(draft, PutPolicyInForce(number=stored.number, at=now))
        except InvalidRequestError:
            return False
        _log.warning("Policy %s is in force", stored.version)
        return True

    def _note_alarms(self, standing: Standing, now: datetime) -> None:
        """Have it on record, once a day for all brokers, that reviews are due."""
        alarms = len(standing.policy.alarms)
        if not alarms:
            return
        version = standing.policy.version
        note = NotePolicyAlarm(version=version, day=standing.day.isoformat())
        try:
            self._ledger.record(policy_events.alarmed(version, alarms, now), note)
        except InvalidRequestError:
            _log.info("Another broker raised today's policy alarms")


def _next_moment(now: datetime, waiting: list[datetime]) -> datetime:
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
    return min([midnight, *waiting])
