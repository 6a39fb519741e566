"""What happens where nothing is heard of a package: once a day it is looked for, and flagged."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Event

from broker.domain.errors import BrokerError, InvalidRequestError, LedgerError
from broker.domain.opened import LateReceipt, Missing, PutLate, Unheard, due_at
from broker.ledger import opened_events
from broker.service.desk import Desk

LOOK_EVERY = timedelta(days=1)
AGAIN_SECONDS = 60.0
"""Until the next try, where the log could not be written."""
PAGE = 200
"""Packages looked at in one read."""

_log = logging.getLogger(__name__)


def flag_unheard(desk: Desk) -> int:
    """Flag every package of which something was not heard in time; return how many there were.

    Several brokers may do it at once: each is flagged once. A crash between two of them leaves the
    others for the next look.
    """
    return sum(_flag(desk, one, each) for each in Missing for one in _unheard(desk, each))


def flag_unheard_until(desk: Desk, stopped: Event) -> None:
    """Do so once a day until told to stop; what cannot be logged now is tried again soon."""
    while not stopped.is_set():
        try:
            flag_unheard(desk)
        except LedgerError:
            stopped.wait(AGAIN_SECONDS)
        else:
            stopped.wait(LOOK_EVERY.total_seconds())


def _unheard(desk: Desk, missing: Missing) -> Iterator[Unheard]:
    after = -1
    while page := desk.opened.unheard(missing, after, PAGE):
        yield from page
        after = page[-1].entry


def _flag(desk: Desk, unheard: Unheard, missing: Missing) -> bool:
    due = due_at(unheard, missing)
    if desk.clock.now() <= due:
        return False
    try:
        return _record(desk, unheard, missing, due)
    except InvalidRequestError:
        return False  # It was heard, or flagged by another broker, meanwhile.
    except LedgerError:
        raise
    except BrokerError as error:
        # One package that cannot be looked at keeps no other from being flagged.
        _log.error("Disclosure %s cannot be flagged: %s", unheard.disclosure_id, error)
        return False


def _record(desk: Desk, unheard: Unheard, missing: Missing, due: datetime) -> bool:
    status = desk.log.disclosure(unheard.disclosure_id)
    if status is None or status.receipt.entry.case_tag is None:
        return False
    now = desk.clock.now()
    late = LateReceipt(
        disclosure_id=unheard.disclosure_id,
        entry=unheard.entry,
        case_tag=status.receipt.entry.case_tag,
        requester=status.requester,
        recipient=status.recipient,
        recipient_agency=status.recipient_agency,
        missing=missing,
        due_at=due,
    )
    desk.ledger.record(opened_events.late(late, now), PutLate(late=late, at=now))
    return True
