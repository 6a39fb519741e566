"""Recording what the client says. It counts from the next decision on."""

from dataclasses import dataclass, replace
from datetime import datetime

from broker.domain.changes import PutCase
from broker.domain.consent import Consent
from broker.domain.ids import AgencyKind, CaseId, Category
from broker.domain.ledger import LedgerEntry
from broker.domain.request import Requester
from broker.domain.words import ConsentStatus
from broker.ledger import events
from broker.service.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What was said, before it is known who took it and when."""

    status: ConsentStatus
    method: str
    expires_at: datetime | None = None
    excluded_agencies: tuple[AgencyKind, ...] = ()
    excluded_categories: tuple[Category, ...] = ()
    interpreter_used: bool = False
    perpetrator_present: bool | None = None


def change_consent(
    desk: Desk, requester: Requester, case_id: CaseId, statement: Statement
) -> LedgerEntry | None:
    """Add a statement to the case's history; only the client's own advocate may.

    Anybody else gets None, as for a case that does not exist.
    """
    case = desk.cases.case(case_id)
    if case is None or case.advocate != requester.practitioner_id:
        return None
    now = desk.clock.now()
    taken = Consent(
        status=statement.status,
        taken_at=now,
        taken_by=requester.practitioner_id,
        method=statement.method,
        expires_at=statement.expires_at,
        excluded_agencies=statement.excluded_agencies,
        excluded_categories=statement.excluded_categories,
        interpreter_used=statement.interpreter_used,
        perpetrator_present=statement.perpetrator_present,
    )
    changed = replace(case, version=case.version + 1, consents=(*case.consents, taken))
    return desk.ledger.record(events.consent_changed(changed, now), PutCase(case=changed))
