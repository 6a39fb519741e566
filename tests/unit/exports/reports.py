"""A report to write files of: a small log with one of everything that an advocate reads."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

from broker.domain.ledger import Checkpoint, EntryDraft, InclusionProof, JsonValue, LedgerEntry
from broker.domain.words import ConsentStatus, EventKind
from broker.ledger import events
from broker.ledger.entry import place_entry
from broker.ledger.tokens import case_tag
from broker.service.report import CaseReport
from broker.service.telling import Withheld, tell
from broker.service.timeline import Timeline, TimelineEvent
from tests import builders as a
from tests.contract.county import package

TAG = case_tag(a.SALT, a.case().case_id)


def _drafts() -> Sequence[EntryDraft]:
    permit = a.permit()
    read = events.timeline_read(a.case(), a.requester(), a.NOW)
    detail: dict[str, JsonValue] = {"disclosure": "d" * 32, "entry": 1}
    return (
        events.case_recorded(a.case(), a.NOW),
        events.decision(permit, a.NOW),
        events.disclosure(package(permit), a.NOW),
        EntryDraft(kind=EventKind.ACKNOWLEDGED, at=a.NOW, case_tag=TAG, detail=detail),
        replace(events.rejected("no-information", a.agency().kind, a.NOW), case_tag=TAG),
        read,
    )


def _event(index: int, entry: LedgerEntry) -> TimelineEvent:
    told = tell(entry, lambda _: None)
    if entry.kind is EventKind.DECISION:
        why = "=HYPERLINK(1) is not for housing."
        held = Withheld(category="intelligence", outcome="deny", rules=("R09",), sentence=why)
        told = replace(told, withheld=(held,))
    proof = InclusionProof(index=index, size=6, path=(bytes(32),))
    return TimelineEvent(entry=entry, told=told, proof=proof)


@lru_cache(maxsize=1)
def report() -> CaseReport:
    """Six entries of one case, and three statements of consent."""
    placed = [
        place_entry(one, index=index, case_number=index + 1, case_previous="")
        for index, one in enumerate(_drafts())
    ]
    checkpoint = Checkpoint(origin="broker.example/marac", size=6, root=bytes(32), note="note")
    return CaseReport(
        timeline=Timeline(
            case_id=a.case().case_id,
            case_tag=TAG,
            events=tuple(_event(index, one) for index, one in enumerate(placed)),
            checkpoint=checkpoint,
        ),
        consents=(
            a.consent(ConsentStatus.WITHDRAWN, taken_at=a.NOW),
            a.consent(),
            a.consent(ConsentStatus.GIVEN_LIMITED, expires_at=a.NOW + timedelta(days=1)),
        ),
        made_at=a.NOW,
    )
