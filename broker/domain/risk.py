"""Risk is a judgement with a score in it, and it goes stale."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from broker.domain.ids import PractitionerId
from broker.domain.words import UNKNOWN, RiskLevel

STALE_AFTER = timedelta(days=28)
"""Proposed default (domain brief 2.5): 28 days, or any incident since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskAssessment:
    """One assessment. `score` is kept and shown, and never decides alone.

    Args:
        tool: checklist and version, such as `safelives-dash-24`.
        score: ticks, 0 to 27; None where the tool has no score.
        trigger: word of domain brief 2.5, such as `professional-judgement`.

    """

    level: RiskLevel
    tool: str
    score: int | None
    trigger: str
    assessed_on: date
    assessor: PractitionerId
    last_incident_on: date | None = None

    def age_at(self, moment: datetime) -> str:
        """Return `current`, `stale`, or `unknown` for an assessment dated in the future."""
        today = moment.date()
        if self.assessed_on > today:
            return UNKNOWN
        if self.last_incident_on is not None and self.last_incident_on > self.assessed_on:
            return "stale"
        return "stale" if today - self.assessed_on > STALE_AFTER else "current"
