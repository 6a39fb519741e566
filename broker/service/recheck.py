"""A last look before a package leaves the house: is what was decided on still so?

Between the release and the mailbox lie seconds, or days while a mailbox does not answer. In that
time a client may withdraw, a key may be stolen, and a recipient may have moved on.
"""

from broker.domain.case import Case
from broker.domain.ids import Category
from broker.domain.outbox import DueDelivery
from broker.domain.people import Agency
from broker.domain.words import ConsentStatus
from broker.ledger.tokens import token
from broker.service.desk import Desk
from broker.service.facts import consent_for

GIVEN = (
    ConsentStatus.GIVEN_EXPLICIT,
    ConsentStatus.GIVEN_VERBAL,
    ConsentStatus.GIVEN_LIMITED,
    ConsentStatus.CHILD_GILLICK_COMPETENT,
    ConsentStatus.PARENTAL,
)
"""A decision that found one of these may have leaned on it; the others never widened anything."""

CASE_GONE = "case-gone"
RECIPIENT_LEFT = "recipient-left"
KEY_REVOKED = "key-revoked"
CONSENT_GONE = "consent-not-given"


def reason_to_stop(desk: Desk, due: DueDelivery) -> str | None:
    """Return why a package may not leave any more, as a word for the log; None: it may."""
    case = desk.cases.case(due.case_id)
    if case is None:
        return CASE_GONE
    recipient = desk.directory.practitioner(due.recipient)
    if recipient is None or recipient.has_left(desk.clock.now()):
        return RECIPIENT_LEFT
    if recipient.agency_id != due.recipient_agency:
        return RECIPIENT_LEFT
    if not _keys_hold(desk, due, case):
        return KEY_REVOKED
    agency = desk.directory.agency(due.recipient_agency)
    return None if _consent_holds(desk, due, case, agency) else CONSENT_GONE


def _keys_hold(desk: Desk, due: DueDelivery, case: Case) -> bool:
    """Whether every key that the package was sealed to is on file and none is revoked.

    One revoked key is enough: whoever has it could open what the others can.
    """
    now = desk.clock.now()
    held = {
        token(case.salt, "key", one.thumbprint)
        for one in desk.directory.recipient_keys(due.recipient)
        if not one.revoked_by(now)
    }
    sealed_to = due.receipt.entry.detail.get("keys")
    return isinstance(sealed_to, tuple) and bool(sealed_to) and held.issuperset(sealed_to)


def _consent_holds(desk: Desk, due: DueDelivery, case: Case, recipient: Agency | None) -> bool:
    """Whether no category was decided on a yes that is no yes any more.

    What was decided without one, on reasons and a second person's approval, is not stopped.
    """
    decided = due.consents
    if decided is None:  # From before it was kept: it may have leaned on a yes, so it needs one.
        categories = due.receipt.entry.detail.get("categories")
        words = categories if isinstance(categories, tuple) else ()
        decided = tuple((Category(str(one)), ConsentStatus.GIVEN_EXPLICIT) for one in words)
    now = desk.clock.now()
    return all(
        consent_for(case, recipient, category, now) in GIVEN
        for category, word in decided
        if word in GIVEN
    )
