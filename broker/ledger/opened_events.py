"""What the log says of a package after it arrived: what its recipient signed, or did not.

DO NOT rename a member of a detail or change its meaning: add a member instead.
"""

from datetime import datetime
from hashlib import sha256

from broker.domain.ledger import EntryDraft, JsonValue
from broker.domain.opened import LateReceipt, OpenedReceipt
from broker.domain.ports import DisclosureStatus
from broker.domain.request import Requester
from broker.domain.words import EventKind
from broker.ledger.entry import time_text
from broker.ledger.tokens import token

_Detail = dict[str, JsonValue]


def opened_receipt(
    status: DisclosureStatus, said: OpenedReceipt, by: Requester, salt: bytes, at: datetime
) -> EntryDraft:
    """A recipient's software signed what was done; `salt` is the broker's.

    The digest of what was signed stands here; a signature of its own makes it no guess.
    """
    detail: _Detail = {
        "disclosure": said.disclosure_id,
        "entry": status.receipt.entry.index,
        "state": said.state.value,
        "said_at": time_text(said.at),
        "until": None if said.until is None else time_text(said.until),
        "receipt_digest": sha256(said.text.encode()).hexdigest(),
        "signed_by": token(salt, "system", said.signed_by),
        "requester": {
            "practitioner": token(salt, "practitioner", by.practitioner_id),
            "role": by.role,
            "agency": token(salt, "agency", by.agency_id),
            "agency_kind": by.agency_kind,
        },
    }
    tag = status.receipt.entry.case_tag
    return EntryDraft(kind=EventKind.OPENED_RECEIPT, at=at, case_tag=tag, detail=detail)


def late(one: LateReceipt, at: datetime) -> EntryDraft:
    """Something was not heard in time; nobody's act."""
    detail: _Detail = {
        "disclosure": one.disclosure_id,
        "entry": one.entry,
        "missing": one.missing.value,
        "due_at": time_text(one.due_at),
    }
    return EntryDraft(kind=EventKind.RECEIPT_OVERDUE, at=at, case_tag=one.case_tag, detail=detail)
