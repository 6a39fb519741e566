"""A store with a few things in it, for the store's contract."""

import hashlib
import secrets
from datetime import datetime, timedelta

from broker.domain.changes import PutAgency, PutCase, PutMeeting
from broker.domain.decision import Permit
from broker.domain.ids import DisclosureId, Thumbprint
from broker.domain.ledger import EntryDraft, Receipt
from broker.domain.package import SealedPackage
from broker.domain.words import EventKind
from broker.ledger import events
from broker.storage import Store
from tests import builders
from tests.builders import NOW


def draft(number: int = 0, at: datetime = NOW) -> EntryDraft:
    """An event that belongs to no case."""
    return EntryDraft(
        kind=EventKind.BROKER_STARTED, at=at, case_tag=None, detail={"software": f"test {number}"}
    )


def package(permit: Permit | None = None, content: bytes = b"sealed " * 900) -> SealedPackage:
    """A package that answers a permit; its content is not opened by the store."""
    return SealedPackage(
        disclosure_id=DisclosureId(secrets.token_hex(16)),
        permit=permit or builders.permit(),
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
        recipients=(Thumbprint("thumbprint-of-housing-1"),),
        removed=(("safe-location", 2), ("third-party", 5)),
        profile="P-VICTIM-SAFE",
        expires_at=NOW + timedelta(days=90),
        sealed_at=NOW,
    )


def settle(store: Store) -> None:
    """Register the agencies, the case and the meeting of the builders."""
    salt = store.cases.broker_salt()
    for kind in ("police", "housing-la"):
        agency = builders.agency(kind)
        store.ledger.record(events.agency_registered(agency, salt, NOW), PutAgency(agency=agency))
    case, meeting = builders.case(), builders.meeting()
    store.ledger.record(events.case_recorded(case, NOW), PutCase(case=case))
    store.ledger.record(events.meeting_listed(meeting, NOW), PutMeeting(meeting=meeting))


def disclose(
    store: Store, request_id: str = "request-0001", purpose: str = "marac-research"
) -> Receipt:
    """Decide and disclose one request."""
    permit = builders.permit(builders.share_request(request_id, purpose=purpose))
    store.ledger.record_decision(permit)
    return store.ledger.record_disclosure(package(permit))
