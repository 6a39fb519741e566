"""What somebody is told when the log shows a pattern; the patterns are an IG lead's lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol

from broker.domain.ids import AgencyKind, CaseTag

AlertId = NewType("AlertId", str)
"""32 hex digits; the same rule at the same entry is the same alert, on every broker."""


class Watch(StrEnum):
    """What is looked for. Each counts entries of one case by one person, or one kind of agency."""

    OUT_OF_HOURS = "out-of-hours"
    REPEAT_VIEWS = "repeat-views"
    UNLISTED_ATTEMPTS = "unlisted-attempts"
    THIRD_EMERGENCY = "third-emergency"
    TIED_TO_CASE = "tied-to-case"
    OVERDUE_HOLDS = "overdue-holds"


class Audience(StrEnum):
    """Whose duty it is to look."""

    ADVOCATE = "advocate"
    IG_LEAD = "ig-lead"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """One line of alerts.csv: so many, within so long, and who is told."""

    rule_id: str
    watch: Watch
    count: int
    within: timedelta
    tell: tuple[Audience, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert. Content-free: words, counts and a tag.

    Args:
        agency_kind: of whoever did it; None where nobody did anything.
        trigger: the entry with which the count was full.
        entry: the entry that says so; -1 before it is written.
        seen_at: when somebody whose duty it is said that they looked.

    """

    alert_id: AlertId
    rule_id: str
    watch: Watch
    count: int
    tell: tuple[Audience, ...]
    case_tag: CaseTag | None
    agency_kind: AgencyKind | None
    trigger: int
    raised_at: datetime
    entry: int = -1
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAlert:
    """A new alert; one that is there already refuses the whole call."""

    alert: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class SeeAlert:
    """Somebody looked; once."""

    alert_id: AlertId
    at: datetime


AlertChange = PutAlert | SeeAlert


class Alerts(Protocol):
    """Alerts, and how far the log was watched. Written by Ledger, with their entries."""

    def unwatched(self) -> int:
        """Return the first entry that was not looked at yet."""

    def watched(self, start: int, end: int) -> bool:
        """Note that entries from `start` up to `end` were looked at; False: by somebody else."""

    def listed(self, *, seen: bool) -> Sequence[Alert]:
        """Return those that somebody has looked at, or nobody has, newest first."""

    def alert(self, alert_id: AlertId) -> Alert | None:
        """Return one, or None."""
