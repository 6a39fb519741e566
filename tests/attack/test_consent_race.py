from dataclasses import replace
from pathlib import Path

import pytest

from broker.domain.changes import PutCase
from broker.domain.decision import Referral
from broker.domain.errors import CaseChangedError
from broker.domain.record import HeldRecord, RedactedRecord, SourceRecord
from broker.domain.words import ConsentStatus, EventKind
from broker.ledger import events
from broker.service.desk import Desk
from broker.service.share import share
from redaction.service import RedactionService
from tests import builders as a
from tests.desk import furnish, police_connectors, real_desk


class WithdrawsMeanwhile:
    """The real redactor, during whose work the client withdraws her consent."""

    def __init__(self, desk: Desk) -> None:
        """Redact with the desk's own redactor, withdraw through its own log."""
        self._desk = desk

    def redact(self, record: SourceRecord) -> RedactedRecord | HeldRecord:
        """Redact, and let the case change before the answer is there."""
        withdrawn = a.consent(ConsentStatus.WITHDRAWN, taken_at=a.NOW)
        case = a.case(version=2, consents=(a.consent(), withdrawn))
        self._desk.ledger.record(events.consent_changed(case, a.NOW), PutCase(case=case))
        return self._desk.redactor.redact(record)


def test_consent_withdrawn_while_a_record_is_redacted_stops_it(
    database_url: str, redactor: RedactionService, tmp_path: Path
) -> None:
    """What was decided on the consent before it is not released after it, and is decided anew."""
    with real_desk(database_url, police_connectors(tmp_path), redactor) as furnished:
        furnish(furnished)
        desk = furnished.desk
        racing = replace(desk, redactor=WithdrawsMeanwhile(desk))

        with pytest.raises(CaseChangedError, match="ask again"):
            share(racing, a.requester(), a.share_request())

        assert desk.outbox.due(a.NOW, 10) == ()
        kinds = [one.kind for one in desk.log.entries(0, 1_000)]
        assert EventKind.DISCLOSURE not in kinds
        assert isinstance(share(desk, a.requester(), a.share_request()), Referral)
        assert furnished.store.log.verify().size > len(kinds)
