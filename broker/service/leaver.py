"""Somebody leaves an agency: its IG lead says since when, and from that day they are a stranger."""

from dataclasses import replace
from datetime import date

from broker.domain.changes import PutPractitioner
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import PractitionerId
from broker.domain.people import Practitioner
from broker.domain.request import Requester
from broker.ledger import events
from broker.service.desk import Desk
from broker.service.policy_view import is_ig_lead
from broker.service.reject import turn_away


def record_leaver(
    desk: Desk, lead: Requester, practitioner_id: PractitionerId, left_on: date | None
) -> Practitioner | None:
    """Record since when somebody is not at the lead's own agency any more; None: they are back.

    To anybody but an IG lead of that agency there is no such practitioner.

    Raises:
        InvalidRequestError: the lead means themselves, and nobody could undo it.

    """
    if not is_ig_lead(desk, lead, "recording a leaver"):
        return None
    found = desk.directory.practitioner(practitioner_id)
    if found is None or found.agency_id != lead.agency_id:
        turn_away(desk, lead, "recording a leaver", None)
        return None
    if practitioner_id == lead.practitioner_id:
        raise InvalidRequestError("Have another IG lead record that you have left.")
    changed = replace(found, left_on=left_on)
    draft = events.practitioner_registered(changed, desk.cases.broker_salt(), desk.clock.now())
    # From here on every replica's next decision, sealing and last look reads it.
    desk.ledger.record(draft, PutPractitioner(practitioner=changed))
    return changed
