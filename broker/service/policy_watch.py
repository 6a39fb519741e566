"""Keeps a running broker at the policy in force, off the path of requests.

Compiling a large pack takes seconds, so what is approved or scheduled is compiled before its
moment; then a change is a swap.
"""

import logging
from datetime import date, datetime, timedelta
from threading import Event

from broker.domain.errors import BrokerError
from broker.domain.ids import PolicyVersion
from broker.domain.policy import PolicyStep
from broker.domain.ports import Clock
from broker.service.rules import RulesInForce, Shelf

PAUSE_SECONDS = 0.25
"""Between two looks: a quarter of the second within which a change must be in force."""
PREPARE_AHEAD = timedelta(minutes=10)
"""Before a moment or midnight; compiling the largest pack takes half a minute."""
_SHORTEST_SECONDS = 0.02
"""Even where a moment is past and the database does not answer."""
_MOST = 3
"""Versions that are prepared: fewer than the reader keeps, or each would push out another."""

_log = logging.getLogger(__name__)


class PolicyWatch:
    """One per broker, for one thread."""

    def __init__(self, rules: RulesInForce, shelf: Shelf, clock: Clock) -> None:
        """Watch for these rules; nothing is looked at yet."""
        self._rules, self._shelf, self._clock = rules, shelf, clock
        self._prepared: set[tuple[PolicyVersion, date]] = set()
        self._prepared_at: tuple[object, ...] = ()

    def until(self, stopped: Event) -> None:
        """Look again and again until told to stop; what fails is tried again."""
        failing = False
        with self._shelf.store.bell() as bell:
            while not stopped.is_set():
                try:
                    self._rules.look()
                    self.prepare()
                except BrokerError as error:
                    if not failing:
                        _log.error("The policy in force could not be looked up: %s", error)
                    failing = True
                else:
                    failing = False
                bell.wait(self._pause())

    def prepare(self) -> None:
        """Compile what may soon be in force, once per version and day."""
        soon = self._clock.now() + PREPARE_AHEAD
        here = (self._rules.seen, soon.replace(second=0, microsecond=0))
        if here == self._prepared_at:
            return  # Once a minute, or when something changed.
        self._prepared_at = here
        wanted = {(one, soon.date()) for one in (*self._coming(soon), self._rules.current.version)}
        for version, day in sorted(wanted - self._prepared):
            self._prepared.add((version, day))
            self._compile(version, day)

    def _coming(self, soon: datetime) -> list[PolicyVersion]:
        """Return what is approved, which may be published at any moment, and what is due soon."""
        approved = [
            one.version for one in self._shelf.store.records() if one.step is PolicyStep.APPROVED
        ]
        scheduled = [
            one.version
            for one in self._shelf.store.publications()
            if one.in_force_at is None and one.refused_at is None and one.effective_at <= soon
        ]
        return [*scheduled, *approved][:_MOST]

    def _compile(self, version: PolicyVersion, day: date) -> None:
        standing = self._rules.standing
        own = standing.policy.version == version
        files = standing.files if own else self._shelf.store.files(version)
        try:
            self._shelf.reader.load(files or {}, day)
        except BrokerError:
            # Said to those whom it concerns when its moment comes, and when somebody checks it.
            _log.warning("Policy %s cannot be loaded", version)

    def _pause(self) -> float:
        """Return the seconds until the next moment that is known, at most PAUSE_SECONDS."""
        left = (self._rules.standing.again_at - self._clock.now()).total_seconds()
        return min(PAUSE_SECONDS, max(_SHORTEST_SECONDS, left))
