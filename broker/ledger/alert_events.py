"""What an alert says in the log: the rule, the count and whose duty it is; nobody's name.

One that the client's advocate is not told of stands outside the chain of the case, so that her
timeline does not warn whoever is being looked at.
DO NOT rename a member of a detail or change its meaning: add a member instead.
"""

from datetime import datetime

from broker.domain.alert import Alert, Audience
from broker.domain.ids import CaseTag
from broker.domain.ledger import EntryDraft, JsonValue
from broker.domain.request import Requester
from broker.domain.words import EventKind
from broker.ledger.tokens import token

_Detail = dict[str, JsonValue]


def raised(alert: Alert) -> EntryDraft:
    """The log shows a pattern that an IG lead's line describes."""
    detail: _Detail = {
        "alert": alert.alert_id,
        "rule": alert.rule_id,
        "watch": alert.watch.value,
        "count": alert.count,
        "tell": tuple(one.value for one in alert.tell),
        "agency_kind": alert.agency_kind,
        "about": alert.case_tag,
        "trigger": alert.trigger,
    }
    return EntryDraft(
        kind=EventKind.ALERT_RAISED, at=alert.raised_at, case_tag=_chain(alert), detail=detail
    )


def seen(alert: Alert, by: Requester, salt: bytes, at: datetime) -> EntryDraft:
    """Somebody whose duty it is looked; `salt` is the broker's, here and below."""
    detail: _Detail = {"alert": alert.alert_id, "requester": _person(by, salt)}
    kind = EventKind.ALERT_ACKNOWLEDGED
    return EntryDraft(kind=kind, at=at, case_tag=_chain(alert), detail=detail)


def listed(reader: Requester, found: int, salt: bytes, at: datetime) -> EntryDraft:
    """Somebody read the alerts that it is their duty to look at: how many."""
    detail: _Detail = {"requester": _person(reader, salt), "alerts": found}
    return EntryDraft(kind=EventKind.ALERTS_READ, at=at, case_tag=None, detail=detail)


def _chain(alert: Alert) -> CaseTag | None:
    return alert.case_tag if Audience.ADVOCATE in alert.tell else None


def _person(one: Requester, salt: bytes) -> _Detail:
    return {
        "practitioner": token(salt, "practitioner", one.practitioner_id),
        "role": one.role,
        "agency": token(salt, "agency", one.agency_id),
        "agency_kind": one.agency_kind,
    }
