"""What happens to held records by themselves: they become overdue, and they end."""

import logging
from dataclasses import replace
from threading import Event

from broker.domain.errors import BrokerError, InvalidRequestError, LedgerError
from broker.domain.review import DueReview, Progress, PutProgress, ReviewState, WhyDue
from broker.ledger import review_events
from broker.service.desk import Desk
from broker.service.review import next_step

BATCH = 64
PAUSE_SECONDS = 30.0
"""Between two looks: what is due is due in hours and days."""

_log = logging.getLogger(__name__)


def see_to_reviews(desk: Desk) -> int:
    """Mark what nobody looked at in time, destroy what has ended; return how many there were.

    Several brokers may do it at once: each step is taken once. A crash between two of them leaves
    the others for the next look.
    """
    return sum(_see_to(desk, one) for one in desk.reviews.due(desk.clock.now(), BATCH))


def see_to_reviews_until(desk: Desk, stopped: Event) -> None:
    """Keep doing so until told to stop; what cannot be logged now waits for the next look."""
    while not stopped.is_set():
        try:
            seen = see_to_reviews(desk)
        except LedgerError:
            seen = 0
        if not seen:
            stopped.wait(PAUSE_SECONDS)


def _see_to(desk: Desk, due: DueReview) -> bool:
    try:
        return _overdue(desk, due) if due.why is WhyDue.OVERDUE else _end(desk, due)
    except InvalidRequestError:
        return False  # Somebody took a step meanwhile, and that counts.
    except LedgerError:
        raise
    except BrokerError as error:
        # One record that cannot be opened keeps no other from ending.
        _log.error("Review %s cannot be seen to: %s", due.review_id, error)
        return False


def _overdue(desk: Desk, due: DueReview) -> bool:
    review = desk.reviews.review(due.review_id)
    if review is None:
        return False
    now, step = desk.clock.now(), next_step(review.progress)
    desk.ledger.record(
        review_events.overdue(due, now),
        PutProgress(progress=replace(step, state=ReviewState.OVERDUE), at=now),
    )
    return True


def _end(desk: Desk, due: DueReview) -> bool:
    now = desk.clock.now()
    answered = due.why is WhyDue.ANSWERED
    ended = desk.reviews.ended(due.review_id)
    step = Progress(
        review_id=due.review_id,
        revision=due.revision + 1,
        state=ReviewState.RELEASED if answered else ReviewState.EXPIRED,
    )
    if ended is not None:
        step = next_step(ended)  # It ended under a hold, and ends as it ended.
    desk.ledger.record(review_events.expired(due, now), PutProgress(progress=step, at=now))
    return True
