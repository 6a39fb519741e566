"""What was turned away is logged too: by door and kind of problem, and never what was sent."""

import logging
from dataclasses import replace
from threading import Event

from broker.domain.case import Case
from broker.domain.errors import BrokerError
from broker.domain.ids import CaseId, CaseTag
from broker.domain.request import Requester
from broker.ledger import events, rejection_events
from broker.ledger.tokens import case_tag
from broker.service.desk import Desk

NOTING_SECONDS = 5.0
"""Between two looks at whether a window of counting is over."""
_log = logging.getLogger(__name__)


def reject(desk: Desk, door: str, problem: str, stranger: str | None) -> int:
    """Log one rejected request, or count it; return 0, or the seconds to wait of one that counts.

    Args:
        desk: the ports.
        door: method and route template, such as `POST /v1/share-requests`.
        problem: name of the kind of problem, from a fixed list.
        stranger: where it came from, where nobody proved to have made it: that alone is limited.

    """
    what, now = f"{problem} at {door}", desk.clock.now()
    wait = 0 if stranger is None else desk.rejections.note(stranger, what, now)
    if not wait:
        desk.ledger.record(events.rejected(what, None, now))
    return wait


def note_counted(desk: Desk, *, all_of_it: bool = False) -> int:
    """Log what windows of counting turned away, once they are over; return how many calls.

    A count that cannot be written is kept for the next time.
    """
    noted = 0
    for counted in desk.rejections.take(all_of_it=all_of_it):
        made = rejection_events.counted(
            counted.counts, sources=counted.sources, since=counted.since, at=desk.clock.now()
        )
        try:
            desk.ledger.record(made)
        except BrokerError as error:
            desk.rejections.put_back(counted)
            _log.error("Rejected calls cannot be counted in the log: %s", error)
        else:
            noted += sum(counted.counts.values())
    return noted


def note_counted_until(desk: Desk, stopped: Event) -> None:
    """Keep doing so until told to stop; a broker that ends writes what it has counted."""
    while not stopped.wait(NOTING_SECONDS):
        note_counted(desk)
    note_counted(desk, all_of_it=True)


def turn_away(desk: Desk, requester: Requester, attempt: str, tag: CaseTag | None) -> None:
    """Log that somebody who proved who they are was told that there is nothing for them.

    Args:
        desk: the ports.
        requester: who; the log keeps the kind of their agency.
        attempt: what they tried, from a fixed list.
        tag: the case, if it was about one: its advocate must learn of every attempt.

    """
    draft = events.rejected(f"no-information at {attempt}", requester.agency_kind, desk.clock.now())
    desk.ledger.record(replace(draft, case_tag=tag))


def tag_of(desk: Desk, case_id: CaseId, case: Case | None) -> CaseTag:
    """Return the log's name of a case; one that is not there gets one too, so that both cost alike.

    Args:
        desk: the ports.
        case_id: as it was asked for.
        case: what was found under it.

    """
    return case_tag(desk.cases.passing_salt() if case is None else case.salt, case_id)
