"""What is written to a file about one case: the whole timeline, and what the client said."""

from dataclasses import dataclass
from datetime import datetime

from broker.domain.case import Case
from broker.domain.consent import Consent
from broker.domain.ids import CaseId
from broker.domain.request import Requester
from broker.domain.words import Conflict
from broker.ledger import reading_events
from broker.ledger.tokens import case_tag
from broker.service.conflict import conflict_of
from broker.service.desk import Desk
from broker.service.policy_view import IG_LEAD
from broker.service.reject import tag_of, turn_away
from broker.service.timeline import Timeline, read_case


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReport:
    """Everything that an export may say; that it was made is the last entry in it."""

    timeline: Timeline
    consents: tuple[Consent, ...]
    made_at: datetime


def case_report(desk: Desk, reader: Requester, case_id: CaseId, form: str) -> CaseReport | None:
    """Return what is to be written, to the client's own advocate or an untied IG lead.

    Anybody else gets None, as for a case that does not exist.

    Args:
        desk: the ports.
        reader: who.
        case_id: the case.
        form: of the file, a word for the log.

    """
    case = desk.cases.case(case_id)
    if case is None or not may_see_case(desk, reader, case):
        turn_away(desk, reader, "exporting a case", tag_of(desk, case_id, case))
        return None
    now, tag = desk.clock.now(), case_tag(case.salt, case.case_id)
    desk.ledger.record(reading_events.case_exported(reader, form, tag, case.salt, now))
    found = read_case(desk, case)
    if found is None:
        return None
    return CaseReport(timeline=found, consents=case.consents, made_at=now)


def may_see_case(desk: Desk, reader: Requester, case: Case) -> bool:
    """Whether a case is the reader's own client, or one that an IG lead may look into.

    Not where they are tied to somebody in it, nor where it is hidden from all but its handlers.
    """
    if case.advocate == reader.practitioner_id:
        return True
    if reader.role != IG_LEAD:
        return False
    if case.shielded and reader.practitioner_id not in case.handlers:
        return False
    person = desk.directory.practitioner(reader.practitioner_id)
    return person is not None and conflict_of(person, case) is Conflict.NONE
