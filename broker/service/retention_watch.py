"""Keeps a running broker's house in order: forgets what was destroyed, and destroys once a day."""

import logging
from datetime import datetime, timedelta
from threading import Event
from typing import Final

from broker.domain.errors import BrokerError
from broker.service.keeping import Keeping
from broker.service.retention import run

PAUSE_SECONDS: Final = 1.0
"""Between two looks at what other brokers destroyed: how long a key may outlive its case in memory.
No request can reach it: the case's rows are gone for every broker at once."""
FIRST_RUN_AFTER: Final = timedelta(minutes=10)
"""A broker that has just started has people waiting."""
RUN_EVERY: Final = timedelta(days=1)

_log = logging.getLogger(__name__)


class RetentionWatch:
    """One per broker, for one thread."""

    def __init__(self, keeping: Keeping) -> None:
        """Take what was destroyed so far as forgotten: this process has seen no key yet."""
        self._keeping = keeping
        self._seen = max((one.entry for one in keeping.archive.erasures(-1)), default=-1)
        self._next_run = keeping.clock.now() + FIRST_RUN_AFTER

    def until(self, stopped: Event) -> None:
        """Look again and again until told to stop; what fails is tried again."""
        failing = False
        while not stopped.wait(PAUSE_SECONDS):
            try:
                self.look()
            except BrokerError as error:
                if not failing:
                    _log.error("What has reached its term could not be destroyed: %s", error)
                failing = True
            else:
                failing = False

    def look(self) -> None:
        """Forget the keys that were destroyed since the last look, and run when it is time."""
        gone = self._keeping.archive.erasures(self._seen)
        if gone:
            self._keeping.archive.forget_keys({one.key_id for one in gone})
            self._seen = gone[-1].entry
        self._keeping.term_keys.forget_destroyed()
        now = self._keeping.clock.now()
        if now >= self._next_run:
            self._run(now)

    def _run(self, now: datetime) -> None:
        done = run(self._keeping, now)
        # Set only now, so that a run that failed is tried again with the next look.
        self._next_run = now + RUN_EVERY
        if done.erased or done.waiting or done.undecided:
            _log.warning(
                "Retention: %d destroyed, %d held, %d could not be destroyed now, %d wait for a"
                " person to decide",
                len(done.erased),
                done.held,
                done.waiting,
                done.undecided,
            )
