"""Keys of months: for copies of the database, and for what belongs to no case on file.

Every month all data keys are wrapped anew; once the copies of a month have reached their term its
key is destroyed, and they no longer open (keys.term_keys).
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from broker.domain.erasure import (
    BeginPeriod,
    ErasePeriod,
    KeyToDestroy,
    Period,
    RewrapKeys,
    end_of,
    period_of,
)
from broker.domain.errors import InvalidRequestError
from broker.domain.ledger import LedgerEntry
from broker.domain.retention import DataKind
from broker.ledger import retention_events
from broker.service.keeping import Keeping

REWRAPPED_AT_ONCE: Final = 200
"""Keys in one entry: each is 70 bytes of it, and an entry may have 65,536."""
COPIES_KEPT: Final = timedelta(days=366)
"""How long copies of the database are taken to be kept where the policy has no term for them."""

_log = logging.getLogger(__name__)


def begin_month(keeping: Keeping) -> None:
    """Have this month's keys: for copies of the database, and for what belongs to no case.

    If we crash between the two, the next call makes the other. A later month is begun again only
    when it has come.
    """
    period = period_of(keeping.clock.now())
    keeping.term_keys.begin(period)
    _rewrap(keeping, period)
    if period in keeping.archive.periods():
        return
    try:
        draft = retention_events.period_begun(period, keeping.clock.now())
        keeping.ledger.record(draft, BeginPeriod(period=period))
    except InvalidRequestError:
        _log.info("Another broker began the month")


def erase_periods(keeping: Keeping, at: datetime) -> list[tuple[LedgerEntry, KeyToDestroy]]:
    """Destroy what was asked about cases that are not on file, month by month."""
    term = keeping.schedule.line_of(DataKind.UNKNOWN_CASE)
    if term is None or term.length is None:
        return []
    erased = []
    for period in keeping.archive.periods():
        key = keeping.archive.key_of_period(period)
        if key is None or end_of(period) + term.length > at:
            continue
        now = keeping.clock.now()
        until = copies_open_until(keeping, now)
        draft = retention_events.period_erased(period, key, term, until, now)
        try:
            entry = keeping.ledger.record(draft, ErasePeriod(period=period, key=key))
        except InvalidRequestError:
            continue  # Another broker was first.
        erased.append((entry, key))
    return erased


def _rewrap(keeping: Keeping, period: Period) -> None:
    """Wrap every data key for this month. A crash leaves some for the next call."""
    while keys := keeping.archive.keys_to_rewrap(REWRAPPED_AT_ONCE):
        draft = retention_events.keys_rewrapped(len(keys), period, keeping.clock.now())
        keeping.ledger.record(draft, RewrapKeys(keys=keys))
    keeping.archive.rewrap_shared_key()


def destroy_term_keys(keeping: Keeping, at: datetime) -> Iterator[Period]:
    """Destroy the keys of months whose copies have reached their term.

    The entry comes first: a crash in between says a key is destroyed that the next run destroys.
    """
    for period in old_term_keys(keeping, at):
        draft = retention_events.term_key_destroyed(period, keeping.clock.now())
        keeping.ledger.record(draft)
        keeping.term_keys.destroy(period)
        yield period


def old_term_keys(keeping: Keeping, at: datetime) -> list[Period]:
    """Return months whose key protects old copies only. The newest is never among them."""
    kept = keeping.schedule.of(DataKind.BACKUP)
    if kept is None:
        return []
    return [one for one in keeping.term_keys.kept()[:-1] if end_of(one) + kept <= at]


def copies_open_until(keeping: Keeping, now: datetime) -> datetime:
    """Return from when on no copy of the database that was made by now opens any more.

    What is wrapped now is under the key of this month, or of one before where nobody ran since.
    """
    kept = keeping.schedule.of(DataKind.BACKUP) or COPIES_KEPT
    return end_of(period_of(now)) + kept
