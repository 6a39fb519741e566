"""Recording what the client says. It counts from the next decision on."""

from dataclasses import dataclass, replace
from datetime import datetime

from broker.domain.changes import PutCase
from broker.domain.consent import Consent
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import AgencyKind, CaseId, Category
from broker.domain.ledger import LedgerEntry
from broker.domain.request import Requester
from broker.domain.words import UNKNOWN, ConsentStatus
from broker.ledger import events
from broker.service.desk import Desk
from broker.service.reject import tag_of, turn_away


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

    Raises:
        InvalidRequestError: it would not be kept to as it is meant.

    """
    case = desk.cases.case(case_id)
    now = desk.clock.now()
    if case is None or case.advocate != requester.practitioner_id:
        turn_away(desk, requester, "recording consent", tag_of(desk, case_id, case))
        return None
    _check(desk, statement, now)
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


def _check(desk: Desk, statement: Statement, now: datetime) -> None:
    """Refuse what would be kept without effect: a client's no must never be lost in a misspelling.

    Raises:
        InvalidRequestError: with what to say instead.

    """
    if statement.expires_at is not None and statement.expires_at <= now:
        raise InvalidRequestError("Give a moment to come as expires_at, or none.")
    excluded = statement.excluded_agencies or statement.excluded_categories
    if excluded and statement.status is not ConsentStatus.GIVEN_LIMITED:
        raise InvalidRequestError(
            f"Use {ConsentStatus.GIVEN_LIMITED} as the status with exclusions: no other has limits."
        )
    kinds = sorted({one.kind for one in desk.directory.agencies()})
    if not set(statement.excluded_agencies) <= set(kinds):
        raise InvalidRequestError(f"Use these words in excluded_agencies: {', '.join(kinds)}.")
    categories = sorted(set(desk.policy.words("category")) - {UNKNOWN})
    if not set(statement.excluded_categories) <= set(categories):
        words = ", ".join(categories)
        raise InvalidRequestError(f"Use these words in excluded_categories: {words}.")
