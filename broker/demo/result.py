"""What the demo found, for people and for machines."""

from dataclasses import dataclass, field
from typing import Any

from broker.demo.record import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """One text of one package, as the holder has it and as it left."""

    holder: str
    recipient: str
    profile: str
    original: str = field(repr=False)
    redacted: str = field(repr=False)
    removed: tuple[tuple[str, int], ...]
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineLine:
    """One line of an advocate's timeline. `proved`: its inclusion proof was checked here."""

    number: int
    at: str
    sentence: str
    proved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Everything the demo shows.

    Args:
        lists: how many practitioners read the meeting's list before they asked.

    """

    lists: int
    rows: tuple[Row, ...]
    seconds: float
    before: Before | None
    timeline_of: str
    timeline: tuple[TimelineLine, ...]
    checkpoint: str
    log_size: int
    changed_entry: int
    tampered: str
    tampered_entry: int | None

    def as_json(self) -> dict[str, Any]:
        """Return the same for machines."""
        return {
            "lists_read": self.lists,
            "requests": [_row(one) for one in self.rows],
            "seconds": round(self.seconds, 2),
            "package": _before(self.before),
            "timeline": {
                "case_id": self.timeline_of,
                "events": [
                    {
                        "number": one.number,
                        "at": one.at,
                        "sentence": one.sentence,
                        "proved": one.proved,
                    }
                    for one in self.timeline
                ],
            },
            "log": {"verified": True, "size": self.log_size, "checkpoint": self.checkpoint},
            "tampering": {
                "changed_entry": self.changed_entry,
                "detected": self.tampered_entry == self.changed_entry,
                "named_entry": self.tampered_entry,
                "message": self.tampered,
            },
        }


def _row(row: Row) -> dict[str, Any]:
    planned = row.asked.planned
    return {
        "number": row.number,
        "requester": planned.requester,
        "holder": planned.holder,
        "recipient": planned.recipient,
        "case_id": planned.case_id,
        "subject_id": planned.subject_id,
        "purpose": planned.purpose,
        "categories": list(planned.categories),
        "scenario": planned.scenario,
        "status": row.asked.status,
        "outcome": row.outcome,
        "rules": list(row.rules),
        "sentence": row.sentence,
        "entry": row.entry,
        "opened": row.asked.opened is not None,
        "seconds": round(row.asked.seconds, 3),
    }


def _before(before: Before | None) -> dict[str, Any] | None:
    if before is None:
        return None
    return {
        "holder": before.holder,
        "recipient": before.recipient,
        "profile": before.profile,
        "original": before.original,
        "redacted": before.redacted,
        "removed": dict(before.removed),
        "terms": list(before.terms),
    }
