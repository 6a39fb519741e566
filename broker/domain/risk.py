"""Risk is a judgement with a score in it, and it goes stale."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from broker.domain.ids import PractitionerId
from broker.domain.thresholds import Thresholds
from broker.domain.words import UNKNOWN, RiskLevel

_HIGH_ALREADY = (RiskLevel.HIGH, RiskLevel.VERY_HIGH_IMMINENT)
_USUAL = Thresholds()


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskAssessment:
    """One assessment. `score` is kept and shown, and never lowers what a person judged.

    Args:
        tool: checklist and version, such as `safelives-dash-24`.
        score: ticks, 0 to 27; None where the tool has no score.
        trigger: word of domain brief 2.5, such as `professional-judgement`.
        police_incidents: incidents reported to the police in the twelve months before
            `assessed_on`; None where nobody has counted.

    """

    level: RiskLevel
    tool: str
    score: int | None
    trigger: str
    assessed_on: date
    assessor: PractitionerId
    last_incident_on: date | None = None
    police_incidents: int | None = None

    def age_at(self, moment: datetime, thresholds: Thresholds = _USUAL) -> str:
        """Return `current`, `stale`, or `unknown` for an assessment dated in the future."""
        today = moment.date()
        if self.assessed_on > today:
            return UNKNOWN
        if self.last_incident_on is not None and self.last_incident_on > self.assessed_on:
            return "stale"
        lasts = timedelta(days=thresholds.risk_stale_days)
        return "stale" if today - self.assessed_on > lasts else "current"

    def level_under(self, thresholds: Thresholds) -> RiskLevel:
        """Return the assessor's judgement, raised to high where ticks or incidents reach it.

        Any one of the entry criteria is enough (domain brief 1.2), and no number lowers anything.
        """
        if self.level in _HIGH_ALREADY:
            return self.level
        visible = (self.score or 0) >= thresholds.visible_high_ticks
        escalating = (self.police_incidents or 0) >= thresholds.escalation_incidents
        return RiskLevel.HIGH if visible or escalating else self.level
