"""Who may look at a held record: the holder's own people, tied to nobody in it, and no asker."""

from broker.domain.case import Case
from broker.domain.people import Practitioner
from broker.domain.request import Requester
from broker.domain.review import Review, ReviewId
from broker.domain.words import Conflict
from broker.service.conflict import conflict_of
from broker.service.desk import Desk
from broker.service.reject import turn_away

HANDLER = "restricted-handler"
REVIEWERS = frozenset(
    ("holder-rep", "agency-spoc", "deputy-spoc", "caldicott-guardian", "ig-lead", HANDLER)
)
"""Roles that answer for what their agency holds (domain brief 2.1)."""


def find_review(desk: Desk, reader: Requester, review_id: ReviewId, attempt: str) -> Review | None:
    """Return a review that waits, to whoever may do it.

    Anybody else gets None, as for a review that does not exist, and the attempt is logged.
    """
    review = desk.reviews.review(review_id)
    if review is not None and may_review(desk, reader, review):
        return review
    turn_away(desk, reader, attempt, None if review is None else review.held.case_tag)
    return None


def may_review(desk: Desk, reader: Requester, review: Review) -> bool:
    """Whether a practitioner may see what was held, and say what becomes of it."""
    held = review.held
    if reader.agency_id != held.request.holder or reader.role not in REVIEWERS:
        return False
    if reader.practitioner_id in (held.requester.practitioner_id, held.request.recipient):
        return False  # Nobody reviews what they asked for, or are to receive.
    case = desk.cases.case(held.request.case_id)
    person = desk.directory.practitioner(reader.practitioner_id)
    if case is None or person is None or not _may_handle(reader, person, case):
        return False
    return conflict_of(person, case) is Conflict.NONE


def _may_handle(reader: Requester, person: Practitioner, case: Case) -> bool:
    """Whether a case that is closed to the office is open to this one of it."""
    if person.practitioner_id in case.handlers:
        return True
    if case.shielded:
        return False
    return not case.employee_case or person.restricted_handler or reader.role == HANDLER
