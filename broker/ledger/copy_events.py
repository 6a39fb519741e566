"""What copying and restoring the whole database says in the log.

DO NOT rename a member of a detail or change its meaning: add a member instead.
"""

from datetime import datetime

from broker.domain.ledger import EntryDraft, JsonValue
from broker.domain.words import EventKind
from broker.ledger.entry import time_text


def database_copied(at: datetime) -> EntryDraft:
    """Everything is copied to one sealed file; this entry is in it."""
    return EntryDraft(kind=EventKind.DATABASE_COPIED, at=at, case_tag=None, detail={})


def database_restored(entries: int, copied_at: datetime, at: datetime) -> EntryDraft:
    """The broker begins again with a copy that has so many entries; this one is the next."""
    detail: dict[str, JsonValue] = {"entries": entries, "copied_at": time_text(copied_at)}
    return EntryDraft(kind=EventKind.DATABASE_RESTORED, at=at, case_tag=None, detail=detail)
