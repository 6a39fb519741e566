"""What reading the log says in the log: who, by which filters, how much; never what was found.

DO NOT rename a member of a detail or change its meaning: add a member instead.
"""

from datetime import datetime

from broker.domain.ids import CaseTag
from broker.domain.ledger import EntryDraft, JsonValue
from broker.domain.request import Requester
from broker.domain.words import EventKind
from broker.ledger.tokens import token

_Detail = dict[str, JsonValue]


def log_searched(  # the parts of the entry
    reader: Requester,
    filters: tuple[str, ...],
    found: int,
    *,
    tag: CaseTag | None,
    salt: bytes,
    at: datetime,
) -> EntryDraft:
    """Somebody was shown one page of a search.

    Args:
        reader: who.
        filters: the names of those that were set; their values are the reader's own text.
        found: entries on the page.
        tag: the case, where it was about one: its advocate learns who looked.
        salt: of that case, or the broker's.
        at: when.

    """
    detail: _Detail = {
        "requester": _reader(reader, salt),
        "filters": tuple(sorted(filters)),
        "found": found,
    }
    return EntryDraft(kind=EventKind.LOG_SEARCHED, at=at, case_tag=tag, detail=detail)


def case_exported(
    reader: Requester, form: str, tag: CaseTag, salt: bytes, at: datetime
) -> EntryDraft:
    """Somebody had a case's entries written to a file for people or for other software."""
    detail: _Detail = {"what": "case", "format": form, "requester": _reader(reader, salt)}
    return EntryDraft(kind=EventKind.LOG_EXPORTED, at=at, case_tag=tag, detail=detail)


def _reader(reader: Requester, salt: bytes) -> _Detail:
    return {
        "practitioner": token(salt, "practitioner", reader.practitioner_id),
        "role": reader.role,
        "agency": token(salt, "agency", reader.agency_id),
        "agency_kind": reader.agency_kind,
    }
