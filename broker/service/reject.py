"""What was turned away is logged too: by door and kind of problem, and never what was sent."""

from dataclasses import replace

from broker.domain.case import Case
from broker.domain.ids import CaseId, CaseTag
from broker.domain.request import Requester
from broker.ledger import events
from broker.ledger.tokens import case_tag
from broker.service.desk import Desk


def reject(desk: Desk, door: str, problem: str) -> None:
    """Log one rejected request.

    Args:
        desk: the ports.
        door: method and route template, such as `POST /v1/share-requests`.
        problem: name of the kind of problem, from a fixed list.

    """
    desk.ledger.record(events.rejected(f"{problem} at {door}", None, desk.clock.now()))


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
