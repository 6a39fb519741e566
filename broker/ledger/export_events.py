"""What the log says of files that were made of it, for an advocate, an auditor or a witness.

DO NOT rename a member of a detail or change its meaning: add a member instead.
"""

from datetime import datetime

from broker.domain.ids import CaseTag
from broker.domain.ledger import EntryDraft
from broker.domain.words import EventKind


def log_exported(tag: CaseTag | None, at: datetime) -> EntryDraft:
    """The log, or one case's part of it, was written to a file; this entry is the last in it."""
    what = "log" if tag is None else "case"
    return EntryDraft(kind=EventKind.LOG_EXPORTED, at=at, case_tag=tag, detail={"what": what})


def log_shown(at: datetime) -> EntryDraft:
    """Entries were written for an operator or an IG lead to read."""
    detail = {"what": "entries"}
    return EntryDraft(kind=EventKind.LOG_EXPORTED, at=at, case_tag=None, detail=detail)
