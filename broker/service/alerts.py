"""Alerts, for those whose duty it is to look, and nobody of the team that they are about."""

from dataclasses import replace

from broker.domain.alert import Alert, AlertId, Audience, SeeAlert
from broker.domain.ids import CaseTag
from broker.domain.request import Requester
from broker.ledger import alert_events
from broker.ledger.tokens import case_tag
from broker.service.desk import Desk
from broker.service.policy_view import IG_LEAD
from broker.service.reject import turn_away
from broker.service.search import AUDITOR


def alerts_of(desk: Desk, reader: Requester, *, seen: bool) -> tuple[Alert, ...] | None:
    """Return the alerts that it is the reader's duty to look at, newest first.

    None to anybody who has no such duty.
    """
    mine = _tags(desk, reader)
    if not mine and reader.role not in (IG_LEAD, AUDITOR):
        turn_away(desk, reader, "reading alerts", None)
        return None
    shown = tuple(one for one in desk.alerts.listed(seen=seen) if _is_for(one, reader, mine))
    salt = desk.cases.broker_salt()
    desk.ledger.record(alert_events.listed(reader, len(shown), salt, desk.clock.now()))
    return shown


def acknowledge_alert(desk: Desk, reader: Requester, alert_id: AlertId) -> Alert | None:
    """Note that somebody whose duty it is has looked; anybody else gets None.

    Raises:
        InvalidRequestError: somebody else has looked before.

    """
    found = desk.alerts.alert(alert_id)
    if found is None or not _is_for(found, reader, _tags(desk, reader)):
        turn_away(desk, reader, "acknowledging an alert", None)
        return None
    now, salt = desk.clock.now(), desk.cases.broker_salt()
    draft = alert_events.seen(found, reader, salt, now)
    desk.ledger.record(draft, SeeAlert(alert_id=alert_id, at=now))
    return replace(found, seen_at=now)


def _tags(desk: Desk, reader: Requester) -> frozenset[CaseTag]:
    """Return the reader's own clients as the log names them."""
    cases = (desk.cases.case(one) for one in desk.cases.caseload(reader.practitioner_id))
    return frozenset(case_tag(one.salt, one.case_id) for one in cases if one is not None)


def _is_for(alert: Alert, reader: Requester, mine: frozenset[CaseTag]) -> bool:
    if Audience.ADVOCATE in alert.tell and alert.case_tag in mine:
        return True
    if alert.agency_kind == reader.agency_kind:
        return False  # Somebody outside the team is told (domain brief 8).
    if reader.role == IG_LEAD:
        return Audience.IG_LEAD in alert.tell
    return reader.role == AUDITOR and Audience.AUDITOR in alert.tell
