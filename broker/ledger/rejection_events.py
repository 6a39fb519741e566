"""Calls that nobody in particular made, counted: what the log says instead of an entry for each.

DO NOT rename a member of a detail or change its meaning: add a member instead.
"""

from collections.abc import Mapping
from datetime import datetime

from broker.domain.ledger import EntryDraft, JsonValue
from broker.domain.words import EventKind
from broker.ledger.entry import time_text


def counted(
    counts: Mapping[str, int], *, sources: int, since: datetime, at: datetime
) -> EntryDraft:
    """So many further calls were turned away.

    Args:
        counts: how many, by `<problem> at <door>`.
        sources: how many addresses they came from; no address is kept.
        since: when the counting began.
        at: when it ended.

    """
    detail: dict[str, JsonValue] = {
        "count": sum(counts.values()),
        "counts": dict(sorted(counts.items())),
        "sources": sources,
        "since": time_text(since),
    }
    return EntryDraft(kind=EventKind.REJECTIONS_COUNTED, at=at, case_tag=None, detail=detail)
